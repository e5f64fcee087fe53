"""Encounters in a sheet: a row of titles, then one line (a service) a row, the rows of an encounter together.

Rows are counted as a spreadsheet shows them: the row of titles is row 1, and a cell that holds line breaks is one row.
At most one encounter is held, and the ids seen so far, each with its row, so that rows that went astray are found.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import BinaryIO

import msgspec

from payrule.documents.findings import Finding
from payrule.documents.models import Vocabulary
from payrule.formats.csv_columns import Columns, Header
from payrule.formats.csv_group import LONGEST_CELL, SAVE_AS, Group, Row
from payrule.formats.raw import RawEncounter

LONGEST = 16 * 1024 * 1024
"""Characters that a line of the file may have."""

csv.field_size_limit(max(csv.field_size_limit(), LONGEST))

Items = Iterator[RawEncounter | Finding]


def read_csv(stream: BinaryIO, vocabulary: Vocabulary, file: str | None = None) -> Items:
    r"""Read the encounters of a sheet; `file` names it in findings.

    >>> from payrule.documents.models import Attribute, Regions, Timed
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
        for item in _read(text, Header(vocabulary), file):
            yield msgspec.structs.replace(item, file=file) if isinstance(item, Finding) else item
    finally:
        text.detach()


def _read(text: io.TextIOWrapper, header: Header, file: str | None) -> Items:
    first, separator, skipped = text.readline(LONGEST), None, 0
    if named := names_separator(first):
        first, separator, skipped = text.readline(LONGEST), named[1], 1
    if refusal := _no_sheet(first):
        yield refusal
        return
    rows = _rows(chain([first], _lines(text)), separator or header.separator(first), skipped)
    titles = next(rows)
    if isinstance(titles, Finding):
        yield titles
        return
    columns, findings = header.read(list(titles.cells))
    yield from findings
    if columns is not None:
        yield from _groups(rows, columns, file)


def _no_sheet(first: str) -> Finding | None:
    """Say what a file is that begins so, when it is no sheet."""
    if not first.strip():
        return Finding(
            code="no-header", message="the file is empty, or its first row is", help="begin with a row of titles"
        )
    if first.startswith(("\udcff\udcfe", "\udcfe\udcff")):
        return Finding(code="encoding", message="this text is saved as UTF-16", help=SAVE_AS)
    if "\0" in first:
        return Finding(code="encoding", message="this is not text", help=SAVE_AS)
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


def _rows(lines: Iterable[str], separator: str, skipped: int) -> Iterator[Row | Finding]:
    """Take rows apart, after some lines that are none; what cannot be is a finding, and the last."""
    reader = csv.reader(_bounded(lines), delimiter=separator, skipinitialspace=True, strict=True)
    number, line = 1, 1 + skipped
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            cure = "write a quotation mark inside a cell twice, and one on each side of the cell"
            yield _broken(number, line, "a quotation mark is not closed, or text follows after one", cure)
            return
        except _TooLongError:
            cure = "shorten it; where quotation marks are not closed, many rows are one line"
            yield _broken(number, line, f"a line of the file has {LONGEST:,} characters or more", cure)
            return
        yield Row(number, line, tuple(cell.strip()[: LONGEST_CELL + 1] for cell in cells))
        number, line = number + 1, reader.line_num + 1 + skipped


class _TooLongError(Exception):
    pass


def _bounded(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        if len(line) >= LONGEST:
            raise _TooLongError
        yield line


def _broken(number: int, line: int, why: str, cure: str) -> Finding:
    return Finding(
        code="broken-row",
        message=f"row {number} cannot be taken apart, so nothing is read from here on: {why}",
        help=cure,
        line=line,
        path=f"row {number}",
    )


def _groups(rows: Iterable[Row | Finding], columns: Columns, file: str | None) -> Items:
    """Gather the rows of each encounter; a row without an id is taken to belong to the encounter above it."""
    first_rows: dict[str, int] = {}
    group: Group | None = None
    for row in rows:
        if isinstance(row, Finding):
            if group is None:
                yield row
            else:
                group.faults.append(row)
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
