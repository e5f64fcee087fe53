"""A table that can be looked up: its document, and its rows by key."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Protocol

import msgspec

from payrule.documents.models import Table
from payrule.documents.values import read_date

KEPT = frozenset({"code", "integer", "date"})
"""The types of columns that are looked up; a text is for people."""


class Rows(Protocol):
    """Rows by the values of their key."""

    def __len__(self) -> int:
        """Count the rows."""

    def __iter__(self) -> Iterator[tuple[str, ...]]:
        """Give every row, in a canonical order."""

    def find(self, *key: str) -> Sequence[tuple[str, ...]]:
        """Give every row with this key."""

    def between(self, values: Collection[str]) -> Iterator[tuple[str, ...]]:
        """Give every row of which the first and the second column hold some of these values."""

    def distinct(self, column: int) -> frozenset[str]:
        """Give every value of a column, by its position."""


class LookedUp(msgspec.Struct, frozen=True):
    """A table with its rows; `first` and `last` are the dates of service it covers, None where that is unbounded.

    `file` is the Parquet file of its rows, for whoever looks up millions at once.
    """

    table: Table
    rows: Rows
    first: date | None = None
    last: date | None = None
    file: Path | None = None

    @classmethod
    def of(cls, table: Table, rows: Rows, file: Path | None = None) -> "LookedUp":
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
