"""The rows of one encounter: they become its JSON, and what is wrong with it finds its row and column here."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import msgspec

from payrule.documents.encounter_values import MOST
from payrule.documents.faults import shown
from payrule.documents.findings import Finding, sort_key
from payrule.documents.places import json_path
from payrule.formats.csv_cells import cure_of, is_parted_wrongly, parted
from payrule.formats.csv_columns import Column, Columns, written
from payrule.formats.raw import RawEncounter

SAVE_AS = "open it in the spreadsheet, choose `Save as` and the type `CSV UTF-8`, and give the file that this makes"

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
        self.faults: list[Finding] = []
        self._columns = columns
        self._rows: list[Row] = []
        self._said: dict[int, Row] = {}
        self._cures: dict[tuple[int, int], str | None] = {}
        self._last = 0

    def add(self, row: Row) -> None:
        """Take a row; of more rows than an encounter may have, only that there are more."""
        self._last = row.number
        if len(self._rows) <= MOST:
            self._rows.append(row)
            self.faults += self._cell_faults(row)
            self.faults += self._row_faults(row)

    def astray(self, row: Row, first: int) -> None:
        """Say that the rows of this encounter began elsewhere."""
        message = f"{shown(self.name)} stands in row {first} already, apart from this row"
        cure = "put the rows of an encounter together; until then no answer for it can be relied on"
        self.faults.append(_fault(row, self._columns.encounter, "row-astray", message, cure))

    def encounter(self, file: str | None) -> RawEncounter:
        """Make the encounter, with what is wrong with it so far; `file` is named in that."""
        data: dict[str, Any] = {"id": self.name} if self.name else {}
        for column in self._columns.above:
            if column.position in self._said:
                _put(data, column, self._said[column.position])
        data["lines"] = [self._line(row, number) for number, row in enumerate(self._rows, start=1)]
        first = self._rows[0].number
        faults = [msgspec.structs.replace(fault, file=file) for fault in self.faults]
        return RawEncounter(
            data,
            f"row {first}" if first == self._last else f"rows {first} to {self._last}",
            faults=tuple(sorted(faults, key=sort_key)),
            placed=lambda finding: self._placed(finding, file),
        )

    def _line(self, row: Row, number: int) -> dict[str, Any]:
        line: dict[str, Any] = {"number": number}
        for column in self._columns.line:
            if column.of(row.cells):
                _put(line, column, row)
        return line

    def _cell_faults(self, row: Row) -> Iterator[Finding]:
        """Find cells that are wrong in a way that the door cannot see."""
        columns = self._columns
        for column in (columns.encounter, *columns.above, *columns.line):
            text = column.of(row.cells)
            if not text:
                if column is columns.encounter:
                    message, cure = "the row does not say of which encounter it is", "write the id in each of its rows"
                    yield _fault(row, column, "empty-cell", message, cure)
                elif column.attribute.required and column.name != _NUMBER:
                    cure = f"write for example `{written(column.attribute)}`"
                    yield _fault(row, column, "empty-cell", f"`{column.title}` is empty", cure)
            elif len(text) > LONGEST_CELL:
                message = f"the cell has more than {LONGEST_CELL:,} characters"
                yield _fault(row, column, "too-long", message, "shorten it, or leave the column out")
            elif not text.isascii() and any("\udc80" <= each <= "\udcff" for each in text):
                yield _fault(row, column, "encoding", "the cell holds bytes that are not UTF-8", SAVE_AS)
            elif is_parted_wrongly(text, column.attribute):
                cure = f"write `{parted(text)}`"
                yield _fault(row, column, "parted-wrongly", "only blanks part the values of a cell", cure)

    def _row_faults(self, row: Row) -> Iterator[Finding]:
        """Find cells that do not go with the others: above them in the same encounter, or beyond the last column."""
        for column in self._columns.above:
            text = column.of(row.cells)
            if not text:
                continue
            first = self._said.setdefault(column.position, row)
            said = column.of(first.cells)
            if text != said and column.read(text) != column.read(said):
                message = f"{shown(text)} stands here, and {shown(said)} in row {first.number} of the same encounter"
                cure = "say the same in all rows of an encounter, or leave all but one empty"
                yield _fault(row, column, "rows-disagree", message, cure)
        width = self._columns.width
        beyond = next((n for n, cell in enumerate(row.cells[width:], start=width + 1) if cell), None)
        if beyond is not None:
            message = f"{shown(row.cells[beyond - 1])} stands in column {beyond}, and the last with a name is {width}"
            cure = "name the column, or put a cell that holds a separator in quotation marks"
            yield _fault(row, None, "too-many-cells", message, cure)

    def _placed(self, finding: Finding, file: str | None) -> Finding | None:
        """Give a finding of the door its row and column, and the cure of a spreadsheet."""
        row, column = self._at(finding.path or "$")
        place = _place(row, column)
        if finding.code == "missing-key" or any(fault.path == place for fault in self.faults):
            return None
        cure = self._cure(row, column) if column is not None else None
        return msgspec.structs.replace(
            finding, file=file, line=row.line, column=None, path=place, help=cure or finding.help
        )

    def _at(self, path: str) -> tuple[Row, Column | None]:
        """Find the cell that a JSON path leads to, or else the row."""
        places = self._places
        while path not in places and path != "$":
            path = path[: max(path.rfind("."), path.rfind("["))]
        return places.get(path, (self._rows[0], None))

    @cached_property
    def _places(self) -> dict[str, tuple[Row, Column | None]]:
        rows, columns = self._rows, self._columns
        places: dict[str, tuple[Row, Column | None]] = {json_path(("id",)): (rows[0], columns.encounter)}
        places |= {json_path(each.keys): (self._said.get(each.position, rows[0]), each) for each in columns.above}
        for index, row in enumerate(rows):
            places[json_path(("lines", index))] = (row, None)
            places |= {json_path(("lines", index, *each.keys)): (row, each) for each in columns.line}
        return places

    def _cure(self, row: Row, column: Column) -> str | None:
        """Say how to mend a cell, worked out once: each value of a long one may be refused."""
        at = row.number, column.position
        if at not in self._cures:
            self._cures[at] = cure_of(column.of(row.cells), column.attribute)
        return self._cures[at]


_NUMBER = "line.number"
"""The column that may be empty: rows are numbered in their order."""


def _put(data: dict[str, Any], column: Column, row: Row) -> None:
    """Put what a cell says at its keys."""
    for key in column.keys[:-1]:
        data = data.setdefault(key, {})
    data[column.keys[-1]] = column.read(column.of(row.cells))


def _place(row: Row, column: Column | None) -> str:
    return f"row {row.number}" if column is None else f"row {row.number}, column {column.title}"


def _fault(row: Row, column: Column | None, code: str, message: str, cure: str) -> Finding:
    return Finding(code=code, message=message, help=cure, line=row.line, path=_place(row, column))
