"""What rules ask of each attribute: the sets that it is looked up in, and the thresholds it is compared with."""

from collections.abc import Iterable
from datetime import date
from typing import Any

import msgspec

from payrule.documents.values import ValueSet, day_after
from payrule.language.leaves import AttributeLeaf, Formula, OneOf, Range, attribute_leaves


class Asked(msgspec.Struct, frozen=True):
    """What is asked of one attribute, in a canonical order."""

    sets: tuple[ValueSet, ...] = ()
    thresholds: tuple[Any, ...] = ()

    def and_also(self, more: "Asked") -> "Asked":
        """Add what else is asked of it.

        >>> Asked((), (2,)).and_also(Asked((), (1, 2))).thresholds
        (1, 2)
        """
        return Asked(
            tuple(dict.fromkeys((*self.sets, *more.sets))), tuple(sorted({*self.thresholds, *more.thresholds}))
        )


def asked(conditions: Iterable[Formula]) -> dict[str, Asked]:
    """Collect what conditions ask, by attribute.

    >>> asked([Range("line.units", 2, 5), OneOf("line.code", ValueSet.of(["00001"]))])["line.units"].thresholds
    (2, 5)
    """
    leaves: dict[str, set[AttributeLeaf]] = {}
    for condition in conditions:
        for leaf in attribute_leaves(condition):
            for plain in plainly(leaf):
                leaves.setdefault(plain.attribute, set()).add(plain)
    return {name: _asked(found) for name, found in sorted(leaves.items())}


def plainly(leaf: AttributeLeaf) -> tuple[AttributeLeaf, ...]:
    """Write membership in a set of dates as ranges of one day each, any of which may hold.

    >>> plainly(OneOf("line.date", ValueSet(frozenset({date(2016, 3, 1)}))))[0].below
    datetime.date(2016, 3, 2)
    """
    if isinstance(leaf, OneOf) and any(isinstance(value, date) for value in leaf.values.values):
        return tuple(Range(leaf.attribute, day, day_after(day)) for day in sorted(leaf.values.values))
    return (leaf,)


def _asked(leaves: Iterable[AttributeLeaf]) -> Asked:
    listed = list(leaves)
    ranges = [leaf for leaf in listed if isinstance(leaf, Range)]
    sets = {leaf.values for leaf in listed if not isinstance(leaf, Range) and leaf.values is not None}
    return Asked(
        sets=tuple(sorted(sets, key=_written)),
        thresholds=tuple(sorted({end for leaf in ranges for end in (leaf.low, leaf.below) if end is not None})),
    )


def _written(members: ValueSet) -> tuple[list[str], tuple[tuple[str, str], ...]]:
    return sorted(map(repr, members.values)), members.ranges
