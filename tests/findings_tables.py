"""Read tables of what is wrong and what is said of it: `tests/findings/*.txt`.

A table is blocks between blank lines: a line of JSON, then each finding as its path and message, and below them
its help.
"""

import json
from pathlib import Path
from typing import Any

from payrule.source.diagnostics import Diagnostic

TABLES = Path(__file__).parent / "findings"


def findings_table(name: str) -> list[tuple[Any, list[str]]]:
    """Read a table as pairs of the JSON value and the lines that are said of it."""
    blocks = (TABLES / f"{name}.txt").read_text(encoding="utf-8").strip().split("\n\n")
    pairs = [block.split("\n") for block in blocks]
    return [(json.loads(first), said) for first, *said in pairs]


def written(diagnostic: Diagnostic) -> tuple[str, str]:
    """Write a finding as the tables do."""
    return (f"{diagnostic.path}: {diagnostic.message}", f"    {diagnostic.help}")
