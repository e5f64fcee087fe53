"""Answers beside the columns of a table: a workbook or text as it came, with columns added at its right.

The cells of the person's own columns are not touched: text is copied as it is, a workbook keeps its types, widths,
formulas and other sheets.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from html import escape
from itertools import repeat
from pathlib import Path

from msgspec import UNSET

from payrule.formats.answer_cells import guarded
from payrule.formats.csv_reader import Row
from payrule.formats.spreadsheet import Dialect, column_letters, column_number, part_of, records
from payrule.language.words import subject_of
from payrule.model.choices import DISPOSITION_WORDS, LIABILITY_WORDS
from payrule.reports.table import BY_DEFAULT, because_words, paid_in_part
from payrule.results.determination import Determination, LineDetermination
from payrule.source.diagnostics import RequestError, install

TITLES = ("answer", "responsible", "CARC", "RARC", "reason", "missing information")
"""The columns that are added."""

NOT_DECIDED = "not decided"
"""The answer beside a row of a claim that cannot be decided."""

VOID = ("void", "", "", "", "the claim voids another claim, so that nothing is decided", "")
"""The cells beside a row of a claim that voids another."""

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


def answers_of(determination: Determination) -> Iterator[tuple[str, ...]]:
    """Give the cells of each line of a claim, in their order; of one that voids another the same for every row."""
    return repeat(VOID) if determination.is_void else map(answer_cells, determination.lines)


def joined(lines: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """Write the cells of several lines that one row has into one cell of each kind.

    >>> joined([("payable", "x"), ("denied", "x")])
    ('line 1: payable; line 2: denied', 'x')
    """
    if len(lines) == 1:
        return lines[0]
    told = ([f"line {n}: {cell}" for n, cell in enumerate(cells, 1) if cell] for cells in zip(*lines, strict=True))
    same = (cells[0] if len(set(cells)) == 1 else None for cells in zip(*lines, strict=True))
    return tuple("; ".join(each) if one is None else one for each, one in zip(told, same, strict=True))


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
    width = max(len(row.cells) for row in rows)
    cells = {**added, headings: titles}
    written = lines[: rows[0].line - 1]
    for row, following in zip(rows, [*rows[1:], None], strict=True):
        own = "".join(lines[row.line - 1 : following.line - 1 if following else None])
        kept = own.rstrip("\r\n")
        if row.number in cells:
            kept += _added(row, width, [guarded(each) for each in cells[row.number]], dialect.separator)
        written.append(kept + own[len(own.rstrip("\r\n")) :])
    return "".join(written).encode(dialect.encoding, "replace")


def _added(row: Row, width: int, cells: list[str], separator: str) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=separator, lineterminator="").writerow(cells)
    return separator * (width - max(1, len(row.cells)) + 1) + text.getvalue()


def workbook_with_answers(path: Path, sheet: str, headings: int, titles: Sequence[str], added: Added) -> bytes:
    """Write a workbook with cells added to the rows of one of its sheets; `headings` is their row, from 1.

    Cells are added in the part of that sheet alone; what else is in the workbook is copied as it is, whatever it is.
    """
    with zipfile.ZipFile(path) as archive:
        part = part_of(archive, sheet)
        content = archive.read(part)
        first = _last_column(content) + 1
        return _rewritten(archive, part, _with_cells(content, first, {**added, headings: titles}, headings))


def new_workbook(rows: Iterable[Sequence[str]], headings: int, titles: Sequence[str], added: Added) -> bytes:
    """Write a workbook of rows of texts, with cells added to them; raises RequestError without openpyxl."""
    try:
        from openpyxl import Workbook  # noqa: PLC0415 - an extra, which the rest of payrule does without
    except ModuleNotFoundError:
        message = "workbooks need the package `openpyxl`, which is not installed"
        raise RequestError.of("no-package", message, f"{install('web')}, or write CSV") from None
    kept = list(rows)
    width = max(map(len, kept), default=0)
    stream = io.BytesIO()
    Workbook().save(stream)
    empty = b"".join(b'<row r="%d"></row>' % number for number in range(1, len(kept) + 1))
    with zipfile.ZipFile(stream) as archive:
        part = re.sub(
            rb"<sheetData ?/>|<sheetData></sheetData>", b"<sheetData>%s</sheetData>" % empty, archive.read(_FIRST_SHEET)
        )
        made = _with_cells(part, 1, dict(enumerate(kept, 1)))
        return _rewritten(archive, _FIRST_SHEET, _with_cells(made, width + 1, {**added, headings: titles}, headings))


_FIRST_SHEET = "xl/worksheets/sheet1.xml"


def _rewritten(archive: zipfile.ZipFile, part: str, content: bytes) -> bytes:
    """Write an archive with one of its parts replaced."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as made:
        for each in archive.infolist():
            made.writestr(each.filename, content if each.filename == part else archive.read(each))
    return stream.getvalue()


