"""Read the rows of a table by a column map, as claims."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from payrule.formats.column_maps import CLAIM, ColumnMap, Use, are_headings
from payrule.formats.column_matching import Matcher, plain_heading
from payrule.formats.csv_cells import cell_reader, dollars_reader
from payrule.formats.csv_columns import Column, Columns, keys_of
from payrule.formats.csv_reader import Group, Row
from payrule.formats.encounters import RawEncounter
from payrule.formats.json_reader import Items
from payrule.formats.sheet_dates import read_date
from payrule.formats.spreadsheet import form_of_table, read_table
from payrule.model.vocabulary import Attribute, Vocabulary
from payrule.source.diagnostics import Diagnostic, InputError


def translator(name: str, attribute: Attribute, use: Use, *, is_pointer: bool = False) -> Callable[[str], str]:
    """Make what writes a cell as the engine reads it; what cannot be understood stays as it is, and is refused later.

    >>> codes = Attribute(type="code", summary="modifiers", many=True, pattern="^[0-9A-Z]{2}$")
    >>> translator("line.modifiers", codes, Use("mods", "line.modifiers"))("gp, 59")
    'GP 59'
    """
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
        return lambda text: text.removesuffix("USD").strip().replace("$ ", "$")
    return single if choices or is_cased else str


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
        places: dict[str, list[int]] = {}
        for at, use in enumerate(chosen.columns):
            if use.attribute in matcher.attributes and use.attribute != CLAIM:
                places.setdefault(use.attribute, []).append(at)
        self._places = places
        self._read = {
            at: translator(name, matcher.attributes[name], chosen.columns[at], is_pointer=matcher.is_pointer(name))
            for name, ats in places.items()
            for at in ats
        }
        self.of_claim = chosen.claim
        """The position of the column of the claim."""
        title = "claim" if self.of_claim is None else chosen.columns[self.of_claim].heading
        claim = Column(0, title, keys_of(CLAIM), matcher.attributes[CLAIM], str, CLAIM)
        made = [self._column(matcher, position, name, ats) for position, (name, ats) in enumerate(places.items(), 1)]
        of_line = tuple(each for each in made if each.name.startswith("line."))
        above = tuple(each for each in made if each not in of_line)
        self.columns = Columns(claim, above, of_line, 1 + len(made))

    def _column(self, matcher: Matcher, position: int, name: str, ats: list[int]) -> Column:
        attribute, use = matcher.attributes[name], self.map.columns[ats[0]]
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

    def row(self, number: int, cells: Sequence[str]) -> Row:
        """Write a row as the engine reads it."""
        made = [self.claim_of(number, cells)]
        for ats in self._places.values():
            told = (self._read[at](text) for at in ats if (text := self.cell(number, cells, at)))
            made.append(" ".join(filter(None, told)))
        return Row(number, number, tuple(made))

    def groups(self, rows: Iterable[tuple[int, tuple[str, ...]]]) -> dict[str, list[tuple[int, tuple[str, ...]]]]:
        """Give the rows of each claim, without empty rows; one without an id belongs to the claim above it."""
        above, groups = "", dict[str, list[tuple[int, tuple[str, ...]]]]()
        for number, cells in rows:
            if any(cells):
                above = self.claim_of(number, cells) or above
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


def read_by_map(path: Path, chosen: ColumnMap, vocabulary: Vocabulary) -> Items:
    """Read the claims of a table, a workbook or CSV, by the column map of its headings; rows above them are not read.

    What cannot be read is a diagnostic, as for `read_file`.
    """
    try:
        yield from _of_table(path, chosen, Matcher(vocabulary))
    except InputError as fault:
        yield from fault.findings
    except OSError as fault:
        message = f"`{path}` cannot be read: {(fault.strerror or str(fault)).lower()}"
        yield Diagnostic(code="unreadable", message=message, help="check the path, and that it is a file")


def _of_table(path: Path, chosen: ColumnMap, matcher: Matcher) -> Items:
    form = form_of_table(path)
    if form is None:
        help_text = "leave out `--map`: this file says itself what it holds"
        yield Diagnostic(code="no-table", message=f"`{path}` is no table", help=help_text)
        return
    rows = read_table(path, form).rows
    found = [at for at, row in enumerate(rows[:_LOOKED_AT]) if are_headings(chosen, row)]
    if not found:
        message = f"no row at the top of `{path}` has the headings of the column map"
        listed = ", ".join(f"`{each}`" for each in chosen.headings)
        yield Diagnostic(code="other-headings", message=message, help=f"its headings are {listed}")
        return
    for doubt in matcher.doubts(chosen, rows, found[0]):
        column = "" if doubt.column is None else f"column `{chosen.columns[doubt.column].heading}`: "
        yield Diagnostic(code="column-map", message=f"{column}{doubt.message}", help=doubt.help)
    mapped = Mapped(chosen, matcher)
    for key, lines in mapped.groups(list(enumerate(rows, start=1))[found[0] + 1 :]).items():
        yield mapped.claim(key, (mapped.row(*each) for each in lines), str(path))
