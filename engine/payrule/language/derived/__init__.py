"""Attributes that are computed at the door, one pure function a file, unknown in and unknown out.

A derived attribute of a line is a function of the encounter's lines; one of a pair relates two lines. The vocabulary
names which attribute each function gives, and which table it looks up.
"""

from collections.abc import Mapping

from payrule.language.derived.computed import Computed, Kind, LineFunction, PairFunction, Setting, Support, TableRow
from payrule.language.derived.relations import (
    PROVIDER_READS,
    SAME_PROVIDER,
    provider_kinds,
    providers_related,
    providers_wait,
    region_relation,
    regions_related,
    regions_wait,
)
from payrule.language.derived.table_lookups import (
    ADD_ON,
    ADD_ON_COLUMNS,
    PAIR_COLUMNS,
    PAIR_EDIT,
    UNITS_COLUMNS,
    UNITS_EDIT,
    add_on_codes,
    add_on_turnouts,
    add_on_turns,
    edits_on_units,
    pair_edit,
    pair_edit_waits,
    pair_edits_of,
    pair_kinds,
    pair_row,
    pair_turns,
    pair_without_row,
    pairs_with_row,
    units_edits_of,
    units_turns,
)
from payrule.language.derived.units import METHODS, read_of_modifiers, units_support, units_supported

LINE_FUNCTIONS: Mapping[str, LineFunction] = {
    "units-supported": LineFunction(
        ("line.units", "line.minutes", "line.modifiers", "line.provider.type"),
        units_supported,
        alike={"line.modifiers": read_of_modifiers},
    ),
    ADD_ON: LineFunction(PROVIDER_READS, add_on_codes, ADD_ON_COLUMNS, 1, turns=add_on_turns, of_code=add_on_turnouts),
    UNITS_EDIT: LineFunction(
        ("line.units",), edits_on_units, UNITS_COLUMNS, 1, turns=units_turns, by_code=True, of_code=units_edits_of
    ),
}
"""Functions that give an attribute of a line."""

PAIR_FUNCTIONS: Mapping[str, PairFunction] = {
    "region-relation": PairFunction(("line.regions",), regions_related, regions_wait),
    SAME_PROVIDER: PairFunction(PROVIDER_READS, providers_related, providers_wait, kinds=provider_kinds),
    PAIR_EDIT: PairFunction(
        ("line.code", "line.date"),
        pair_edit,
        pair_edit_waits,
        pair_row,
        PAIR_COLUMNS,
        2,
        pair_turns,
        pair_without_row,
        pair_kinds,
        pairs_with_row,
        pair_edits_of,
    ),
}
"""Functions that relate two lines."""

INPUTS = {name: each.reads for name, each in LINE_FUNCTIONS.items()} | {
    name: each.reads for name, each in PAIR_FUNCTIONS.items()
}
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
