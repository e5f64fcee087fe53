"""Answers beside the columns of a table: a workbook or text as it came, with columns added at its right.

The cells of the person's own columns are not touched: text is copied as it is, a workbook keeps its types, widths,
formulas and other sheets.
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from pathlib import Path

from msgspec import UNSET
from openpyxl import Workbook, load_workbook
from openpyxl.cell import Cell
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from payrule.formats.csv_reader import Row
from payrule.formats.spreadsheet import Dialect, records
from payrule.language.words import subject_of
from payrule.model.choices import DISPOSITION_WORDS, LIABILITY_WORDS
from payrule.reports.csv import guarded
from payrule.reports.table import BY_DEFAULT, because_words, paid_in_part
from payrule.results.determination import LineDetermination

TITLES = ("answer", "responsible", "CARC", "RARC", "reason", "missing information")
"""The columns that are added."""

Added = Mapping[int, Sequence[str]]
"""The cells that are added to rows, by the number of the row, from 1."""


def answer_cells(line: LineDetermination) -> tuple[str, ...]:
    """Say the answer of a line, a cell for each of `TITLES`.

    >>> answer_cells(LineDetermination(number=2, code="00002", disposition="pending", liability=None,
    ...     discretionary=False, concern=None, remittance=None, reasons=(), overruled=(), conflicts=(),
    ...     open=("line.regions",), advice=()))
    ('needs information', '', '', '', '', 'regions')
    """
    codes = line.remittance
    return (
        DISPOSITION_WORDS[line.disposition],
        LIABILITY_WORDS[line.liability] if line.liability else "",
        codes.carc if codes else "",
        " ".join(codes.rarc) if codes else "",
        _reason(line),
        ", ".join(map(subject_of, line.open)),
    )


def _reason(line: LineDetermination) -> str:
    """Say why a line is answered as it is: what the deciding rule says, else what could decide it, else what lacks."""
    stated = [each.summary for each in line.reasons[:1]]
    if not stated and line.possible is not UNSET:
        stated = [f"could still apply: {each.summary}" for each in line.possible[:1]]
    if not stated and line.by_default is True:
        stated = [BY_DEFAULT]
    told = stated or [because_words(line)]
    told += [f"{label}: {words}" for label, words in paid_in_part(line)]
    return "; ".join(filter(None, told))


def text_with_answers(data: bytes, dialect: Dialect, headings: int, titles: Sequence[str], added: Added) -> bytes:
    r"""Write text with cells added to its rows; `headings` is the number of their row, from 1.

    What a cell begins with that a spreadsheet would take for a formula gets an apostrophe before it.

    >>> text_with_answers(b'cpt;"no"\n97110;1\n', Dialect(";"), 1, ("answer",), {2: ("=payable",)}).decode()
    'cpt;"no";answer\n97110;1;\'=payable\n'
    """
    text = data.decode(dialect.encoding)
    lines = list(io.StringIO(text, newline=""))
    rows = list(records(text.removeprefix("\ufeff"), dialect))
    mark = "\ufeff" if dialect.encoding == "utf-16" else ""
    width = max(len(row.cells) for row in rows)
    cells = {**added, headings: titles}
    written = lines[: rows[0].line - 1]
    for row, following in zip(rows, [*rows[1:], None], strict=True):
        own = "".join(lines[row.line - 1 : following.line - 1 if following else None])
        kept = own.rstrip("\r\n")
        if row.number in cells:
            kept += _added(row, width, [guarded(each) for each in cells[row.number]], dialect.separator)
        written.append(kept + own[len(own.rstrip("\r\n")) :])
    return (mark * (not written[0].startswith("\ufeff")) + "".join(written)).encode(_plain(dialect, text), "replace")


def _plain(dialect: Dialect, text: str) -> str:
    """Name the encoding that writes text as it was: its mark, where it has one, is part of the text."""
    return "utf-8" if dialect.encoding == "utf-8-sig" and text.startswith("\ufeff") else dialect.encoding


def _added(row: Row, width: int, cells: list[str], separator: str) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=separator, lineterminator="").writerow(cells)
    return separator * (width - max(1, len(row.cells)) + 1) + text.getvalue()


def workbook_with_answers(path: Path, sheet: str, headings: int, titles: Sequence[str], added: Added) -> bytes:
    """Write a workbook with cells added to the rows of one of its sheets; `headings` is their row, from 1."""
    book = load_workbook(path, rich_text=True)
    page = book[sheet]
    _add(page, page.max_column + 1, headings, titles, added)
    return _written(book)


def new_workbook(rows: Iterable[Sequence[str]], headings: int, titles: Sequence[str], added: Added) -> bytes:
    """Write a workbook of rows of texts, with cells added to them."""
    book = Workbook()
    page = book.active
    assert isinstance(page, Worksheet)  # noqa: S101 - a new workbook has one
    width = 0
    for number, row in enumerate(rows, start=1):
        for at, text in enumerate(row, start=1):
            _put(page, number, at, text)
        width = max(width, len(row))
    _add(page, width + 1, headings, titles, added)
    return _written(book)


def new_text(rows: Iterable[Sequence[str]], headings: int, titles: Sequence[str], added: Added) -> bytes:
    r"""Write rows of texts as CSV, with cells added to them.

    >>> new_text([("code",), ("00001",)], 1, ("answer",), {2: ("payable",)})
    b'code,answer\r\n00001,payable\r\n'
    """
    kept = list(rows)
    width = max(map(len, kept), default=0)
    text = io.StringIO()
    writer = csv.writer(text)
    cells = {**added, headings: titles}
    for number, row in enumerate(kept, start=1):
        more = [*[""] * (width - len(row)), *cells[number]] if number in cells else []
        writer.writerow([guarded(each) for each in (*row, *more)])
    return text.getvalue().encode()


def _add(page: Worksheet, first: int, headings: int, titles: Sequence[str], added: Added) -> None:
    """Add cells to the rows of a sheet, from a column on; the titles look like the last heading."""
    like = page.cell(headings, max(1, first - 1))
    for at, title in enumerate(titles):
        cell = _put(page, headings, first + at, title)
        if like.has_style:
            cell.font, cell.fill, cell.border, cell.alignment = map(
                copy, (like.font, like.fill, like.border, like.alignment)
            )
        page.column_dimensions[get_column_letter(first + at)].width = _WIDE if title in _LONG else _NARROW
    for number, cells in added.items():
        for at, text in enumerate(cells):
            if text:
                _put(page, number, first + at, text)


_WIDE, _NARROW = 60, 22
_LONG = frozenset({"reason", "missing information"})


def _put(page: Worksheet, row: int, column: int, text: str) -> Cell:
    """Write text into a cell, which no spreadsheet takes for a formula."""
    cell = page.cell(row, column)
    assert isinstance(cell, Cell)  # noqa: S101 - a column at the right of all is in no merged range
    cell.value = guarded(_UNFIT.sub("", text))[:_LONGEST]
    cell.data_type = "s"
    return cell


_UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
"""Characters that no workbook holds."""

_LONGEST = 32_767
"""Characters that a cell of a workbook holds."""


def _written(book: Workbook) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()
