"""Read the rows of a table by a column map, as claims."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from payrule.formats.column_maps import CLAIM, ColumnMap, Use, fitted
from payrule.formats.column_matching import Matcher, plain_heading
from payrule.formats.csv_cells import cell_reader, dollars_reader
from payrule.formats.csv_columns import Column, Columns, keys_of
from payrule.formats.csv_reader import Group, Row
from payrule.formats.encounters import RawEncounter
from payrule.formats.json_reader import Items
from payrule.formats.sheet_dates import read_date
from payrule.formats.spreadsheet import SheetTable, form_of_table, read_table
from payrule.model.vocabulary import Attribute, Vocabulary
from payrule.source.diagnostics import Diagnostic, InputError, RequestError


def translator(name: str, attribute: Attribute, use: Use, *, is_pointer: bool = False) -> Callable[[str], str]:
    """Make what writes a cell as the engine reads it; what cannot be understood stays as it is, and is refused later.

    >>> codes = Attribute(type="code", summary="modifiers", many=True, pattern="^[0-9A-Z]{2}$")
    >>> translator("line.modifiers", codes, Use("mods", "line.modifiers"))("gp, 59")
    'GP 59'
    >>> kind = Attribute(type="code", summary="frequency", pattern="^[0-9A-Z]$")
    >>> read = translator("encounter.frequency", kind, Use("adj", kind.summary, empty=("~",), values={"1": "8"}))
    >>> read("1"), read("~"), read("7")
    ('8', '', '7')
    """
    read = _translator(name, attribute, use, is_pointer=is_pointer)
    if not use.empty and not use.values:
        return read
    empty = frozenset(use.empty)
    return lambda text: "" if text in empty else read(use.values.get(text, text))


def _translator(name: str, attribute: Attribute, use: Use, *, is_pointer: bool) -> Callable[[str], str]:
    if attribute.type == "date":
        is_birth = name.endswith("birth_date")
        return lambda text: read_date(text, use.dates, is_birth=is_birth)
    choices = {plain_heading(each): each for each in attribute.values}
    initials = {each[:1]: each for each in attribute.values}
    if len(initials) == len(attribute.values):
        choices = initials | choices
    is_cased = attribute.pattern is not None and re.search("[A-Z]", attribute.pattern) is not None

    def single(text: str) -> str:
        if choices:
            return choices.get(plain_heading(text), text)
        if is_pointer and len(text) == 1 and "a" <= text.lower() <= "l":
            return str(ord(text.lower()) - ord("a") + 1)
        return text.upper() if is_cased else text

    if attribute.many:
        apart = re.compile(r"[\s,;|]+" if not choices else r"[,;|]+|\s+")
        return lambda text: " ".join(single(each) for each in apart.split(text) if each)
    if attribute.measure == "cents" and use.amounts == "dollars":
        return lambda text: _without_zeros(text.removesuffix("USD").strip().replace("$ ", "$"))
    if attribute.type == "integer":
        return lambda text: _without_zeros(re.sub(r"\.0+$", "", text))
    return single if choices or is_cased else str


def _without_zeros(text: str) -> str:
    """Leave out the zeros that tables of fixed width write before numbers.

    >>> _without_zeros("00098.21"), _without_zeros("0.50"), _without_zeros("000")
    ('98.21', '0.50', '0')
    """
    return re.sub(r"^0+(?=\d)", "", text)


class Mapped:
    """Read the rows of a table by a column map, as claims; rows keep the numbers that a spreadsheet shows.

    Rows of one claim may stand apart. `corrections` are values typed in the place of cells, by row number and column
    (from 0). What is wrong is said with the row and the heading as the table has them.
    """

    def __init__(
        self,
        chosen: ColumnMap,
        matcher: Matcher,
        corrections: Mapping[tuple[int, int], str] | None = None,
    ) -> None:
        """Take a map without doubts."""
        self.map, self._corrections = chosen, corrections or {}
        places: dict[tuple[str, int | None], list[int]] = {}
        for at, use in enumerate(chosen.columns):
            if use.attribute in matcher.attributes and use.attribute != CLAIM:
                places.setdefault((use.attribute, use.line), []).append(at)
        self._places = places
        self._lines: tuple[int | None, ...] = tuple(sorted({of for _, of in places if of is not None})) or (None,)
        self._only = {at: frozenset(use.only) for at, use in enumerate(chosen.columns) if use.only}
        self._codes = frozenset(name for name, each in matcher.attributes.items() if each.required)
        self._read = {
            at: translator(name, matcher.attributes[name], chosen.columns[at], is_pointer=matcher.is_pointer(name))
            for (name, _), ats in places.items()
            for at in ats
        }
        self.of_claim = chosen.claim
        """The position of the column of the claim."""
        self._is_in_each = self.of_claim is not None and chosen.columns[self.of_claim].each_row
        title = "claim" if self.of_claim is None else chosen.columns[self.of_claim].heading
        claim = Column(0, title, keys_of(CLAIM), matcher.attributes[CLAIM], str, CLAIM)
        made = [self._column(matcher, at, *named, ats) for at, (named, ats) in enumerate(places.items(), 1)]
        of_line = tuple(each for each in made if each.name.startswith("line."))
        above = tuple(each for each in made if each not in of_line)
        self.columns = Columns(claim, above, of_line, 1 + len(made))

    def _column(self, matcher: Matcher, position: int, name: str, line: int | None, ats: list[int]) -> Column:
        attribute, use = matcher.attributes[name], self.map.columns[ats[0]]
        if line is not None:  # the row of another line says nothing here
            attribute = msgspec.structs.replace(attribute, required=False)
        in_dollars = use.amounts == "dollars"
        read = dollars_reader(attribute) if in_dollars else cell_reader(attribute)
        return Column(position, use.heading, keys_of(name), attribute, read, name, in_dollars=in_dollars)

    def cell(self, number: int, cells: Sequence[str], at: int) -> str:
        """Give a cell of a row as it is read: what was typed in its place, else what the table has."""
        typed = self._corrections.get((number, at))
        return typed if typed is not None else cells[at] if at < len(cells) else ""

    def claim_of(self, number: int, cells: Sequence[str]) -> str:
        """Give the id of the claim that a row belongs to."""
        at = self.of_claim
        return f"row {number}" if at is None else self.cell(number, cells, at)

    def row(self, number: int, cells: Sequence[str], line: int | None = None) -> Row:
        """Write a row as the engine reads it; `line` is one of its lines, where it has several."""
        made = [self.claim_of(number, cells)]
        for (_, of), ats in self._places.items():
            if of not in (None, line):
                made.append("")
                continue
            told = (self._read[at](text) for at in ats if (text := self.cell(number, cells, at)))
            made.append(" ".join(filter(None, told)))
        return Row(number, number, tuple(made))

    def rows(self, number: int, cells: Sequence[str]) -> Iterator[Row]:
        """Write each line of a row as the engine reads it; where a row has several, a line without a code is none."""
        for line in self._lines:
            row = self.row(number, cells, line)
            needed = [at for at, (name, of) in enumerate(self._places, 1) if of is not None and name in self._codes]
            if line is None or any(row.cells[at] for at in needed):
                yield row

    def groups(self, rows: Iterable[tuple[int, tuple[str, ...]]]) -> dict[str, list[tuple[int, tuple[str, ...]]]]:
        """Give the rows of each claim that are read; one without an id belongs to the claim above it, or to none."""
        above, groups = "", dict[str, list[tuple[int, tuple[str, ...]]]]()
        for number, cells in rows:
            if any(cells) and all(self.cell(number, cells, at) in only for at, only in self._only.items()):
                above = self.claim_of(number, cells) or ("" if self._is_in_each else above)
                groups.setdefault(above, []).append((number, cells))
        return groups

    def claim(self, name: str, rows: Iterable[Row], file: str | None = None) -> RawEncounter:
        """Make a claim of its rows."""
        group = Group(name, self.columns)
        for row in rows:
            group.add(row)
        return group.encounter(file)

    def heading_of(
        self, diagnostic: Diagnostic, cells: Callable[[int], Sequence[str]]
    ) -> tuple[int | None, int | None]:
        """Give the row and the column (from 0) that a diagnostic of a claim is about, as far as it says that."""
        found = _said(diagnostic.path or "")
        if found is None:
            return None, None
        number, heading = int(found[1]), found[2]
        ats = next((ats for ats in self._places.values() if self.map.columns[ats[0]].heading == heading), None)
        if heading is not None and ats is None:
            return number, self.of_claim
        if ats is None or len(ats) == 1:
            return number, ats[0] if ats else None
        row = cells(number)
        named = [
            at
            for at in ats
            if (text := self.cell(number, row, at)) and f"`{self._read[at](text)}`" in diagnostic.message
        ]
        return number, (named or ats)[0]


_said = re.compile(r"row (\d{1,15})(?:, column (.*))?", re.DOTALL).fullmatch


_LOOKED_AT = 25
"""Rows among which the headings are looked for."""


class Chosen(msgspec.Struct, frozen=True):
    """A table with the map that it is read by: what its file is, the row of its headings (from 0), the map's name.

    The name is empty where the headings are those of payrule.
    """

    table: SheetTable
    headings: int
    map: ColumnMap
    name: str = ""


def table_of(path: Path) -> SheetTable | None:
    """Read a table of any kind; None for claims in another format. Raises RequestError where it cannot be read."""
    form = form_of_table(path)
    return None if form is None else read_table(path, form)


def chosen_for(table: SheetTable, maps: Mapping[str, ColumnMap], matcher: Matcher) -> Chosen | None:
    """Find how a table is read: by the headings of payrule, else by the map that its headings fit.

    None where none does; raises RequestError where several do.

    >>> from payrule.rulebase.rulebase import load
    >>> maps = {"clinic": ColumnMap(columns=(Use("cpt", "line.code"), Use("day", "line.date")))}
    >>> table = SheetTable(form="csv", rows=(("Day", "Who", "CPT"), ("2026-01-05", "Ann", "97110")))
    >>> chosen_for(table, maps, Matcher(load().documents.vocabulary)).name
    'clinic'
    """
    for at, row in enumerate(table.rows[:_LOOKED_AT]):
        if matcher.is_own(row):
            return Chosen(table, at, matcher.own_map(row))
        fits = {name: found for name, each in maps.items() if (found := fitted(each, row)) is not None}
        if len(fits) > 1:
            listed = ", ".join(f"`{each}`" for each in fits)
            message = f"the headings in row {at + 1} fit more than one column map: {listed}"
            raise RequestError.of("several-maps", message, "choose one with `--map`")
        if fits:
            ((name, found),) = fits.items()
            return Chosen(table, at, found, name)
    return None


def chosen_by(table: SheetTable, chosen: ColumnMap, path: Path) -> Chosen:
    """Find the headings of a column map in a table; raises RequestError where they are not there."""
    for at, row in enumerate(table.rows[:_LOOKED_AT]):
        if (found := fitted(chosen, row)) is not None:
            return Chosen(table, at, found)
    message = f"no row at the top of `{path}` has the headings of the column map"
    listed = ", ".join(f"`{each.heading}`" for each in chosen.columns if not each.optional)
    raise RequestError.of("other-headings", message, f"its headings are {listed}")


def read_by_map(
    path: Path, chosen: ColumnMap, vocabulary: Vocabulary, told: Callable[[Path, Chosen], Any] | None = None
) -> Items:
    """Read the claims of a table, a workbook or CSV, by the column map of its headings; rows above them are not read.

    `told` is called with the table, before its claims are read. What cannot be read is a diagnostic, as for
    `read_file`.
    """
    try:
        table = table_of(path)
        if table is None:
            help_text = "leave out `--map`: this file says itself what it holds"
            yield Diagnostic(code="no-table", message=f"`{path}` is no table", help=help_text)
            return
        found = chosen_by(table, chosen, path)
        if told is not None:
            told(path, found)
        yield from read_chosen(found, Matcher(vocabulary), str(path))
    except InputError as fault:
        yield from (in_file(each, path) for each in fault.findings)
    except OSError as fault:
        message = f"`{path}` cannot be read: {(fault.strerror or str(fault)).lower()}"
        yield Diagnostic(code="unreadable", message=message, help="check the path, and that it is a file")


def in_file(fault: Diagnostic, path: Path) -> Diagnostic:
    """Say of what is wrong with a table in which file it is, where its message does not name it.

    >>> print(in_file(Diagnostic(code="x", message="the workbook is damaged"), Path("a.xlsx")))
    a.xlsx: the workbook is damaged
    """
    return fault if f"`{path}`" in fault.message else msgspec.structs.replace(fault, file=str(path))


def read_chosen(chosen: Chosen, matcher: Matcher, file: str) -> Items:
    """Read the claims of a table of which it is known how; `file` is named in what is wrong."""
    return (item for item, _ in claims_of_table(chosen, matcher, file))


_BY_MAP = {
    "dates": "write every date of the column as year-month-day, or say `dates` in a column map: `month-first` or "
    "`day-first`",
    "amounts": "say `amounts` in a column map: `dollars` or `cents`",
}
"""How a doubt about a column is removed where nobody can choose."""


def claims_of_table(
    chosen: Chosen, matcher: Matcher, file: str
) -> Iterator[tuple[RawEncounter | Diagnostic, tuple[int, ...]]]:
    """Give each claim of a table with the number of the row of each of its lines; `file` is named in what is wrong."""
    rows, headings = chosen.table.rows, chosen.headings
    for doubt in matcher.doubts(chosen.map, rows, headings):
        column = "" if doubt.column is None else f"column `{chosen.map.columns[doubt.column].heading}`: "
        message = f"{column}{doubt.message}"
        help_text = _BY_MAP.get(doubt.about, doubt.help)
        yield Diagnostic(code="column-map", message=message, help=help_text, file=file), ()
    mapped = Mapped(chosen.map, matcher)
    for key, group in mapped.groups(list(enumerate(rows, start=1))[headings + 1 :]).items():
        lines = [row for each in group for row in mapped.rows(*each)]
        if lines:
            yield mapped.claim(key, lines, file), tuple(each.number for each in lines)
