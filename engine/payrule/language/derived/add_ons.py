"""Look up add-on codes: a code that is billed only beside one of its primary codes, by one provider on one date.

Of type 1 a table lists every primary code. Of types 2 and 3 there are none or others besides, which contractors name,
so that nothing is said of the line. A row holds from its effective date, or from ever where that is not known, to its
deletion date, which is the last day that it holds.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import NamedTuple

from payrule.encounter.encounter import Line
from payrule.language.derived.computed import NO_ROW, Computed, Setting, TableRow, holds_on
from payrule.language.derived.relations import SAME, providers_related, providers_wait
from payrule.model.tables import LookedUp

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
_ONE_DAY = timedelta(days=1)


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
                return Computed(WITH_PRIMARY, row=_row(table, rows, (line.number, other.number)), among=True)
            if related is None:
                waits += providers_wait(line.values, other.values, other.number)
    row = _row(table, rows, (line.number,))
    if waits:
        return Computed(None, tuple(sorted(set(waits))), row=row, among=True)
    return Computed(WITHOUT_PRIMARY, row=row, among=True)


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
    cells: dict[str, str | int | None] = {"add_on": code, "type": kind, "primary_codes": ", ".join(primaries) or None}
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
