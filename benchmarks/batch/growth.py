"""How time and memory grow with the number of lines: a process for each size, from Parquet to Parquet."""

from pathlib import Path

from benchmarks.batch.children import measured
from benchmarks.batch.inputs import Drawn, claims
from benchmarks.batch.paths import PATHS, deciding
from benchmarks.batch.printing import Table
from benchmarks.generate import rulebase

RULES = 300
AIM = 4.0
"""GiB within which the largest file is to be decided."""
MILLION = 1_000_000


def section(cache: Path, millions: list[int], memory_limit: str | None) -> None:
    """Print a row for each path and size; the limit of memory is the one that a user gives."""
    limited = f"with a memory limit of {memory_limit}" if memory_limit else "without a memory limit"
    print(f"growth: {RULES} rules, explanations included, {limited}; the aim is {AIM:.0f} GiB")
    table = Table(
        "path:", "million lines", "wall s", "CPU s", "lines a second", "s a million", "peak GiB", "within the aim"
    )
    for way in PATHS:
        for size in millions:
            file = claims(cache, Drawn(rulebase(RULES).codes), size * MILLION)
            (turn,) = measured(
                deciding,
                within=cache,
                name=way.name,
                rules=RULES,
                file=file,
                explained=True,
                memory_limit=memory_limit,
            )
            within = "yes" if turn.peak <= AIM else "no"
            second = f"{size * MILLION / turn.wall:,.0f}"
            table.row(way.name, size, turn.wall, turn.cpu, second, turn.wall / size, turn.peak, within)
