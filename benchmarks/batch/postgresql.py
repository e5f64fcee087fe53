"""The same lines from a table of PostgreSQL into tables, and from Parquet to Parquet: time, memory, and equal answers.

A server is started for it, on the same machine and disk; what it takes itself is not counted.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
from tests.postgresql_server import INITDB, address, running

from benchmarks.batch.children import Work, measured
from benchmarks.batch.documents import generated
from benchmarks.batch.inputs import Drawn, claims
from benchmarks.batch.paths import by_columns, deciding
from benchmarks.batch.printing import Table
from benchmarks.generate import rulebase
from payrule.columns.postgresql import TableAddress, fetch, store
from payrule.columns.writer import Outputs


def loading(file: str, target: str) -> Work:
    """Put the lines of a Parquet file into a new table, which is not part of what is compared."""
    import pyarrow.parquet as pq  # noqa: PLC0415 - an extra
    from adbc_driver_postgresql import dbapi  # noqa: PLC0415 - an extra

    def work() -> dict[str, object]:
        found = TableAddress.of(target)
        lines = pq.ParquetFile(file)
        with dbapi.connect(found.connection) as connection, connection.cursor() as cursor:
            cursor.adbc_ingest(found.table, pq.read_table(file).to_reader(65536), mode="create")
            connection.commit()
        return {"lines": lines.metadata.num_rows}

    return work


def through_tables(rules: int, source: str, target: str, folder: str) -> Work:
    """Read a table, decide its lines, and write the answers to new tables."""
    made = generated(rules)

    def work() -> dict[str, object]:
        read = Path(folder, "claims.parquet")
        fetch(TableAddress.of(source), read)
        count = by_columns(made, read, Path(folder), None, explained=True)
        store(TableAddress.of(target), Outputs.beside(Path(folder, "decided.parquet")))
        return {"explanations": count}

    return work


def section(cache: Path, lines: int, rules: int) -> None:
    """Print a row for each way, and whether they answer the same; nothing where there is no server."""
    if INITDB is None:
        print("postgresql: there is no PostgreSQL here")
        return
    file = claims(cache, Drawn(rulebase(rules).codes), lines)
    print(f"postgresql: {lines:,} lines, {rules} rules, explanations included")
    table = Table("way:", "wall s", "CPU s", "lines a second", "peak GiB")
    with running() as server, TemporaryDirectory(dir=cache) as place:
        source, target = address(server, "lines"), address(server, "answers")
        folder, first = Path(place, "tables"), Path(place, "first")
        folder.mkdir()
        first.mkdir()
        (turn,) = measured(loading, within=cache, file=file, target=source)
        table.row("lines into a table", turn.wall, turn.cpu, f"{lines / turn.wall:,.0f}", turn.peak)
        (turn,) = measured(through_tables, within=cache, rules=rules, source=source, target=target, folder=folder)
        table.row("table to tables", turn.wall, turn.cpu, f"{lines / turn.wall:,.0f}", turn.peak)
        (turn,) = measured(deciding, within=first, name="columns on DuckDB", rules=rules, file=file, explained=True)
        table.row("Parquet to Parquet", turn.wall, turn.cpu, f"{lines / turn.wall:,.0f}", turn.peak)
        fetch(TableAddress.of(target), folder / "answers.parquet")
        differ = _differing(first / "decided.parquet", folder / "answers.parquet")
        print(f"answers that differ: {differ}")
        if differ:
            raise AssertionError(differ)


def _differing(one: Path, other: Path) -> int:
    """Count the rows of one file that the other does not have, both ways, whatever their order."""
    with duckdb.connect() as connection:
        names = [name for name, *_ in connection.execute(f"DESCRIBE SELECT * FROM '{one}'").fetchall()]  # noqa: S608 - our own path
        listed = ", ".join(f'"{name}"::VARCHAR AS "{name}"' for name in names)
        rows = [f"SELECT {listed} FROM '{file}'" for file in (one, other)]  # noqa: S608 - our own path
        both = [f"SELECT count(*) FROM ({a} EXCEPT ALL {b})" for a, b in (rows, rows[::-1])]  # noqa: S608 - as above
        return sum(connection.execute(each).fetchall()[0][0] for each in both)
