"""Lower conditions to formulas over the five leaves.

Each surface form is one entry of a table here. What an operator means is said in `reference`, independently of this
module; property tests hold the two together.
"""

from collections.abc import Callable
from datetime import date
from itertools import combinations
from math import comb
from typing import Any

from payrule.documents.findings import Finding, LimitError
from payrule.documents.values import ValueSet, day_after
from payrule.language import condition as tree
from payrule.language.leaves import All, Contains, FactLeaf, Formula, Not, OneOf, OtherLine, Range, Some
from payrule.language.names import Names, typed

MOST_COMBINATIONS = 512
"""Combinations that one `count` may lower to."""


def lower(condition: tree.Condition, names: Names) -> Formula:
    """Lower a condition whose names have been checked.

    Raises LimitError for a `count` that stands for more combinations than any execution carries.

    >>> from payrule.documents.models import Attribute, Regions, Timed, Vocabulary
    >>> words = Names(Vocabulary(
    ...     kind="vocabulary", concerns=(), regions=Regions(contiguous=()), timed=Timed(codes=(), method="x"),
    ...     attributes={"line.units": Attribute(type="integer", summary="units")}))
    >>> lower(tree.parse({"line.units": {"at_least": 2}}), words)
    Range(attribute='line.units', low=2, below=None)
    """
    return LOWERED[type(condition)](condition, names)


def _count(node: tree.Count, names: Names) -> Formula:
    parts = [lower(part, names) for part in node.parts]
    if comb(len(parts), min(node.at_least, len(parts))) > MOST_COMBINATIONS:
        raise LimitError(
            [
                Finding(
                    code="too-many-combinations",
                    message=f"`count` of at least {node.at_least} of {len(parts)} conditions stands for too many "
                    "combinations",
                    help="name parts of it as facts and count those",
                )
            ]
        )
    return Some(tuple(All(chosen) for chosen in combinations(parts, node.at_least)))


LOWERED: dict[type[tree.Condition], Callable[[Any, Names], Formula]] = {
    tree.All: lambda node, names: All(tuple(lower(part, names) for part in node.parts)),
    tree.Some: lambda node, names: Some(tuple(lower(part, names) for part in node.parts)),
    tree.Not: lambda node, names: Not(lower(node.part, names)),
    tree.Count: _count,
    tree.Fact: lambda node, names: FactLeaf(names.qualified(node.name)),
    tree.OtherLine: lambda node, names: OtherLine(lower(node.part, names), node.same_date),
    tree.Test: lambda node, names: TESTS[node.test](node.attribute, node.operand, names),
}
"""What each node becomes."""


def _one_of(attribute: str, operand: Any, names: Names) -> Formula:
    members = names.members(attribute, operand)
    if names.attribute(attribute).type == "integer":
        return Some(tuple(Range(attribute, value, value + 1) for value in sorted(members.values)))
    return OneOf(attribute, members)


def _is(attribute: str, operand: Any, names: Names) -> Formula:
    value = typed(names.attribute(attribute), operand)
    if isinstance(value, date):
        return Range(attribute, value, day_after(value))
    if isinstance(value, int) and not isinstance(value, bool):
        return Range(attribute, value, value + 1)
    return OneOf(attribute, ValueSet(frozenset({value})))


def _any_of(attribute: str, operand: Any, names: Names) -> Formula:
    return Contains(attribute, names.members(attribute, operand))


def _all_of(attribute: str, operand: Any, names: Names) -> Formula:
    members = names.members(attribute, operand)
    singles = [ValueSet(frozenset({value})) for value in sorted(members.values)]
    spans = [ValueSet(frozenset(), (span,)) for span in members.ranges]
    return All(tuple(Contains(attribute, each) for each in singles + spans))


def _is_empty(attribute: str, operand: bool, _names: Names) -> Formula:  # noqa: FBT001 - the operand as documents write it
    return Not(Contains(attribute, None)) if operand else Contains(attribute, None)


TESTS: dict[str, Callable[[str, Any, Names], Formula]] = {
    "is": _is,
    "in": _one_of,
    "not_in": lambda attribute, operand, names: Not(_one_of(attribute, operand, names)),
    "at_least": lambda attribute, operand, _: Range(attribute, operand, None),
    "at_most": lambda attribute, operand, _: Range(attribute, None, operand + 1),
    "on_or_after": lambda attribute, operand, names: Range(attribute, typed(names.attribute(attribute), operand), None),
    "before": lambda attribute, operand, names: Range(attribute, None, typed(names.attribute(attribute), operand)),
    "any_of": _any_of,
    "all_of": _all_of,
    "none_of": lambda attribute, operand, names: Not(_any_of(attribute, operand, names)),
    "is_empty": _is_empty,
}
