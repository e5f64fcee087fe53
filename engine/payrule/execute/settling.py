"""By which values of unknown facts a condition would become true, or false: the ways, each a few facts with values.

A way names slots: an unknown attribute of a line, or of two lines, with the values that it may take there, out of a
short list of values that stand for all others. Slots, values and facts are bits of integers. Which facts make a slot
known is what the condition waits for there. A derived attribute is a slot of its own: that two of them rest on one fact
is not looked at.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from itertools import combinations, product
from typing import Any, Protocol

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
from payrule.language.enriched_encounter import Day, places
from payrule.language.truth import FALSE, NEGATED, TRUE, UNKNOWN, Truth
from payrule.model.values import ValueSet, code_after
from payrule.model.vocabulary import Attribute

MOST_WAYS = 48
"""Ways that are followed at once; where there are more, those of the fewest facts are."""

LOOKED_AT = ((2_000, 6), (3_000, 1))
"""After how many ways that were looked at fewer are followed at once, and how many: a line gets an answer in time."""

_MOST_PARTS = 5
"""Elements of which every set is tried; of more, sets of one, of two, of all and of all but one."""

Slot = tuple[str, Day | None, Day | None]
"""An unknown attribute where a condition reads it: of a line, of a line as another sees it, or of the claim."""

Way = tuple[int, int, int, tuple[int, ...]]
"""The slots that have to be known, as bits; the values that do, as bits, each slot having some of its own, and all that
are not of these slots; the facts behind the slots, as bits; and the slots, in the order in which they are asked for."""

NO_FACTS: Way = (0, -1, 0, ())
"""The way of what is known already."""


class Values:
    """Values of attributes that stand for all others, as far as some conditions can tell them apart."""

    def __init__(self, attributes: Mapping[str, Attribute], conditions: Iterable[Evaluator]) -> None:
        """Find the tests of these conditions; values are found when they are asked for."""
        self._attributes = attributes
        self._tests: dict[str, list[Test]] = {}
        for condition in conditions:
            for test in tests_in(condition):
                self._tests.setdefault(test.attribute, []).append(test)
        self._values: dict[str, tuple[Any, ...]] = {}
        self._passing: dict[int, int] = {}

    def passing(self, test: Test) -> int:
        """Give the values of the test's attribute that pass it, as bits."""
        found = self._passing.get(id(test))
        if found is None:
            values = self.of(test.attribute)
            found = sum(test.test(value, test.operand) << at for at, value in enumerate(values))
            self._passing[id(test)] = found
        return found

    def of(self, attribute: str) -> tuple[Any, ...]:
        """List the values of an attribute."""
        if attribute not in self._values:
            operands = [each.operand for test in self._tests[attribute] for each in test.each()]
            self._values[attribute] = values_for(self._attributes[attribute], operands)
        return self._values[attribute]


class Open(Protocol):
    """What is left of a condition where all is put in that is known: it is unknown as long as its `slots` are."""

    @property
    def slots(self) -> int:
        """The slots that it asks for, as bits."""

    def to(self, truth: Truth, ways: "Ways") -> list[Way]:
        """List the ways by which it comes to have a truth."""

    def truth(self, taken: Mapping[int, int]) -> Truth:
        """Say how true it is where slots have these values, by their position."""


class Known:
    """What is known already."""

    slots = 0

    def __init__(self, is_so: Truth) -> None:
        """Take how true it is."""
        self.is_so = is_so

    def to(self, truth: Truth, _: "Ways") -> list[Way]:
        """Give one way, which needs nothing, or none."""
        return [NO_FACTS] if truth is self.is_so else []

    def truth(self, _: Mapping[int, int]) -> Truth:
        """Say how true it is."""
        return self.is_so


KNOWN = tuple(Known(truth) for truth in Truth)
"""What is known already, by how true it is."""


class Single:
    """One slot, which has to have one of some values, or one of the others."""

    def __init__(self, slot: int, passing: int, to_true: list[Way], to_false: list[Way]) -> None:
        """Take the values that pass, as bits, and the ways."""
        self.slots, self._slot, self._passing = 1 << slot, slot, passing
        self._true, self._false = to_true, to_false

    def to(self, truth: Truth, _: "Ways") -> list[Way]:
        """Give the way of the values that do."""
        return self._true if truth is TRUE else self._false

    def truth(self, taken: Mapping[int, int]) -> Truth:
        """Look the value up."""
        at = taken.get(self._slot)
        if at is None:
            return UNKNOWN
        return TRUE if self._passing >> at & 1 else FALSE


