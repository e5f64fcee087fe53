"""Attributes that follow from a claim: pure functions, unknown where what they read is unknown.

A derived attribute of a line is a function of the encounter's lines; one of a pair relates two lines. The vocabulary
names which attribute each function gives, and which table it looks up.
"""

from collections.abc import Mapping
from functools import lru_cache

import msgspec

from payrule.language.derived.computed import Computed, Kind, LineFunction, PairFunction, Setting, Support, TableRow
from payrule.language.derived.forms import circle, form_function
from payrule.language.derived.relations import PAIR_RELATIONS, region_relation
from payrule.language.derived.table_lookups import LINE_LOOKUPS, PAIR_LOOKUPS
from payrule.language.derived.units import METHODS, UNITS_SUPPORTED, units_support
from payrule.model.vocabulary import Vocabulary

LINE_FUNCTIONS: Mapping[str, LineFunction] = {**UNITS_SUPPORTED, **LINE_LOOKUPS}
"""Functions that give an attribute of a line."""

PAIR_FUNCTIONS: Mapping[str, PairFunction] = {**PAIR_RELATIONS, **PAIR_LOOKUPS}
"""Functions that relate two lines."""


class Derived(msgspec.Struct, frozen=True):
    """How the attributes of a vocabulary are derived, by their names: those of a line, and those of a pair of lines."""

    lines: dict[str, LineFunction]
    pairs: dict[str, PairFunction]

    def inputs(self, name: str) -> tuple[str, ...]:
        """Name the attributes that one is computed from, beside code and date of a line; none of one that is given.

        One that a form computes is among its own, for a claim may give it.
        """
        function = self.lines.get(name) or self.pairs.get(name)
        return function.reads if function else ()


class _ById:
    """A vocabulary as a key: two are the same where they are one."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary

    def __hash__(self) -> int:
        return id(self.vocabulary)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ById) and self.vocabulary is other.vocabulary


def derived(vocabulary: Vocabulary) -> Derived:
    """Say how the attributes of a vocabulary are derived.

    >>> from payrule.model.vocabulary import Attribute, Computation, Regions, Timed
    >>> over = Attribute(type="integer", summary="", derived=Computation(minus=("line.charge", "line.fee")))
    >>> words = Vocabulary(kind="vocabulary", attributes={"line.over": over}, concerns=(),
    ...     regions=Regions(contiguous=()), timed=Timed(codes=(), method=""))
    >>> derived(words).inputs("line.over"), derived(words).inputs("line.fee")
    (('line.over', 'line.charge', 'line.fee'), ())
    """
    return _derived(_ById(vocabulary))


@lru_cache(maxsize=64)
def _derived(key: _ById) -> Derived:
    attributes = key.vocabulary.attributes
    named = {name: each.function for name, each in attributes.items() if each.function is not None}
    lines = {name: LINE_FUNCTIONS[function] for name, function in named.items() if function in LINE_FUNCTIONS}
    pairs = {name: PAIR_FUNCTIONS[function] for name, function in named.items() if function in PAIR_FUNCTIONS}
    forms = {name: form_function(name, key.vocabulary) for name, each in attributes.items() if each.computation}
    return Derived(lines | forms, pairs)


__all__ = [
    "LINE_FUNCTIONS",
    "METHODS",
    "PAIR_FUNCTIONS",
    "Computed",
    "Derived",
    "Kind",
    "LineFunction",
    "PairFunction",
    "Setting",
    "Support",
    "TableRow",
    "circle",
    "derived",
    "region_relation",
    "units_support",
]
