"""Claims in sheets: the rows of one claim become its JSON, and what is wrong with it gets its row and column.

Rows are counted as a spreadsheet shows them: the row of titles is row 1, and a cell with line breaks is in one row. At
most one claim is held, and the ids seen so far, each with its row, so that rows that stand elsewhere are found.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from itertools import chain
from typing import Any, BinaryIO

import msgspec

from payrule.encounter.encounter import CODE, DATE, PATIENT
from payrule.formats.csv_cells import SAVE_AS, cure_of, is_parted_wrongly, is_shortened, parted, without_result
from payrule.formats.csv_columns import Column, Columns, Header, nearest_place, put, written
from payrule.formats.encounters import RECEIVED, RawEncounter, Unreadable
from payrule.model.value_schema import MOST
from payrule.model.vocabulary import BIRTH, Attribute, Vocabulary
from payrule.source.diagnostics import Diagnostic, shown, sort_key
from payrule.source.json_source import json_path, undecoded

LONGEST_CELL = 131_072
"""Characters of a cell that are kept: more than any attribute may have."""


class Row(msgspec.Struct, frozen=True):
    """One row: its number as a spreadsheet shows it, its first line in the file, and its cells without outer blanks."""

    number: int
    line: int
    cells: tuple[str, ...]


class Group:
    """Gather the rows of one encounter, and what is wrong with how they stand; `name` is the encounter's id."""

    def __init__(self, name: str, columns: Columns) -> None:
        """Begin without rows."""
        self.name = name
        self.faults: list[Diagnostic] = []
        self._doubted: set[str] = set()
        self._unreadable: dict[tuple[int, str], Diagnostic] = {}
        self._columns = columns
        self._rows: list[Row] = []
        self._stated: dict[str, tuple[Row, Column]] = {}
        self._cures: dict[tuple[int, int], str | None] = {}
        self._last = 0

    def add(self, row: Row) -> None:
        """Take a row; of more rows than an encounter may have, only that there are more."""
        self._last = row.number
        if len(self._rows) <= MOST:
            self._rows.append(row)
            for column, fault in self._cell_faults(row):
                if column in self._columns.line and column.name in (CODE, DATE):
                    self._unreadable[row.number, column.name] = fault
                else:
                    self.faults.append(fault)
                    self._doubted.add(column.name)
            self.faults += self._row_faults(row)

    def cut_off(self, fault: Diagnostic) -> None:
        """Say that nothing more can be read: neither of this encounter, nor of others that may follow."""
        self.faults.append(fault)
        self._doubted |= {PATIENT, RECEIVED}

    def astray(self, row: Row, first: int) -> None:
        """Say that the rows of this encounter began elsewhere."""
        message = f"{shown(self.name)} begins in row {first}, and rows of other claims are between"
        help_text = "put the rows of a claim together; until then no answer for it can be relied on"
        self.faults.append(_fault(row, self._columns.encounter, "row-astray", message, help_text))

    def encounter(self, file: str | None) -> RawEncounter:
        """Make the encounter, with what is wrong with it so far; `file` is named in that."""
        data: dict[str, Any] = {"id": self.name} if self.name else {}
        for row, column in self._stated.values():
            put(data, column.keys, column.read(column.of(row.cells)))
        data["lines"] = [self._line(row, number) for number, row in enumerate(self._rows, start=1)]
        first = self._rows[0].number
        unreadable = {at: msgspec.structs.replace(fault, file=file) for at, fault in self._unreadable.items()}
        faults = [msgspec.structs.replace(fault, file=file) for fault in self.faults]
        if len({row for row, _ in unreadable}) == len(self._rows):
            faults += unreadable.values()
            unreadable = {}
        numbers = {row.number: line["number"] for row, line in zip(self._rows, data["lines"], strict=True)}
        # Whose claim a row without an id belongs to, nobody can tell, unless it says that.
        of_nobody = frozenset[str]() if self.name or PATIENT in self._stated else frozenset({PATIENT})
        return RawEncounter(
            data,
            f"row {first}" if first == self._last else f"rows {first} to {self._last}",
            faults=tuple(sorted(faults, key=sort_key)),
            placed=lambda diagnostic: self._placed(diagnostic, file),
            unreadable=tuple(Unreadable(numbers[row], (name,), each) for (row, name), each in unreadable.items()),
            doubted=of_nobody.union(self._doubted),
        )

    def earlier_line(self, file: str | None) -> RawEncounter:
        """Make of the one row a row of a history: what it says of its claim and its line stands side by side."""
        raw, row = self.encounter(file), self._rows[0]
        line = self._line(row, 0)
        stated = {column.name for column in self._columns.line if column.of(row.cells)}
        line = line if _NUMBER in stated else {key: value for key, value in line.items() if key != "number"}
        above = {key: value for key, value in raw.data.items() if key not in ("id", "lines")}
        patient = {"patient": {"id": self.name}} if self.name else {}
        says_since_alone = not line and above.keys() == {"history_from"}
        faults = tuple(
            each for each in raw.faults if not says_since_alone or each.path == _place(row, self._columns.encounter)
        )

        def placed(diagnostic: Diagnostic) -> Diagnostic | None:
            path = diagnostic.path or "$"
            of_line = path.replace("$", json_path(("lines", 0)), 1)
            is_above = any(path.startswith(json_path(column.keys)) for column in self._columns.above)
            told = self._placed(msgspec.structs.replace(diagnostic, path=path if is_above else of_line), file)
            return None if diagnostic.code == "no-patient" and faults else told

        return msgspec.structs.replace(raw, data={**patient, **above, **line}, faults=faults, placed=placed)

    def _line(self, row: Row, number: int) -> dict[str, Any]:
        line: dict[str, Any] = {"number": number}
        for column in self._columns.line:
            if column.of(row.cells) and (row.number, column.name) not in self._unreadable:
                put(line, column.keys, column.read(column.of(row.cells)))
        return line

    def _cell_faults(self, row: Row) -> Iterator[tuple[Column, Diagnostic]]:
        """Find cells that are wrong in a way that the validator cannot see."""
        columns = self._columns
        for column in (columns.encounter, *columns.above, *columns.line):
            text = column.of(row.cells)
            if not text:
                if column is columns.encounter:
                    of_patient = column.name == PATIENT
                    message = f"the row does not say {'of which patient it is' if of_patient else _NAMELESS}"
                    yield column, _fault(row, column, "empty-cell", message, "write the id in each of its rows")
                elif column.attribute.required and column.name != _NUMBER:
                    help_text = f"write for example `{written(column.attribute)}`"
                    yield column, _fault(row, column, "empty-cell", f"`{column.title}` is empty", help_text)
            elif (unfit := _unfit(text, column.attribute)) is not None:
                yield column, _fault(row, column, *unfit)
            elif column.in_dollars and isinstance(column.read(text), str):
                help_text = f"write dollars and cents, such as `1,250.00`{_bounds(column.attribute)}"
                yield column, _fault(row, column, "wrong-type", f"{shown(text)} is no amount in dollars", help_text)
            elif is_parted_wrongly(text, column.attribute):
                help_text = f"write `{parted(text)}`"
                message = "only blanks separate the values of a cell"
                yield column, _fault(row, column, "parted-wrongly", message, help_text)

    def _row_faults(self, row: Row) -> Iterator[Diagnostic]:
        """Find cells that do not go with the others: above them in the same encounter, or beyond the last column."""
        for column in self._columns.above:
            text = column.of(row.cells)
            if not text:
                continue
            first, other = self._stated.setdefault(column.name, (row, column))
            other_text = other.of(first.cells)
            if (text != other_text or column.read != other.read) and column.read(text) != other.read(other_text):
                where = f"in row {first.number} of the same claim"
                message = f"{shown(text)} is here, and {shown(other_text)} {where}"
                help_text = "write the same in all rows of a claim, or leave all but one empty"
                self._doubted.add(column.name)
                yield _fault(row, column, "rows-disagree", message, help_text)
        for dollars, cents in self._columns.both:
            one, two = dollars.of(row.cells), cents.of(row.cells)
            if one and two and dollars.read(one) != cents.read(two):
                message = f"{shown(one)} is here, and {shown(two)} in the column `{cents.title}`"
                help_text = "write the same amount in both columns, or keep one of the two"
                yield _fault(row, dollars, "columns-disagree", message, help_text)
        width = self._columns.width
        beyond = next((n for n, cell in enumerate(row.cells[width:], start=width + 1) if cell), None)
        if beyond is not None:
            cell = shown(row.cells[beyond - 1])
            message = f"{cell} is in column {beyond}, and the last column with a title is {width}"
            help_text = "give the column a title, or put a cell that holds a separator in quotation marks"
            yield _fault(row, None, "too-many-cells", message, help_text)

    def _placed(self, diagnostic: Diagnostic, file: str | None) -> Diagnostic | None:
        """Give a diagnostic of the validator its row and column, and the help of a spreadsheet."""
        row, column = nearest_place(self._places, diagnostic.path or "$", (self._rows[0], None))
        place = _place(row, column)
        told = [*self.faults, *self._unreadable.values()]
        if diagnostic.code == "missing-key" or any(fault.path == place for fault in told):
            return None
        help_text = self._help_text(row, column) if column is not None else None
        return msgspec.structs.replace(
            diagnostic, file=file, line=row.line, column=None, path=place, help=help_text or diagnostic.help
        )

    @cached_property
    def _places(self) -> dict[str, tuple[Row, Column | None]]:
        rows, columns = self._rows, self._columns
        places: dict[str, tuple[Row, Column | None]] = {json_path(("id",)): (rows[0], columns.encounter)}
        places |= {json_path(each.keys): self._stated.get(each.name, (rows[0], each)) for each in columns.above}
        for index, row in enumerate(rows):
            places[json_path(("lines", index))] = (row, None)
            # Of two columns that hold one amount, the one that says something comes last.
            listed = sorted(columns.line, key=lambda each: bool(each.of(row.cells)))
            places |= {json_path(("lines", index, *each.keys)): (row, each) for each in listed}
        return places

    def _help_text(self, row: Row, column: Column) -> str | None:
        """Say how to fix a cell, worked out once: each value of a long one may be refused."""
        at = row.number, column.position
        if at not in self._cures:
            told = cure_of(column.of(row.cells), column.attribute, column.dollars_title)
            self._cures[at] = None if column.name == BIRTH else told  # a birth date is not repeated
        return self._cures[at]


