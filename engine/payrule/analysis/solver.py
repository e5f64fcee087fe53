"""Ask a SAT solver whether formulas of a graph can hold: CaDiCaL, incrementally, through python-sat.

Only this module imports python-sat. A question is asked in slices, so that a time limit is kept; a question that it
cuts off raises OutOfTimeError, and nothing is concluded from it.
"""

from collections.abc import Callable, Iterable, Sequence
from time import monotonic

from payrule.analysis.graph import ALWAYS, NEVER, Clock, Graph, never
from payrule.source.diagnostics import RequestError

_FEWEST, _MOST = 50, 50_000
"""Conflicts between two looks at the clock: as many as take about as long as `_SLICE`."""
_SLICE = 0.2
"""Seconds between two looks; a conflict takes microseconds in small formulas and milliseconds in large ones."""


class _NeverMain:
    """Keep python-sat from hearing interrupts itself: it would jump out of the solver, and leave it broken."""

    @staticmethod
    def check() -> bool:
        """Say that no thread is the main one."""
        return False


class Solver:
    """Answer questions about a graph; what is required holds in all of them.

    >>> graph = Graph()
    >>> a, b = graph.variable(), graph.variable()
    >>> solver = Solver(graph)
    >>> solver.require(graph.some((a, b)))
    >>> solver.holds((-a,)), solver.value(b), solver.holds((-a, -b)), sorted(solver.core()) == sorted((-a, -b))
    (True, True, False, True)
    """

    def __init__(self, graph: Graph, axioms: Sequence[int] = (), expired: Callable[[], bool] = never) -> None:
        """Take the graph, what always holds (a list that may grow), and what tells that time has run out.

        Raises RequestError when python-sat is not installed.
        """
        try:
            import pysat.solvers as solvers  # noqa: PLC0415, PLR0402 - the rest of payrule does without it
        except ImportError:
            message = "this question needs a solver, and python-sat is not installed"
            help_text = "install it with payrule: `pip install 'payrule[analysis]'`"
            raise RequestError.of("no-solver", message, help_text) from None
        self.graph = graph
        solvers.MainThread = _NeverMain
        self._solver = solvers.Cadical195(bootstrap_with=[[ALWAYS]])
        self._emitted: set[int] = {ALWAYS}
        self._clock = Clock(expired)
        self._conflicts = 1_000
        self._model: Sequence[int] = ()
        self._core: tuple[int, ...] = ()
        self._axioms, self._required = axioms, 0

    def require(self, literal: int) -> None:
        """Let a formula hold from now on; a disjunction becomes one clause."""
        self._emit(literal)
        self._solver.add_clause([literal])

    def know(self, literals: Iterable[int]) -> None:
        """Let models tell the value of these formulas too."""
        for literal in literals:
            self._emit(literal)

    def holds(self, assumptions: Iterable[int], *, model: bool = True) -> bool:
        """Tell whether all these formulas can hold together with what is required; without `model` no more than that.

        Raises OutOfTimeError when the time limit cuts the question off.
        """
        asked = [literal for literal in assumptions if literal != ALWAYS]
        if NEVER in asked:
            self._core = (NEVER,)
            return False
        for axiom in self._axioms[self._required :]:
            self.require(axiom)
        self._required = len(self._axioms)
        for literal in asked:
            self._emit(literal)
        while True:
            self._clock.look()
            answer = self._slice(asked)
            if answer is not None:
                if answer and model:
                    self._model = self._solver.get_model()
                elif not answer:
                    self._core = tuple(self._solver.get_core() or ())
                return answer

    def _slice(self, asked: list[int]) -> bool | None:
        """Ask for about as long as a slice; None where that is not enough."""
        self._solver.conf_budget(self._conflicts)
        start = monotonic()
        answer: bool | None = self._solver.solve_limited(assumptions=asked)
        took = monotonic() - start
        if answer is None:
            self._conflicts = max(_FEWEST, min(_MOST, self._conflicts * 2 if took < _SLICE else self._conflicts // 2))
        return answer

    def value(self, literal: int) -> bool:
        """Tell whether a formula holds in the last model; one that no question has reached is taken for false."""
        if abs(literal) > len(self._model):
            return literal < 0
        return (self._model[abs(literal) - 1] > 0) == (literal > 0)

    def core(self) -> tuple[int, ...]:
        """Give assumptions of the last question that cannot hold together."""
        return self._core

    def _emit(self, literal: int) -> None:
        """Write the clauses that tie each new node below a literal to its parts (Tseitin, 1968)."""
        for node, parts in self.graph.cone(literal, self._emitted):
            self._clock.tick()
            for part in parts:
                self._solver.add_clause([-node, part])
            self._solver.add_clause([node, *(-part for part in parts)])
