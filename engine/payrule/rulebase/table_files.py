"""Write the files of a table: its rows as Parquet, and the row file that is made of it for looking up."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from payrule.model.tables import Column, Head, Table, head_line, kept_columns
from payrule.source.database import quoted, said_by_system
from payrule.source.files import copy_verified, temporary_folder, whole_file

STORED = {"code": "VARCHAR", "text": "VARCHAR", "integer": "BIGINT", "date": "DATE"}
"""How a Parquet file holds each type of column, in DuckDB's words."""


def row_file(table: Table, parquet: Path) -> bytes:
    """Make the row file of a table from its Parquet file; raises ValueError, in words, where that is not as it says."""
    columns = kept_columns(table)
    types = {column.name: column.type for column in table.columns}
    written = [_written(name, types[name]) for name in columns]
    with temporary_folder() as folder, duckdb.connect() as connection:
        # What was read and found right is what rows are made of, whatever becomes of the file meanwhile.
        data, beside = folder / "data", folder / "lines"
        copy_verified(parquet, table.data.digest, data)
        try:
            rows = connection.read_parquet(str(data))
            _refuse_columns(parquet.name, dict(zip(rows.columns, map(str, rows.types), strict=True)), columns, types)
            (found,) = rows.aggregate(", ".join(f"coalesce(max(length({each})), 0)" for each in written)).fetchall()
            widths = tuple(map(int, found))
            line = " || ".join(f"rpad({each}, {width}, ' ')" for each, width in zip(written, widths, strict=True))
            head = head_line(Head(table.data.digest, columns, widths))
            lines = rows.project(f"{line} AS line").order("line")
            lines.to_csv(str(beside), header=False, sep="\x1f", quotechar="")
        except (duckdb.Error, UnicodeDecodeError, MemoryError) as fault:
            if isinstance(fault, duckdb.IOException) and str(data) not in str(fault):
                message = f"the rows of `{parquet.name}` cannot be kept on disk: {said_by_system(fault)[1].lower()}"
                raise ValueError(message) from None
            # Not in DuckDB's words, which name the copy that was read.
            message = f"`{parquet.name}` is no Parquet file that can be read"
            raise ValueError(message) from None
        return head + beside.read_bytes()


def _refuse_columns(name: str, held: Mapping[str, str], columns: Sequence[str], types: Mapping[str, str]) -> None:
    """Raise ValueError, in words, where a column that is looked up is not there, or a column of dates holds others."""
    kinds = {title.casefold(): kind for title, kind in held.items()}  # as DuckDB finds a column
    for each in columns:
        kind = kinds.get(each.casefold())
        if kind is None:
            message = f"`{name}` does not hold the columns of this table: it has no `{each}`"
            raise ValueError(message)
        if types[each] == "date" and kind != STORED["date"]:
            message = f"`{name}` does not hold the columns of this table: its `{each}` holds no dates"
            raise ValueError(message)


Place = tuple[int, int]
"""A row of several files: the position of the file, and the line there."""


_PLACE = ("@file", "@line")
"""The columns of a place, which no column of a table is called."""


def write_parquet(columns: tuple[Column, ...], key: tuple[str, ...], lines: Path, path: Path) -> None:
    """Write the rows of a tab-separated file as Parquet, in the order of their key, each row once.

    Before its cells, a row there has the place where it is from. An empty cell is null. The file appears whole or not
    at all.
    """
    with duckdb.connect() as connection, whole_file(path) as beside:
        connection.execute("SET threads = 1")  # so that one input always gives the same bytes
        names = [column.name for column in columns]
        rows = _placed(connection, columns, lines).project(", ".join(map(quoted, names)))
        rows.distinct().order(", ".join(map(quoted, (*key, *names)))).write_parquet(str(beside), compression="zstd")


def contradictions(
    columns: tuple[Column, ...], key: tuple[str, ...], lines: Path, *, once: bool
) -> list[tuple[tuple[str, ...], Place, Place]]:
    """List the rows that say something else of a key than a row before them: the key, their place, and the other's.

    With `once` a key has one row; else rows of a key contradict each other where they differ in what is looked up and
    hold on some day both, as far as it is known from when on they hold. Texts are not compared.
    """
    compared = [column.name for column in columns if column.type != "text" and column.name not in key]
    dates = [column.name for column in columns if column.type == "date"]
    by, told = ", ".join(map(quoted, key)), [name for name in compared if once or name not in dates]
    differ = " OR ".join(f"a.{each} IS DISTINCT FROM b.{each}" for each in map(quoted, told)) or "false"
    same = " AND ".join(f"a.{each} = b.{each}" for each in map(quoted, key))
    meet = "true"
    if not once and dates:
        begins, ends = map(quoted, dates)
        last = "DATE '9999-12-31'"
        meet = f"a.{begins} <= coalesce(b.{ends}, {last}) AND b.{begins} <= coalesce(a.{ends}, {last})"
    with duckdb.connect() as connection:
        rows = _placed(connection, columns, lines)
        rows.create("placed")
        several = (
            f"SELECT * FROM placed SEMI JOIN (SELECT {by} FROM placed GROUP BY {by} HAVING count(*) > 1) USING ({by})"
        )
        connection.execute(f"CREATE TABLE several AS {several}")
        file, line = map(quoted, _PLACE)
        found = connection.execute(
            f"SELECT {', '.join(f'a.{quoted(name)}' for name in key)}, a.{file}, a.{line}, "
            f"min_by(b.{file}, (b.{file}, b.{line})), min_by(b.{line}, (b.{file}, b.{line})) "
            f"FROM several a JOIN several b ON {same} AND ({differ}) AND ({meet}) "
            f"AND (b.{file}, b.{line}) < (a.{file}, a.{line}) GROUP BY ALL ORDER BY a.{file}, a.{line}"
        ).fetchall()
    count = len(key)
    return [
        (tuple(map(str, row[:count])), (row[count], row[count + 1]), (row[count + 2], row[count + 3])) for row in found
    ]


def _placed(connection: duckdb.DuckDBPyConnection, columns: tuple[Column, ...], lines: Path) -> duckdb.DuckDBPyRelation:
    types = dict.fromkeys(_PLACE, "BIGINT") | {column.name: STORED[column.type] for column in columns}
    return connection.read_csv(
        str(lines),
        sep="\t",
        header=False,
        quotechar="",
        escapechar="",
        columns=types,
        date_format="%Y%m%d",
        auto_detect=False,  # nothing of it is to be guessed
    )


def _written(name: str, kind: str) -> str:
    """Write a column as text in SQL; what is null is empty."""
    column = quoted(name)
    text = f"strftime({column}, '%Y%m%d')" if kind == "date" else f"CAST({column} AS VARCHAR)"
    return f"coalesce({text}, '')"
