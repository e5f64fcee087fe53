"""Look up published tables: code pairs that are not paid together, the most units of a code, add-on codes.

A row of pairs denies the line of its column 2 beside a line of its column 1. Several rows may hold for one pair on one
day; the strictest counts, which has the lowest indicator. A row holds from its effective date, or from ever where that
is not known, to its deletion date, which is the last day that it holds.

A table says nothing of dates that it does not cover: what is looked up is unknown then, and waits for another table.

Of type 1 a table lists every primary code. Of types 2 and 3 there are none or others besides, which contractors name,
so that nothing is said of the line. A row holds from its effective date, or from ever where that is not known, to its
deletion date, which is the last day that it holds.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import chain, groupby, product
from typing import NamedTuple

from payrule.encounter.encounter import CODE, DATE, UNITS, Line
from payrule.language.derived.computed import (
    NO_ROW,
    Computed,
    Kind,
    LineFunction,
    PairFunction,
    Setting,
    Support,
    TableRow,
    Values,
    holds_on,
)
from payrule.language.derived.relations import PROVIDER_READS, SAME, providers_related, providers_wait
from payrule.model.tables import LookedUp
from payrule.model.values import Amount, as_json_number
from payrule.model.vocabulary import of_other_line

PAIR_EDIT = "pair-edit"
UNITS_EDIT = "units-edit"
"""The names of the functions, by which a setting holds their tables."""

_ONE_DAY = timedelta(days=1)

NO_EDIT = NO_ROW
"""What is said of a pair without a row that holds, and of units within the limit."""

PAIR_COLUMNS = {
    "column_1": "code",
    "column_2": "code",
    "effective_date": "date",
    "deletion_date": "date",
    "modifier_indicator": "code",
}
UNITS_COLUMNS = {"code": "code", "units": "integer", "indicator": "code"}
"""The columns that each function looks up, the key first."""

BY_LINE = frozenset({"1"})
"""Indicators of limits that each line is held to alone; all others hold for the lines of a code on a date together."""


class PairRow(NamedTuple):
    """A row of code pairs; dates are written `YYYYMMDD`, empty where there is none."""

    column_1: str
    column_2: str
    effective: str
    deletion: str
    indicator: str


class Limit(NamedTuple):
    """The most units of a code, and the indicator that says how they are counted."""

    code: str
    units: str
    indicator: str


def pair_edit(subject: Values, other: Values, setting: Setting) -> str | None:
    """Give the indicator of the edit that denies the subject beside the other line; None where no table covers it."""
    table = setting.tables.get(PAIR_EDIT)
    day = subject.get(DATE)
    if table is None or not isinstance(day, date) or not table.covers(day) or CODE not in subject:
        return None
    if CODE not in other and other.get(DATE) == day and pair_edits_of(str(subject[CODE]), setting):
        return None
    row = _strictest(table, subject, other, day)
    return NO_EDIT if row is None else row.indicator


def pair_without_row(subject: Values, setting: Setting) -> str | None:
    """Say what is said of two lines of a date whose codes the table does not pair; None where it does not cover it."""
    table, day = setting.tables.get(PAIR_EDIT), subject.get(DATE)
    return NO_EDIT if table is not None and isinstance(day, date) and table.covers(day) else None


FEW_CODES = 40
"""Codes up to which each pair of them is looked up: that costs less than to read all rows of each."""


def pair_kinds(lines: Sequence[Values], setting: Setting) -> Kind:
    """Say what tells lines apart: the date, and the code of a line where the table pairs it with that of another.

    A claim of many codes has few that are paired, and the others are related to every line as any of them is. A code
    that cannot be read is of its own kind.
    """
    table, codes = setting.tables.get(PAIR_EDIT), {str(line[CODE]) for line in lines if CODE in line}
    if table is None or len(codes) <= FEW_CODES:
        return lambda line: (line.get(CODE), line.get(DATE))
    paired: set[str] = set()
    for row in table.rows.between(codes):
        paired.update(row[:2])
        if len(paired) == len(codes):
            break
    told = {_UNREAD, *paired}
    return lambda line: (code if (code := line.get(CODE, _UNREAD)) in told else None, line.get(DATE))


def pairs_with_row(lines: Sequence[Values], setting: Setting) -> dict[tuple[int, int], str | None]:
    """Find the pairs of lines that have an edit, the subject first, by reading each row of their codes once.

    It is None where the code of one cannot be read, but for a subject whose code the table denies beside no other.
    """
    table = setting.tables.get(PAIR_EDIT)
    days: dict[str, dict[date, list[int]]] = {}
    for at, line in enumerate(lines):
        day = line.get(DATE)
        if table is not None and isinstance(day, date) and table.covers(day):
            days.setdefault(str(line.get(CODE, _UNREAD)), {}).setdefault(day, []).append(at)
    unread = days.pop(_UNREAD, {})
    found: dict[tuple[int, int], str | None] = {
        both: None
        for code, subjects in days.items()
        for day, listed in subjects.items()
        if day in unread and pair_edits_of(code, setting)
        for both in product(listed, unread[day])
    }
    every = {day: [*chain.from_iterable(held.get(day, ()) for held in days.values()), *unread[day]] for day in unread}
    found |= {both: None for day, listed in unread.items() for both in product(listed, every[day])}
    written = {day: f"{day:%Y%m%d}" for each in days.values() for day in each}
    for row in () if table is None else table.rows.between(days):
        pair = PairRow(*row)
        others = days[pair.column_1]
        for day, subjects in days[pair.column_2].items():
            if day in others and holds_on(pair, written[day]):
                for both in product(subjects, others[day]):
                    known = found.get(both)
                    if known is None or pair.indicator < known:
                        found[both] = pair.indicator
    return found


_UNREAD = ""
"""Stands for a code that cannot be read: no code is empty."""


def pair_edit_waits(_: Values, other: Values, number: int) -> tuple[str, ...]:
    """Name the code of the other line where it cannot be read; else it is a table that does not cover the date."""
    return () if CODE in other else (of_other_line(number, CODE),)


def pair_row(subject: Values, other: Values, setting: Setting) -> TableRow | None:
    """Give the row that an edit rests on; None where there is none."""
    table, day = setting.tables.get(PAIR_EDIT), subject.get(DATE)
    if table is None or not isinstance(day, date) or not table.covers(day):
        return None
    row = _strictest(table, subject, other, day)
    return None if row is None else table_row(table, row)


def pair_edits_of(code: str, setting: Setting) -> frozenset[str]:
    """Give the indicators of the table if some row of it denies the code, in column 2, beside another one."""
    table = setting.tables.get(PAIR_EDIT)
    if table is None or code not in table.rows.distinct(PairRow._fields.index("column_2")):
        return frozenset()
    return table.rows.distinct(PairRow._fields.index("indicator"))


def units_edits_of(code: str, setting: Setting) -> frozenset[str]:
    """Give the indicators of the limits on the units of a code."""
    table = setting.tables.get(UNITS_EDIT)
    return frozenset(Limit(*row).indicator for row in table.rows.find(code)) if table else frozenset()


def pair_turns(setting: Setting) -> Iterator[date]:
    """Give the days at which edits of pairs turn: where rows begin, and where they have ended; they are few."""
    table = setting.tables.get(PAIR_EDIT)
    if table is None:
        return
    yield from _covered(table)
    effective, deletion = (PairRow._fields.index(name) for name in ("effective", "deletion"))
    yield from (date.fromisoformat(day) for day in table.rows.distinct(effective) if day)
    yield from (date.fromisoformat(day) + _ONE_DAY for day in table.rows.distinct(deletion) if day)


def units_turns(setting: Setting) -> Iterator[date]:
    """Give the days at which limits on units turn: where the table begins and ends, for it has no dates of its own."""
    table = setting.tables.get(UNITS_EDIT)
    if table is not None:
        yield from _covered(table)


def _covered(table: LookedUp) -> Iterator[date]:
    if table.first:
        yield table.first
    if table.last:
        yield table.last + _ONE_DAY


def table_row(table: LookedUp, row: PairRow) -> TableRow:
    """Read a row of code pairs.

    >>> from payrule.model.policy import Period; from payrule.model.tables import Table, TableData
    >>> data = TableData(file="x.parquet", digest="", rows=1)
    >>> table = Table(kind="table", id="pairs", title="", issuer="", covers=Period(), columns=(), key=(), data=data)
    >>> row = table_row(LookedUp(table, {}), PairRow("00001", "00002", "20200101", "", "1"))
    >>> row.words
    'row 00001/00002 of `pairs`: indicator 1, effective 2020-01-01, not deleted'
    >>> row.cells["effective_date"], row.cells["deletion_date"]
    ('2020-01-01', None)
    """
    effective, deletion = written_day(row.effective), written_day(row.deletion)
    cells: dict[str, str | float | None] = {
        "column_1": row.column_1,
        "column_2": row.column_2,
        "modifier_indicator": row.indicator,
        "effective_date": effective,
        "deletion_date": deletion,
    }
    since = f"effective {effective}" if effective else "of no known effective date"
    until = f"deleted {deletion}" if deletion else "not deleted"
    name = table.table.id
    words = f"row {row.column_1}/{row.column_2} of `{name}`: indicator {row.indicator}, {since}, {until}"
    return TableRow(name, cells, words)


def edits_on_units(lines: Iterable[Line], setting: Setting) -> dict[int, Computed]:
    """Say for every line number which limit its units exceed, by the indicator, and how many units are within it."""
    table = setting.tables.get(UNITS_EDIT)
    found: dict[int, Computed] = {}
    for (code, day), group in groupby(sorted(lines, key=_code_and_day), key=_code_and_day):
        listed = list(group)
        if table is None or not table.covers(day):
            found.update((line.number, Computed(None)) for line in listed)
            continue
        limit = min((Limit(*row) for row in table.rows.find(code)), key=lambda row: int(row.units), default=None)
        together = sum(map(_units, listed), start=0)
        for line in listed:
            found[line.number] = _held_to(table, limit, line, together, tuple(each.number for each in listed))
    return found


def codes_alike(lines: Iterable[Line], _: Setting) -> list[str]:
    """Give the codes of lines: a line of another code says nothing of them."""
    return sorted({line.code for line in lines})


def _units(line: Line) -> Amount:
    """Give the units that a line bills; 0 where it says nothing of them."""
    value = line.values.get(UNITS, 0)
    return value if isinstance(value, int | Decimal) else 0


def _held_to(table: LookedUp, limit: Limit | None, line: Line, together: Amount, numbers: tuple[int, ...]) -> Computed:
    if limit is None:
        return Computed(NO_EDIT)
    most, name = int(limit.units), table.table.id
    is_by_line = limit.indicator in BY_LINE
    billed = _units(line) if is_by_line else together
    words = f"row {limit.code} of `{name}`: at most {most} units, indicator {limit.indicator}; billed {billed}"
    cells: dict[str, str | float | None] = {"code": limit.code, "units": most, "indicator": limit.indicator}
    counted = (line.number,) if is_by_line else (line.number, *(each for each in numbers if each != line.number))
    row = TableRow(name, {**cells, "billed": as_json_number(billed)}, words, counted)
    return Computed(limit.indicator if billed > most else NO_EDIT, support=Support(billed, most, most), row=row)


def _strictest(table: LookedUp, subject: Values, other: Values, day: date) -> PairRow | None:
    """Find the row with the lowest indicator of those that hold; edits relate lines of one date only."""
    if other.get(DATE) != day:
        return None
    found = table.rows.find(str(other.get(CODE)), str(subject.get(CODE)))
    if not found:
        return None
    written = f"{day:%Y%m%d}"
    rows = (PairRow(*row) for row in found)
    return min((row for row in rows if holds_on(row, written)), key=lambda row: row.indicator, default=None)


def _code_and_day(line: Line) -> tuple[str, date]:
    return line.code, line.date


def written_day(day: str) -> str | None:
    """Write a day of a table, `YYYYMMDD`, as `YYYY-MM-DD`; None where there is none.

    >>> written_day("20240701"), written_day("") is None
    ('2024-07-01', True)
    """
    return f"{day[:4]}-{day[4:6]}-{day[6:]}" if day else None


ADD_ON = "add-on"
"""The name of the function, by which a setting holds its table."""

ADD_ON_COLUMNS = {
    "add_on": "code",
    "primary_code": "code",
    "type": "code",
    "effective_date": "date",
    "deletion_date": "date",
}
"""The columns that are looked up, the key first."""

NO_ADD_ON, ANY_PRIMARY, WITH_PRIMARY, WITHOUT_PRIMARY = NO_ROW, "any-primary", "with-primary", "without-primary"
"""What is said of a line: its code is no add-on code; it is one whose primary codes are not all listed, one of them is
there; none is."""

ALL_LISTED = "1"
"""The type of an add-on code of which every primary code is listed."""

_MOST_NAMED = 8


class AddOnRow(NamedTuple):
    """A row: dates are written `YYYYMMDD`, empty where there is none; so is the primary code where it names none."""

    add_on: str
    primary: str
    type: str
    effective: str
    deletion: str


def add_on_codes(lines: Iterable[Line], setting: Setting) -> dict[int, Computed]:
    """Say for every line number whether its code is an add-on code, and whether one of its primary codes is there."""
    table = setting.tables.get(ADD_ON)
    listed = list(lines)
    return {line.number: _looked_up(table, line, listed, setting) for line in listed}


def _looked_up(table: LookedUp | None, line: Line, lines: list[Line], setting: Setting) -> Computed:
    if table is None or not table.covers(line.date):
        return Computed(None)
    day = f"{line.date:%Y%m%d}"
    rows = [row for row in (AddOnRow(*each) for each in table.rows.find(line.code)) if holds_on(row, day)]
    # What is a primary code of some other line says something of that line, whatever it is itself.
    is_primary = line.code in table.rows.distinct(AddOnRow._fields.index("primary"))
    if not rows:
        return Computed(NO_ADD_ON, among=is_primary)
    primaries = {row.primary for row in rows}
    if any(row.type != ALL_LISTED for row in rows):
        return Computed(ANY_PRIMARY, row=_row(table, rows, (line.number,)), among=is_primary)
    waits: list[str] = []
    for other in lines:
        if other is not line and other.date == line.date and other.code in primaries:
            related = providers_related(line.values, other.values, setting)
            if related == SAME:
                row, beside = _row(table, rows, (line.number, other.number)), (other.number,)
                return Computed(WITH_PRIMARY, row=row, among=True, beside=beside)
            if related is None:
                waits += providers_wait(line.values, other.values, other.number)
    row = _row(table, rows, (line.number,))
    if waits:
        return Computed(None, tuple(sorted(set(waits))), row=row, among=True)
    return Computed(WITHOUT_PRIMARY, row=row, among=True)


def some_primaries(lines: Iterable[Line], setting: Setting) -> list[str]:
    """Give a primary code of each add-on code of some lines: any other says the same of it."""
    table, found = setting.tables.get(ADD_ON), set[str]()
    for code, day in {(line.code, f"{line.date:%Y%m%d}") for line in lines}:
        rows = map(AddOnRow._make, table.rows.find(code)) if table else ()
        found.update(sorted({row.primary for row in rows if row.primary and holds_on(row, day)})[:1])
    return sorted(found)


def add_on_turnouts(code: str, setting: Setting) -> frozenset[str]:
    """Give what the rows of an add-on code can say of a line; nothing of a code that is none."""
    table = setting.tables.get(ADD_ON)
    kinds = {AddOnRow(*row).type for row in table.rows.find(code)} if table else set()
    all_listed = {WITH_PRIMARY, WITHOUT_PRIMARY} if ALL_LISTED in kinds else set()
    return frozenset(all_listed | ({ANY_PRIMARY} if kinds - {ALL_LISTED} else set()))


def _row(table: LookedUp, rows: list[AddOnRow], lines: tuple[int, ...]) -> TableRow:
    """Read all rows of an add-on code as one."""
    name, code = table.table.id, rows[0].add_on
    kind = max(row.type for row in rows)
    primaries = sorted({row.primary for row in rows} - {""})
    named = ", ".join(primaries[:_MOST_NAMED])
    more = f" and {len(primaries) - _MOST_NAMED} more" if len(primaries) > _MOST_NAMED else ""
    words = f"add-on code {code} of `{name}`: type {kind}, primary codes {named or 'not listed'}{more}"
    cells: dict[str, str | float | None] = {"add_on": code, "type": kind, "primary_codes": ", ".join(primaries) or None}
    return TableRow(name, cells, words, lines)


def add_on_turns(setting: Setting) -> Iterator[date]:
    """Give the days at which add-on codes turn: where the table and its rows begin, and where they have ended."""
    table = setting.tables.get(ADD_ON)
    if table is None:
        return
    if table.first:
        yield table.first
    if table.last:
        yield table.last + _ONE_DAY
    effective, deletion = (AddOnRow._fields.index(name) for name in ("effective", "deletion"))
    yield from (date.fromisoformat(day) for day in table.rows.distinct(effective) if day)
    yield from (date.fromisoformat(day) + _ONE_DAY for day in table.rows.distinct(deletion) if day)


LINE_LOOKUPS: Mapping[str, LineFunction] = {
    ADD_ON: LineFunction(
        PROVIDER_READS,
        add_on_codes,
        ADD_ON_COLUMNS,
        1,
        turns=add_on_turns,
        of_code=add_on_turnouts,
        codes=some_primaries,
    ),
    UNITS_EDIT: LineFunction(
        (UNITS,),
        edits_on_units,
        UNITS_COLUMNS,
        1,
        turns=units_turns,
        by_code=True,
        of_code=units_edits_of,
        codes=codes_alike,
    ),
}
"""What a table gives of a line."""

PAIR_LOOKUPS: Mapping[str, PairFunction] = {
    PAIR_EDIT: PairFunction(
        (CODE, DATE),
        pair_edit,
        pair_edit_waits,
        pair_row,
        PAIR_COLUMNS,
        2,
        pair_turns,
        pair_without_row,
        pair_kinds,
        pairs_with_row,
        pair_edits_of,
        PAIR_EDIT,
    )
}
"""What a table gives of two lines."""
