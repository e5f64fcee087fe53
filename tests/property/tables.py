"""A small table of code pairs in the words of `words`, whose rows begin and end on the dates of service there."""

import hashlib
import json
from collections.abc import Collection, Iterator
from pathlib import Path

import msgspec

from payrule.language.derived.table_lookups import ADD_ON_COLUMNS, PAIR_COLUMNS
from payrule.model.policy import Period
from payrule.model.tables import Column, Head, LookedUp, RowFile, Table, TableData, kept_columns, row_lines

ROWS = (
    ("A0001", "A0002", "", "", "1"),
    ("A0001", "A0002", "20240701", "", "0"),
    ("A0002", "A0001", "", "20240630", "1"),
    ("A0002", "B0001", "20240702", "", "1"),
    ("A0009", "A0001", "20240702", "20240702", "9"),
    ("B0001", "A0001", "", "", "0"),
    ("B0001", "A0009", "", "20240701", "1"),
)


ALWAYS = Period()
"""Every date."""


class Listed(RowFile):
    """Rows that are looked for one by one."""

    def __init__(self, rows: tuple[tuple[str, ...], ...]) -> None:  # no file
        self.rows = rows

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[tuple[str, ...]]:
        return iter(self.rows)

    def find(self, *key: str) -> list[tuple[str, ...]]:
        return [row for row in self.rows if row[: len(key)] == key]

    def between(self, values: Collection[str]) -> Iterator[tuple[str, ...]]:
        return (row for row in self.rows if row[0] in values and row[1] in values)

    def distinct(self, column: int) -> frozenset[str]:
        return frozenset(row[column] for row in self.rows)


def column(name: str, kind: str) -> Column:
    """Describe a column."""
    return msgspec.convert({"name": name, "type": kind, "summary": name}, Column)


def pairs(*rows: tuple[str, ...], covers: Period = ALWAYS) -> LookedUp:
    """Make a table of code pairs."""
    table = Table(
        kind="table",
        id="pairs",
        title="pairs",
        issuer="issuer",
        covers=covers,
        columns=tuple(column(name, kind) for name, kind in PAIR_COLUMNS.items()),
        key=("column_1", "column_2"),
        data=TableData(file="pairs.parquet", digest="sha256:" + "0" * 64, rows=len(rows)),
    )
    return LookedUp.of(table, Listed(tuple(sorted(rows))))


PAIRS = pairs(*ROWS)

ADD_ON_ROWS = (
    ("A0002", "A0001", "1", "", ""),
    ("A0002", "B0001", "1", "20240701", ""),
    ("A0009", "A0001", "1", "", "20240630"),
    ("B0001", "", "2", "20240702", ""),
    ("B0001", "A0002", "1", "", ""),
)


def add_ons(*rows: tuple[str, ...], covers: Period = ALWAYS) -> LookedUp:
    """Make a table of add-on codes."""
    table = Table(
        kind="table",
        id="add-ons",
        title="add-ons",
        issuer="issuer",
        covers=covers,
        columns=tuple(column(name, kind) for name, kind in ADD_ON_COLUMNS.items()),
        key=("add_on",),
        data=TableData(file="add-ons.parquet", digest="sha256:" + "0" * 64, rows=len(rows)),
    )
    return LookedUp.of(table, Listed(tuple(sorted(rows))))


ADD_ONS = add_ons(*ADD_ON_ROWS)

TABLES = {each.table.id: each for each in (PAIRS, ADD_ONS)}
"""The tables of generated rulebases."""


def write_table(folder: Path, looked_up: LookedUp) -> None:
    """Write a table as a rulebase folder has it: the document, what it takes for Parquet, and the row file of that."""
    table, data = looked_up.table, b"not looked at"
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    widths = tuple(max(map(len, cells)) for cells in zip(*looked_up.rows, strict=True))
    (folder / "tables").mkdir(exist_ok=True)
    (folder / "tables" / table.data.file).write_bytes(data)
    lines = row_lines(Head(digest, kept_columns(table), widths), looked_up.rows)
    rows = folder / "tables" / f"{table.id}.rows"
    rows.write_bytes(b"".join(lines))
    known = msgspec.structs.replace(table.data, digest=digest, rows_digest=RowFile(rows).digest)
    table = msgspec.structs.replace(table, data=known)
    document = {name: each for name, each in msgspec.to_builtins(table).items() if each and name != "$schema"}
    (folder / "tables" / f"{table.id}.json").write_text(json.dumps(document), encoding="utf-8")
