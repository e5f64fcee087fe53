"""The SQL of a plan: its shape stays one and the same, however many rules there are, for rules are rows of tables.

Pure functions from names and numbers to text. Nothing of a document or a claim stands in it.
"""

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from payrule.source.diagnostics import RequestError, install

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


PARQUET = ".parquet"


def literal(text: str) -> str:
    """Write a text as a constant.

    >>> literal("it's")
    "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"


def quoted(name: str) -> str:
    """Write the name of a column.

    >>> print(quoted("units billed"))
    "units billed"
    """
    return '"' + name.replace('"', '""') + '"'


def _repeated(title: str) -> str | None:
    """Give the name of which a title may be the second one: DuckDB numbers it; None for a title of its own.

    >>> _repeated("units_1"), _repeated("units")
    ('units', None)
    """
    name, _, number = title.rpartition("_")
    return name if name and number.isdecimal() else None


def rows_of(file: Path, *options: str) -> str:
    """Read a Parquet file as it is: the names of its folders say nothing of the rows."""
    return f"read_parquet({', '.join((literal(escaped_path(file)), 'hive_partitioning = false', *options))})"


def escaped_path(file: Path) -> str:
    """Write a path so that DuckDB takes it for that file alone, whatever characters are in it.

    >>> escaped_path(Path("/claims[1]*.parquet"))
    '/claims[[]1][*].parquet'
    """
    return "".join(f"[{each}]" if each in "[*?" else each for each in str(file.absolute()))


Columns = dict[str, tuple[str, Sequence[Any]]]
"""The columns of a table by name: the type and the values of each."""


def by_column(kinds: Mapping[str, str], rows: Iterable[Sequence[Any]]) -> Columns:
    """Turn rows into columns, which are named here with their types.

    >>> by_column({"n": "BIGINT", "name": "VARCHAR"}, [(1, "a"), (2, "b")])
    {'n': ('BIGINT', (1, 2)), 'name': ('VARCHAR', ('a', 'b'))}
    """
    columns = list(zip(*rows, strict=True)) or [()] * len(kinds)
    return {name: (kind, column) for (name, kind), column in zip(kinds.items(), columns, strict=True)}


_NOT_REORDERED = "join_order,build_side_probe_side"
"""Joins are made as they are written, lines on the left: no table is met before what it is looked up by."""

_WHOLE_FILE = "it may be cut off, damaged or of another format: make it again"

_MORE_MEMORY = "allow more with `--memory-limit`"
_MORE_ROOM = f"{_MORE_MEMORY}, or make sure that there is room for temporary files next to the output"


def said_by_system(fault: Exception) -> tuple[int | None, str]:
    """Find in what DuckDB says of a file what the system said.

    >>> said_by_system(Exception('IO Error: Could not write file "a": No space left on device'))
    (None, 'No space left on device')
    """
    said = str(fault).partition("\n")[0]
    number = re.search(r'"errno":"(\d+)"', said)
    return (int(number[1]), os.strerror(int(number[1]))) if number else (None, said.rpartition(": ")[2])


def _no_spill(fault: Exception) -> RequestError:
    _, said = said_by_system(fault)
    return RequestError.of("no-memory", f"what memory cannot hold cannot be kept on disk: {said.lower()}", _MORE_ROOM)


def connect(duckdb: Any, config: Mapping[str, Any]) -> "DuckDBPyConnection":
    """Open a database of its own; raises what DuckDB does for what it cannot be configured to."""
    connection: DuckDBPyConnection = duckdb.connect(":memory:", config=dict(config))
    return connection


_A_MOMENT = 0.05
"""Seconds to wait for a query to end that was interrupted."""


class Store:
    """A database in memory that spills to a folder; close it when done. Raises RequestError where DuckDB is missing.

    >>> with Store() as store:
    ...     store.table("t", {"n": ("UBIGINT", [2**64 - 1])})
    ...     store.rows("SELECT n FROM t")
    [(18446744073709551615,)]
    """

    def __init__(
        self, *, threads: int | None = None, memory_limit: str | None = None, spill: Path | None = None
    ) -> None:
        """Open the database; without limits DuckDB takes every core and most of the memory."""
        try:
            import duckdb  # noqa: PLC0415 - an extra, which the rest of payrule does without
        except ModuleNotFoundError:
            message, help_text = "columns need DuckDB, which is not installed", install("batch")
            raise RequestError.of("no-duckdb", message, help_text) from None
        chosen: dict[str, Any] = {"autoinstall_known_extensions": False, "disabled_optimizers": _NOT_REORDERED}
        limits = {"threads": threads, "memory_limit": memory_limit, "temp_directory": spill and str(spill.absolute())}
        chosen |= {name: limit for name, limit in limits.items() if limit is not None}
        self._duckdb = duckdb
        try:
            self._connection = connect(duckdb, chosen)
        except duckdb.ParserException:
            help_text = "write it with its unit, such as `4GB`"
            message = f"`--memory-limit`: `{memory_limit}` is no amount of memory"
            raise RequestError.of("bad-memory-limit", message, help_text) from None
        self._thread = ThreadPoolExecutor(1)

    @property
    def engine(self) -> str:
        """Name the engine with its version."""
        return f"duckdb {self._duckdb.__version__}"

    def __enter__(self) -> Self:
        """Give the store."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the database."""
        self._thread.shutdown()
        self._connection.close()

    def run(self, statement: str, values: Mapping[str, Any] | None = None) -> None:
        """Run a statement that answers nothing; raises RequestError when there is no room for what it makes."""
        self.rows(statement, values)

    def keep(self, name: str, query: str) -> None:
        """Keep what a query answers as a table, or replace it; raises RequestError when there is no room for it."""
        self.run(f"CREATE OR REPLACE TEMP TABLE {name} AS {query}")

    def rows(self, query: str, values: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Give the rows that a query answers; raises RequestError when there is no room for what it needs."""
        try:
            return self._answer(query, values)
        except self._duckdb.IOException as fault:
            raise _no_spill(fault) from None

    def copy(self, query: str, path: Path, options: str) -> None:
        """Write the rows of a query to a file; raises OSError where it cannot be written, RequestError without room."""
        try:
            self._answer(f"COPY ({query}) TO {literal(str(path.absolute()))} ({options})")
        except self._duckdb.IOException as fault:
            raise (OSError(*said_by_system(fault)) if str(path) in str(fault) else _no_spill(fault)) from None

    def _answer(self, query: str, values: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Run a query in a thread of its own, and end it when a signal does.

        In the main thread DuckDB would put an error of its own in the place of what the signal's handler raises.
        """
        answer = self._thread.submit(lambda: self._connection.execute(query, dict(values or {})).fetchall())
        try:
            return answer.result()
        except self._duckdb.OutOfMemoryException:
            raise RequestError.of("no-memory", "the memory that DuckDB may use is not enough", _MORE_MEMORY) from None
        except BaseException:
            while not answer.done():
                self._connection.interrupt()  # again and again: a query that has only begun does not hear it
                wait([answer], _A_MOMENT)
            raise

    def describe(self, file: Path, source: str) -> dict[str, str]:
        """Give the columns of a Parquet file with their types, as DuckDB names them.

        Raises RequestError for a file that is none, and for two columns of one name, of which DuckDB renames one.
        """
        kinds = {title: kind for title, kind, *_ in self.take_from(file, f"DESCRIBE SELECT * FROM {source}")}
        small = {title.casefold() for title in kinds}
        if not small.isdisjoint(name.casefold() for name in map(_repeated, kinds) if name is not None):
            self._refuse_twins(file)
        return kinds

    def _refuse_twins(self, file: Path) -> None:
        """Refuse two columns of one name, small letters or capital ones, by the names that the file itself has."""
        path = literal(escaped_path(file))
        schema = self.take_from(file, f"SELECT name, coalesce(num_children, 0) FROM parquet_schema({path})")
        there, to_come = dict[str, str](), [schema[0][1]]
        for name, children in schema[1:]:
            while to_come[-1] == 0:
                to_come.pop()
            to_come[-1] -= 1
            if len(to_come) == 1:
                twin = there.setdefault(name.casefold(), name)
                if twin is not name:
                    called = f"are called `{name}`" if twin == name else f"are called `{twin}` and `{name}`"
                    message = f"two columns of `{file}` {called}"
                    raise RequestError.of("duplicate-column", message, "keep one of the two")
            to_come.append(children)

    def take_from(
        self, file: Path, query: str, values: Mapping[str, Any] | None = None, *, called: Path | None = None
    ) -> list[tuple[Any, ...]]:
        """Run a query that reads a Parquet file; raises RequestError for a file that is damaged, or none.

        `called` is the file that the user knows, where a copy of it is read.
        """
        try:
            return self._answer(query, values)
        except self._duckdb.Error as fault:
            if isinstance(fault, self._duckdb.IOException) and str(file) not in str(fault):
                raise _no_spill(fault) from None
        except (UnicodeDecodeError, MemoryError):  # the title of a column, or the size of a page
            pass
        # Whatever DuckDB makes of damaged bytes, they are what is wrong, for the query is the same for every file.
        raise RequestError.of("no-parquet", f"`{called or file}` is no Parquet file that can be read", _WHOLE_FILE)

    def table(self, name: str, columns: Mapping[str, tuple[str, Sequence[Any]]]) -> None:
        """Make a table of values, or replace it."""
        self._insert(f"CREATE OR REPLACE TEMP TABLE {name} AS", columns)

    def add(self, name: str, columns: Mapping[str, tuple[str, Sequence[Any]]]) -> None:
        """Add rows to a table, which is made when there is none."""
        self._insert(f"INSERT INTO {name}" if name in self.tables() else f"CREATE TEMP TABLE {name} AS", columns)

    def _insert(self, into: str, columns: Mapping[str, tuple[str, Sequence[Any]]]) -> None:
        listed = ", ".join(f"unnest(${column}::{kind}[]) AS {column}" for column, (kind, _) in columns.items())
        self.run(f"{into} SELECT {listed}", {column: list(held) for column, (_, held) in columns.items()})

    def tables(self) -> frozenset[str]:
        """Name the tables that there are."""
        return frozenset(name for (name,) in self.rows("SELECT table_name FROM duckdb_tables()"))

    def drop(self, names: Iterable[str]) -> None:
        """Forget tables."""
        for name in names:
            self.run(f"DROP TABLE IF EXISTS {name}")