_NAMELESS = "which claim it belongs to"

_NUMBER = "line.number"
"""The column that may be empty: rows are numbered in their order."""


def _bounds(attribute: Attribute) -> str:
    """Say between which amounts of dollars one has to be.

    >>> _bounds(Attribute(type="integer", summary="charge", maximum=9_999_999_999))
    ', from 0.00 to 99,999,999.99'
    """
    low, high = attribute.minimum or 0, attribute.maximum
    return f", from {low / 100:,.2f}" + (f" to {high / 100:,.2f}" if high is not None else "")


def _place(row: Row, column: Column | None) -> str:
    return f"row {row.number}" if column is None else f"row {row.number}, column {column.title}"


def _unfit(text: str, attribute: Attribute) -> tuple[str, str, str] | None:
    """Say why a cell cannot be read whatever it is to hold: code, message and help."""
    if len(text) > LONGEST_CELL:
        message = f"the cell has more than {LONGEST_CELL:,} characters"
        return "too-long", message, "shorten it, or leave the column out"
    if not text.isascii() and undecoded(text):
        return "encoding", "the cell holds bytes that are not UTF-8", SAVE_AS
    if (unsaid := without_result(text)) is not None:
        return "no-result", unsaid, "put the value in its place"
    if is_shortened(text, attribute):
        message = f"{shown(text)} is a number that a spreadsheet has shortened: its last digits are lost"
        return "shortened-number", message, "format the column as text, and write it again"
    return None


