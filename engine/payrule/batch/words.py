"""The dimension tables of a stage: from what a source tells to the words of clauses that it does not refute.

A word has a bit for each clause; the AND of the words of all sources leaves the clauses that match. Sources with few
classes share a table, in which a number written in mixed radix stands for the class of each. Where rules ask for a
service code, a code has clauses of its own, those that it does not refute, numbered anew: so few words hold the clauses
of many rules. Plain values and no SQL.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import prod

import msgspec

from payrule.batch.plan import PlannedClause, Source, Stage

WIDTH = 64
"""Bits of a word."""

MOST_ENTRIES = 1 << 15
"""Entries that sources sharing a table may make it have."""

Classes = Mapping[Source, Sequence[int]]
"""What each source can tell, by class: the tests passed, or the truth of an item."""


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
    width: int
    tables: tuple[Table, ...]


def stage_tables(
    stage: Stage, classes: Classes, code: str | None = None, most: int = MOST_ENTRIES, sources: Sequence[Source] = ()
) -> StageTables:
    """Make the tables for the sources that `classes` speaks of.

    >>> from payrule.batch.plan import Asked
    >>> stage = Stage(("r",), (PlannedClause((Asked("a", 0, positive=True), Asked("b", 1, positive=False)), 0),))
    >>> made = stage_tables(stage, {"a": (-1, 0, 1), "b": (0, 2)})
    >>> [(table.steps, table.definite, table.possible) for table in made.tables]
    [({'b': 1, 'a': 2}, (0, 0, 0, 0, 1, 0), (1, 0, 0, 0, 1, 0))]
    """
    asked = list(sources) or [source for source in stage.sources if source in classes]
    coded = code if code in asked else None
    own = classes[coded] if coded is not None else (0,)
    clauses = tuple(
        tuple(at for at, clause in enumerate(stage.clauses) if _holds(clause, coded, value, possible=True))
        for value in own
    )
    return StageTables(
        code=coded,
        clauses=clauses,
        width=max(1, *(-(-len(each) // WIDTH) for each in clauses)),
        tables=tuple(
            _table(stage, classes, coded, clauses, group) for group in _groups(asked, coded, classes, len(own), most)
        ),
    )


def masks(stage: Stage, listed: Iterable[int], source: Source | None, value: int) -> tuple[int, int]:
    """Give the clauses of a list, a bit each, that a value of a source leaves definite, and that it leaves possible.

    >>> from payrule.batch.plan import Asked
    >>> stage = Stage(("r",), (PlannedClause((Asked("a", 0, positive=True),), 0), PlannedClause((), 0)))
    >>> masks(stage, [0, 1], "a", -1)
    (2, 3)
    """
    definite = possible = 0
    for bit, at in enumerate(listed):
        clause = stage.clauses[at]
        definite |= _holds(clause, source, value, possible=False) << bit
        possible |= _holds(clause, source, value, possible=True) << bit
    return definite, possible


def parts(word: int, width: int) -> list[int]:
    """Cut a number into words, the lowest first.

    >>> parts(1 << 64 | 3, 2)
    [3, 1]
    """
    return [word >> WIDTH * at & (1 << WIDTH) - 1 for at in range(width)]


def _holds(clause: PlannedClause, source: Source | None, value: int, *, possible: bool) -> bool:
    return all(each.holds(value, possible=possible) for each in clause.asked if each.source == source)


def _groups(asked: Sequence[Source], coded: str | None, classes: Classes, codes: int, most: int) -> list[list[Source]]:
    """Put sources together as long as their table stays small, those with few classes first."""
    groups: list[list[Source]] = [[]]
    for source in sorted((each for each in asked if each != coded), key=lambda each: len(classes[each])):
        size = codes * prod(len(classes[each]) for each in groups[-1]) * len(classes[source])
        if groups[-1] and size > most:
            groups.append([])
        groups[-1].append(source)
    return groups


def _table(
    stage: Stage, classes: Classes, coded: str | None, clauses: Sequence[Sequence[int]], group: list[Source]
) -> Table:
    codes = classes[coded] if coded is not None else (0,)
    steps, step = {}, len(codes)
    for source in group:
        steps[source] = step
        step *= len(classes[source])
    columns = []
    for value, listed in zip(codes, clauses, strict=True):
        pairs = [masks(stage, listed, coded, value)]
        for source in group:
            own = [masks(stage, listed, source, each) for each in classes[source]]
            pairs = [(one & definite, two & possible) for definite, possible in own for one, two in pairs]
        columns.append(pairs)
    # One number after the other: the code's class is the lowest digit.
    rows = [pair for entry in zip(*columns, strict=True) for pair in entry]
    return Table(steps, tuple(definite for definite, _ in rows), tuple(possible for _, possible in rows))
