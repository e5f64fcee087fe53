"""The floor: reading every column of a file once, and nothing else."""

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


def section(cache: Path, lines: int, rules: list[int]) -> None:
    """Print what reading takes."""
    print(f"floor: every column of {lines:,} lines read once on two threads, the best of {TIMES}")
    table = Table("rules", "wall s", "CPU s", "lines a second")
    for count in rules:
        scan = floor(claims(cache, Drawn(rulebase(count).codes), lines))
        table.row(count, scan.wall, scan.cpu, f"{lines / scan.wall:,.0f}")