def _fault(row: Row, column: Column | None, code: str, message: str, help_text: str) -> Diagnostic:
    return Diagnostic(code=code, message=message, help=help_text, line=row.line, path=_place(row, column))


LONGEST = 16 * 1024 * 1024
"""Characters that a line of the file may have."""

csv.field_size_limit(max(csv.field_size_limit(), LONGEST))

Items = Iterator[RawEncounter | Diagnostic]


def read_csv(stream: BinaryIO, vocabulary: Vocabulary, file: str | None = None) -> Items:
    r"""Read the encounters of a sheet; `file` names it in findings.

    >>> from payrule.model.vocabulary import Attribute, Regions, Timed
    >>> code = Attribute(type="code", summary="The service", required=True)
    >>> words = Vocabulary(kind="vocabulary", concerns=(), regions=Regions(contiguous=()),
    ...     timed=Timed(codes=(), method="x"), attributes={"line.code": code})
    >>> sheet = io.BytesIO(b"encounter,code\nE-1,00001\nE-1,00002\nE-2,00001\n")
    >>> for raw in read_csv(sheet, words):
    ...     print(raw.place, raw.data)
    rows 2 to 3 {'id': 'E-1', 'lines': [{'number': 1, 'code': '00001'}, {'number': 2, 'code': '00002'}]}
    row 4 {'id': 'E-2', 'lines': [{'number': 1, 'code': '00001'}]}
    """
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline="")
    try:
        for item in _read(text, Header(vocabulary), file, _groups):
            yield msgspec.structs.replace(item, file=file) if isinstance(item, Diagnostic) else item
    finally:
        text.detach()


def read_csv_rows(stream: BinaryIO, vocabulary: Vocabulary, file: str | None = None) -> Items:
    r"""Read a sheet of earlier lines, each row by itself; `file` names it in findings.

    >>> from payrule.model.vocabulary import Attribute, Regions, Timed
    >>> code = Attribute(type="code", summary="The service", required=True)
    >>> words = Vocabulary(kind="vocabulary", concerns=(), regions=Regions(contiguous=()),
    ...     timed=Timed(codes=(), method="x"), attributes={"line.code": code})
    >>> sheet = io.BytesIO(b"patient.id,claim,code\nP-1,C-7,00001\n")
    >>> [(raw.place, raw.data) for raw in read_csv_rows(sheet, words)]
    [('row 2', {'patient': {'id': 'P-1'}, 'claim': 'C-7', 'code': '00001'})]
    """
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline="")
    try:
        for item in _read(text, Header(vocabulary, of_history=True), file, _earlier_rows):
            yield msgspec.structs.replace(item, file=file) if isinstance(item, Diagnostic) else item
    finally:
        text.detach()


