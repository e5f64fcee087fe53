"""By which values of unknown facts a condition would become true, or false: the ways, each a few facts with values.

A way names slots: an unknown attribute of a line, or of two lines, with the values that it may take there, as the bits
of an integer over a short list of values that stand for all others. Which facts make a slot known is what the condition
waits for there. A derived attribute is a slot of its own: that two of them rest on one fact is not looked at.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from itertools import combinations
from typing import Any

import msgspec

from payrule.execute.counts import Lines, Quota
from payrule.execute.reference import (
    All,
    Combined,
    Count,
    EvalContext,
    Evaluator,
    NamedFact,
    Not,
    OtherLine,
    Test,
    parts_of,
    tests_in,
)
from payrule.language.enriched_encounter import Day
from payrule.language.truth import FALSE, NEGATED, TRUE, UNKNOWN, Truth
from payrule.model.values import ValueSet, code_after
from payrule.model.vocabulary import Attribute

MOST_WAYS = 48
"""Ways that are followed at once; where there are more, those of the fewest facts are."""

LOOKED_AT = ((2_000, 6), (3_000, 1))
"""After how many ways that were looked at fewer are followed at once, and how many: a line gets an answer in time."""

_MOST_PARTS = 5
"""Elements of which every set is tried; of more, sets of one, of two, of all and of all but one."""


class Slot(msgspec.Struct, frozen=True):
    """An unknown attribute where a condition reads it: of a line, of a line as another sees it, or of the claim."""

    attribute: str
    line: Day | None
    subject: Day | None


Way = Mapping[Slot, int]
"""The slots that have to be known, each with the values that do, as bits."""


class Ways:
    """The ways to settle conditions on one line.

    `bounded` tells whether some were left out because there were too many.
    """

    def __init__(self, attributes: Mapping[str, Attribute], conditions: Iterable[Evaluator]) -> None:
        """Find the values that stand for all, as far as these conditions can tell them apart."""
        self._attributes = attributes
        self._tests: dict[str, list[Test]] = {}
        for condition in conditions:
            for test in tests_in(condition):
                self._tests.setdefault(test.attribute, []).append(test)
        self._values: dict[str, tuple[Any, ...]] = {}
        self._passing: dict[int, int] = {}
        self.facts: dict[Slot, frozenset[str]] = {}
        self.bounded = False
        self._looked_at = 0
        self._known: dict[tuple[int, int, int], Truth] = {}

    def _truth(self, condition: Evaluator, here: EvalContext) -> Truth:
        """Say how true a condition is here; it is asked once, however many ways lead through it."""
        key = id(condition), id(here.line), id(here.subject)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = condition.truth(here)
        return found

    def to(  # noqa: PLR0911 - one for each kind of condition
        self, truth: Truth, condition: Evaluator, here: EvalContext
    ) -> list[Way]:
        """List the ways by which a condition comes to have a truth here; one without facts where it has it already."""
        found = self._truth(condition, here)
        if found is not UNKNOWN:
            return [{}] if found is truth else []
        if isinstance(condition, Test):
            return self._by_test(truth, condition, here)
        if isinstance(condition, Not):
            return self.to(NEGATED[truth], condition.part, here)
        if isinstance(condition, NamedFact):
            return self.to(truth, condition.part, here)
        if isinstance(condition, (Lines, Quota)):
            return self._by_count(truth, condition, here)
        if isinstance(condition, OtherLine):
            others = [(condition.part, there) for there in condition.among(UNKNOWN, here)]
            return self._some(truth, others) if truth is TRUE else self._every(truth, others)
        parts = [(part, here) for part in parts_of(condition)]
        if isinstance(condition, Count):
            return self._enough(truth, condition.at_least, parts)
        every = isinstance(condition, All) is (truth is TRUE)
        return self._every(truth, parts) if every else self._some(truth, parts)

    def truth(self, condition: Evaluator, here: EvalContext, taken: Mapping[Slot, int]) -> Truth:
        """Say how true a condition is where slots have these values, by their position."""
        found = self._truth(condition, here)
        if found is not UNKNOWN:
            return found
        if isinstance(condition, Test):
            at = taken.get(_slot(condition, here))
            if at is None:
                return UNKNOWN
            return TRUE if self._passes(condition.there(here)) >> at & 1 else FALSE
        if isinstance(condition, (Lines, Quota)):
            at = taken.get(_count_slot(condition, here))
            return UNKNOWN if at is None else (FALSE, TRUE)[at]
        if isinstance(condition, OtherLine):
            others = condition.among(UNKNOWN, here)
            return max((self.truth(condition.part, there, taken) for there in others), default=FALSE)
        parts = [self.truth(part, here, taken) for part in parts_of(condition)]
        return condition.of(parts) if isinstance(condition, Combined) else parts[0]

    def both(self, one: list[Way], two: list[Way]) -> list[Way]:
        """List the ways that are a way of each of two lists."""
        if one == [{}] or not two:
            return two
        if two == [{}] or not one:
            return one
        most = self._most()
        if len(one) > most or len(two) > most:
            self.bounded = True
        pairs = ((each, other) for each in one[:most] for other in two[:most])
        return self.fewest(way for each, other in pairs if (way := _joined(each, other)) is not None)

    def fewest(self, ways: Iterable[Way]) -> list[Way]:
        """Keep the ways that are in no other, and of too many those of the fewest facts."""
        listed = list(ways)
        self._looked_at += len(listed)
        if len(listed) <= 1:
            return listed
        listed.sort(key=lambda each: (len(self.facts_of(each)), len(each)))
        most = self._most()
        found: list[Way] = []
        for way in listed:
            if not any(_within(each, way) for each in found):
                if len(found) == most:
                    self.bounded = True
                    break
                found.append(way)
        return found

    def _most(self) -> int:
        """Say how many ways are followed at once."""
        return next((most for after, most in reversed(LOOKED_AT) if self._looked_at > after), MOST_WAYS)

    def facts_of(self, way: Way) -> frozenset[str]:
        """Name the facts that have to be known."""
        return frozenset().union(*[self.facts[slot] for slot in way])

    def _some(self, truth: Truth, parts: Iterable[tuple[Evaluator, EvalContext]]) -> list[Way]:
        return self.fewest(way for part, where in parts for way in self.to(truth, part, where))

    def _every(self, truth: Truth, parts: Iterable[tuple[Evaluator, EvalContext]]) -> list[Way]:
        found: list[Way] = [{}]
        for part, where in parts:
            found = self.both(found, self.to(truth, part, where))
        return found

    def _enough(self, truth: Truth, at_least: int, parts: list[tuple[Evaluator, EvalContext]]) -> list[Way]:
        needed = at_least if truth is TRUE else len(parts) - at_least + 1
        settled = sum(self._truth(part, where) is truth for part, where in parts)
        waiting = [(part, where) for part, where in parts if self._truth(part, where) is UNKNOWN]
        chosen = combinations(waiting, max(0, needed - settled))
        return self.fewest(way for each in chosen for way in self._every(truth, each))

    def _by_test(self, truth: Truth, test: Test, here: EvalContext) -> list[Way]:
        passing, every = self._passes(test.there(here)), (1 << len(self._values_of(test.attribute))) - 1
        values = passing if truth is TRUE else every & ~passing
        if not values:
            return []
        slot = _slot(test, here)
        self.facts[slot] = here.waits(test.attribute)
        return [{slot: values}]

    def _by_count(self, truth: Truth, condition: Lines | Quota, here: EvalContext) -> list[Way]:
        """Take what a count of lines comes to for one fact, of which each of those that it waits for is a part."""
        slot = _count_slot(condition, here)
        self.facts[slot] = condition.waits(here)
        return [{slot: 1 << (truth is TRUE)}]

    def _passes(self, test: Test) -> int:
        """Give the values of the test's attribute that pass it, as bits."""
        if id(test) not in self._passing:
            values = self._values_of(test.attribute)
            self._passing[id(test)] = sum(test.test(value, test.operand) << at for at, value in enumerate(values))
        return self._passing[id(test)]

    def _values_of(self, attribute: str) -> tuple[Any, ...]:
        if attribute not in self._values:
            operands = [each.operand for test in self._tests[attribute] for each in test.each()]
            self._values[attribute] = values_for(self._attributes[attribute], operands)
        return self._values[attribute]