class Negated:
    """What must not hold."""

    def __init__(self, part: Open) -> None:
        """Take what is negated."""
        self.slots, self._part = part.slots, part

    def to(self, truth: Truth, ways: "Ways") -> list[Way]:
        """List the ways of the opposite."""
        return self._part.to(NEGATED[truth], ways)

    def truth(self, taken: Mapping[int, int]) -> Truth:
        """Give the opposite."""
        return NEGATED[self._part.truth(taken)]


class Together:
    """Parts of which all have to hold, or one does; those that are known have no say."""

    def __init__(self, parts: list[Open], *, every: bool) -> None:
        """Take the parts that are open."""
        self.slots = _slots_of(parts)
        self._parts, self._to_every = parts, TRUE if every else FALSE

    def to(self, truth: Truth, ways: "Ways") -> list[Way]:
        """List the ways of every part, or of one of them."""
        if truth is self._to_every:
            return ways.every(part.to(truth, ways) for part in self._parts)
        return ways.fewest([way for part in self._parts for way in part.to(truth, ways)])

    def truth(self, taken: Mapping[int, int]) -> Truth:
        """Give the least, or the greatest."""
        found = [part.truth(taken) for part in self._parts]
        return min(found) if self._to_every is TRUE else max(found)


class Enough:
    """Parts of which so many have to hold."""

    def __init__(self, parts: list[Open], to_true: int, to_false: int) -> None:
        """Take the parts that are open, and how many of them make it true, or false."""
        self.slots = _slots_of(parts)
        self._parts, self._to_true, self._to_false = parts, to_true, to_false

    def to(self, truth: Truth, ways: "Ways") -> list[Way]:
        """List the ways of as many parts as are needed."""
        chosen = combinations(self._parts, max(0, self._to_true if truth is TRUE else self._to_false))
        return ways.fewest([way for each in chosen for way in ways.every(part.to(truth, ways) for part in each)])

    def truth(self, taken: Mapping[int, int]) -> Truth:
        """Count the parts."""
        found = [part.truth(taken) for part in self._parts]
        if found.count(TRUE) >= self._to_true:
            return TRUE
        return FALSE if found.count(FALSE) >= self._to_false else UNKNOWN


def _slots_of(parts: Iterable[Open]) -> int:
    found = 0
    for each in parts:
        found |= each.slots
    return found


