"""Polars by hand: each rule is an expression over whole columns, and gives a column of what holds."""

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from operator import and_, or_
from pathlib import Path
from typing import Any

from benchmarks.batch.peers import python_packages
from benchmarks.batch.peers.rules import Json
from payrule.language.lower import All, Contains, Formula, OneOf, Range, Some

PACKAGE = "polars==2.1.0"


def home(cache: Path) -> Path | None:
    """Give the folder that holds the package, if it is there."""
    return python_packages.home(cache, "polars")


def install(cache: Path) -> None:
    """Put the package into the cache; raises OSError or CalledProcessError where that cannot be done."""
    python_packages.install(cache, PACKAGE)


def translated(polars: Any, formula: Formula) -> Any:
    """Write a formula as an expression of Polars; what is unknown holds of nothing."""
    if isinstance(formula, OneOf):
        values = sorted(formula.values.values)
        column = polars.col(formula.attribute)
        return (column == values[0] if len(values) == 1 else column.is_in(values)).fill_null(value=False)
    if isinstance(formula, Range):
        return (polars.col(formula.attribute) >= formula.low).fill_null(value=False)
    if isinstance(formula, Contains) and formula.values:
        each = [polars.col(formula.attribute).list.contains(value) for value in sorted(formula.values.values)]
        return reduce(or_, each).fill_null(value=False)
    if isinstance(formula, (All, Some)):
        parts = [translated(polars, part) for part in formula.parts]
        return reduce(and_ if isinstance(formula, All) else or_, parts)
    raise TypeError(formula)


def prepared(folder: Path, rules: Mapping[str, Formula], lines: Sequence[Json]) -> Callable[[], Any]:
    """Give what makes a table with a column for each rule, which tells of which of these lines it holds."""
    polars = python_packages.imported(folder, "polars")
    table = polars.DataFrame(list(lines), infer_schema_length=None)
    asked = [translated(polars, formula).alias(name) for name, formula in rules.items()]
    return lambda: table.select(asked)


def found(table: Any) -> list[frozenset[str]]:
    """Give the rules that hold of each line."""
    held = {name: table[name].to_list() for name in table.columns}
    return [frozenset(name for name, column in held.items() if column[at]) for at in range(table.height)]