def _earlier_rows(rows: Iterable[Row | Diagnostic], columns: Columns, file: str | None) -> Items:
    for row in rows:
        if isinstance(row, Diagnostic):
            yield row
        elif any(row.cells):
            group = Group(columns.encounter.of(row.cells), columns)
            group.add(row)
            yield group.earlier_line(file)


def _read(
    text: io.TextIOWrapper,
    header: Header,
    file: str | None,
    gathered: Callable[[Iterable[Row | Diagnostic], Columns, str | None], Items],
) -> Items:
    first, separator, skipped = text.readline(LONGEST), None, 0
    if named := names_separator(first):
        first, separator, skipped = text.readline(LONGEST), named[1], 1
    if refusal := _no_sheet(first):
        yield refusal
        return
    rows = split_rows(chain([first], _lines(text)), separator or header.separator(first), skipped)
    titles = next(rows)
    if isinstance(titles, Diagnostic):
        yield titles
        return
    columns, findings = header.read(list(titles.cells))
    yield from findings
    if columns is not None:
        yield from gathered(rows, columns, file)


def _no_sheet(first: str) -> Diagnostic | None:
    """Say what a file is that begins so, when it is no sheet."""
    if not first.strip():
        message = "the file is empty, or its first row is"
        return Diagnostic(code="no-header", message=message, help="begin with a row of titles")
    if first.startswith(("\udcff\udcfe\0\0", "\0\0\udcfe\udcff")):
        return Diagnostic(code="encoding", message="this text is saved as UTF-32", help=SAVE_AS)
    if first.startswith(("\udcff\udcfe", "\udcfe\udcff")):
        return Diagnostic(code="encoding", message="this text is saved as UTF-16", help=SAVE_AS)
    if "\0" in first:
        return Diagnostic(code="encoding", message="this is not text", help=SAVE_AS)
    return None


names_separator = re.compile(r"\ufeff?\"?sep=([^\w\s\"']|\t)\"?\s*", re.IGNORECASE).fullmatch
"""A first line that tells spreadsheets what stands between cells; they do not show it, so it is no row."""


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    """Give the lines of a file; Ctrl-Z alone at its end is how old programs end a file, and says nothing."""
    line = text.readline(LONGEST)
    while line:
        following = text.readline(LONGEST)
        if following or line.strip(_END_OF_FILE):
            yield line if following or "\x1a" not in line else line.rstrip(_END_OF_FILE)
        line = following


_END_OF_FILE = "\x1a \r\n"


def split_rows(lines: Iterable[str], separator: str, skipped: int) -> Iterator[Row | Diagnostic]:
    """Take rows apart, after some lines that are none; what cannot be is a diagnostic, and the last."""
    reader = csv.reader(_bounded(lines), delimiter=separator, skipinitialspace=True, strict=True)
    number, line = 1, 1 + skipped
    try:
        for cells in reader:
            yield Row(number, line, tuple(cell.strip()[: LONGEST_CELL + 1] for cell in cells))
            number, line = number + 1, reader.line_num + 1 + skipped
    except csv.Error:
        why = "a quotation mark is not closed, or text follows after one"
        help_text = "write a quotation mark inside a cell twice, and one on each side of the cell"
    except OverflowError:
        why = f"a line of the file has {LONGEST:,} characters or more"
        help_text = "shorten it; where quotation marks are not closed, many rows are one line"
    else:
        return
    message = f"row {number} cannot be split into cells, so nothing is read from here on: {why}"
    yield Diagnostic(code="broken-row", message=message, help=help_text, line=line, path=f"row {number}")


def _bounded(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        if len(line) >= LONGEST:
            raise OverflowError(len(line))
        yield line


def _groups(rows: Iterable[Row | Diagnostic], columns: Columns, file: str | None) -> Items:
    """Gather the rows of each encounter; a row without an id is taken to belong to the encounter above it."""
    first_rows: dict[str, int] = {}
    group: Group | None = None
    for row in rows:
        if isinstance(row, Diagnostic):
            if group is None:
                yield row
            else:
                group.cut_off(row)
            break
        if not any(row.cells):
            continue
        name = columns.encounter.of(row.cells)
        if group is None or name not in ("", group.name):
            if group is not None:
                yield group.encounter(file)
            group = Group(name, columns)
            if name:
                if name in first_rows:
                    group.astray(row, first_rows[name])
                first_rows.setdefault(name, row.number)
        group.add(row)
    if group is not None:
        yield group.encounter(file)
