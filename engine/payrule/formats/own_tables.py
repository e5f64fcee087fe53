"""Make a table of the user's own, such as a fee schedule, of a CSV file: typed columns, and one row of a key on a day.

Nothing is guessed: each column is named with what it holds, and a cell that does not fit is refused with its row.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import msgspec
from msgspec import UNSET

from payrule.formats.csv_cells import cure_of, dollars_reader
from payrule.formats.table_writer import write_table
from payrule.model.policy import Period
from payrule.model.tables import Column, Table, TableData, TableDates, TableSource
from payrule.model.value_schema import LARGEST
from payrule.model.values import read_date
from payrule.model.vocabulary import Attribute
from payrule.source.diagnostics import Diagnostic, DocumentError, did_you_mean, shown
from payrule.source.files import file_digest, read_plain

Kind = Literal["code", "integer", "date", "text", "dollars"]

KINDS: tuple[Kind, ...] = ("code", "integer", "date", "text", "dollars")
"""What a column may hold; dollars are kept as cents, in a column of that name with `_cents`."""

MOST_FINDINGS = 20
"""Rows at fault that are named."""

LARGEST_FILE = 1 << 28


class Wanted(msgspec.Struct, frozen=True):
    """A column of the file: its title there, and what it holds."""

    title: str
    kind: Kind

    @property
    def name(self) -> str:
        """Name the column in the table.

        >>> Wanted("Fee", "dollars").name, Wanted("Last Day", "date").name
        ('fee_cents', 'last_day')
        """
        name = "_".join(re.findall("[a-z0-9]+", self.title.lower()))
        return f"{name}_cents" if self.kind == "dollars" and not name.endswith("_cents") else name


class OwnTable(msgspec.Struct, frozen=True):
    """What was made: the table, and how many rows the file had."""

    table: Table
    read: int

    def account(self) -> str:
        """Say how many rows were read."""
        return f"{self.read} {'row' if self.read == 1 else 'rows'} read, all kept"


class Layout(msgspec.Struct, frozen=True):
    """How a file is read: the key columns, those of the first and the last day of a row, and those of values."""

    key: tuple[Wanted, ...]
    first: str | None
    last: str | None
    values: tuple[Wanted, ...]

    @property
    def columns(self) -> tuple[Wanted, ...]:
        """All columns that are read, in the order of the table."""
        days = tuple(Wanted(title, "date") for title in (self.first, self.last) if title is not None)
        return (*self.key, *days, *self.values)


def import_own_table(  # noqa: PLR0913 - what a caller may choose
    file: Path,
    name: str,
    layout: Layout,
    folder: Path,
    *,
    title: str,
    issuer: str,
    written: Callable[[], object] | None = None,
) -> OwnTable:
    """Read a file into a table in a folder, as published tables are kept: a document, a Parquet file, a row file.

    `written` is called when the table is in the folder, before anything can interrupt.

    Raises DocumentError, with every row at fault, for a file that cannot be read so; OSError when the folder cannot be
    written. Nothing is written then, and a table that stands there stays as it is.
    """
    rows = read_rows(file, layout)
    columns = tuple(
        Column(name=each.name, type="integer" if each.kind == "dollars" else each.kind, summary=_summary(each))
        for each in layout.columns
    )
    key = tuple(each.name for each in layout.key)
    first, last = (None if each is None else Wanted(each, "date").name for each in (layout.first, layout.last))
    with TemporaryDirectory(dir=folder, prefix=f".{name}.") as work:
        lines = Path(work) / "lines"
        with lines.open("w", encoding="utf-8", newline="\n") as stream:
            stream.writelines("\t".join(("0", str(number), *cells)) + "\n" for number, cells in rows)
        table = Table(
            kind="table",
            schema="../../schemas/table.schema.json",
            id=name,
            title=title,
            issuer=issuer,
            covers=Period(),
            columns=columns,
            key=key,
            dates=UNSET if first is None else TableDates(first=first, last=last),
            data=TableData(file=f"{name}.parquet", digest="", rows=0),
            sources=(TableSource(title=file.name, digest=file_digest(file)),),
        )
        table = write_table(table, lines, folder, written)
    return OwnTable(table, len(rows))


def read_rows(file: Path, layout: Layout) -> list[tuple[int, tuple[str, ...]]]:
    """Read the rows of a file, with the number of each, as a table keeps them: dates as `YYYYMMDD`, dollars in cents.

    Raises DocumentError with what is wrong.
    """
    try:
        text = read_plain(file, LARGEST_FILE).decode("utf-8-sig")
    except OSError as fault:
        message = f"`{file}` cannot be read: {(fault.strerror or str(fault)).lower()}"
        raise DocumentError.of("unreadable", message, "check the path") from None
    except UnicodeDecodeError:
        raise DocumentError.of("not-utf-8", f"`{file}` is no text in UTF-8", "save it as CSV UTF-8") from None
    listed = [*csv.reader(io.StringIO(text))]
    titles = [each.strip() for each in listed[0]] if listed else []
    places = _places(file, titles, layout)
    body = [(n, row) for n, row in enumerate(listed[1:], start=2) if any(each.strip() for each in row)]
    widths = {
        each.title: max((len(cell) for _, row in body if (cell := _cell(row, places[each.title])).isdigit()), default=0)
        for each in layout.columns
        if each.kind == "code"
    }
    findings: list[Diagnostic] = []
    rows: list[tuple[int, tuple[str, ...]]] = []
    if not body:
        findings.append(_found(file, None, "no-rows", "the file has no row", "check that it is the right file"))
    for number, row in body:
        cells: list[str] = []
        for each in layout.columns:
            cell = _cell(row, places[each.title])
            problem = _fault(cell, each, widths.get(each.title, 0), is_key=each in layout.key)
            if problem is not None:
                findings.append(_found(file, number, *problem))
            else:
                cells.append(_kept(cell, each))
        if len(cells) == len(layout.columns):
            rows.append((number, tuple(cells)))
    if not findings:
        findings += _twice(file, rows, layout)
    if findings:
        findings.sort(key=lambda each: each.line or 0)
        more = len(findings) - MOST_FINDINGS
        rest = [_found(file, None, "more-rows", f"{more} more rows are at fault", "fix those above first")]
        raise DocumentError([*findings[:MOST_FINDINGS], *(rest if more > 0 else ())])
    return rows


def _places(file: Path, titles: Sequence[str], layout: Layout) -> dict[str, int]:
    """Find each column by its title; raises DocumentError for one that is not there, is there twice, or is unnamed."""
    wanted = [each.title for each in layout.columns]
    findings = [
        _found(file, 1, "unknown-column", f"there is no column {shown(each)}", did_you_mean(each, titles))
        for each in wanted
        if each not in titles
    ]
    findings += [
        _found(file, 1, "duplicate-column", f"two columns are called {shown(each)}", "keep one of them")
        for each, count in Counter(titles).items()
        if count > 1
    ]
    findings += [
        _found(
            file,
            1,
            "unknown-column",
            f"nothing says what the column {shown(each)} holds",
            f"name it with `--value {each}:KIND`, or remove it from the file",
        )
        for each in titles
        if each not in wanted
    ]
    names = Counter(each.name for each in layout.columns)
    findings += [
        _found(file, 1, "duplicate-column", f"two columns would be called `{name}`", "rename one of them")
        for name, count in names.items()
        if count > 1
    ]
    bad = [each for each in layout.columns if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", each.name)]
    findings += [
        _found(file, 1, "bad-name", f"{shown(each.title)} is no name of a column", "begin it with a letter")
        for each in bad
    ]
    if findings:
        raise DocumentError(findings)
    return {title: titles.index(title) for title in wanted}


def _cell(row: Sequence[str], at: int) -> str:
    return row[at].strip() if at < len(row) else ""


_is_code = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]*", re.ASCII).fullmatch
_number = re.compile(r"\d+\.0|\d(?:\.\d+)?[Ee]\+\d+").fullmatch
_whole = re.compile(r"-?\d{1,12}", re.ASCII).fullmatch
_cents = dollars_reader(Attribute(type="integer", summary="", minimum=0, maximum=LARGEST))


def _fault(cell: str, column: Wanted, width: int, *, is_key: bool) -> tuple[str, str, str] | None:
    """Say what is wrong with a cell: code, message, help; None where it fits. An empty one is unknown, but in a key."""
    where = f"in {shown(column.title)}"
    if not cell:
        empty = ("empty-cell", f"the row has no {shown(column.title)}", "write it, or remove the row")
        return empty if is_key else None
    if column.kind == "code":
        return _fault_of_code(cell, width, where)
    if column.kind == "date":
        return _fault_of_date(cell, where)
    fits, code, what, help_text = {
        "integer": (_whole(cell), "bad-number", "no whole number", "write a whole number in digits alone"),
        "dollars": (isinstance(_cents(cell), int), "bad-amount", "no amount in dollars", "write it such as `45.50`"),
        "text": (cell.isprintable(), "bad-text", "a text with a character that nobody sees", "remove the character"),
    }[column.kind]
    return None if fits else (code, f"{shown(cell)} {where} is {what}", help_text)


def _fault_of_date(cell: str, where: str) -> tuple[str, str, str] | None:
    try:
        read_date(cell)
    except ValueError:
        help_text = cure_of(cell, Attribute(type="date", summary="")) or "write it as yyyy-mm-dd"
        return "bad-date", f"{shown(cell)} {where} is no date", help_text
    return None


def _fault_of_code(cell: str, width: int, where: str) -> tuple[str, str, str] | None:
    as_text = "a spreadsheet has made a number of it: format the column as text, and write it again"
    if _number(cell):
        return "no-code", f"{shown(cell)} {where} is a number, not a code", as_text
    if not _is_code(cell):
        return "no-code", f"{shown(cell)} {where} is no code", "write letters and digits alone"
    if cell.isdigit() and len(cell) < width:
        message = f"`{cell}` {where} has {len(cell)} digits where others have {width}"
        drops = "a spreadsheet drops leading zeros: format the column as text"
        return "lost-zeros", message, f"did you mean `{cell.zfill(width)}`? {drops}"
    return None


def _kept(cell: str, column: Wanted) -> str:
    """Write a cell as the lines for Parquet have it."""
    if column.kind == "dollars" and cell:
        return str(_cents(cell))
    if column.kind == "integer" and cell:
        return str(int(cell))
    return cell.replace("-", "") if column.kind == "date" else cell


def _twice(file: Path, rows: Sequence[tuple[int, tuple[str, ...]]], layout: Layout) -> Iterator[Diagnostic]:
    """Find rows that end before they begin, and rows of one key that hold on one day both."""
    keys, dated, ends = len(layout.key), layout.first is not None, layout.last is not None
    by_key: dict[tuple[str, ...], list[tuple[str, str, int]]] = {}
    for number, cells in rows:
        since = cells[keys] if dated else ""
        until = (cells[keys + dated] if ends else "") or "99991231"
        if until < since:
            yield _found(file, number, "dates-swapped", "the row ends before it begins", "fix the dates, or swap them")
        by_key.setdefault(cells[:keys], []).append((since, until, number))
    for key, held in by_key.items():
        latest, first = "", 0
        for since, until, number in sorted(held):
            if first and since <= latest:
                what = "holds on a day on which" if dated else "is there again, as in"
                message = f"`{'/'.join(key)}` {what} row {first}{' does' if dated else ''}"
                help_text = "end the earlier row before the later one begins" if dated else "keep one of them"
                yield _found(file, number, "key-twice", message, help_text)
            if until >= latest:
                latest, first = until, number


def _summary(column: Wanted) -> str:
    return f"{column.title}, in cents." if column.kind == "dollars" else f"{column.title}."


def _found(path: Path, line: int | None, code: str, message: str, help_text: str | None) -> Diagnostic:
    return Diagnostic(code=code, message=message, help=help_text, file=str(path), line=line, column=line and 1)


def read_wanted(text: str) -> Wanted:
    """Read `TITLE:KIND`; raises ValueError for another form or kind.

    >>> read_wanted("fee:dollars")
    Wanted(title='fee', kind='dollars')
    """
    title, _, kind = text.rpartition(":")
    found: Mapping[str, Kind] = {each: each for each in KINDS}
    if not title or kind not in found:
        raise ValueError(text)
    return Wanted(title, found[kind])
