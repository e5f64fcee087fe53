"""Print what every way to decide files takes."""

import os
import platform
from argparse import ArgumentParser
from pathlib import Path

import duckdb
from tests.published_tables import PUBLISHED

from benchmarks.batch import floor, growth, paths, peers, postgresql, tables
from benchmarks.batch.inputs import CACHE

SECTIONS = ("floor", "paths", "tables", "peers", "growth", "postgresql")


def _chosen(text: str) -> list[str]:
    names = text.split(",")
    unknown = [name for name in names if name not in SECTIONS]
    if unknown:
        raise ValueError(unknown)
    return names


def main() -> None:
    """Measure the sections that are asked for."""
    parser = ArgumentParser(prog="python -m benchmarks.batch", description=__doc__)
    parser.add_argument("--only", type=_chosen, default=list(SECTIONS), help=f"some of {','.join(SECTIONS)}")
    parser.add_argument("--lines", type=int, default=2_000_000, help="lines of a file (default: %(default)s)")
    parser.add_argument("--rules", type=int, nargs="+", default=[30, 300, 1_000])
    parser.add_argument("--growth", type=int, nargs="+", default=[1, 2, 4, 8, 16, 32], help="in million lines")
    parser.add_argument("--memory-limit", default="3GB", help="for growth; `none` for no limit (default: %(default)s)")
    parser.add_argument("--ncci", type=Path, default=PUBLISHED, help="the published tables")
    parser.add_argument("--cache", type=Path, default=CACHE, help="for files and peers (default: %(default)s)")
    chosen = parser.parse_args()
    print(f"Python {platform.python_version()}, DuckDB {duckdb.__version__}, {os.cpu_count()} cores, {_load()}")
    limit = None if chosen.memory_limit == "none" else chosen.memory_limit
    run = {
        "floor": lambda: floor.section(chosen.cache, chosen.lines, chosen.rules),
        "paths": lambda: paths.section(chosen.cache, chosen.lines, chosen.rules),
        "tables": lambda: tables.section(chosen.cache, chosen.lines, chosen.ncci),
        "peers": lambda: peers.section(chosen.cache, chosen.lines, chosen.rules),
        "growth": lambda: growth.section(chosen.cache, chosen.growth, limit),
        "postgresql": lambda: postgresql.section(chosen.cache, chosen.lines, chosen.rules[0]),
    }
    for name in SECTIONS:
        if name in chosen.only:
            print()
            run[name]()
    print(f"\n{_load()}")


def _load() -> str:
    """Say how many processes want a core: with more than there are cores, look at processor seconds."""
    return f"load average {os.getloadavg()[0]:.1f}"


if __name__ == "__main__":
    main()
