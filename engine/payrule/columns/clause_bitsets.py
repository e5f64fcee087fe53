"""Which clauses of rules a value leaves, as bits of words; and what is decided at once, with what its bits mean.

Each clause has a bit; the AND of the words of all sources leaves the clauses that match. Sources with few classes share
a table, of every combination of their classes. Where rules ask for a service code, a code has clauses of its own,
numbered anew: few words then hold the clauses of many rules. Plain values, no SQL.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from math import prod

import msgspec

from payrule.columns.sql import WIDTH, Fields, parts
from payrule.execute.plan.stages import Bits, Item, Plan, Source, Stage
from payrule.language.derived import LineFunction, PairFunction, Setting
from payrule.language.truth import Matches

DEFINITE, POSSIBLE = "definite", "possible"
"""The columns of clauses that match, and of those that match or may: their names go on with the number of the word."""

MOST_ENTRIES = 1 << 15
"""Entries that sources sharing a table may make it have."""

Classes = Mapping[Source, Sequence[int]]
"""What each source can tell, by class: the tests passed, or the truth of an item."""


class Table(msgspec.Struct, frozen=True):
    """Words for each combination of classes, of which `sizes` says how many each source has; the first changes fastest.

    `definite` and `possible` hold for each the clauses of its code, the first source, that the others do not refute.
    """

    sizes: dict[Source, int]
    definite: tuple[int, ...]
    possible: tuple[int, ...]


class StageTables(msgspec.Struct, frozen=True):
    """The tables of a stage; for each class of the code its clauses, from the lowest bit; and the words they need."""

    code: str | None
    clauses: tuple[tuple[int, ...], ...]
    bits: tuple[Bits, ...]
    width: int
    tables: tuple[Table, ...]


def stage_tables(stage: Stage, classes: Classes, code: str | None = None) -> StageTables:
    """Make the tables for the sources that `classes` speaks of, those with few classes together.

    >>> from payrule.execute.plan.stages import Asked, PlannedClause
    >>> stage = Stage(("r",), (PlannedClause((Asked("a", 0, positive=True), Asked("b", 1, positive=False)), 0),))
    >>> made = stage_tables(stage, {"a": (-1, 0, 1), "b": (0, 2)})
    >>> [(table.sizes, table.definite, table.possible) for table in made.tables]
    [({'b': 2, 'a': 3}, (0, 0, 0, 0, 1, 0), (1, 0, 0, 0, 1, 0))]
    """
    asked = [source for source in stage.sources if source in classes]
    coded = code if code in asked else None
    own = classes[coded] if coded is not None else (0,)
    groups: list[list[Source]] = [[]]
    for source in sorted((each for each in asked if each != coded), key=lambda each: len(classes[each])):
        size = len(own) * prod(len(classes[each]) for each in groups[-1]) * len(classes[source])
        if groups[-1] and size > MOST_ENTRIES:
            groups.append([])
        groups[-1].append(source)
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
        tables=tuple(_table(classes, coded, bits, group) for group in groups),
    )


def _table(classes: Classes, coded: str | None, bits: Sequence[Bits], group: list[Source]) -> Table:
    codes = classes[coded] if coded is not None else (0,)
    sizes = {source: len(classes[source]) for source in ([] if coded is None else [coded]) + group}
    columns = []
    for value, each in zip(codes, bits, strict=True):
        pairs = [(each.every, each.every) if coded is None else each.left(coded, value)]
        for source in group:
            own = [each.left(source, value) for value in classes[source]]
            pairs = [(one & definite, two & possible) for definite, possible in own for one, two in pairs]
        columns.append(pairs)
    rows = [pair for entry in zip(*columns, strict=True) for pair in entry]
    return Table(sizes, tuple(definite for definite, _ in rows), tuple(possible for _, possible in rows))


class Bound(msgspec.Struct, frozen=True):
    """What binds some of the lines: a condition that tells which, the plan, and how attributes are computed.

    `share` is the condition on the lines that are decided at once, with the encounters that they are in.
    `pairs` are the attributes of a pair of lines that some rule reads, `computed` those of a line that are computed,
    each with the function that gives it. `read` are the attributes of which it is kept whether they were presumed,
    `compared` those of which lines hold the value itself, for counts of lines and for what is paid. `systems` are the
    systems of codes of attributes that hold such. `changing` are the counts, and the conditions on other lines, that
    rest on what the chart, or the modifiers of a line, say. `bare` is what a line without both holds otherwise than it
    does, by the tests that it passes.
    """

    plan: Plan
    setting: Setting
    where: str = "true"
    share: str = "true"
    pairs: dict[str, PairFunction] = {}
    computed: dict[str, LineFunction] = {}
    of_chart: frozenset[str] = frozenset()
    changing: frozenset[Item] = frozenset()
    bare: Mapping[Source, int] = {}
    read: tuple[str, ...] = ()
    compared: tuple[str, ...] = ()
    systems: Mapping[str, str] = {}


class Matched(msgspec.Struct, frozen=True):
    """What the words in a table of matches mean.

    `fields` is where the class of each attribute stands, and under `presumed` whether something was; `classes` are what
    each class tells.
    """

    rules: Stage
    tables: StageTables
    fields: Fields
    classes: Classes
    presumed: tuple[str, ...] = ()

    @property
    def meaning(self) -> Hashable:
        """What the words of a line mean: where it is the same, lines with the same words say the same."""
        return (*self.fields.items(), *((source, tuple(each)) for source, each in self.classes.items()))

    @property
    def key(self) -> dict[str, str]:
        """Say which rules match a line `t`: columns and what they hold."""
        code = {"code_class": self.fields[self.tables.code].of("t")} if self.tables.code else {}
        return code | {word: f"t.{word}" for word in clause_columns(self.tables.width)}

    def matches(self, key: Sequence[int]) -> Matches:
        """Read what these columns hold."""
        words, listed = key[1:] if self.tables.code else key, self.tables.clauses[self.code_class(key)]
        return Matches(self._named(listed, words[: self.tables.width]), self._named(listed, words[self.tables.width :]))

    def asked(self, values: Mapping[Source, int]) -> list[frozenset[str]]:
        """Name for each class of the code the rules that can be true of a line whose attributes have these values.

        A value is told by the tests that it passes.
        """

        def is_left(at: int) -> bool:
            asked = self.rules.clauses[at].asked
            return all(each.holds(values[each.source], possible=False) for each in asked if each.source in values)

        left = set(filter(is_left, range(len(self.rules.clauses))))
        return [self._names(left.intersection(listed)) for listed in self.tables.clauses]

    def code_class(self, key: Sequence[int]) -> int:
        """Read the class of the code of what these columns hold."""
        return key[0] if self.tables.code else 0

    def _named(self, listed: Sequence[int], words: Sequence[int]) -> frozenset[str]:
        whole = sum(word << WIDTH * at for at, word in enumerate(words))
        return self._names(at for bit, at in enumerate(listed) if whole >> bit & 1)

    def _names(self, clauses: Iterable[int]) -> frozenset[str]:
        return frozenset(str(self.rules.targets[self.rules.clauses[at].target]) for at in clauses)


def columns(name: str, width: int) -> list[str]:
    """Name the columns of a word that takes several.

    >>> columns("mask", 2)
    ['mask0', 'mask1']
    """
    return [f"{name}{at}" for at in range(width)]


def clause_columns(width: int) -> list[str]:
    """Name the columns of clauses that match definitely, then of those that match or may.

    >>> clause_columns(1)
    ['definite0', 'possible0']
    """
    return [*columns(DEFINITE, width), *columns(POSSIBLE, width)]


def clause_words(pairs: Sequence[tuple[int, int]], width: int) -> dict[str, tuple[str, Sequence[int]]]:
    """Cut the definite and the possible clauses of each row into the columns of a table.

    >>> clause_words([(1, 3)], 1)
    {'definite0': ('UBIGINT', [1]), 'possible0': ('UBIGINT', [3])}
    """
    found: dict[str, tuple[str, Sequence[int]]] = {}
    for name, held in ((DEFINITE, [one for one, _ in pairs]), (POSSIBLE, [two for _, two in pairs])):
        cut = {each: parts(each, width) for each in set(held)}  # many rows leave the same clauses
        rows = [cut[each] for each in held]
        found |= {column: ("UBIGINT", [row[at] for row in rows]) for at, column in enumerate(columns(name, width))}
    return found
