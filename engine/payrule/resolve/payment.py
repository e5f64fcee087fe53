"""What is paid of a payable line that conclusions reduce: units and a percentage, and the adjustments that say why.

Units are the least that any limit leaves; percentages multiply, each rule once. What is not certain is a range: the
least takes every reduction that may apply, the greatest those that surely do.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction

import msgspec
from msgspec import UNSET

from payrule.language.counting import Extent
from payrule.language.truth import Matches
from payrule.model.policy import Remittance
from payrule.resolve.remittance import GROUPS
from payrule.resolve.settle import BoundRule
from payrule.results.determination import Adjustment, Between, Number, Pays

WHOLE = 100


class Reduction(msgspec.Struct, frozen=True):
    """A conclusion that reduces a line, or may; `is_sure` where nothing that is unknown keeps it from doing so."""

    rule: BoundRule
    is_sure: bool


def reductions(rules: Iterable[BoundRule], matches: Matches) -> tuple[Reduction, ...]:
    """List what reduces a line, the strictest first: rules that possibly match and that nothing surely overrides."""
    found = (
        Reduction(rule, rule.name in matches.definite and matches.possible.isdisjoint(rule.overridden_by))
        for rule in rules
        if rule.pays is not None and matches.definite.isdisjoint(rule.overridden_by)
    )
    return tuple(sorted(found, key=lambda each: each.rule.strictness))


def pays(listed: Sequence[Reduction], billed: Extent, within: Callable[[BoundRule], Extent]) -> Pays | None:
    """Say how much is paid of a line that bills so many units; None where it is paid in full."""
    units = _units(listed, billed, within)
    percents = [(_percent(each.rule), each.is_sure) for each in listed]
    least, most = _product(each for each, _ in percents), _product(each for each, is_sure in percents if is_sure)
    if units is None and least == WHOLE:
        return None
    return Pays(
        units=UNSET if units is None else between(units.low, units.high),
        of=UNSET if units is None else between(billed.low, billed.high),
        percent=UNSET if least == WHOLE else between(number(least), number(most)),
    )


def adjustments(
    listed: Sequence[Reduction],
    billed: Extent,
    within: Callable[[BoundRule], Extent],
    codes: Mapping[str, Remittance],
) -> tuple[Adjustment, ...]:
    """List what is surely not paid, and why: the strictest limit with all units unpaid, and each percentage."""
    found = []
    limits = [(each.rule, limit(each.rule, billed, within)) for each in listed if each.is_sure]
    strict = [(left.high, rule, left) for rule, left in limits if left is not None and left.high is not None]
    if strict and (units := _units(listed, billed, within)) is not None and billed.high is not None:
        most, rule, _ = min(strict, key=lambda each: (each[0], each[1].strictness))
        if most < billed.low:
            unpaid = between(billed.low - (units.high or 0), billed.high - units.low)
            found.append(_adjustment(rule, codes.get(rule.name), units=unpaid))
    parts = ((each.rule, WHOLE - _percent(each.rule)) for each in listed if each.is_sure)
    found += (_adjustment(rule, codes.get(rule.name), percent=number(unpaid)) for rule, unpaid in parts if unpaid)
    return tuple(found)


def limit(rule: BoundRule, billed: Extent, within: Callable[[BoundRule], Extent]) -> Extent | None:
    """Give the units that a rule leaves of those that are billed; None where it limits none."""
    if rule.pays is None or rule.pays.units is None:
        return None
    if isinstance(rule.pays.units, int):
        most = rule.pays.units
        return Extent(min(billed.low, most), most if billed.high is None else min(billed.high, most))
    return within(rule)


def _units(listed: Sequence[Reduction], billed: Extent, within: Callable[[BoundRule], Extent]) -> Extent | None:
    """Give the units that are paid; None where no limit may bind."""
    left = [(found, each.is_sure) for each in listed if (found := limit(each.rule, billed, within)) is not None]
    if not any(billed.high is None or found.low < billed.high for found, _ in left):
        return None
    highest = [found.high for found, is_sure in left if is_sure and found.high is not None]
    most = [*highest, *([] if billed.high is None else [billed.high])]
    return Extent(min([billed.low, *(found.low for found, _ in left)]), min(most, default=None))


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


def between(low: Number, high: Number | None) -> Number | Between:
    """Give a number, or the range in which it is.

    >>> between(1, 1), between(1, 3)
    (1, Between(at_least=1, at_most=3))
    """
    return low if low == high else Between(low, high)


def _adjustment(
    rule: BoundRule,
    codes: Remittance | None,
    *,
    units: Number | Between | None = None,
    percent: Number | None = None,
) -> Adjustment:
    return Adjustment(
        group=(codes.group if codes else None) or GROUPS[rule.rule.conclude.liability],
        carc=codes.carc if codes else None,
        rarc=codes.rarc if codes else (),
        units=UNSET if units is None else units,
        percent=UNSET if percent is None else percent,
        rule=rule.rule_name,
        sentence=rule.rule.summary,
    )
