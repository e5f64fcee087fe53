"""What a payer settles before any rule is asked: the method for units, contiguous regions, presumptions, tables."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import date
from typing import Protocol

import msgspec

from payrule.encounter.encounter import Line
from payrule.model.tables import LookedUp
from payrule.model.values import Amount, Value, ValueSet
from payrule.model.vocabulary import Discipline


class Setting(msgspec.Struct, frozen=True):
    """Hold what derived attributes are computed with.

    `disciplines` are those for each of which the minutes of timed codes are totalled. `presumptions` maps attributes to
    the value taken when they are unknown; `contiguous` holds each pair of regions both ways; `tables` are those that
    functions look up, by the name of the function, and `look_ups` those that forms look up, by their id. With
    `has_whole_history` the patient has no earlier lines but those that a claim gives.
    """

    units_method: str
    timed_codes: ValueSet
    contiguous: frozenset[tuple[str, str]]
    presumptions: dict[str, Value] = {}
    tables: dict[str, LookedUp] = {}
    disciplines: tuple[Discipline, ...] = ()
    has_whole_history: bool = False
    look_ups: dict[str, LookedUp] = {}


Values = Mapping[str, Value]
"""The known attributes of a line."""


class Support(msgspec.Struct, frozen=True):
    """How many units the minutes support: at least `low`, at most `high`; None is without bound."""

    billed: Amount
    low: int
    high: int | None

    @property
    def allowed(self) -> int | None:
        """How many units are supported, where that is known."""
        return self.low if self.low == self.high else None


class TableRow(msgspec.Struct, frozen=True):
    """A row of a table that a value rests on: its cells by name, None where one is empty, and the row in words.

    `lines` are the numbers of the lines that it was looked up for, the subject's first.
    """

    table: str
    cells: dict[str, str | float | None]
    words: str
    lines: tuple[int, ...] = ()

    def as_json(self) -> dict[str, object]:
        """Give the row as JSON holds it.

        >>> TableRow("limits", {"code": "00001", "units": 4}, "row 00001", (2,)).as_json()
        {'table': 'limits', 'code': '00001', 'units': 4, 'lines': [2]}
        """
        return {"table": self.table, **self.cells, "lines": list(self.lines)}


class Dated(Protocol):
    """A row of a table with the days on which it holds, written `YYYYMMDD`, each empty where there is none."""

    @property
    def effective(self) -> str:
        """The first day."""

    @property
    def deletion(self) -> str:
        """The last day."""


def holds_on(row: Dated, day: str) -> bool:
    """Tell whether a row holds on a day.

    >>> from types import SimpleNamespace
    >>> row = SimpleNamespace(effective="20200101", deletion="20201231")
    >>> holds_on(row, "20201231"), holds_on(row, "20210101"), holds_on(row, "20191231")
    (True, False, False)
    """
    return row.effective <= day and (not row.deletion or day <= row.deletion)


class Computed(msgspec.Struct, frozen=True):
    """A derived attribute of a line: None while it is unknown, and then what it waits for, as seen from the line.

    `support` says how many units are supported, by a function that counts units. `row` is the row of a table that the
    value rests on. `among` tells that it may be another one among other lines, or say something of another line.
    `beside` are the numbers of the lines of the date that it was computed of, as far as they have a say. `words` say
    what it was computed from, where a form computes it.
    """

    value: Value | None
    waits: tuple[str, ...] = ()
    support: Support | None = None
    row: TableRow | None = None
    among: bool = False
    beside: tuple[int, ...] = ()
    words: str = ""


Kind = Callable[[Values], Hashable]
"""What tells a line apart from others: lines of which it says the same are related alike."""

Turns = Callable[[Setting], Iterable[date]]
"""The days from which on what a table says may differ from the day before."""


NO_ROW = "none"
"""What functions say where their table has no row that speaks."""


def no_turns(_: Setting) -> tuple[date, ...]:
    """Name no day: where no table is looked up, all are alike."""
    return ()


def no_rows(*_: object) -> frozenset[str]:
    """Name nothing that rows say: where no table is looked up, there are none."""
    return frozenset()


class LineFunction(msgspec.Struct, frozen=True):
    """Compute an attribute of every line, by line number, from what it `reads` of the lines beside code and date.

    `columns` are those that its table must have, with their types, the key first; none where it looks nothing up.
    `turns` are the days at which its table turns. With `by_code`, lines of another code say nothing of a line. Of an
    attribute that holds a list, `members` gives the members that are read: others make no difference. `of_code` names
    what the rows of a code can say of its lines, on whatever date. `codes` gives codes that stand for all that a
    further line of a date may bill, as far as it then says something of these lines; None where nobody knows. One that
    is `alone` reads nothing of other lines, gives what a claim gives of the attribute itself, and holds of the earlier
    lines of a patient too.
    """

    reads: tuple[str, ...]
    of: Callable[[Iterable[Line], Setting], dict[int, Computed]]
    columns: Mapping[str, str] = {}
    key: int = 0
    """How many of the columns are the key."""
    turns: Turns = no_turns
    by_code: bool = False
    members: Mapping[str, Callable[[Setting], frozenset[str]]] = {}
    of_code: Callable[[str, Setting], frozenset[str]] = no_rows
    codes: Callable[[Sequence[Line], Setting], Iterable[str] | None] = lambda *_: None
    alone: bool = False


class PairFunction(msgspec.Struct, frozen=True):
    """Relate another line to the subject by what it `reads` of both.

    `of` gives the relation, None while it is unknown. `waits` names what an unknown one waits for; the number it takes
    is the other line's. `row` gives the row of a table that the relation rests on. `columns`, `key`, `turns`, `of_code`
    are as for a LineFunction, of the subject's code. `absent` is the relation where the table has no row for the codes
    of the other line and the subject, its key. `kinds` looks at all lines at once and says what tells them apart: lines
    of which it says the same are related alike to every one of them; without it that is all that is read. `listed`
    finds for many lines at once, each of another kind, which subject and which other line are not related as `absent`
    says, by their positions. `table` is the name by which a setting holds the table that is looked up.
    """

    reads: tuple[str, ...]
    of: Callable[[Values, Values, Setting], str | None]
    waits: Callable[[Values, Values, int], tuple[str, ...]]
    row: Callable[[Values, Values, Setting], TableRow | None] = lambda *_: None
    columns: Mapping[str, str] = {}
    key: int = 0
    turns: Turns = no_turns
    absent: Callable[[Values, Setting], str | None] = lambda *_: None
    kinds: Callable[[Sequence[Values], Setting], Kind] | None = None
    listed: Callable[[Sequence[Values], Setting], Mapping[tuple[int, int], str | None]] | None = None
    of_code: Callable[[str, Setting], frozenset[str]] = no_rows
    table: str = ""

    def kind(self, lines: Sequence[Values], setting: Setting) -> Kind:
        """Give what tells some lines apart."""
        if self.kinds is not None:
            return self.kinds(lines, setting)
        return lambda line: tuple([line.get(name) for name in self.reads])
