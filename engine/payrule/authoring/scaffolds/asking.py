"""What a rule asks of a claim: values with which its condition holds, as far as it names them outright."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from payrule.documents.values import is_range, split_range
from payrule.language.condition import All, Condition, Fact, Some, Test, parse
from payrule.language.names import Names


def asked(when: Mapping[str, Any], names: Names) -> dict[str, Any]:
    """Give a value of each attribute that a condition tests; of alternatives, what the first one asks.

    Negations, counts and other lines ask for nothing by name.

    >>> from payrule import load
    >>> names = Names(load().documents.vocabulary)
    >>> asked({"line.code": {"in": ["97110-97113"]}, "any": [{"line.units": {"at_least": 2}}]}, names)
    {'line.code': '97110', 'line.units': 2}
    """
    return dict(_asked(parse(when), names))


def _asked(condition: Condition, names: Names) -> Iterator[tuple[str, Any]]:
    if isinstance(condition, All):
        for part in condition.parts:
            yield from _asked(part, names)
    elif isinstance(condition, Some):
        yield from _asked(condition.parts[0], names)
    elif isinstance(condition, Fact):
        yield from _asked(parse(names.fact(condition.name).when), names.owner(condition.name))
    elif isinstance(condition, Test) and condition.test in _TAKEN:
        members = condition.operand if condition.set_name is None else names.sets[condition.set_name]
        yield condition.attribute, _TAKEN[condition.test](members)


def _first(members: Any) -> Any:
    """Give the first member; of a range of codes its beginning."""
    return split_range(members[0])[0] if is_range(members[0]) else members[0]


def _itself(value: Any) -> Any:
    return value


_TAKEN: dict[str, Callable[[Any], Any]] = dict.fromkeys(("is", "at_least", "at_most", "on_or_after"), _itself) | {
    "in": _first,
    "any_of": lambda members: [_first(members)],
    "all_of": list,
}
"""By test, what value passes it."""
