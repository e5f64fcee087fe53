"""Misread one leaf of a condition at a time; a claim that tells a condition from a misreading probes that leaf.

A leaf is taken for always true and for always false, an end of an interval is moved by one, and a condition on other
lines forgets the date or looks at the line itself.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import msgspec

from payrule.analysis.value_classes import plainly
from payrule.language.lower import (
    All,
    AttributeLeaf,
    FactLeaf,
    Formula,
    Not,
    OtherLine,
    Range,
    Some,
    attribute_leaves,
)
from payrule.language.words import subject_of, value_words
from payrule.model.values import ValueSet, day_after

ALWAYS, NEVER = All(()), Some(())


class Misreading(msgspec.Struct, frozen=True):
    """A condition with one leaf misread, which leaf that is, in words, and the attribute that it asks for."""

    leaf: str
    formula: Formula
    attribute: str | None = None

    @property
    def of_pair(self) -> bool:
        """Tell whether the leaf is on how two lines relate."""
        return self.attribute is not None and "." not in self.attribute


def inlined(formula: Formula, facts: Mapping[str, Formula]) -> Formula:
    """Write facts out wherever a formula names them.

    >>> inlined(Not(FactLeaf("v#f")), {"v#f": Range("line.units", 2, None)})
    Not(part=Range(attribute='line.units', low=2, below=None))
    """
    if isinstance(formula, FactLeaf):
        return inlined(facts[formula.name], facts)
    if isinstance(formula, Not):
        return Not(inlined(formula.part, facts))
    if isinstance(formula, OtherLine):
        return OtherLine(inlined(formula.formula, facts), formula.same_date)
    if isinstance(formula, (All, Some)):
        return type(formula)(tuple(inlined(part, facts) for part in formula.parts))
    return formula


def all_inlined(conditions: Mapping[str, Formula], facts: Mapping[str, Formula]) -> dict[str, Formula]:
    """Write the facts that each of some conditions names out in its place.

    >>> all_inlined({}, {})
    {}
    """
    return {name: inlined(each, facts) for name, each in conditions.items()}


def misreadings(formula: Formula) -> Iterator[Misreading]:
    """List the misreadings of a formula without facts, leaf by leaf.

    >>> for each in misreadings(Range("line.units", 2, None)):
    ...     print(each.leaf)
    units
    units
    units at 2
    units at 1
    """
    if isinstance(formula, (All, Some)):
        for place, part in enumerate(formula.parts):
            before, after = formula.parts[:place], formula.parts[place + 1 :]
            for each in misreadings(part):
                yield Misreading(each.leaf, type(formula)((*before, each.formula, *after)), each.attribute)
    elif isinstance(formula, Not):
        yield from (Misreading(each.leaf, Not(each.formula), each.attribute) for each in misreadings(formula.part))
    elif isinstance(formula, OtherLine):
        yield from _of_other_line(formula)
    elif not isinstance(formula, FactLeaf):
        yield from _of_leaf(formula)


def points(formulas: Iterable[Formula]) -> Iterator[AttributeLeaf]:
    """List the tests for the ends of the intervals in some formulas, and for the values next to them."""
    for formula in formulas:
        for leaf in attribute_leaves(formula):
            yield from (point for point, *_ in _ends(leaf))


def _of_other_line(formula: OtherLine) -> Iterator[Misreading]:
    yield Misreading("another line", ALWAYS)
    yield Misreading("another line", NEVER)
    yield Misreading("the date of another line", OtherLine(formula.formula, not formula.same_date))
    yield Misreading("another line than this one", Some((formula, formula.formula)))
    for each in misreadings(formula.formula):
        yield Misreading(f"another line: {each.leaf}", OtherLine(each.formula, formula.same_date), each.attribute)


def _of_leaf(leaf: AttributeLeaf) -> Iterator[Misreading]:
    subject = subject_of(leaf.attribute)
    yield Misreading(subject, ALWAYS, leaf.attribute)
    yield Misreading(subject, NEVER, leaf.attribute)
    for point, value, inside in _ends(leaf):
        moved = All((leaf, Not(point))) if inside else Some((leaf, point))
        yield Misreading(f"{subject} at {value_words(value)}", moved)


def _ends(leaf: AttributeLeaf) -> Iterator[tuple[AttributeLeaf, Any, bool]]:
    """List the ends of an interval, which are inside, and the values next to them, which are not.

    Each is a test that this value alone passes, the value, and whether it is inside. A range of codes has codes of one
    length: a longer one that sorts between its ends is outside too.
    """
    for plain in plainly(leaf):
        if isinstance(plain, Range):
            yield from _ends_of_range(plain)
        elif plain.values is not None:
            for low, high in plain.values.ranges:
                for code, inside in ((low, True), (high, True), (f"{low}0", False)):
                    yield type(plain)(plain.attribute, ValueSet(frozenset({code}))), code, inside


def _ends_of_range(leaf: Range) -> Iterator[tuple[AttributeLeaf, Any, bool]]:
    for end, first_is_inside in ((leaf.low, True), (leaf.below, False)):
        if end is not None:
            before, after = _neighbours(end)
            yield Range(leaf.attribute, end, after), end, first_is_inside
            if before is not None:
                yield Range(leaf.attribute, before, end), before, not first_is_inside


def _neighbours(value: Any) -> tuple[Any, Any]:
    if isinstance(value, date):
        return value - timedelta(days=1) if value > date.min else None, day_after(value)
    return value - 1, value + 1
