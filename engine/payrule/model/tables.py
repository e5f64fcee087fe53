"""A table that can be looked up: its document, and its rows by key.

Beside the Parquet file of a table stands its **row file**: the same rows without their texts, one a line, each column
as wide as its widest value, sorted. The first line says of which Parquet file it was made. It is read whole, checked
and held in memory, so that nothing that happens to the file afterwards reaches a running process; what is forked from
that process shares the memory. A key is found by halving.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from functools import cached_property
from itertools import chain
from pathlib import Path
from struct import iter_unpack
from typing import Literal

import msgspec

from payrule.model.policy import Document, Period
from payrule.model.values import read_date
from payrule.source.files import read_plain


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """What one column of a table holds."""

    name: str
    type: Literal["code", "integer", "date", "text"]
    summary: str


class TableData(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The Parquet file that holds the rows of a table: its name beside the document, its digest, how many rows.

    `rows_digest` is that of the row file, by which rows are looked up; without one, rows are made anew and compared.
    """

    file: str
    digest: str
    rows: int
    rows_digest: str | None = None


class TableSource(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a table was made from: a publication, and the digest of its file where it was read by a machine."""

    title: str
    digest: str | None = None


class TableDates(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename={"first": "from", "last": "to"}):
    """The columns that hold the first and the last day of a row; a row without one holds from ever, or until further.

    On one day one row of a key holds at most.
    """

    first: str
    last: str | None = None


class Table(Document, frozen=True, kw_only=True):
    """A large relation, such as pairs of codes: what its columns hold, which dates of service it covers, its data.

    `key` names the columns by which rows are looked up; several rows may share a key. `dates` names the columns of the
    days on which a row holds, in a table of which a form looks up a value.
    """

    id: str
    title: str
    issuer: str
    covers: Period
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    data: TableData
    sources: tuple[TableSource, ...] = ()
    interpretation: str | None = None
    dates: TableDates | msgspec.UnsetType = msgspec.UNSET


KEPT = frozenset({"code", "integer", "date"})
"""The types of columns that are looked up; a text is for people."""


class LookedUp(msgspec.Struct, frozen=True):
    """A table with its rows; `first` and `last` are the dates of service it covers, None where that is unbounded.

    `file` is the Parquet file of its rows, for whoever looks up millions at once.
    """

    table: Table
    rows: "RowFile"
    first: date | None = None
    last: date | None = None
    file: Path | None = None

    @classmethod
    def of(cls, table: Table, rows: "RowFile", file: Path | None = None) -> "LookedUp":
        """Put document and rows together."""
        first, last = table.covers.first, table.covers.last
        return cls(table, rows, read_date(first) if first else None, read_date(last) if last else None, file)

    def covers(self, day: date) -> bool:
        """Tell whether the table says anything of a date of service."""
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


def kept_columns(table: Table) -> tuple[str, ...]:
    """Name the columns that are looked up, those of the key first."""
    others = (column.name for column in table.columns if column.type in KEPT and column.name not in table.key)
    return (*table.key, *others)


ROWS = ".rows"
"""How the name of a row file ends."""

LARGEST_TABLE = 1 << 30
"""Bytes of a row file; that of all national pairs takes less than a tenth of it."""


_MOST_FOUND = 1 << 14
"""Keys of which it is remembered which rows they have."""

_AFTER = b"\xff"
"""What comes after every character of a row."""


class Head(msgspec.Struct, frozen=True):
    """The first line of a row file: the digest of the Parquet file, the columns, and the width of each."""

    digest: str
    columns: tuple[str, ...]
    widths: tuple[int, ...]


class RowFile:
    r"""Look up rows by the values of their first columns.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "pairs.rows"
    ...     head = Head("sha256:0", ("one", "two"), (2, 1))
    ...     size = path.write_bytes(b"".join(row_lines(head, [("ab", "2"), ("a", "1")])))
    ...     rows = RowFile(path)
    ...     rows.find("ab"), rows.find("a"), rows.find("b"), len(rows)
    ...     list(rows.between(["ab", "2"]))
    ...     sorted(rows.distinct(0))
    ([('ab', '2')], [('a', '1')], [], 2)
    [('ab', '2')]
    ['a', 'ab']
    """

    def __init__(self, path: Path) -> None:
        """Read the file; raises ValueError when it is no whole, sorted row file, OSError when it cannot be read."""
        self._lines = read_plain(path, LARGEST_TABLE)
        self._start = self._lines.find(b"\n") + 1
        self.head = read_head(self._lines[: self._start])
        self._width = sum(self.head.widths) + 1
        self._distinct: dict[int, frozenset[str]] = {}
        self._spans: dict[bytes, tuple[int, int]] = {}
        self._found: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
        self._count, rest = divmod(len(self._lines) - self._start, self._width)
        if rest or not _in_order(self._lines, self._start, self._width):
            raise ValueError(path)

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of everything that was read."""
        return f"sha256:{hashlib.sha256(self._lines).hexdigest()}"

    def __len__(self) -> int:
        """Count the rows."""
        return self._count

    def __eq__(self, other: object) -> bool:
        """Tell whether both hold the same."""
        return isinstance(other, RowFile) and self.digest == other.digest

    def __hash__(self) -> int:
        """Give what equal files have in common."""
        return hash(self.digest)

    def find(self, *key: str) -> list[tuple[str, ...]]:
        """Give every row whose first columns hold these values, in the order of the file; some are remembered."""
        found = self._found.get(key)
        if found is None:
            if len(self._found) >= _MOST_FOUND:
                self._found.clear()
            found = self._found[key] = self._find(key)
        return found

    def _find(self, key: tuple[str, ...]) -> list[tuple[str, ...]]:
        cells = []
        for value, width in zip(key, self.head.widths, strict=False):
            if len(value) > width:
                return []
            cells.append(value.ljust(width).encode())
        wanted = b"".join(cells)
        at = self._start + self._first(wanted, *self._span(cells[0])) * self._width
        found = []
        while at < len(self._lines) and self._lines.startswith(wanted, at):
            found.append(self._row(at))
            at += self._width
        return found

    def between(self, values: Collection[str]) -> Iterator[tuple[str, ...]]:
        """Give every row of which the first and the second column hold some of these values, each row read once."""
        first, second = self.head.widths[:2]
        wanted = {value.ljust(second) for value in values if len(value) <= second}
        for value in values:
            if len(value) <= first:
                low, high = self._span(value.ljust(first).encode())
                text = self._lines[self._start + low * self._width : self._start + high * self._width].decode()
                for at in range(0, len(text), self._width):
                    if text[at + first : at + first + second] in wanted:
                        yield self._cells(text, at)

    def _span(self, first: bytes) -> tuple[int, int]:
        """Find the rows whose first column holds this."""
        span = self._spans.get(first)
        if span is None:
            low = self._first(first, 0, self._count)
            span = low, self._first(first + _AFTER, low, self._count)
            if low < span[1]:  # what no row has is not remembered, for there is no end of it
                self._spans[first] = span
        return span

    def _first(self, wanted: bytes, low: int, high: int) -> int:
        """Find the first row, of those between two places, that does not come before what is wanted."""
        lines, start, width, long = self._lines, self._start, self._width, len(wanted)
        while low < high:
            middle = (low + high) // 2
            at = start + middle * width
            if lines[at : at + long] < wanted:
                low = middle + 1
            else:
                high = middle
        return low

    def __iter__(self) -> Iterator[tuple[str, ...]]:
        """Give every row in the order of the file."""
        return (self._row(at) for at in range(self._start, len(self._lines), self._width))

    def distinct(self, column: int) -> frozenset[str]:
        """Give every value of a column, by its position; it is remembered."""
        if column not in self._distinct:
            before, long = sum(self.head.widths[:column]), self.head.widths[column]
            cells = iter_unpack(
                f"{before}x{long}s{self._width - before - long}x", memoryview(self._lines)[self._start :]
            )
            self._distinct[column] = frozenset(each.decode().rstrip() for each in set(chain.from_iterable(cells)))
        return self._distinct[column]

    def _row(self, at: int) -> tuple[str, ...]:
        return self._cells(self._lines[at : at + self._width].decode(), 0)

    def _cells(self, text: str, at: int) -> tuple[str, ...]:
        values = []
        for width in self.head.widths:
            values.append(text[at : at + width].rstrip())
            at += width
        return tuple(values)


def read_head(line: bytes) -> Head:
    """Read the first line of a row file; raises ValueError when it is none."""
    try:
        head = msgspec.json.decode(line, type=Head)
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        raise ValueError(line[:40]) from fault
    if len(head.columns) != len(head.widths) or any(width < 0 for width in head.widths):
        raise ValueError(line[:40])
    return head


def head_line(head: Head) -> bytes:
    r"""Write the first line of a row file.

    >>> head_line(Head("sha256:0", ("code",), (5,)))
    b'{"digest": "sha256:0", "columns": ["code"], "widths": [5]}\n'
    """
    return f"{json.dumps(msgspec.to_builtins(head))}\n".encode()


def row_lines(head: Head, rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """Write a row file, line by line."""
    yield head_line(head)
    yield from sorted("".join((*map(str.ljust, row, head.widths), "\n")).encode() for row in rows)


_AT_ONCE = 65_536
"""Rows that are compared at once, so that a check of millions needs little memory."""


def _in_order(lines: bytes, start: int, width: int) -> bool:
    r"""Tell whether all that follows the first line are rows of one width, in ASCII, none before the one above it.

    >>> _in_order(b"A1\nB1\n", 0, 3), _in_order(b"B1\nA1\n", 0, 3), _in_order(b"A\n\n", 0, 3)
    (True, False, False)
    """
    last = b""
    for at in range(start, len(lines), width * _AT_ONCE):
        rows = lines[at : at + width * _AT_ONCE].split(b"\n")
        if rows.pop() or any(map((width - 1).__ne__, map(len, rows))) or rows[0] < last or rows != sorted(rows):
            return False
        last = rows[-1]
    return lines.isascii()
