"""What is paid of a payable line that conclusions reduce: units and a percentage, and the adjustments that say why.

Units are the least that any limit leaves; percentages multiply, each rule once. What is not certain is a range: the
least takes every reduction that may apply, the greatest those that surely do.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction

import msgspec
from msgspec import UNSET, UnsetType

from payrule.language.counting import Extent
from payrule.language.truth import Matches
from payrule.model.policy import Remittance
from payrule.resolve.remittance import GROUPS
from payrule.resolve.settle import BoundRule
from payrule.results.determination import Adjustment, Between, Number, Pays, between

WHOLE = 100


class Reduction(msgspec.Struct, frozen=True):
    """A conclusion that reduces a line, or may, and its codes.

    `is_sure` where nothing that is unknown keeps it from doing so.
    """

    rule: BoundRule
    is_sure: bool
    codes: Remittance | None


def reductions(rules: Iterable[BoundRule], matches: Matches, codes: Mapping[str, Remittance]) -> tuple[Reduction, ...]:
    """List what reduces a line, the strictest first: rules that possibly match and that nothing surely overrides."""
    found = (
        Reduction(
            rule,
            rule.name in matches.definite and matches.possible.isdisjoint(rule.overridden_by),
            codes.get(rule.name),
        )
        for rule in rules
        if rule.pays is not None and matches.definite.isdisjoint(rule.overridden_by)
    )
    return tuple(sorted(found, key=lambda each: each.rule.strictness))


def payment(
    listed: Sequence[Reduction], billed: Extent, within: Callable[[BoundRule], Extent]
) -> tuple[Pays | None, tuple[Adjustment, ...]]:
    """Say how much is paid of a line that bills so many units, and what is surely not, and why.

    Nothing is said of a line that is paid in full. Of what is not paid, the strictest limit has all units, and each
    percentage its own part.
    """
    limits = [(each, left) for each in listed if (left := _limit(each.rule, billed, within)) is not None]
    units = _units(limits, billed)
    least = _product(_percent(each.rule) for each in listed)
    most = _product(_percent(each.rule) for each in listed if each.is_sure)
    if units is None and least == WHOLE:
        return None, ()
    paid = Pays(
        units=UNSET if units is None else between(units.low, units.high),
        of=UNSET if units is None else between(billed.low, billed.high),
        percent=UNSET if least == WHOLE else between(number(least), number(most)),
    )
    unpaid = () if units is None else _unpaid_units(limits, billed, units)
    parts = ((each, WHOLE - _percent(each.rule)) for each in listed if each.is_sure)
    return paid, (*unpaid, *(_adjustment(each, percent=number(part)) for each, part in parts if part))


def _limit(rule: BoundRule, billed: Extent, within: Callable[[BoundRule], Extent]) -> Extent | None:
    """Give the units that a rule leaves of those that are billed; None where it limits none."""
    if rule.pays is None or rule.pays.units is None:
        return None
    if isinstance(rule.pays.units, int):
        most = rule.pays.units
        return Extent(min(billed.low, most), most if billed.high is None else min(billed.high, most))
    return within(rule)


def _units(limits: Sequence[tuple[Reduction, Extent]], billed: Extent) -> Extent | None:
    """Give the units that are paid; None where no limit may bind."""
    if not any(billed.high is None or left.low < billed.high for _, left in limits):
        return None
    highest = [billed.high, *(left.high for each, left in limits if each.is_sure)]
    most = min((high for high in highest if high is not None), default=None)
    return Extent(min([billed.low, *(left.low for _, left in limits)]), most)


def _unpaid_units(limits: Sequence[tuple[Reduction, Extent]], billed: Extent, units: Extent) -> Iterator[Adjustment]:
    """Say by the strictest limit how many units are not paid, where some surely are not."""
    strict = [(left.high, each) for each, left in limits if each.is_sure and left.high is not None]
    if strict and billed.high is not None:
        most, strictest = min(strict, key=lambda pair: (pair[0], pair[1].rule.strictness))
        if most < billed.low:
            yield _adjustment(strictest, units=between(billed.low - (units.high or 0), billed.high - units.low))


def _percent(rule: BoundRule) -> Fraction:
    percent = rule.pays.percent if rule.pays else None
    return Fraction(WHOLE) if percent is None else Fraction(str(percent))


def _product(percents: Iterable[Fraction]) -> Fraction:
    found = Fraction(WHOLE)
    for each in percents:
        found *= each / WHOLE
    return found


def number(value: Fraction) -> Number:
    """Write a number as JSON does.

    >>> number(Fraction("42.5")), number(Fraction(50))
    (42.5, 50)
    """
    return int(value) if value.denominator == 1 else float(value)


def _adjustment(
    reduction: Reduction, *, units: Number | Between | UnsetType = UNSET, percent: Number | UnsetType = UNSET
) -> Adjustment:
    rule, codes = reduction.rule, reduction.codes
    return Adjustment(
        group=(codes.group if codes else None) or GROUPS[rule.rule.conclude.liability],
        carc=codes.carc if codes else None,
        rarc=codes.rarc if codes else (),
        units=units,
        percent=percent,
        rule=rule.rule_name,
        sentence=rule.rule.summary,
    )
