"""How messages are numbered, so that five digits of a match tell what it is about.

A line has three numbers in a row, one for each reading, and so has a sighting. A message's number is also its name
(`id`), but for news of derived items, which are numbered like their line and named one by one.

Its C core does not defend itself: a wide network hangs or crashes it, or fails on the one claim whose facts are all
unknown. The limits below lie under the measured ones (`docs/decisions`), and whatever can be split over several
rulesets is.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from datetime import date

from payrule.source.diagnostics import Diagnostic, LimitError

FIRST_LINE = 10_000
FIRST_SIGHTING = 60_000
AFTER_LAST = 100_000

FIRST_DERIVED = 100_000
LAST_DERIVED = 790_000
"""The engine tells names apart by a 32-bit hash alone; up to here, no two hash the same."""

DEFINITE, POSSIBLE, BOTH = 0, 1, 2
"""The readings of a message; one whose readings are the same is told once, as both."""


def line_number(line: int) -> int:
    """Give a line of a run its first number, to which the reading is added.

    >>> line_number(1) + POSSIBLE
    10004
    """
    return FIRST_LINE + 3 * line


def sighting_number(place: int) -> int:
    """Give a sighting of a run its first number, to which the reading is added.

    >>> sighting_number(0) + BOTH
    60002
    """
    return FIRST_SIGHTING + 3 * place


def told_by(number: int) -> tuple[bool, int, tuple[int, ...]]:
    """Tell whether a message is about a sighting, which line or sighting, and where its readings are noted.

    What is so of a line in the definite reading is noted at twice its number, in the possible one beside it.

    >>> told_by(10004), told_by(60002)
    ((False, 1, (3,)), (True, 0, (0, 1)))
    """
    sighted = number >= FIRST_SIGHTING
    place, reading = divmod(number - (FIRST_SIGHTING if sighted else FIRST_LINE), 3)
    return sighted, place, (2 * place, 2 * place + 1) if reading == BOTH else (2 * place + reading,)


MOST_WAITING = 60
"""Conditions that may wait on the engine's stack for one message; there is room for 64, and beyond it error 303."""
MOST_FLAGS = 200
"""Properties of one message, besides its number and name; the engine has room for 255 and corrupts itself at that."""
MOST_JOINS = 14
"""Derived facts that one conjunction may join; the engine has room for 16 messages in a match."""
MOST_PRODUCTIONS = 150
"""Conjunctions in one ruleset; at most 255 may end in one condition, and beyond it the engine crashes."""
FEW_PRODUCTIONS = 64
"""Conjunctions that are not worth a second ruleset; a ruleset for some codes is best half as large."""
MOST_RULESETS = 1_000
"""Rulesets of one network: a ruleset takes about half a megabyte when it is compiled."""
MOST_LINES = 999
"""Lines of an encounter: what an institutional claim (X12 837I) may hold."""
MOST_COMPARISONS = 10_000_000
"""Pairs of lines that conditions on other lines are asked about, counted over all conditions: 999 lines of one date
under 10 conditions. What a line waits for can name every other line once for each condition."""
MOST_DIFFERENT = 600_000
"""Pairs of lines that conditions are asked about one by one, counted over all conditions: lines that are related alike
to others are asked about once, and of a table only its rows count. As many take some seconds."""
MOST_SIGHTINGS = (AFTER_LAST - FIRST_SIGHTING) // 3
"""Other lines, each once a relation to some subject: as many as five digits number."""
MOST_DERIVED = LAST_DERIVED - FIRST_DERIVED
"""Messages about derived facts in one session: as many as have names that the engine can tell apart."""


def check_production(flags: int, joins: int, what: str) -> None:
    """Raise LimitError if one conjunction asks more than a single message or match can answer.

    >>> check_production(201, 0, "rule `p/r`")
    Traceback (most recent call last):
    payrule.source.diagnostics.LimitError: rule `p/r` asks 201 things at once, and at most 200 can be asked (give ...)
    """
    for asked, most, kind in ((flags, MOST_FLAGS, "things"), (joins, MOST_JOINS, "facts and other lines")):
        if asked > most:
            raise LimitError(
                [
                    Diagnostic(
                        code="too-many-conditions",
                        message=f"{what} asks {asked} {kind} at once, and at most {most} can be asked",
                        help="give parts of it names under `facts` and use those facts instead",
                    )
                ]
            )


def check_rulesets(count: int, rules: Iterable[str]) -> None:
    """Raise LimitError if a network needs more rulesets than fit into memory, naming the policy with most rules.

    >>> check_rulesets(1001, ["p/r", "q/r", "q/s"])
    Traceback (most recent call last):
    payrule.source.diagnostics.LimitError: the rules that bind together need 1001 rulesets... first in `q`, ...
    """
    if count > MOST_RULESETS:
        largest = Counter(name.partition("/")[0] for name in rules).most_common(1)[0][0]
        raise LimitError(
            [
                Diagnostic(
                    code="too-many-rules",
                    message=f"the rules that bind together need {count} rulesets, and at most {MOST_RULESETS} fit",
                    help=f"merge rules that differ in a value only, first in `{largest}`, which has most of them",
                )
            ]
        )


