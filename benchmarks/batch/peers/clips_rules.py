"""CLIPS, by clipspy: a rule is a pattern of a line, and the rules on the agenda are those that hold.

A condition becomes alternatives, each a pattern with a constraint for each attribute. Rules are not fired: what they
would do is nothing here, and what CLIPS is good at is to find them.
"""

import json
from collections.abc import Callable, Mapping
from itertools import product
from pathlib import Path
from typing import Any

from benchmarks.batch.peers import python_packages
from benchmarks.batch.peers.rules import Json
from payrule.language.lower import All, Contains, Formula, OneOf, Range, Some
from payrule.model.values import ValueSet

PACKAGE = "clipspy==1.0.6"
MANY = "line.modifiers"
"""The attribute that has several values."""

Test = OneOf | Range | Contains
Constraints = Mapping[str, tuple[Test, ...]]
"""What a pattern asks of each slot: all of it has to hold."""


def home(cache: Path) -> Path | None:
    """Give the folder that holds the package, if it is there."""
    return python_packages.home(cache, "clips")


def install(cache: Path) -> None:
    """Put the package into the cache; raises OSError or CalledProcessError where that cannot be done."""
    python_packages.install(cache, PACKAGE)


def translated(name: str, formula: Formula) -> str:
    """Write a rule in the language of CLIPS.

    >>> from payrule.model.values import ValueSet
    >>> translated("r", OneOf("line.code", ValueSet.of(["b", "a"])))
    '(defrule r (line (line.code "a"|"b")) =>)'
    """
    patterns = [_pattern(each) for each in _alternatives(formula)]
    held = patterns[0] if len(patterns) == 1 else f"(or {' '.join(patterns)})"
    return f"(defrule {name} {held} =>)"


def finder(folder: Path, rules: Mapping[str, Formula], names: list[str]) -> Callable[[Json], set[str]]:
    """Give what finds the rules that hold of a line, whose attributes are named."""
    environment = python_packages.imported(folder, "clips").Environment()
    slots = " ".join(f"({'multislot' if name == MANY else 'slot'} {name})" for name in names)
    environment.build(f"(deftemplate line {slots})")
    written = {name.replace("/", "."): name for name in rules}
    for short, name in written.items():
        if _alternatives(rules[name]):
            environment.build(translated(short, rules[name]))

    def find(line: Json) -> set[str]:
        fact = environment.assert_string(_fact(line))
        found = {written[each.name] for each in environment.activations()}
        fact.retract()
        return found

    return find


def _alternatives(formula: Formula) -> list[Constraints]:
    """List the ways in which a formula can hold."""
    if isinstance(formula, Some):
        return [each for part in formula.parts for each in _alternatives(part)]
    if isinstance(formula, All):
        ways = (_together(each) for each in product(*map(_alternatives, formula.parts)))
        return [each for each in ways if each is not None]
    assert isinstance(formula, Test)
    return [{formula.attribute: (formula,)}]


def _together(parts: tuple[Constraints, ...]) -> Constraints | None:
    """Ask everything at once; None where a slot would need two values, a pattern that CLIPS refuses."""
    found: dict[str, tuple[Test, ...]] = {}
    for name, tests in ((name, tests) for part in parts for name, tests in part.items()):
        found[name] = tuple(dict.fromkeys((*found.get(name, ()), *tests)))
    for name, tests in found.items():
        listed = [each.values for each in tests if isinstance(each, OneOf)]
        if listed:
            values = frozenset.intersection(*(each.values for each in listed))
            if not values:
                return None
            others = tuple(each for each in tests if not isinstance(each, OneOf))
            found[name] = (OneOf(name, ValueSet(values)), *others)
    return found


def _written(test: Test) -> str:
    if isinstance(test, OneOf):
        return "|".join(sorted(_value(each) for each in test.values.values))
    if isinstance(test, Range):
        return f":(>= ?units {test.low})"
    assert test.values is not None
    asked = [f"(member$ {_value(each)} ?modifiers)" for each in sorted(test.values.values)]
    return f":{asked[0]}" if len(asked) == 1 else f":(or {' '.join(asked)})"


def _pattern(constraints: Constraints) -> str:
    bound = {"line.units": ["?units"], MANY: ["$?modifiers"]}
    slots = (
        f"({name} {'&'.join([*bound.get(name, []), *map(_written, tests)])})" for name, tests in constraints.items()
    )
    return f"(line {' '.join(slots)})"


def _fact(line: Json) -> str:
    slots = (
        f"({name} {' '.join(map(_value, value)) if isinstance(value, list) else _value(value)})"
        for name, value in line.items()
    )
    return f"(line {' '.join(slots)})"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return json.dumps(value)
