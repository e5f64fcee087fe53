"""The five leaves that every condition lowers to, and the formula around them.

Every execution implements these five and nothing else; all surface forms are sugar for them.
"""

from typing import Any

import msgspec

from payrule.documents.values import ValueSet


class OneOf(msgspec.Struct, frozen=True, tag=True):
    """The value of an attribute (a choice, a code, a text, true or false) is one of these."""

    attribute: str
    values: ValueSet


class Range(msgspec.Struct, frozen=True, tag=True):
    """The value of an attribute (a whole number, a date) is at least `low` and below `below`; None is unbounded."""

    attribute: str
    low: Any
    below: Any


class Contains(msgspec.Struct, frozen=True, tag=True):
    """A set of values holds at least one of these; `values` None means any value at all."""

    attribute: str
    values: ValueSet | None


class FactLeaf(msgspec.Struct, frozen=True, tag=True):
    """A named fact holds of the line; the name is qualified by the document that defines it."""

    name: str


class OtherLine(msgspec.Struct, frozen=True, tag=True):
    """Some other line of the encounter satisfies a formula; with `same_date`, a line of the same date of service.

    Inside it `line.` attributes are the other line's, and the attributes of a pair relate it to the subject.
    """

    formula: "Formula"
    same_date: bool = True


AttributeLeaf = OneOf | Range | Contains
"""A test on the value of an attribute."""

Leaf = OneOf | Range | Contains | FactLeaf | OtherLine
LEAVES: tuple[type, ...] = (OneOf, Range, Contains, FactLeaf, OtherLine)


class All(msgspec.Struct, frozen=True, tag=True):
    """Every part holds. Without parts it is true."""

    parts: tuple["Formula", ...]


class Some(msgspec.Struct, frozen=True, tag=True):
    """At least one part holds. Without parts it is false."""

    parts: tuple["Formula", ...]


class Not(msgspec.Struct, frozen=True, tag=True):
    """The part does not hold."""

    part: "Formula"


Formula = Leaf | All | Some | Not


class Literal(msgspec.Struct, frozen=True):
    """A leaf, or the negation of one."""

    leaf: Leaf
    positive: bool = True


Clause = tuple[Literal, ...]
"""A conjunction of literals; a normal form is a disjunction of clauses."""


def attribute_leaves(formula: Formula) -> list[AttributeLeaf]:
    """List the tests of a formula on attributes, also those inside its other-line conditions, as often as they occur.

    >>> [leaf.attribute for leaf in attribute_leaves(Not(OtherLine(Range("line.units", 2, None))))]
    ['line.units']
    """
    if isinstance(formula, (OneOf, Range, Contains)):
        return [formula]
    if isinstance(formula, Not):
        return attribute_leaves(formula.part)
    if isinstance(formula, OtherLine):
        return attribute_leaves(formula.formula)
    if isinstance(formula, (All, Some)):
        return [leaf for part in formula.parts for leaf in attribute_leaves(part)]
    return []
