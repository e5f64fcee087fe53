"""Tables as people keep them: workbooks, text with any separator and encoding, Parquet; each becomes rows of texts.

Nothing is taken for claims here. A file is bounded before it is read: an archive by what its parts unpack to, a sheet
by its cells. What cannot be read says what it is.
"""

import csv
import io
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import msgspec

from payrule.formats.csv_reader import Row, names_separator, split_rows
from payrule.source.database import Store, quoted, rows_of
from payrule.source.diagnostics import Diagnostic, RequestError, install

MOST_ROWS, MOST_COLUMNS, MOST_CELLS = 1_048_576, 500, 20_000_000
"""Rows and columns of a table, and cells of the rectangle that they span."""

MOST_UNPACKED, MOST_TIMES = 1024**3, 200
"""Bytes that a workbook may unpack to, and how many times its size that may be, where it is more than 16 MB."""

_CHUNK, _SMALL, _BEGINNING = 1024**2, 16 * 1024**2, 1024**2 // 16

Form = Literal["xlsx", "csv", "parquet"]


class Dialect(msgspec.Struct, frozen=True):
    """How a table is written as text: between cells, at line ends, in which encoding, after how many other lines."""

    separator: str = ","
    encoding: str = "utf-8"
    line_end: str = "\n"
    skipped: int = 0


class SheetTable(msgspec.Struct, frozen=True, kw_only=True):
    """A table as it was in its file; rows count from 1, as a spreadsheet shows them, and may end early.

    `sheet` names the sheet of a workbook that was read, and `others` how many more it has.
    """

    form: Form
    rows: tuple[tuple[str, ...], ...]
    dialect: Dialect = Dialect()
    sheet: str = ""
    others: int = 0

    @property
    def width(self) -> int:
        """How many columns there are."""
        return max(map(len, self.rows), default=0)


def form_of_table(path: Path) -> Form | None:
    r"""Tell by its beginning which kind of table a file is; None for claims in another format.

    Raises RequestError for a file that is empty, encrypted, or neither.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "a.txt")
    ...     size = path.write_bytes(b"cpt;dx\n97110;M54.5\n")
    ...     form_of_table(path)
    'csv'
    """
    with path.open("rb") as stream:
        beginning = stream.read(4096)
    if not beginning.strip():
        raise _refused("the file is empty", "choose a file that holds rows")
    if beginning.startswith(_OFFICE):
        help_text = "open it in the spreadsheet, remove the password, and save it as `.xlsx`"
        raise _refused("this is a workbook that is encrypted, or of the old type `.xls`", help_text)
    if beginning.startswith(b"PK"):
        return "xlsx"
    if beginning.startswith(b"PAR1"):
        return "parquet"
    if named := next((what for mark, what in _NO_TABLES.items() if beginning.startswith(mark)), None):
        raise _refused(f"this is {named}", "choose a workbook, CSV, X12 837, JSON, JSON Lines or Parquet")
    start = beginning.removeprefix(b"\xef\xbb\xbf").lstrip()
    return None if start.startswith((b"ISA", b"{", b"[")) else "csv"


_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_NO_TABLES = {
    b"%PDF-": "a PDF document",
    b"\x1f\x8b": "a compressed file",
    b"7z\xbc\xaf": "an archive",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
}


def read_table(path: Path, form: Form) -> SheetTable:
    """Read a table; raises RequestError where it cannot be read, or is larger than it may be."""
    table = {"xlsx": _workbook, "csv": _text, "parquet": _parquet}[form](path)
    if not any(any(row) for row in table.rows):
        raise _refused("the file has no row with anything in it", "choose a file that holds rows")
    return table


def _refused(message: str, help_text: str) -> RequestError:
    return RequestError.of("no-table", message, help_text)


def _bound(rows: int, columns: int) -> None:
    if rows > MOST_ROWS or columns > MOST_COLUMNS or rows * columns > MOST_CELLS:
        message = f"the table spans {rows:,} rows and {columns:,} columns, and at most {MOST_ROWS:,} and"
        message += f" {MOST_COLUMNS:,}, and {MOST_CELLS:,} cells, are read"
        raise _refused(message, "remove rows and columns without claims, or divide the file")


# Workbooks


