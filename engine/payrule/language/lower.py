"""Lower conditions to formulas over the five leaves.

Each surface form is one entry of a table here. What an operator means is said in `reference`, independently of this
module; property tests hold the two together.
"""

from collections.abc import Callable, Mapping
from datetime import date
from itertools import combinations
from math import comb
from typing import Any

from payrule.documents.findings import Finding, LimitError
from payrule.documents.models import Condition
from payrule.documents.values import ValueSet, day_after
from payrule.language.leaves import All, Contains, FactLeaf, Formula, Not, OneOf, OtherLine, Range, Some
from payrule.language.names import Names, typed

MOST_COMBINATIONS = 512
"""Combinations that one `count` may lower to."""


def lower(condition: Condition, names: Names) -> Formula:
    """Lower a condition whose names have been checked.

    Raises LimitError for a `count` that stands for more combinations than any execution carries.

    >>> from payrule.documents.models import Attribute, Regions, Timed, Vocabulary
    >>> words = Names(Vocabulary(
    ...     kind="vocabulary", concerns=(), regions=Regions(contiguous=()), timed=Timed(codes=(), method="x"),
    ...     attributes={"line.units": Attribute(type="integer", summary="units")}))
    >>> lower({"line.units": {"at_least": 2}}, words)
    Range(attribute='line.units', low=2, below=None)
    """
    return _all(tuple(_entry(key, operand, names) for key, operand in condition.items()))


def _entry(key: str, operand: Any, names: Names) -> Formula:
    connective = CONNECTIVES.get(key)
    if connective is not None:
        return connective(operand, names)
    return _all(tuple(TESTS[test](key, value, names) for test, value in operand.items()))


def _all(parts: tuple[Formula, ...]) -> Formula:
    return parts[0] if len(parts) == 1 else All(parts)


def _count(operand: Mapping[str, Any], names: Names) -> Formula:
    parts, least = [lower(part, names) for part in operand["of"]], operand["at_least"]
    if comb(len(parts), min(least, len(parts))) > MOST_COMBINATIONS:
        raise LimitError(
            [
                Finding(
                    code="too-many-combinations",
                    message=f"`count` of at least {least} of {len(parts)} conditions stands for too many combinations",
                    help="name parts of it as facts and count those",
                )
            ]
        )
    return Some(tuple(All(chosen) for chosen in combinations(parts, least)))


def _fact(operand: str | list[str], names: Names) -> Formula:
    listed = [operand] if isinstance(operand, str) else operand
    return _all(tuple(FactLeaf(names.qualified(name)) for name in listed))


def _other_line(operand: Condition | list[Condition], names: Names) -> Formula:
    listed = operand if isinstance(operand, list) else [operand]
    return _all(
        tuple(
            OtherLine(
                lower({key: value for key, value in inner.items() if key != "same_date"}, names),
                same_date=inner.get("same_date", True),
            )
            for inner in listed
        )
    )


CONNECTIVES: dict[str, Callable[[Any, Names], Formula]] = {
    "all": lambda operand, names: All(tuple(lower(part, names) for part in operand)),
    "any": lambda operand, names: Some(tuple(lower(part, names) for part in operand)),
    "not": lambda operand, names: Not(lower(operand, names)),
    "count": _count,
    "fact": _fact,
    "other_line": _other_line,
}


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