def _slot(test: Test, here: EvalContext) -> Slot:
    of_pair = "." not in test.attribute
    return Slot(
        test.attribute,
        here.line.day if of_pair or test.attribute.startswith("line.") else None,
        here.subject.day if of_pair and here.subject else None,
    )


def _count_slot(condition: Lines | Quota, here: EvalContext) -> Slot:
    """Give the slot of a count: whether it holds, the first value being that it does not."""
    return Slot(f"count {id(condition)}", here.line.day, None)


def _joined(one: Way, two: Way) -> Way | None:
    """Join two ways; None where no value does for both."""
    found = dict(one)
    for slot, values in two.items():
        found[slot] = found.get(slot, values) & values
        if not found[slot]:
            return None
    return found


def _within(one: Way, two: Way) -> bool:
    """Tell whether whatever is a case of the second way is a case of the first."""
    return all(slot in two and not two[slot] & ~values for slot, values in one.items())


def others_that_wait(condition: Evaluator, here: EvalContext) -> int:
    """Count the other lines that the conditions in a condition wait for here, for each condition on other lines."""
    if condition.truth(here) is not UNKNOWN:
        return 0
    if isinstance(condition, OtherLine):
        return condition.waiting(here)
    return sum(others_that_wait(part, here) for part in parts_of(condition))


