"""Attributes that follow from a claim: pure functions, unknown where what they read is unknown.

A derived attribute of a line is a function of the encounter's lines; one of a pair relates two lines. The vocabulary
names which attribute each function gives, and which table it looks up.
"""

from collections.abc import Mapping

from payrule.language.derived.computed import Computed, Kind, LineFunction, PairFunction, Setting, Support, TableRow
from payrule.language.derived.relations import PAIR_RELATIONS, region_relation
from payrule.language.derived.table_lookups import LINE_LOOKUPS, PAIR_LOOKUPS
from payrule.language.derived.units import METHODS, UNITS_SUPPORTED, units_support

LINE_FUNCTIONS: Mapping[str, LineFunction] = {**UNITS_SUPPORTED, **LINE_LOOKUPS}
"""Functions that give an attribute of a line."""

PAIR_FUNCTIONS: Mapping[str, PairFunction] = {**PAIR_RELATIONS, **PAIR_LOOKUPS}
"""Functions that relate two lines."""

INPUTS = {name: each.reads for name, each in LINE_FUNCTIONS.items()}
INPUTS |= {name: each.reads for name, each in PAIR_FUNCTIONS.items()}
"""The attributes that each function reads, beside code and date of a line."""

__all__ = [
    "INPUTS",
    "LINE_FUNCTIONS",
    "METHODS",
    "PAIR_FUNCTIONS",
    "Computed",
    "Kind",
    "LineFunction",
    "PairFunction",
    "Setting",
    "Support",
    "TableRow",
    "region_relation",
    "units_support",
]