def _workbook(path: Path) -> SheetTable:
    """Read the sheet of a workbook that has the most rows, among those that are shown."""
    try:
        import python_calamine as calamine  # noqa: PLC0415 - an extra, which the rest of payrule does without
    except ModuleNotFoundError:
        message = "workbooks need the package `python-calamine`, which is not installed"
        help_text = f"{install('web')}, or save it as CSV UTF-8, and give that file"
        raise RequestError.of("no-package", message, help_text) from None
    _unpacks_to_a_workbook(path)
    try:
        book = calamine.CalamineWorkbook.from_path(str(path))
        shown = [
            each.name
            for each in book.sheets_metadata
            if each.visible == calamine.SheetVisibleEnum.Visible and each.typ == calamine.SheetTypeEnum.WorkSheet
        ]
        sheets = [book.get_sheet_by_name(name) for name in shown[:_MOST_SHEETS]]
        sheet = max(sheets, key=lambda each: each.total_height, default=None)
        if sheet is None:
            raise _refused("the workbook has no sheet that is shown", "choose a workbook with a sheet that holds rows")
        _bound(sheet.total_height, sheet.total_width)
        found = sheet.to_python(skip_empty_area=False)
    except calamine.PasswordError:
        raise _refused("the workbook is encrypted", "remove the password, and save it again") from None
    except (calamine.CalamineError, OSError, ValueError) as fault:
        message = f"the workbook is damaged: {str(fault).splitlines()[0] if str(fault) else 'it cannot be read'}"
        raise _refused(message, _SAVE_AGAIN) from None
    written = [[*map(_cell, row)] for row in found]
    try:
        unsaid = _without_results(path, sheet.name)
    except (SyntaxError, LookupError, ValueError, StopIteration):
        raise _refused("the workbook is damaged: its sheet cannot be read", _SAVE_AGAIN) from None
    for (row, column), text in unsaid.items():
        written += [[] for _ in range(row - len(written))]
        cells = written[row - 1]
        cells += [""] * (column - len(cells))
        cells[column - 1] = text
    rows = tuple(map(tuple, written))
    return SheetTable(form="xlsx", rows=_without_end(rows), sheet=sheet.name, others=len(book.sheet_names) - 1)


def part_of(archive: zipfile.ZipFile, sheet: str) -> str:
    """Name the part of a workbook that holds a sheet."""
    from xml.etree.ElementTree import fromstring  # noqa: PLC0415 - workbooks alone need it

    book = fromstring(archive.read("xl/workbook.xml"))  # noqa: S314 - one that defines entities was refused
    links = fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314 - as above
    named = next(each for each in book.iter() if each.tag.endswith("}sheet") and each.get("name") == sheet)
    link = next(value for key, value in named.items() if key.endswith("}id"))
    target = next(str(each.get("Target")) for each in links if each.get("Id") == link)
    return target.removeprefix("/") if target.startswith("/") else f"xl/{target}"


def _without_results(path: Path, sheet: str) -> dict[tuple[int, int], str]:
    """Give the cells of a sheet, by row and column from 1, that hold an error, or a formula without its result.

    A reader of values takes these cells for empty. A formula begins with `=`.
    """
    from xml.etree.ElementTree import iterparse  # noqa: PLC0415 - workbooks alone need it

    found: dict[tuple[int, int], str] = {}
    with zipfile.ZipFile(path) as archive:
        part = part_of(archive, sheet)
        with archive.open(part) as stream:
            if not any(map(_may_lack_result, _looks(stream))):
                return found
        row, column, rows = 0, 0, None
        with archive.open(part) as stream:
            for event, each in iterparse(stream, ("start", "end")):  # noqa: S314 - entities were refused
                name = each.tag.rpartition("}")[2]
                if event == "start" and name == "sheetData":
                    rows = each
                elif event == "start" and name == "row":
                    row, column = int(each.get("r") or row + 1), 0
                elif event == "end" and name == "c":
                    letters = (each.get("r") or "").rstrip("0123456789").encode()
                    column = column_number(letters) or column + 1
                    held = {below.tag.rpartition("}")[2]: below.text or "" for below in each}
                    kind, value = each.get("t"), held.get("v", "")
                    if kind == "e":
                        found[row, column] = value or "#N/A"
                    elif "f" in held and not value and kind != "str":
                        found[row, column] = f"={held['f'] or '…'}"
                elif event == "end" and name == "row" and rows is not None:
                    rows.clear()  # what was read is let go
    return found


_may_lack_result = re.compile(rb"<(?:\w+:)?f[ />]|\st\s*=\s*[\"']e[\"']").search
"""Finds a sheet with a formula or an error."""

_MOST_SHEETS = 50
_SAVE_AGAIN = "open it in the spreadsheet, and save it as `.xlsx` again"


