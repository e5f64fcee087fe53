"""The floor: reading every column of a file once, and nothing else; or reading, and writing what was written."""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from benchmarks.batch.children import Turn, Work, measured
from benchmarks.batch.inputs import Drawn, claims
from benchmarks.batch.printing import Table
from benchmarks.generate import rulebase

TIMES = 3


def scanning(file: str) -> Work:
    """Count what is not null in every column."""
    connection = duckdb.connect(config={"threads": 2})
    counted = ", ".join(f'count("{name}")' for name in connection.read_parquet(file).columns)
    query = f"SELECT {counted} FROM '{file}'"  # noqa: S608 - our own names
    return lambda: {"counts": connection.execute(query).fetchone()}


def floor(file: Path) -> Turn:
    """Read a file several times in one process; give the quickest."""
    return min(measured(scanning, TIMES, file=file), key=lambda turn: turn.wall)


def copying(read: Sequence[str], written: str) -> Work:
    """Read every column of some files, and write the rows of another file again, as DuckDB does without being told."""
    connection = duckdb.connect(config={"threads": 2})
    again = Path(written).with_suffix(".again.parquet")

    def work() -> dict[str, object]:
        for file in read:
            counted = ", ".join(f'count("{name}")' for name in connection.read_parquet(file).columns)
            connection.execute(f"SELECT {counted} FROM '{file}'").fetchone()  # noqa: S608 - our own names
        connection.execute(f"COPY (SELECT * FROM '{written}') TO '{again}' (FORMAT parquet)")  # noqa: S608 - our own names
        again.unlink()
        return {}

    return work


def copied(read: Sequence[Path], written: Path) -> Turn:
    """Read and write several times in one process; give the quickest, by processor time."""
    turns = measured(copying, TIMES, read=list(map(str, read)), written=str(written))
    return min(turns, key=lambda turn: turn.cpu)


def section(cache: Path, lines: int, rules: list[int]) -> None:
    """Print what reading takes."""
    print(f"floor: every column of {lines:,} lines read once on two threads, the best of {TIMES}")
    table = Table("rules", "wall s", "CPU s", "lines a second")
    for count in rules:
        scan = floor(claims(cache, Drawn(rulebase(count).codes), lines))
        table.row(count, scan.wall, scan.cpu, f"{lines / scan.wall:,.0f}")
