"""The dimension tables of a stage: from what a source tells to the words of clauses that it does not refute.

A word has a bit for each clause; the AND of the words of all sources leaves the clauses that match. Sources with few
classes share a table, in which a number written in mixed radix stands for the class of each. Where rules ask for a
service code, a code has clauses of its own, those that it does not refute, numbered anew: so few words hold the clauses
of many rules. Plain values and no SQL.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import prod
from struct import unpack

import msgspec

from payrule.columns.plan_sql import Asked, Source, Stage

WIDTH = 64
"""Bits of a word."""

MOST_ENTRIES = 1 << 15
"""Entries that sources sharing a table may make it have."""

Classes = Mapping[Source, Sequence[int]]
"""What each source can tell, by class: the tests passed, or the truth of an item."""


class Bits:
    """Some clauses of a stage, a bit each, and which of them a value of a source leaves; what was asked is remembered.

    >>> from payrule.columns.plan_sql import PlannedClause
    >>> stage = Stage(("r",), (PlannedClause((Asked("a", 0, positive=True),), 0), PlannedClause((), 0)))
    >>> Bits(stage, [0, 1]).left("a", -1)
    (2, 3)
    """

    def __init__(self, stage: Stage, listed: Sequence[int]) -> None:
        """Take the clauses by their positions in the stage."""
        self.every = (1 << len(listed)) - 1
        self._asked: dict[Source, list[tuple[int, Asked]]] = {}
        self._known: dict[tuple[Source, int], tuple[int, int]] = {}
        for bit, at in enumerate(listed):
            for each in stage.clauses[at].asked:
                self._asked.setdefault(each.source, []).append((1 << bit, each))

    def asks(self, source: Source) -> bool:
        """Tell whether some clause asks a source."""
        return source in self._asked

    def left(self, source: Source, value: int) -> tuple[int, int]:
        """Give the clauses that the value leaves definite, and those that it leaves possible."""
        found = self._known.get((source, value))
        if found is None:
            definite = possible = self.every
            for bit, asked in self._asked.get(source, ()):
                if not asked.holds(value, possible=False):
                    definite &= ~bit
                    if not asked.holds(value, possible=True):
                        possible &= ~bit
            found = self._known[source, value] = definite, possible
        return found

    def left_by(self, told: Iterable[tuple[Source, int]]) -> tuple[int, int]:
        """Give the clauses that the values of several sources leave definite, and those that they leave possible."""
        definite = possible = self.every
        for source, value in told:
            one, two = self.left(source, value)
            definite, possible = definite & one, possible & two
        return definite, possible


class Table(msgspec.Struct, frozen=True):
    """Words by a number: the class of the code, plus `steps` times the class of each source.

    `definite` and `possible` hold for each number the clauses of its code that these sources do not refute.
    """

    steps: dict[Source, int]
    definite: tuple[int, ...]
    possible: tuple[int, ...]


class StageTables(msgspec.Struct, frozen=True):
    """The tables of a stage; for each class of the code its clauses, from the lowest bit; and the words they need."""

    code: str | None
    clauses: tuple[tuple[int, ...], ...]
    bits: tuple[Bits, ...]
    width: int
    tables: tuple[Table, ...]


def stage_tables(
    stage: Stage, classes: Classes, code: str | None = None, most: int = MOST_ENTRIES, sources: Sequence[Source] = ()
) -> StageTables:
    """Make the tables for the sources that `classes` speaks of.

    >>> from payrule.columns.plan_sql import PlannedClause
    >>> stage = Stage(("r",), (PlannedClause((Asked("a", 0, positive=True), Asked("b", 1, positive=False)), 0),))
    >>> made = stage_tables(stage, {"a": (-1, 0, 1), "b": (0, 2)})
    >>> [(table.steps, table.definite, table.possible) for table in made.tables]
    [({'b': 1, 'a': 2}, (0, 0, 0, 0, 1, 0), (1, 0, 0, 0, 1, 0))]
    """
    asked = list(sources) or [source for source in stage.sources if source in classes]
    coded = code if code in asked else None
    own = classes[coded] if coded is not None else (0,)
    every = Bits(stage, range(len(stage.clauses)))
    clauses = tuple(
        tuple(at for at in range(len(stage.clauses)) if coded is None or every.left(coded, value)[1] >> at & 1)
        for value in own
    )
    bits = tuple(Bits(stage, listed) for listed in clauses)
    return StageTables(
        code=coded,
        clauses=clauses,
        bits=bits,
        width=max(1, *(-(-len(each) // WIDTH) for each in clauses)),
        tables=tuple(_table(classes, coded, bits, group) for group in _groups(asked, coded, classes, len(own), most)),
    )


def parts(word: int, width: int) -> list[int]:
    """Cut a number into words, the lowest first.

    >>> parts(1 << 64 | 3, 2)
    [3, 1]
    """
    return list(unpack(f"<{width}Q", word.to_bytes(width * WIDTH // 8, "little")))


def _groups(asked: Sequence[Source], coded: str | None, classes: Classes, codes: int, most: int) -> list[list[Source]]:
    """Put sources together as long as their table stays small, those with few classes first."""
    groups: list[list[Source]] = [[]]
    for source in sorted((each for each in asked if each != coded), key=lambda each: len(classes[each])):
        size = codes * prod(len(classes[each]) for each in groups[-1]) * len(classes[source])
        if groups[-1] and size > most:
            groups.append([])
        groups[-1].append(source)
    return groups


def _table(classes: Classes, coded: str | None, bits: Sequence[Bits], group: list[Source]) -> Table:
    codes = classes[coded] if coded is not None else (0,)
    steps, step = {}, len(codes)
    for source in group:
        steps[source] = step
        step *= len(classes[source])
    columns = []
    for value, each in zip(codes, bits, strict=True):
        pairs = [(each.every, each.every) if coded is None else each.left(coded, value)]
        for source in group:
            own = [each.left(source, told) for told in classes[source]]
            pairs = [(one & definite, two & possible) for definite, possible in own for one, two in pairs]
        columns.append(pairs)
    # One number after the other: the code's class is the lowest digit.
    rows = [pair for entry in zip(*columns, strict=True) for pair in entry]
    return Table(steps, tuple(definite for definite, _ in rows), tuple(possible for _, possible in rows))