def _cell(value: Any) -> str:
    """Write what a cell of a workbook holds, as a person reads it.

    >>> _cell(97110.0), _cell(45.1), _cell(datetime(2026, 1, 5)), _cell(True), _cell(" a ")
    ('97110', '45.1', '2026-01-05', 'true', 'a')
    """
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < _EXACT else format(value, ".15g")
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, timedelta):
        hours, minutes = divmod(int(value.total_seconds()) // 60, 60)
        return f"{hours}:{minutes:02d}"
    return value.isoformat() if isinstance(value, date | time) else str(value)


_EXACT = 1e15
"""Whole numbers below are held by a floating point number as they are."""


def _unpacks_to_a_workbook(path: Path) -> None:
    """Unpack the parts of a workbook once, to nothing, so that no part is more than it says; raises RequestError.

    A cell says its row and column itself: two that are far apart span a rectangle that no memory holds.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            names = {each.filename for each in parts}
            if "xl/workbook.xml" not in {name.lower() for name in names}:
                raise _refused("this is an archive, and no workbook of the type `.xlsx`", _SAVE_AGAIN)
            size, packed = sum(each.file_size for each in parts), path.stat().st_size
            if len(names) < len(parts) or size > MOST_UNPACKED or size > max(_SMALL, MOST_TIMES * packed):
                message = f"the workbook unpacks to {size:,} bytes, which no workbook of {packed:,} bytes holds"
                raise _refused(message, _SAVE_AGAIN)
            for part in parts:
                with archive.open(part) as stream:
                    is_wide = _look_through(stream)
                if is_wide and part.filename.lower().startswith("xl/worksheets/"):
                    with archive.open(part) as stream:
                        _bound(*_span(stream))
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, RuntimeError, OSError):
        raise _refused("the workbook is damaged, or encrypted", _SAVE_AGAIN) from None


def _look_through(stream: Any) -> bool:
    """Read a part to its end, and tell whether it may span too much; refuse what defines entities."""
    is_wide = False
    for looked in _looks(stream):
        if b"<!" in looked and (b"<!DOCTYPE" in looked or b"<!ENTITY" in looked):
            raise _refused("the workbook defines entities, which no spreadsheet writes", _SAVE_AGAIN)
        is_wide = is_wide or _is_wide(looked) is not None
    return is_wide


def _span(stream: Any) -> tuple[int, int]:
    """Give the last row and column that a cell of a sheet names."""
    rows, columns = 0, 0
    for looked in _looks(stream):
        places = set(_place(looked))
        columns = max((columns, *map(column_number, {letters for letters, _ in places})))
        rows = max((rows, *(int(number) for _, number in places if number)))
    return rows, columns


def _looks(stream: Any) -> Iterator[bytes]:
    """Give a part in pieces, each with the end of the one before."""
    kept = b""
    while chunk := stream.read(_CHUNK):
        yield kept + chunk
        kept = chunk[-64:]


_is_wide = re.compile(rb"r\s*=\s*[\"']\s*(?:[A-Za-z]{2}|[A-Za-z]?\d{7})").search
"""Finds a cell beyond the 26th column or the millionth row: within these no rectangle is too large to be held."""

_place = re.compile(rb"\sr\s*=\s*[\"']\s*([A-Za-z]{0,7})(\d{0,12})").findall


def column_number(letters: bytes) -> int:
    """Give the number of a column, from 1.

    >>> column_number(b"A"), column_number(b"AA"), column_number(b"XFD")
    (1, 27, 16384)
    """
    number = 0
    for each in letters.upper():
        number = number * 26 + each - 64
    return number


def column_letters(number: int) -> bytes:
    """Give the letters of a column by its number, from 1.

    >>> column_letters(1), column_letters(27), column_letters(16384)
    (b'A', b'AA', b'XFD')
    """
    letters = b""
    while number:
        number, left = divmod(number - 1, 26)
        letters = bytes([65 + left]) + letters
    return letters


# Text


def beginning_of_text(path: Path) -> SheetTable | None:
    r"""Read the first lines of a text as a table; None where these are none, such as JSON.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "a.csv")
    ...     size = path.write_bytes(b"cpt;dx\n97110;M54.5\n")
    ...     beginning_of_text(path).rows
    (('cpt', 'dx'), ('97110', 'M54.5'))
    """
    with path.open("rb") as stream:
        data = stream.read(_BEGINNING)
    cut = data[: data.rfind(b"\n") + 1] or data if len(data) == _BEGINNING else data
    try:
        return None if cut.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"[", b"ISA", b"PK")) else _table_of(cut)
    except RequestError:
        return None


def _text(path: Path) -> SheetTable:
    return _table_of(path.read_bytes())


def _table_of(data: bytes) -> SheetTable:
    encoding = _encoding(data)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as fault:
        message = f"this is not text: byte {fault.start + 1:,} is none of its encoding"
        raise _refused(message, "save it as `CSV UTF-8`, and choose the file that this makes") from None
    text = text.removeprefix("\ufeff")
    if "\0" in text:
        raise _refused("this is not text", "choose a workbook, CSV, X12 837, JSON, JSON Lines or Parquet")
    end = next((each for each in ("\r\n", "\n", "\r") if each in text), "\n")
    first = text.partition(end)[0]
    named = names_separator(first)
    separator = named[1] if named else _separator(text)
    dialect = Dialect(separator, encoding, end, 1 if named else 0)
    rows = []
    width = 0
    for row in records(text, dialect):
        rows.append(row.cells)
        width = max(width, len(row.cells))
        _bound(len(rows), width)
    return SheetTable(form="csv", rows=_without_end(tuple(rows)), dialect=dialect)


def records(text: str, dialect: Dialect) -> Iterator[Row]:
    r"""Take text apart into rows, with the line that each begins on; raises RequestError where that cannot be done.

    >>> [row.cells for row in records('cpt;note\n97110;"a\nb"\n', Dialect(";"))]
    [('cpt', 'note'), ('97110', 'a\nb')]
    """
    lines = io.StringIO(text, newline="")
    for _ in range(dialect.skipped):
        lines.readline()
    for row in split_rows(lines, dialect.separator, dialect.skipped):
        if isinstance(row, Diagnostic):
            raise RequestError([row])
        yield row


def _encoding(data: bytes) -> str:
    r"""Tell the encoding of text by its mark, its zeros, or else by whether it is UTF-8; a mark is part of the text.

    >>> _encoding(b"\xff\xfea\0"), _encoding(b"a\0b\0"), _encoding("é".encode()), _encoding(b"caf\xe9")
    ('utf-16-le', 'utf-16-le', 'utf-8', 'cp1252')
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16-le" if data.startswith(b"\xff") else "utf-16-be"
    beginning = data[:4096]
    if b"\0" in beginning:
        first, second = (beginning[offset::2].count(0) for offset in (0, 1))
        if max(first, second) > _MOST_OF * len(beginning) and not min(first, second):
            return "utf-16-le" if second else "utf-16-be"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


