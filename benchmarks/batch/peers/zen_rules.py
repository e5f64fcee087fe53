"""zen-engine: a decision table of which all rows that hold are collected, and one expression that lists the rules.

The table is how rules are meant to be written; the expression is what the engine does quickest.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.batch.peers import python_packages
from benchmarks.batch.peers.rules import Json
from payrule.language.lower import All, Contains, Formula, OneOf, Range, Some

PACKAGE = "zen-engine==2.1.3"

Finds = Callable[[Json], list[str]]
"""Finds the rules that hold of a line."""
Way = Callable[[Path, Mapping[str, Formula]], Finds]
"""Makes that of rules, with the package in a folder."""


def home(cache: Path) -> Path | None:
    """Give the folder that holds the package, if it is there."""
    return python_packages.home(cache, "zen")


def install(cache: Path) -> None:
    """Put the package into the cache; raises OSError or CalledProcessError where that cannot be done."""
    python_packages.install(cache, PACKAGE)


def translated(formula: Formula) -> str:
    """Write a formula in the expression language of the package."""
    if isinstance(formula, OneOf):
        name = _name(formula.attribute)
        return "(" + " or ".join(f"{name} == {json.dumps(value)}" for value in sorted(formula.values.values)) + ")"
    if isinstance(formula, Range):
        name = _name(formula.attribute)
        return f"({name} != null and {name} >= {formula.low})"
    if isinstance(formula, Contains) and formula.values:
        name, listed = _name(formula.attribute), json.dumps(sorted(formula.values.values))
        return f"({name} != null and some({name}, # in {listed}))"
    if isinstance(formula, (All, Some)):
        word = " and " if isinstance(formula, All) else " or "
        return f"({word.join(map(translated, formula.parts))})"
    raise TypeError(formula)


def by_table(folder: Path, rules: Mapping[str, Formula]) -> Finds:
    """Give what finds the rules that hold of a line by a decision table."""
    decision = python_packages.imported(folder, "zen").ZenEngine().create_decision(json.dumps(_graph(rules)))
    return lambda line: [each["rule"] for each in decision.evaluate(line)["result"]]


def by_expression(folder: Path, rules: Mapping[str, Formula]) -> Finds:
    """Give what finds the rules that hold of a line by one expression."""
    listed = [f"{translated(formula)} ? {json.dumps(name)} : null" for name, formula in rules.items()]
    expression = python_packages.imported(folder, "zen").compile_expression(f"[{', '.join(listed)}]")
    return lambda line: [each for each in expression.evaluate(line) if each is not None]


def told(lines: Sequence[Json]) -> list[Json]:
    """Write lines with the names that expressions can have."""
    return [{_name(name): value for name, value in line.items()} for line in lines]


def _graph(rules: Mapping[str, Formula]) -> Json:
    def node(name: str, kind: str, **others: Any) -> Json:
        return {"id": name, "name": name, "type": kind, "position": {"x": 0, "y": 0}, **others}

    rows = [{"_id": name, "when": translated(each), "rule": json.dumps(name)} for name, each in rules.items()]
    content = {
        "hitPolicy": "collect",
        "inputs": [{"id": "when", "name": "when", "field": ""}],
        "outputs": [{"id": "rule", "name": "rule", "field": "rule"}],
        "rules": rows,
    }
    nodes = [node("in", "inputNode"), node("table", "decisionTableNode", content=content), node("out", "outputNode")]
    edges = [
        {"id": f"{one}-{two}", "sourceId": one, "targetId": two, "type": "edge"}
        for one, two in (("in", "table"), ("table", "out"))
    ]
    return {"nodes": nodes, "edges": edges}


def _name(attribute: str) -> str:
    return attribute.replace(".", "_")
