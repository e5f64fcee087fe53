"""Time limits: what tells that time has run out, and looks at the clock while formulas are built and solved.

Time that has run out stays so: what was cut off may be left half done, for nothing is asked of it any more.

A literal is a whole number: a node, or with a minus sign its negation, as in DIMACS files, so that a node is also a
variable of the solver. Hash-consing follows the and-inverter graphs of hardware verification (Kuehlmann and others,
"Robust Boolean reasoning", 2002).
"""

from collections.abc import Callable, Iterable, Iterator

from payrule.source.diagnostics import PayruleError

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
    payrule.analysis.graph.OutOfTimeError
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
