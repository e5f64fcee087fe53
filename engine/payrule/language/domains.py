"""What tests can tell apart of an attribute's values: which of them they pass.

Two values that pass the same tests are the same to every rule, so a value is told by the set of tests it passes, as the
bits of an integer. No text, date or number of a document or a claim ever reaches the engine, which would cut, clamp or
confuse some.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any

from payrule.language.lower import AttributeLeaf, OneOf, Range
from payrule.model.values import Value

UNKNOWN = -1
"""What an unknown attribute is told by; no set of tests has this number."""

_MOST_REMEMBERED = 4096
_LONGEST_REMEMBERED = 64


class Domain:
    """Classify the values of one attribute by the tests (leaves) of a network; bit i stands for test i.

    >>> from payrule.model.values import ValueSet
    >>> some = Domain("line.units", (Range("line.units", 2, None), Range("line.units", None, 4)))
    >>> some.passed(1), some.passed(3), some.passed(None)
    (2, 3, -1)
    """

    def __init__(self, attribute: str, leaves: Iterable[AttributeLeaf]) -> None:
        """Index the members of sets, so that classifying a value does not ask test after test."""
        self.attribute = attribute
        self.leaves = tuple(leaves)
        self.remembered = Remembered(self)
        self._single: dict[object, int] = {}
        self._spans: list[tuple[str, str, int]] = []
        self._within: list[tuple[Any, Any, int]] = []
        self._elements: dict[object, int] = {}
        self._element_spans: list[tuple[str, str, int]] = []
        self._not_empty = 0
        for position, leaf in enumerate(self.leaves):
            self._index(leaf, 1 << position)

    def _index(self, leaf: AttributeLeaf, bit: int) -> None:
        if isinstance(leaf, Range):
            self._within.append((leaf.low, leaf.below, bit))
        elif leaf.values is None:
            self._not_empty |= bit
        else:
            single, spans = (
                (self._single, self._spans) if isinstance(leaf, OneOf) else (self._elements, self._element_spans)
            )
            for value in leaf.values.values:
                single[value] = single.get(value, 0) | bit
            spans.extend((low, high, bit) for low, high in leaf.values.ranges)

    def passed(self, value: Value | None) -> int:
        """Give the tests that a value passes, or UNKNOWN for None."""
        return self.remembered[value]

    def classes(self) -> dict[int, str]:
        """Give every set of tests that some text can pass, each with a text that passes it or is next to those that do.

        Ranges cut the texts of one length into their ends and what lies between them, all of which pass the same tests.

        >>> from payrule.model.values import ValueSet
        >>> Domain("line.code", (OneOf("line.code", ValueSet.of(["00001", "00003-00009"], ranges=True)),)).classes()
        {1: '00001'}
        """
        ends = {end for low, high, _ in self._spans for end in (low, high)}
        found: dict[int, str] = {}
        for text in sorted({*ends, *(each for each in self._single if isinstance(each, str))}):
            found.setdefault(self.passed(text), text)
        for before, after in pairwise(sorted(ends, key=lambda end: (len(end), end))):
            inside = 0
            for low, high, bit in self._spans:
                if len(low) == len(before) == len(after) and low <= before and after <= high:
                    inside |= bit
            found.setdefault(inside, before)
        return {passed: text for passed, text in found.items() if passed}

    def classify(self, value: Any) -> int:
        """Try a known value against every test."""
        if isinstance(value, frozenset):
            found = self._not_empty if value else 0
            for element in value:
                found |= _member(element, self._elements, self._element_spans)
            return found
        found = _member(value, self._single, self._spans)
        for low, below, bit in self._within:
            if (low is None or low <= value) and (below is None or value < below):
                found |= bit
        return found


class Remembered(dict[Any, int]):
    """The tests that values pass, as they were met; what is long is not kept, and not more than some thousands.

    Callers that have many values to look up index this directly.
    """

    def __init__(self, domain: Domain) -> None:
        """Remember for one domain."""
        super().__init__({None: UNKNOWN})
        self._domain = domain

    def __missing__(self, value: Any) -> int:
        """Classify a value that was not met before."""
        if value is None:
            return UNKNOWN  # another thread is just emptying this
        found = self._domain.classify(value)
        if not isinstance(value, str) or len(value) <= _LONGEST_REMEMBERED:
            if len(self) >= _MOST_REMEMBERED:
                self.clear()
                self[None] = UNKNOWN
            self[value] = found
        return found


def _member(value: object, single: Mapping[object, int], spans: Iterable[tuple[str, str, int]]) -> int:
    found = single.get(value, 0)
    if isinstance(value, str):
        for low, high, bit in spans:
            if len(low) == len(value) and low <= value <= high:
                found |= bit
    return found


def members(bits: int) -> Iterator[int]:
    """List the members of a set that is kept as the bits of an integer.

    >>> list(members(0b1010))
    [1, 3]
    """
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest
