"""What a rule asks of a claim: values with which its condition holds, as far as it names them outright."""

from collections.abc import Callable, Iterator
from typing import Any

from payrule.documents.models import Condition
from payrule.documents.values import is_range, split_range
from payrule.language.names import Names


def asked(condition: Condition, names: Names) -> dict[str, Any]:
    """Give a value of each attribute that a condition tests; of alternatives, what the first one asks.

    Negations, counts and other lines ask for nothing by name.

    >>> from payrule import load
    >>> names = Names(load().documents.vocabulary)
    >>> asked({"line.code": {"in": ["97110-97113"]}, "any": [{"line.units": {"at_least": 2}}]}, names)
    {'line.code': '97110', 'line.units': 2}
    """
    return dict(_asked(condition, names))


def _asked(condition: Condition, names: Names) -> Iterator[tuple[str, Any]]:
    for key, operand in condition.items():
        if key == "all":
            for each in operand:
                yield from _asked(each, names)
        elif key == "any":
            yield from _asked(operand[0], names)
        elif key == "fact":
            for fact in [operand] if isinstance(operand, str) else operand:
                yield from _asked(names.fact(fact).when, names.owner(fact))
        elif key in names.vocabulary.attributes:
            for test, value in operand.items():
                if test in _TAKEN:
                    yield key, _TAKEN[test](_listed(value, names))


def _listed(operand: Any, names: Names) -> Any:
    """Give the members of a set in place of its name."""
    return names.sets[operand[1:]] if isinstance(operand, str) and operand.startswith("@") else operand


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