def check_encounter(lines: int, sightings: int = 0, derived: int = 0) -> None:
    """Raise LimitError if an encounter has more lines than a claim can have, or too much follows from them.

    `sightings` counts other lines, each once a relation, `derived` the messages that name derived facts.

    >>> check_encounter(1000)
    Traceback (most recent call last):
    payrule.source.diagnostics.LimitError: the encounter has 1000 lines, and at most 999 can be decided together ...
    """
    for count, most, what in (
        (lines, MOST_LINES, "the encounter has {} lines"),
        (sightings, MOST_SIGHTINGS, "other lines stand in {} relations to lines of the encounter"),
        (derived, MOST_DERIVED, "{} facts follow from the encounter"),
    ):
        if count > most:
            raise LimitError(
                [
                    Diagnostic(
                        code="encounter-too-large",
                        message=f"{what.format(count)}, and at most {most} can be decided together",
                        help="split it as a claim is split, by date of service",
                    )
                ]
            )


def check_comparisons(dates: Iterable[date], conditions: int, *, any_date: bool) -> None:
    """Raise LimitError if conditions on other lines would be asked about more pairs of lines than can be decided.

    `dates` are those of the lines; lines of other dates count where some condition asks for them (`any_date`).

    >>> check_comparisons([date(2024, 7, 1)] * 999, 26, any_date=False)
    Traceback (most recent call last):
    payrule.source.diagnostics.LimitError: 26 conditions on other lines ask about 25,922,052 pairs of lines, and at ...
    """
    lines = Counter(dates)
    most = lines.total() * (lines.total() - 1) if any_date else sum(each * (each - 1) for each in lines.values())
    if most * conditions > MOST_COMPARISONS:
        message = (
            f"{conditions} conditions on other lines ask about {most * conditions:,} pairs of lines, "
            f"and at most {MOST_COMPARISONS:,} can be decided together"
        )
        help_ = "split the claim by date of service, or merge rules that ask about the same other lines"
        raise LimitError([Diagnostic(code="encounter-too-large", message=message, help=help_)])


def check_relations(pairs: Sequence[int]) -> None:
    """Raise LimitError if too many pairs of lines would be asked about one by one, by each condition on other lines.

    >>> check_relations([998_001, 998_001, 998_001])
    Traceback (most recent call last):
    payrule.source.diagnostics.LimitError: 3 conditions on other lines ask about 2,994,003 pairs of lines that are ...
    """
    asked = sum(pairs)
    if asked > MOST_DIFFERENT:
        message = (
            f"{len(pairs)} conditions on other lines ask about {asked:,} pairs of lines that are all related "
            f"differently, and at most {MOST_DIFFERENT:,} can be decided together"
        )
        help_ = "split the claim by date of service, or merge rules that ask about the same other lines"
        raise LimitError([Diagnostic(code="encounter-too-large", message=message, help=help_)])


class _Node:
    __slots__ = ("children", "paths", "waiting")

    def __init__(self) -> None:
        self.children: dict[Hashable, _Node] = {}
        self.paths = 0
        self.waiting = 0

    def weigh(self) -> None:
        """Count what can be on the stack while this condition's followers are tried, the deepest of them first."""
        deepest = max((child.waiting for child in self.children.values()), default=0)
        self.waiting = len(self.children) - 1 + max(1, deepest) if self.children else 0


class Conditions:
    """The conditions of one kind of message as the engine arranges them: a tree in which equal beginnings are shared.

    It is walked with a stack. How full the stack can get is bounded by taking every condition as satisfied, which is
    just what happens to the possible half of a claim without its chart.

    >>> tree = Conditions()
    >>> tree.add(("a", "b")), tree.add(("a", "c")), tree.add(("d",)), tree.waiting
    (None, None, None, 3)
    """

    def __init__(self) -> None:
        """Start without conditions."""
        self._root = _Node()

    @property
    def waiting(self) -> int:
        """The most conditions that can be on the stack at once."""
        return self._root.waiting

    def add(self, path: Iterable[Hashable]) -> None:
        """Add one conjunction, in the order in which the engine tests it."""
        nodes = [self._root]
        for step in path:
            nodes.append(nodes[-1].children.setdefault(step, _Node()))
        for node in reversed(nodes):
            node.paths += 1
            node.weigh()

    def remove(self, path: Iterable[Hashable]) -> None:
        """Take back what `add` added."""
        nodes, steps = [self._root], list(path)
        for step in steps:
            nodes.append(nodes[-1].children[step])
        for node in nodes:
            node.paths -= 1
        for parent, step in zip(reversed(nodes[:-1]), reversed(steps), strict=True):
            if not parent.children[step].paths:
                del parent.children[step]
            parent.weigh()