_MOST_OF = 0.4
"""The share of bytes that are zero in UTF-16 with few letters that are not Latin."""


def _separator(text: str) -> str:
    r"""Find what stands between cells: what gives the most lines of a beginning one number of cells, above one.

    >>> _separator("report\ncpt;dx\n1,5;2\n"), _separator("cpt\tdx\n1\t2\n"), _separator("a,b\n1,2\n")
    (';', '\t', ',')
    """
    beginning = list(islice(io.StringIO(text), _LOOKED_AT))

    def fits(separator: str) -> tuple[int, int]:
        try:
            widths = Counter(len(row) for row in csv.reader(beginning, delimiter=separator) if len(row) > 1)
        except csv.Error:
            return (0, 0)
        return max(((count, width) for width, count in widths.items()), default=(0, 0))

    return max(",;\t|", key=fits)


_LOOKED_AT = 30
"""Lines by which the separator is found."""


# Parquet


def _parquet(path: Path) -> SheetTable:
    """Read Parquet as a table with its titles in the first row, with lists parted by blanks."""
    with Store(threads=1) as store:
        kinds = store.describe(path, rows_of(path))
        columns = [
            f"array_to_string({quoted(title)}, ' ')" if kind.endswith("[]") else f"CAST({quoted(title)} AS VARCHAR)"
            for title, kind in kinds.items()
        ]
        return SheetTable(form="parquet", rows=(tuple(kinds), *parquet_rows(store, path, columns)))


def parquet_rows(store: Store, path: Path, columns: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Give what the rows of a Parquet file say in columns, which are SQL; raises RequestError for too many."""
    ((count,),) = store.rows(f"SELECT count(*) FROM {rows_of(path)}")  # noqa: S608 - a path that is quoted
    _bound(count + 1, len(columns))
    found = store.take_from(path, f"SELECT {', '.join(columns)} FROM {rows_of(path)}")  # noqa: S608 - names, quoted
    return tuple(tuple("" if each is None else each.strip() for each in row) for row in found)


def _without_end(rows: Iterable[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    """Leave out the empty rows at the end."""
    kept = list(rows)
    while kept and not any(kept[-1]):
        kept.pop()
    return tuple(kept)
