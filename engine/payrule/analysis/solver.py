"""Ask whether formulas can hold: a graph of formulas, and a SAT solver (CaDiCaL, python-sat) with a time limit.

A literal is a whole number: a node, or with a minus sign its negation, as in DIMACS files, so that a node is also a
variable of the solver. Hash-consing follows the and-inverter graphs of hardware verification (Kuehlmann and others,
"Robust Boolean reasoning", 2002).

Only this module imports python-sat. A question is asked in slices, so that a time limit is kept; a question that it
cuts off raises OutOfTimeError, and nothing is concluded from it, nor asked after it.
"""

import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from time import monotonic
from types import SimpleNamespace

from payrule.source.diagnostics import PayruleError, RequestError, install

_BETWEEN = 256
"""Steps between two looks at the clock; each takes some microseconds."""


class OutOfTimeError(PayruleError):
    """A question was cut off by the time limit; its answer is not known."""


def never() -> bool:
    """Set no time limit.

    >>> never()
    False
    """
    return False


class Clock:
    """Count steps, and look at the clock now and then.

    >>> clock = Clock(lambda: True)
    >>> [clock.tick() for _ in range(1_000)]
    Traceback (most recent call last):
    payrule.analysis.solver.OutOfTimeError
    """

    def __init__(self, expired: Callable[[], bool] = never) -> None:
        """Take what tells that time has run out."""
        self._expired = expired
        self._steps = 0

    def tick(self) -> None:
        """Count a step; raises OutOfTimeError when time has run out."""
        self._steps += 1
        if self._steps >= _BETWEEN:
            self._steps = 0
            self.look()

    def look(self) -> None:
        """Look at the clock now; raises OutOfTimeError when time has run out."""
        if self._expired():
            raise OutOfTimeError


ALWAYS = 1
"""The literal that always holds."""

NEVER = -ALWAYS


class Graph:
    """Make formulas out of variables; every formula is a conjunction of literals, or a negated one.

    >>> graph = Graph()
    >>> a, b = graph.variable(), graph.variable()
    >>> graph.all((a, b)) == graph.all((b, a, ALWAYS)), graph.all((a, -a)) == NEVER
    (True, True)
    """

    def __init__(self, expired: Callable[[], bool] = never) -> None:
        """Start with nothing but the constant; making a formula raises OutOfTimeError when time has run out."""
        self._clock = Clock(expired)
        self._last = ALWAYS
        self._nodes: dict[tuple[int, ...], int] = {}
        self._parts: dict[int, tuple[int, ...]] = {}

    def variable(self) -> int:
        """Make a variable that is free to be true or false."""
        self._last += 1
        return self._last

    def rather_not(self) -> int:
        """Make a literal that solvers would rather have false, so that their models say little."""
        return -self.variable()

    def all(self, literals: Iterable[int]) -> int:
        """Give the conjunction of literals; of none it is true."""
        self._clock.tick()
        found: set[int] = set()
        for literal in literals:
            if literal == NEVER or -literal in found:
                return NEVER
            if literal != ALWAYS:
                found.add(literal)
        if len(found) <= 1:
            return found.pop() if found else ALWAYS
        key = tuple(sorted(found))
        node = self._nodes.get(key)
        if node is None:
            node = self._nodes[key] = self.variable()
            self._parts[node] = key
        return node

    def some(self, literals: Iterable[int]) -> int:
        """Give the disjunction of literals; of none it is false."""
        return -self.all(-literal for literal in literals)

    def choose(self, literal: int, one: int, two: int) -> int:
        """Say that the first formula holds where a literal does, and the second where it does not."""
        return self.some((self.all((literal, one)), self.all((-literal, two))))

    def same(self, one: int, two: int) -> int:
        """Say that two literals are equal."""
        if one == two:
            return ALWAYS
        if one == -two:
            return NEVER
        return self.all((self.some((-one, two)), self.some((one, -two))))

    def at_least(self, number: int, literals: Iterable[int]) -> int:
        """Say that so many of the literals hold, or more."""
        reached = [ALWAYS] + [NEVER] * number
        for literal in literals:
            for count in range(number, 0, -1):
                reached[count] = self.some((reached[count], self.all((reached[count - 1], literal))))
        return reached[number]

    def cone(self, literal: int, seen: set[int]) -> Iterator[tuple[int, tuple[int, ...]]]:
        """List the conjunctions below a literal, each once, that are not in `seen` yet; adds them to it."""
        waiting = [abs(literal)]
        while waiting:
            node = waiting.pop()
            if node in seen:
                continue
            seen.add(node)
            parts = self._parts.get(node)
            if parts is not None:
                yield node, parts
                waiting.extend(map(abs, parts))


