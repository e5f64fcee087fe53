"""What is asked of peers: those of the generated rules that look at one line, with their facts written out.

A peer knows true and false only, and is asked what holds for certain; what might hold, and why, is not asked of it.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.generate import Rulebase, rulebase
from payrule.language.lower import All, FactLeaf, Formula, OtherLine, Some

Json = dict[str, Any]


def line_only(rules: int) -> Rulebase:
    """Give those of so many generated rules that ask for no other line, without named facts."""
    made = rulebase(rules)
    written = {name: _written_out(formula, made.facts) for name, formula in made.rules.items()}
    kept = {name: formula for name, formula in written.items() if not _asks_others(formula)}
    return Rulebase(kept, {}, made.codes)


def lines_of(file: Path, count: int) -> list[Json]:
    """Give the first lines of a file as maps of attributes; what is unknown is left out."""
    with duckdb.connect() as connection:
        rows = connection.read_parquet(str(file)).project("* EXCLUDE (encounter, number, date)").limit(count)
        names = [_attribute(name) for name in rows.columns]
        found = rows.fetchall()
    return [{name: value for name, value in zip(names, each, strict=True) if value is not None} for each in found]


def _attribute(column: str) -> str:
    return f"encounter.{column}" if column == "payer_role" else f"line.{column}"


def _written_out(formula: Formula, facts: dict[str, Formula]) -> Formula:
    if isinstance(formula, FactLeaf):
        return _written_out(facts[formula.name], facts)
    if isinstance(formula, (All, Some)):
        return type(formula)(tuple(_written_out(part, facts) for part in formula.parts))
    return formula


def _asks_others(formula: Formula) -> bool:
    return any(isinstance(part, OtherLine) for part in _parts(formula))


def _parts(formula: Formula) -> Iterator[Formula]:
    yield formula
    if isinstance(formula, (All, Some)):
        for part in formula.parts:
            yield from _parts(part)
