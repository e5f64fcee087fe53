"""Write the files of a table: its rows as Parquet, and the row file that is made of it for looking up."""

from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from payrule.batch.whole_files import copy_verified, whole_file
from payrule.documents.models import Column, Table
from payrule.documents.table_rows import Head, head_line
from payrule.documents.tables import kept_columns

STORED = {"code": "VARCHAR", "text": "VARCHAR", "integer": "BIGINT", "date": "DATE"}
"""How a Parquet file holds each type of column, in DuckDB's words."""


def parquet_columns(path: Path) -> dict[str, str]:
    """Name the columns of a Parquet file with their types, in DuckDB's words; raises ValueError when it is none."""
    with duckdb.connect() as connection:
        try:
            rows = connection.read_parquet(str(path))
        except duckdb.Error as fault:
            raise ValueError(path) from fault
        return dict(zip(rows.columns, map(str, rows.types), strict=True))


def row_file(table: Table, parquet: Path) -> bytes:
    """Make the content of the row file of a table from its Parquet file.

    Raises ValueError, in words, when that is another file than the table says, lacks a column or cannot be read.
    """
    columns = kept_columns(table)
    types = {column.name: column.type for column in table.columns}
    written = [_written(name, types[name]) for name in columns]
    with TemporaryDirectory(prefix="payrule-") as folder, duckdb.connect() as connection:
        # What was read and found right is what rows are made of, whatever becomes of the file meanwhile.
        data, beside = Path(folder) / "data", Path(folder) / "lines"
        copy_verified(parquet, table.data.digest, data)
        try:
            rows = connection.read_parquet(str(data))
            (found,) = rows.aggregate(", ".join(f"coalesce(max(length({each})), 0)" for each in written)).fetchall()
            widths = tuple(map(int, found))
            line = " || ".join(f"rpad({each}, {width}, ' ')" for each, width in zip(written, widths, strict=True))
            head = head_line(Head(table.data.digest, columns, widths))
            lines = rows.project(f"{line} AS line").order("line")
            lines.to_csv(str(beside), header=False, sep="\x1f", quotechar="")
        except duckdb.Error as fault:
            message = f"`{parquet.name}` does not hold the columns of this table: {str(fault).partition(chr(10))[0]}"
            raise ValueError(message) from None
        return head + beside.read_bytes()


def write_parquet(columns: tuple[Column, ...], key: tuple[str, ...], lines: Path, path: Path) -> None:
    """Write the rows of a tab-separated file as Parquet, in the order of their key, each row once.

    An empty cell is null. The file appears whole or not at all.
    """
    types = {column.name: STORED[column.type] for column in columns}
    with duckdb.connect() as connection, whole_file(path) as beside:
        connection.execute("SET threads = 1")  # so that one input always gives the same bytes
        rows = connection.read_csv(
            str(lines), sep="\t", header=False, quotechar="", escapechar="", columns=types, date_format="%Y%m%d"
        )
        rows.distinct().order(", ".join((*key, *types))).write_parquet(str(beside), compression="zstd")


def _written(name: str, kind: str) -> str:
    """Write a column as text in SQL; what is null is empty."""
    text = f"strftime(\"{name}\", '%Y%m%d')" if kind == "date" else f'CAST("{name}" AS VARCHAR)'
    return f"coalesce({text}, '')"
