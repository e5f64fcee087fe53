"""The tests on a value, and what each may be asked of: the one table that schemas, names and words are made from.

A new test is a line here, a line in `reference`, a line in `lower`, its test and its page.
"""

import msgspec

from payrule.documents.models import Attribute


class Operator(msgspec.Struct, frozen=True):
    """One test: its key, the attributes it fits, what its operand is, how it reads in a sentence, and its opposite."""

    key: str
    types: frozenset[str]
    operand: str
    words: str
    opposite: str
    example: str
    many: bool = False

    def fits(self, attribute: Attribute) -> bool:
        """Tell whether this test can be asked of an attribute."""
        return attribute.many == self.many and attribute.type in self.types


_NAMED = frozenset({"choice", "code", "text"})
_ORDERED = frozenset({"integer"})
_DATES = frozenset({"date"})
_ALL = _NAMED | _ORDERED | _DATES | {"boolean"}

OPERATORS: tuple[Operator, ...] = (
    Operator("is", _ALL, "value", "is", "is not", '{"is": "chiropractor"}'),
    Operator("in", _NAMED | _ORDERED, "values", "is one of", "is none of", '{"in": ["primary", "secondary"]}'),
    Operator("not_in", _NAMED | _ORDERED, "values", "is none of", "is one of", '{"not_in": "@timed-codes"}'),
    Operator("at_least", _ORDERED, "value", "is at least", "is below", '{"at_least": 2}'),
    Operator("at_most", _ORDERED, "value", "is at most", "is above", '{"at_most": 4}'),
    Operator("on_or_after", _DATES, "value", "is on or after", "is before", '{"on_or_after": "2024-07-01"}'),
    Operator("before", _DATES, "value", "is before", "is on or after", '{"before": "2024-07-01"}'),
    Operator("any_of", _ALL, "values", "has any of", "has none of", '{"any_of": ["preparation"]}', many=True),
    Operator(
        "all_of",
        _ALL,
        "values",
        "has all of",
        "lacks one of",
        '{"all_of": ["reduce-edema", "decrease-pain"]}',
        many=True,
    ),
    Operator("none_of", _ALL, "values", "has none of", "has one of", '{"none_of": ["preparation"]}', many=True),
    Operator("is_empty", _ALL, "boolean", "is empty", "is not empty", '{"is_empty": true}', many=True),
)

BY_KEY = {operator.key: operator for operator in OPERATORS}


def operators_for(attribute: Attribute) -> tuple[Operator, ...]:
    """List the tests that fit an attribute, in the order of the table.

    >>> [each.key for each in operators_for(Attribute(type="integer", summary="units"))]
    ['is', 'in', 'not_in', 'at_least', 'at_most']
    """
    return tuple(operator for operator in OPERATORS if operator.fits(attribute))
