"""What tests can tell apart of an attribute's values: which of them they pass.

Two values that pass the same tests are the same to every rule, so a value is told by the set of tests it passes, as the
bits of an integer. No text, date or number of a document or a claim ever reaches the engine, which would cut, clamp or
confuse some.
"""

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

from payrule.language.lower import AttributeLeaf, OneOf, Range
from payrule.model.values import Value, code_after, in_span, is_within
from payrule.source.memory import Remembered

UNKNOWN_VALUE = -1
"""What stands for an unknown attribute; no set of tests has this number."""


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
        self.remembered = Remembered[Any, int](self.classify)
        self._single: dict[object, int] = {}
        self._spans: list[tuple[str, str, int]] = []
        self._within: list[tuple[Any, Any, int]] = []
        self._begun: list[tuple[str, str, int]] = []
        self._elements: dict[object, int] = {}
        self._element_spans: list[tuple[str, str, int]] = []
        self._elements_begun: list[tuple[str, str, int]] = []
        self._not_empty = 0
        for position, leaf in enumerate(self.leaves):
            self._index(leaf, 1 << position)

    def _index(self, leaf: AttributeLeaf, bit: int) -> None:
        if isinstance(leaf, Range):
            self._within.append((leaf.low, leaf.below, bit))
        elif leaf.values is None:
            self._not_empty |= bit
        else:
            single, spans, begun = (
                (self._single, self._spans, self._begun)
                if isinstance(leaf, OneOf)
                else (self._elements, self._element_spans, self._elements_begun)
            )
            for value in leaf.values.values:
                single[value] = single.get(value, 0) | bit
            spans.extend((low, high, bit) for low, high in leaf.values.ranges)
            begun.extend((low, high, bit) for low, high in leaf.values.spans)

    def passed(self, value: Value | None) -> int:
        """Give the tests that a value passes, or UNKNOWN_VALUE for None."""
        return self.remembered[value]

    def classes(self) -> dict[int, str]:
        """Give every set of tests that some text can pass, each with a text that passes it or is next to those that do.

        Ranges cut the texts of one length into their ends and what lies between them, all of which pass the same tests.
        Spans cut all texts where they begin, and after what begins with their upper end.

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
        if self._begun:
            cuts = {end for low, high, _ in self._begun for end in (low, code_after(high)) if end is not None}
            for text in sorted({*cuts, *(f"{each}0" for each in (*self._single, *ends) if isinstance(each, str))}):
                found.setdefault(self.passed(text), text)
        return {passed: text for passed, text in found.items() if passed}

    def classify(self, value: Any) -> int:
        """Try a value against every test; None is unknown."""
        if value is None:
            return UNKNOWN_VALUE
        if isinstance(value, frozenset):
            found = self._not_empty if value else 0
            for element in value:
                found |= _member(element, self._elements, self._element_spans, self._elements_begun)
            return found
        found = _member(value, self._single, self._spans, self._begun)
        for low, below, bit in self._within:
            if is_within(value, low, below):
                found |= bit
        return found


def _member(
    value: object,
    single: Mapping[object, int],
    spans: Iterable[tuple[str, str, int]],
    begun: Iterable[tuple[str, str, int]],
) -> int:
    found = single.get(value, 0)
    if isinstance(value, str):
        for low, high, bit in spans:
            if len(low) == len(value) and low <= value <= high:
                found |= bit
        for low, high, bit in begun:
            if in_span(value, low, high):
                found |= bit
    return found