_FEWEST, _MOST = 50, 50_000
"""Conflicts between two looks at the clock: as many as take about as long as `_SLICE`."""
_SOON = 5_000
"""Conflicts after which an answer is not waited for where it can be done without."""
_SLICE = 0.2
"""Seconds between two looks; a conflict takes microseconds in small formulas and milliseconds in large ones."""


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
        """Take the graph, what always holds (it may grow), the time limit; raises RequestError without python-sat."""
        try:
            import pysat.solvers as solvers  # noqa: PLC0415, PLR0402 - the rest of payrule does without it
        except ImportError:
            message = "questions about every possible claim need the package `python-sat`, which is not installed"
            raise RequestError.of("no-solver", message, install("analysis")) from None
        self.graph = graph
        # Else python-sat would hear interrupts itself: jump out of the solver, and leave it broken.
        solvers.MainThread = SimpleNamespace(check=lambda: False)
        self._solver = solvers.Cadical195(bootstrap_with=[[ALWAYS]])
        # Where Python ends first, python-sat is gone by the time that its solver is.
        weakref.finalize(self, self._solver.delete)
        self._emitted: set[int] = {ALWAYS}
        self._clock = Clock(expired)
        self._conflicts = 1_000
        self._model: Sequence[int] = ()
        self._core: tuple[int, ...] = ()
        self._last: Sequence[int] = ()
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
        """Tell whether these can hold with what is required; keeps a `model`; raises OutOfTimeError when time is up."""
        asked = self._asked(assumptions)
        answer: bool | None = None
        while answer is None:
            self._solver.conf_budget(self._conflicts)
            start = monotonic()
            answer = self._answer(asked, model=model)
            if answer is None:
                factor = 2 if monotonic() - start < _SLICE else 0.5
                self._conflicts = max(_FEWEST, min(_MOST, int(self._conflicts * factor)))
        return answer

    def soon(self, assumptions: Iterable[int]) -> bool | None:
        """Tell what `holds` tells, where a few thousand conflicts show it; None where they do not."""
        asked = self._asked(assumptions)
        self._solver.conf_budget(_SOON)
        return self._answer(asked, model=True)

    def _asked(self, assumptions: Iterable[int]) -> list[int]:
        """Write what is asked, and what has become an axiom."""
        asked = [literal for literal in assumptions if literal != ALWAYS]
        if NEVER not in asked:
            for axiom in self._axioms[self._required :]:
                self.require(axiom)
            self._required = len(self._axioms)
            self.know(asked)
        return asked

    def _answer(self, asked: list[int], *, model: bool) -> bool | None:
        """Ask the solver, within its budget; keep a model, or a core."""
        self._last = asked
        if NEVER in asked:
            self._core = (NEVER,)
            return False
        self._clock.look()
        answer: bool | None = self._solver.solve_limited(assumptions=asked)
        if answer and model:
            self._model = self._solver.get_model()
        elif answer is False:
            self._core = tuple(self._solver.get_core() or ())
        return answer

    def refutes(self, assumptions: Iterable[int]) -> bool:
        """Tell whether these cannot hold together, as far as a few thousand conflicts show it; keeps a core."""
        asked = [literal for literal in assumptions if literal != ALWAYS]
        self.know(asked)
        self._solver.conf_budget(_SOON)
        return self._answer(asked, model=False) is False

    def needs(self, literal: int) -> bool:
        """Tell whether the last question, which cannot hold, could hold without one of its assumptions.

        A core may have an assumption that it does not need. Also true where a few thousand conflicts do not settle it.

        >>> graph = Graph()
        >>> a, b = graph.variable(), graph.variable()
        >>> solver = Solver(graph)
        >>> solver.require(-a)
        >>> solver.holds((a, b)), solver.needs(a), solver.needs(b)
        (False, True, False)
        """
        return literal in self._core and not self.refutes([each for each in self._last if each != literal])

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
