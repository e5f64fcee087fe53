"""What is paid of a payable line that conclusions reduce: units and a percentage, and the adjustments that say why.

Units are the least that any limit leaves; percentages multiply, each rule once. What is not certain is a range: the
least takes every reduction that may apply, the greatest those that surely do.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec
from msgspec import UNSET, UnsetType

from payrule.language.counting import Extent, Shares
from payrule.language.counting import shares as divided
from payrule.language.truth import TRUE, Matches
from payrule.model.policy import Remittance
from payrule.resolve.remittance import GROUPS
from payrule.resolve.settle import BoundRule
from payrule.results.determination import Adjustment, Between, Number, Pays, between

if TYPE_CHECKING:
    from fractions import Fraction

WHOLE = 100


class Reduction(msgspec.Struct, frozen=True):
    """A conclusion that reduces a line, or may, and its codes; `waits_for` are the rules that make it uncertain."""

    rule: BoundRule
    waits_for: frozenset[str]
    codes: Remittance | None

    @property
    def is_sure(self) -> bool:
        """Tell whether nothing that is unknown keeps it from reducing the line."""
        return not self.waits_for


class Payment(msgspec.Struct, frozen=True):
    """What is paid of a line, and what is surely not, and why; None and nothing of a line that is paid in full.

    `waits_for` are the rules, and `limits` those of quotas, that leave open how much it is.
    """

    pays: Pays | None = None
    adjustments: tuple[Adjustment, ...] = ()
    waits_for: frozenset[str] = frozenset()
    limits: tuple[BoundRule, ...] = ()


def reductions(rules: Iterable[BoundRule], matches: Matches, codes: Mapping[str, Remittance]) -> tuple[Reduction, ...]:
    """List what reduces a line, the strictest first: rules that possibly match and that nothing surely overrides."""
    found = (
        Reduction(rule, matches.waiting & {rule.name, *rule.overridden_by}, codes.get(rule.name))
        for rule in rules
        if rule.pays is not None and matches.definite.isdisjoint(rule.overridden_by)
    )
    return tuple(sorted(found, key=lambda each: each.rule.strictness))


def payment(listed: Sequence[Reduction], billed: Extent, shares: Callable[[BoundRule], Shares]) -> Payment:
    """Say how much is paid of a line that bills so many units, and why it is not more.

    Of what is not paid, the strictest limit has all units, and each percentage its own part.
    """
    limits = [
        (each, shared)
        for each in listed
        if (shared := _limit(each.rule, billed, shares)) is not None and shared.over.high != 0
    ]
    units = _units(limits, billed)
    least = _product(_percent(each.rule) for each in listed)
    most = _product(_percent(each.rule) for each in listed if each.is_sure)
    if units is None and least == WHOLE:
        return Payment()
    paid = Pays(
        units=UNSET if units is None else between(units.low, units.high),
        of=UNSET if units is None else between(billed.low, billed.high),
        percent=UNSET if least == WHOLE else between(number(least), number(most)),
    )
    unpaid = () if units is None else _unpaid_units(limits, billed, units)
    parts = [(each, WHOLE - _percent(each.rule)) for each in listed if _percent(each.rule) != WHOLE]
    binding = [(each, shared) for each, shared in limits if units and _may_lower(units, shared, billed)]
    return Payment(
        pays=paid,
        adjustments=(*unpaid, *(_adjustment(each, percent=number(part)) for each, part in parts if each.is_sure)),
        waits_for=frozenset().union(*(each.waits_for for each, _ in (*parts, *binding))),
        limits=tuple(each.rule for each, shared in binding if shared.within.low != shared.within.high),
    )


def _limit(rule: BoundRule, billed: Extent, shares: Callable[[BoundRule], Shares]) -> Shares | None:
    """Give the units that a rule leaves of those that are billed, and those over; None where it limits none."""
    if rule.pays is None or rule.pays.units is None:
        return None
    if isinstance(rule.pays.units, int):
        return divided(rule.pays.units, Extent(0, 0), billed, TRUE)
    return shares(rule)


def _units(limits: Sequence[tuple[Reduction, Shares]], billed: Extent) -> Extent | None:
    """Give the units that are paid; None where no limit may bind."""
    if not limits:
        return None
    highest = [billed.high, *(shared.within.high for each, shared in limits if each.is_sure)]
    most = min((high for high in highest if high is not None), default=None)
    return Extent(min([billed.low, *(shared.within.low for _, shared in limits)]), most)


def _may_lower(units: Extent, shared: Shares, billed: Extent) -> bool:
    """Tell whether a limit may leave less than the most that is paid."""
    if units.high is None or billed.high is None or shared.over.high is None:
        return True
    return billed.high - shared.over.high < units.high


def _unpaid_units(limits: Sequence[tuple[Reduction, Shares]], billed: Extent, units: Extent) -> Iterator[Adjustment]:
    """Say by the strictest limit how many units are not paid, where some surely are not."""
    sure = [(shared.within.high, each) for each, shared in limits if each.is_sure and shared.within.high is not None]
    if sure and billed.high is not None:
        most, strictest = min(sure, key=lambda pair: (pair[0], pair[1].rule.strictness))
        if most < billed.low:
            yield _adjustment(strictest, units=between(billed.low - (units.high or 0), billed.high - units.low))


def _percent(rule: BoundRule) -> "Fraction":
    from fractions import Fraction  # noqa: PLC0415 - only when needed

    percent = rule.pays.percent if rule.pays else None
    return Fraction(WHOLE) if percent is None else Fraction(str(percent))


def _product(percents: "Iterable[Fraction]") -> "Fraction":
    from fractions import Fraction  # noqa: PLC0415 - only when needed

    found = Fraction(WHOLE)
    for each in percents:
        found *= each / WHOLE
    return found


def number(value: "Fraction") -> Number:
    """Write a number as JSON does.

    >>> from fractions import Fraction
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