def _last_column(part: bytes) -> int:
    """Give the last column (from 1) that a cell of a sheet names; cells stand in rows from left to right.

    >>> _last_column(b'<row r="1"><c r="A1"/><c r="AB1" s="3"/></row><row r="2"><c r="B2"/></row>')
    28
    """
    found = _root(part)
    prefix = (found[1] if found else None) or b""
    end_tag, cell = b"</%srow>" % prefix, b"<%sc " % prefix
    names, counts, start, end = set(), {1}, 0, part.find(end_tag)
    while end >= 0:
        at = part.rfind(cell, start, end)
        if at >= 0 and (named := _reference(part, at)):
            names.add(named[1])
        else:  # cells that do not say where they are stand one after the other
            counts.add(part.count(cell, start, end) + part.count(b"<%sc>" % prefix, start, end))
        start, end = end, part.find(end_tag, end + 1)
    return max(*map(column_number, names), *counts, 0)


_reference = re.compile(rb"<[^>]*?\sr\s*=\s*[\"']([A-Za-z]{1,3})\d").match


def _with_cells(part: bytes, first: int, cells: Added, headings: int = 0) -> bytes:
    """Add cells to rows of a sheet, from a column (from 1) on; the row of the headings gives its look to theirs.

    >>> sheet = b'<worksheet><sheetData><row r="2" spans="1:1"><c r="A2"/></row><row r="3"/></sheetData></worksheet>'
    >>> _with_cells(sheet, 2, {3: ("a<b",)}).decode().partition('<row r="3"')[2][:72]
    '><c r="B3" t="inlineStr"><is><t xml:space="preserve">a&lt;b</t></is></c>'
    """
    found = _root(part)
    prefix = (found[1] if found else None) or b""
    letters = [column_letters(first + at) for at in range(max(map(len, cells.values()), default=0))]
    row_tag = re.compile(rb"<%srow\b([^>]*?)(/?)>" % prefix)
    end_tag = b"</%srow>" % prefix
    written, done, number = [], 0, 0
    for opened in row_tag.finditer(part):
        told = _number_of(opened[1])
        number = int(told[1]) if told else number + 1
        if number not in cells:
            continue
        end = opened.end() if opened[2] else part.index(end_tag, opened.end())
        inside = b"" if opened[2] else part[opened.end() : end]
        styles = _styles(inside) if number == headings else []
        made = _cells(number, cells[number], letters, prefix, styles[-1] if styles else b"")
        attributes = (_spans.sub(b"", opened[1]) if b"spans" in opened[1] else opened[1]).rstrip()
        written += [part[done : opened.start()], b"<%srow%s>" % (prefix, attributes), inside, made, end_tag]
        done = end if opened[2] else end + len(end_tag)
    whole = b"".join([*written, part[done:]])
    whole = _dimension.sub(b"", whole, count=1)
    return _with_widths(whole, prefix, first, cells.get(headings, ())) if headings else whole


_root = re.compile(rb"<(\w+:)?worksheet\b").search
_number_of = re.compile(rb"\sr\s*=\s*[\"'](\d+)").search
_spans = re.compile(rb"\sspans\s*=\s*(?:\"[^\"]*\"|'[^']*')")
_dimension = re.compile(rb"<(?:\w+:)?dimension\b[^>]*/>")
_styles = re.compile(rb"<(?:\w+:)?c\b[^>]*?\ss\s*=\s*[\"'](\d+)").findall


def _cells(number: int, cells: Sequence[str], letters: Sequence[bytes], prefix: bytes, style: bytes) -> bytes:
    """Write cells of texts, which no spreadsheet takes for a formula; empty ones are left out."""
    look = b' s="%s"' % style if style else b""
    p, row = prefix, b"%d" % number
    return b"".join(
        b'<%sc r="%s%s"%s t="inlineStr"><%sis><%st xml:space="preserve">%s</%st></%sis></%sc>'
        % (p, letter, row, look, p, p, _escaped(text), p, p, p)
        for letter, text in zip(letters, cells, strict=False)
        if text
    )


@lru_cache(maxsize=4096)
def _escaped(text: str) -> bytes:
    return escape(guarded(_UNFIT.sub("", text))[:_LONGEST], quote=False).encode("utf-8", "replace")


def _with_widths(part: bytes, prefix: bytes, first: int, titles: Sequence[str]) -> bytes:
    """Say how wide the added columns are, unless the workbook says something of these columns already."""
    last = max((int(each) for each in _last_columns(part)), default=0)
    if last >= first:
        return part
    made = b"".join(
        b'<%scol min="%d" max="%d" width="%d" customWidth="1"/>' % (prefix, at, at, _WIDE if t in _LONG else _NARROW)
        for at, t in enumerate(titles, first)
    )
    end = b"</%scols>" % prefix
    if end in part:
        return part.replace(end, made + end, 1)
    data = b"<%ssheetData" % prefix
    return part.replace(data, b"<%scols>%s%s%s" % (prefix, made, end, data), 1)


_last_columns = re.compile(rb"<(?:\w+:)?col\b[^>]*?\smax\s*=\s*[\"'](\d+)").findall

_WIDE, _NARROW = 60, 22
"""Characters that fit into added columns."""

_LONG = frozenset({"reason", "missing information"})

_UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters that no workbook holds."""

_LONGEST = 32_767
"""Characters that a cell of a workbook holds."""


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
