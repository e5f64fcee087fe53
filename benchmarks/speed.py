"""Measure everything once, and write `docs/explanation/speed.md`: `make speed`, on a machine that does nothing else.

Each table is what a benchmark printed, with the command that prints it again. Nothing is written if one of them fails.
"""

import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from payrule.source.files import whole_file

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "explanation" / "speed.md"
INTRODUCTION = """<!-- Written by `make speed`; do not edit. -->

# How fast payrule is

These figures are of one run of `make speed`, which wrote this page. Each table is what a benchmark printed, with the
command that prints it again. An aim is given with a figure that has one, also where it is missed.
"""
PACKAGES = ("durable_rules", "msgspec", "duckdb", "python-sat", "jsonschema-rs", "uvicorn")


class Section(NamedTuple):
    """A heading, what to know of the figures, and the benchmark with its options."""

    title: str
    text: str
    command: tuple[str, ...]


SECTIONS = (
    Section(
        "One claim",
        "Seconds here are of processor time on one core. *Warm* claims were decided before in the same process, *cold* "
        "ones were never seen. Each answer is computed by the execution named and by the reference evaluator, and "
        "compared. *Load* reads the rules from files, *first* is the first decision, which compiles them, and the last "
        "column is the most memory of the process.",
        ("benchmarks.decisions", "--only", "executions"),
    ),
    Section(
        "The command line",
        "A whole process by the clock, from its start to its end. The aim of one claim is 200 milliseconds.",
        ("benchmarks.startup", "--claim-only"),
    ),
    Section(
        "Large claims",
        "Claims with as many lines as a claim can have, under the edits of Medicare. The aim is one second.",
        ("benchmarks.large_claims",),
    ),
    Section(
        "Questions about every possible claim",
        "What `payrule diff` and `payrule verify` ask of generated policies, in which 3 of 100 rules are edited. Some "
        "answers of a first question are kept: *once more* is asked after one more edit.",
        ("benchmarks.analysis", "--sizes", "30", "100", "300", "1000"),
    ),
    Section(
        "Files of claims in columns",
        "From Parquet to Parquet on two threads. With *full* output each line has all that its answer says in columns, "
        "with *narrow* output the key of its explanation. What is unknown of the chart is assumed to be favorable; "
        "*unknown* assumes nothing, so that most lines need information, and each kind of missing information has an "
        "answer of its own.",
        ("benchmarks.batch", "--only", "floor,paths,tables", "--lines", "1000000"),
    ),
    Section(
        "Counts over time",
        "A window of 365 days over the lines of a million patients.",
        ("benchmarks.history", "--rules", "300"),
    ),
    Section(
        "Other engines",
        "The rules of generated policies that look at one line, written for other engines; that each finds the same "
        "rules is asserted before it is timed. They find what holds for certain. payrule also finds what may hold, "
        "resolves conflicts, and explains each answer. *Generated Python* is a function for each code that is made of "
        "the rules: the bound of what an interpreter in Python can reach.",
        ("benchmarks.batch", "--only", "peers", "--lines", "1000000"),
    ),
    Section(
        "The decision service",
        "One worker; the client runs on the same machine and takes processor time as well.",
        ("benchmarks.service",),
    ),
)


def main() -> None:
    """Run each benchmark and write the page."""
    parts = [INTRODUCTION, _machine()]
    for section in SECTIONS:
        print(f"{section.title} ...", flush=True)
        parts += _written(section)
    parts.append(f"Load average at the end: {os.getloadavg()[0]:.1f}.\n")
    with whole_file(PAGE) as beside:
        beside.write_text("\n".join(parts), encoding="utf-8")
    print(f"wrote {PAGE.relative_to(ROOT)}")


def _machine() -> str:
    """Say on what the benchmarks run."""
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d}, by Python {platform.python_version()} on {platform.system()} "
        f"{platform.machine()}, {os.cpu_count()} cores ({_processor()}), {_memory():.0f} GiB of memory.\n"
        f"payrule {version('payrule')}, {packages}.\nLoad average at the start: {os.getloadavg()[0]:.1f}.\n"
    )


def _processor() -> str:
    found = Path("/proc/cpuinfo")
    lines = found.read_text(encoding="utf-8").splitlines() if found.exists() else []
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.processor())


def _memory() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def _written(section: Section) -> Iterator[str]:
    command = [sys.executable, "-m", *section.command]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    yield f"## {section.title}\n\n{section.text}\n"
    yield f"```text\n$ python -m {' '.join(section.command)}\n{done.stdout.strip()}\n```\n"


if __name__ == "__main__":
    main()