class Ways:
    """The ways to settle conditions on one line.

    `bounded` tells whether some were left out because there were too many.
    """

    def __init__(self, values: Values) -> None:
        """Take the values that stand for all, as far as the conditions can tell them apart."""
        self._values = values
        self._slots: dict[Slot, int] = {}
        self._fields: list[tuple[int, int]] = []
        """Of each slot where its values begin, and all of them, as bits."""
        self._behind: list[int] = []
        """The facts behind each slot, as bits."""
        self._width = 0
        self._facts: dict[str, int] = {}
        self._open: dict[tuple[int, int, int], Open] = {}
        self.bounded = False
        self._looked_at = 0

    def open(self, condition: Evaluator, here: EvalContext) -> Open:
        """Put all that is known into a condition; it is done once, however many ways lead through it."""
        if isinstance(condition, Test):
            return self._of_test(condition, here)
        key = id(condition), id(here.line), id(here.subject)
        found = self._open.get(key)
        if found is None:
            found = self._open[key] = self._opened(condition, here)
        return found

    def _opened(self, condition: Evaluator, here: EvalContext) -> Open:
        if isinstance(condition, NamedFact):
            return self.open(condition.part, here)
        if isinstance(condition, Combined):
            return self._combined(condition, [self.open(part, here) for part in condition.parts_in_order])
        truth = condition.truth(here)
        if truth is not UNKNOWN:
            return KNOWN[truth]
        if isinstance(condition, (Lines, Quota)):
            # What a count of lines comes to is one fact, of which each of those that it waits for is a part.
            key = f"count {id(condition)}", here.line.day, None
            return self._single(self._slot(key, len((FALSE, TRUE)), lambda: condition.waits(here)), 1 << 1)
        if isinstance(condition, OtherLine):
            return Together([self.open(condition.part, there) for there in condition.among(UNKNOWN, here)], every=False)
        raise TypeError(condition)

    def _of_test(self, test: Test, here: EvalContext) -> Open:
        truth = test.truth(here)
        if truth is not UNKNOWN:
            return KNOWN[truth]
        values = self._values.of(test.attribute)
        slot = self._slot(_slot(test, here), len(values), lambda: here.waits(test.attribute))
        return self._single(slot, self._values.passing(test.there(here)))

    def _combined(self, condition: Combined, parts: list[Open]) -> Open:
        truths = [part.is_so if isinstance(part, Known) else UNKNOWN for part in parts]
        truth = condition.of(truths)
        if truth is not UNKNOWN:
            return KNOWN[truth]
        if isinstance(condition, Not):
            return Negated(parts[0])
        waiting = [part for part, found in zip(parts, truths, strict=True) if found is UNKNOWN]
        if isinstance(condition, Count):
            to_true = condition.at_least - truths.count(TRUE)
            return Enough(waiting, to_true, len(waiting) - to_true + 1)
        return Together(waiting, every=isinstance(condition, All))

    def _slot(self, key: Slot, values: int, waits: Callable[[], Iterable[str]]) -> int:
        """Give a slot of so many values its number; `waits` names the facts behind it."""
        found = self._slots.get(key)
        if found is None:
            found = self._slots[key] = len(self._fields)
            self._fields.append((self._width, ((1 << values) - 1) << self._width))
            self._width += values
            behind = 0
            for name in waits():
                behind |= self._facts.setdefault(name, 1 << len(self._facts))
            self._behind.append(behind)
        return found

    def _single(self, slot: int, passing: int) -> Open:
        begins, every = self._fields[slot]
        held = passing << begins
        return Single(slot, passing, self._by(slot, held), self._by(slot, every & ~held))

    def _by(self, slot: int, values: int) -> list[Way]:
        """Give the way of some values of a slot, if there are any."""
        return [(1 << slot, values | ~self._fields[slot][1], self._behind[slot], (slot,))] if values else []

    def both(self, one: list[Way], two: list[Way]) -> list[Way]:
        """List the ways that are a way of each of two lists."""
        if one == _NOTHING or not two:
            return two
        if two == _NOTHING or not one:
            return one
        if len(one) == len(two) == 1:
            joined = self._joined(one[0], two[0])
            self._looked_at += joined is not None
            return [] if joined is None else [joined]
        most = self._most()
        if len(one) > most or len(two) > most:
            self.bounded = True
        pairs = [self._joined(each, other) for each in one[:most] for other in two[:most]]
        return self.fewest([way for way in pairs if way is not None])

    def every(self, listed: Iterable[list[Way]]) -> list[Way]:
        """List the ways that are a way of each of several lists."""
        found = _NOTHING
        for each in listed:
            found = self.both(found, each)
        return found

    def fewest(self, listed: list[Way]) -> list[Way]:
        """Keep the ways that are in no other, and of too many those of the fewest facts."""
        self._looked_at += len(listed)
        if len(listed) <= 1:
            return listed
        most = self._most()
        found: list[Way] = []
        for way in sorted(listed, key=_size):
            slots, values = ~way[0], way[1]
            for each in found:
                # Whatever is a case of the way is a case of one that was found.
                if not (each[0] & slots or values & ~each[1]):
                    break
            else:
                if len(found) == most:
                    self.bounded = True
                    break
                found.append(way)
        return found

    def _joined(self, one: Way, two: Way) -> Way | None:
        """Join two ways; None where no value does for both."""
        values, shared = one[1] & two[1], one[0] & two[0]
        if not shared:
            return one[0] | two[0], values, one[2] | two[2], one[3] + two[3]
        for slot in places(shared):
            if not values & self._fields[slot][1]:
                return None
        more = tuple([slot for slot in two[3] if not shared >> slot & 1])
        return one[0] | two[0], values, one[2] | two[2], one[3] + more

    def _most(self) -> int:
        """Say how many ways are followed at once."""
        if self._looked_at <= LOOKED_AT[0][0]:
            return MOST_WAYS
        return next(most for after, most in reversed(LOOKED_AT) if self._looked_at > after)

    def cases(self, way: Way) -> Iterator[dict[int, int]]:
        """Give the values that the slots of a way can have, each by its position, in all ways to choose them."""
        positions = [list(places((way[1] & self._fields[slot][1]) >> self._fields[slot][0])) for slot in way[3]]
        return (dict(zip(way[3], chosen, strict=True)) for chosen in product(*positions))

    def named(self, facts: int) -> frozenset[str]:
        """Name facts."""
        return frozenset(name for name, bit in self._facts.items() if facts & bit)


_NOTHING = [NO_FACTS]


def _size(way: Way) -> tuple[int, int]:
    return way[2].bit_count(), len(way[3])


def _slot(test: Test, here: EvalContext) -> Slot:
    of_pair = "." not in test.attribute
    return (
        test.attribute,
        here.line.day if of_pair or test.attribute.startswith("line.") else None,
        here.subject.day if of_pair and here.subject else None,
    )


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