def values_for(attribute: Attribute, operands: Iterable[Any]) -> tuple[Any, ...]:
    """List values of an attribute that stand for all others in tests with these operands.

    >>> values_for(Attribute(type="integer", summary="minutes", minimum=0), [8])
    (0, 7, 8, 9)
    >>> values_for(Attribute(type="boolean", summary="on record"), [True])
    (False, True)
    """
    listed = list(operands)
    if attribute.type == "boolean" and not attribute.many:
        return (False, True)
    elements = _elements(attribute, listed)
    return tuple(_sets(elements)) if attribute.many else elements


def _elements(attribute: Attribute, operands: list[Any]) -> tuple[Any, ...]:
    """List single values: those that tests name, their neighbors, and one that no test names."""
    if attribute.type == "boolean":
        return (False, True)
    sets = [each for operand in operands for each in _sets_in(operand)]
    named = {value for each in sets for value in (*each.values, *(end for ends in each.ranges for end in ends))}
    named |= {end for each in sets for low, high in each.spans for end in (low, high, code_after(high)) if end}
    named |= {each for each in operands if not isinstance(each, (ValueSet, tuple, bool))}
    if attribute.type in ("integer", "date") and not attribute.many:
        return _around(attribute, named)
    others: Iterable[Any] = attribute.values if attribute.type == "choice" else (*sorted(named, key=str), _NO_OTHER)
    found: dict[tuple[Any, ...], Any] = {}
    for value in (*sorted(named, key=str), *others):
        if attribute.type != "choice" or value in attribute.values:
            found.setdefault((*(value in each for each in sets), *(value == each for each in operands)), value)
    return tuple(found.values())


_NO_OTHER = "\0"
"""Stands for every value that no test names."""


def _sets_in(operand: Any) -> list[ValueSet]:
    if isinstance(operand, tuple):
        return [each for each in operand if isinstance(each, ValueSet)]
    return [operand] if isinstance(operand, ValueSet) else []


def _around(attribute: Attribute, named: Iterable[Any]) -> tuple[Any, ...]:
    """Give the values that a test names, and those next to them; of days, those that a calendar has."""
    if attribute.type == "date":
        days = {day for value in named for day in range(value.toordinal() - 1, value.toordinal() + 2)}
        days |= {date.min.toordinal()}
        return tuple(date.fromordinal(day) for day in sorted(days) if date.min.toordinal() <= day <= _LAST_DAY)
    lowest = attribute.minimum if attribute.minimum is not None else -1
    found = {value + by for value in named for by in (-1, 0, 1)} | {max(lowest, 0)}
    return tuple(
        each for each in sorted(found) if each >= lowest and (attribute.maximum is None or each <= attribute.maximum)
    )


_LAST_DAY = date.max.toordinal()


def _sets(elements: tuple[Any, ...]) -> Iterator[frozenset[Any]]:
    sizes: Callable[[int], bool] = lambda size: len(elements) <= _MOST_PARTS or size in (0, 1, 2)  # noqa: E731
    for size in range(len(elements) + 1):
        if sizes(size) or size >= len(elements) - 1:
            yield from (frozenset(each) for each in combinations(elements, size))
