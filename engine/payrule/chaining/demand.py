"""For which service codes each production and each derived item is needed.

A rule that asks for a code needs its facts of lines of that code only. Following that backwards lets a line be told to
few rulesets, and lets what is derived of another line be passed on to those subjects alone that have a use for it.
"""

from collections.abc import Iterable, Sequence

import msgspec

from payrule.chaining.productions import Flag, Production, Words, code_flags
from payrule.documents.values import ValueSet

ANY = -1
"""The need of what matters to lines of any code; other needs are sets of tests, one of which the code must pass."""


class Needed(msgspec.Struct, frozen=True):
    """A production, the need for it, and the flag on the code that binds it most closely, if one does."""

    production: Production
    need: int
    code: Flag | None


def demand(layers: Sequence[Iterable[Production]], known: Words) -> tuple[list[list[Needed]], list[int]]:
    """Give every production its need, layer by layer, and every item its own."""
    bound = [[(each, _closest(each, known)) for each in layer] for layer in layers]
    items = [0] * len(known.items)
    before: list[int] = []
    while items != before:
        before = items.copy()
        for production, code in (each for layer in reversed(bound) for each in layer):
            need = _need(production, code, items)
            for item in _read(production):
                items[item] |= need
    found = [[Needed(each, _need(each, code, items), code) for each, code in layer] for layer in bound]
    return found, items


def _need(production: Production, code: Flag | None, items: Sequence[int]) -> int:
    """Let a code of its own decide, else what it derives, unless that is about other lines than the one it asks."""
    if code is not None:
        return 1 << code.bit
    if production.rules or production.about == "other":
        return ANY
    need = 0
    for item in production.derives:
        need |= items[item]
    return need


def _read(production: Production) -> list[int]:
    return [*production.joins, *(flag.number for flag in production.flags if flag.source == "settled")]


def _closest(production: Production, known: Words) -> Flag | None:
    flags = code_flags(production, known)
    return min(flags, key=lambda flag: (_size(flags[flag].values), flag), default=None)


def _size(members: ValueSet) -> int:
    return len(members.values) + 100 * len(members.ranges)
