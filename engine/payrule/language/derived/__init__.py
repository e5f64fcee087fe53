"""Attributes that are computed at the door, one pure function a file, unknown in and unknown out.

A derived attribute of a line is a function of the encounter's lines; one of a pair relates two lines. The vocabulary
names which attribute each function gives.
"""

from collections.abc import Callable

from payrule.language.derived.regions import region_relation, region_waits
from payrule.language.derived.setting import Setting
from payrule.language.derived.units import METHODS, Support, units_support

LINE_FUNCTIONS = {"units-supported": units_support}
"""Functions that give an attribute of a line."""

PAIR_FUNCTIONS: dict[str, tuple[Callable[..., str | None], Callable[..., tuple[str, ...]]]] = {
    "region-relation": (region_relation, region_waits)
}
"""Functions that relate two lines, each with the one that names what it waits for."""

INPUTS = {"units-supported": ("line.units", "line.minutes"), "region-relation": ("line.regions",)}
"""The attributes that each function reads, beside code and date of a line."""

__all__ = [
    "INPUTS",
    "LINE_FUNCTIONS",
    "METHODS",
    "PAIR_FUNCTIONS",
    "Setting",
    "Support",
    "region_relation",
    "units_support",
]
