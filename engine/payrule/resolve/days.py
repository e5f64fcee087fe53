"""From the answers for the days of a line to the one answer for the line.

The line is denied when any day is. Otherwise a day that is pending may yet be denied, so the line is pending; then it
is returned when any day is, undecided when no policy speaks of some day, and payable when all days are. So knowing more
of a day never undoes what stands.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from typing import Any, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from payrule.encounter.encounter import Line
from payrule.model.choices import Disposition, Liability
from payrule.model.values import Amount
from payrule.resolve.payment import WHOLE
from payrule.results.determination import (
    Adjustment,
    Between,
    ClaimLevel,
    Conflict,
    LineDetermination,
    Number,
    Overruled,
    Pays,
    Possible,
    Reason,
    between,
    ends,
)

STRONGEST_FIRST: tuple[Disposition, ...] = ("denied", "pending", "returned", "undecided", "payable")
"""What a line of several days becomes: the first of these that one of its days is."""

Days = Sequence[tuple[date, LineDetermination]]
"""The answer for each day of a line, in the order of the days."""

_BEARERS: tuple[Liability | None, ...] = ("provider", "unspecified", "subscriber", None)
_ONE_DAY = timedelta(days=1)

Said = TypeVar("Said", Reason, Overruled, Possible)


def joined(
    lines: Sequence[Line], answers: Sequence[LineDetermination], concerns: Sequence[str], units: str = "line.units"
) -> tuple[LineDetermination, ...]:
    """Give one answer for each number of lines, whose answers are given: lines of one number are days of one line.

    `concerns` are in their order; `units` is the attribute that holds what a day bills.
    """
    found: dict[int, list[tuple[Line, LineDetermination]]] = {}
    for line, answer in zip(lines, answers, strict=True):
        found.setdefault(line.number, []).append((line, answer))
    result = []
    for listed in found.values():
        if len(listed) == 1:
            result.append(listed[0][1])
            continue
        billed = {line.date: line.values.get(units) for line, _ in listed}
        days = [(line.date, answer) for line, answer in listed]
        whole = listed[0][0].most.get(units)
        result.append(merged(days, concerns, billed.get, whole))
    return tuple(result)


def merged(
    days: Days, concerns: Sequence[str], units: Callable[[date], object], whole: Amount | None = None
) -> LineDetermination:
    """Give the answer for a line from those for its days; `concerns` is their order, `units` what a day bills.

    `whole` is what all days bill together, where it is not known what each does.

    Of the days that are answered as the line is, the one decides whose concern comes first, then the one whose denial
    is borne by the provider, then the first day. Every reason names its days.

    >>> day = LineDetermination(number=1, code="00001", disposition="payable", liability=None, discretionary=False,
    ...     concern=None, remittance=None, reasons=(), overruled=(), conflicts=(), open=(), advice=())
    >>> open_day = msgspec.structs.replace(day, disposition="pending", open=("line.minutes",))
    >>> line = merged([(date(2024, 8, 5), day), (date(2024, 8, 6), open_day)], (), lambda _: 1)
    >>> line.disposition, line.open, line.days
    ('pending', ('line.minutes',), '2024-08-05/2024-08-06')
    """
    disposition = min((each.disposition for _, each in days), key=STRONGEST_FIRST.index)
    deciding = [(day, each) for day, each in days if each.disposition == disposition]
    order = {concern: place for place, concern in enumerate(concerns)}
    first = min((each for _, each in deciding), key=lambda each: _strength(each, order))
    blocking = [(day, each) for day, each in days if each.disposition in ("denied", "returned")]
    speaking = blocking if disposition in ("denied", "returned") else deciding
    reasons = _told(speaking, lambda each: each.reasons)
    return msgspec.structs.replace(
        first,
        days=written([day for day, _ in days])[0],
        discretionary=first.discretionary if disposition == "denied" else any(x.discretionary for _, x in deciding),
        allowed_units=_allowed(days, first, units),
        reasons=tuple(sorted(reasons, key=lambda each: (_rank(each, first, order), each.days))),
        overruled=_told(days, lambda each: each.overruled) if disposition != "pending" else (),
        conflicts=_each_once(conflict for _, each in days for conflict in each.conflicts),
        open=tuple(sorted({name for _, each in deciding for name in each.open})),
        advice=_each_once(advice for _, each in [(None, first), *speaking] for advice in each.advice),
        presumed=tuple(sorted({name for _, each in days for name in each.presumed or ()})) or UNSET,
        possible=_told(deciding, lambda each: each.possible or ()) or UNSET,
        **_stages(days, disposition, units, whole),
    )


def _stages(
    days: Days, disposition: Disposition, units: Callable[[date], object], whole: Amount | None
) -> dict[str, Any]:
    """Say what a line needs, and is without its chart, from what its days do; of a payable one what was tested."""
    tested = [set(each.tested or ()) for _, each in days]
    every = days[0][1]
    listed = [*(every.tested or ()), *(every.not_tested or ())]
    found: dict[str, Any] = {
        "claim_level": _claim_level(days) if disposition == "pending" else UNSET,
        "needs": (_needs(days) or UNSET) if disposition == "pending" else UNSET,
        "needs_bounded": (disposition == "pending" and any(each.needs_bounded is True for _, each in days)) or UNSET,
    }
    if disposition == "payable":
        found |= payments(days, units, whole)
        found["tested"] = tuple(each for each in listed if all(each in said for said in tested)) or UNSET
        found["not_tested"] = tuple(each for each in listed if not all(each in said for said in tested)) or UNSET
        found["by_default"] = any(each.by_default is True for _, each in days) or UNSET
    return found


def payments(days: Days, units: Callable[[date], object], whole: Amount | None = None) -> dict[str, Any]:
    """Add up what is paid, and what is not, of the days of a payable line; percentages that differ give a range."""
    if not any(each.pays for _, each in days):
        return {}
    billed = [ends(number if isinstance(number := units(day), int | float) else Between(0, None)) for day, _ in days]
    paid = [each.pays or Pays() for _, each in days]
    left = [own if each.units is UNSET else ends(each.units) for each, own in zip(paid, billed, strict=True)]
    percents = [ends(WHOLE if each.percent is UNSET else each.percent) for each in paid]
    lowest, highest = min(low for low, _ in percents), max(high or 0 for _, high in percents)
    is_limited = any(each.units is not UNSET for each in paid)
    low, high = _total(left)
    of = _total(billed) if whole is None else (whole, whole)
    pays = Pays(
        units=between(low, high if whole is None or high is None else min(high, whole)) if is_limited else UNSET,
        of=between(*of) if is_limited else UNSET,
        percent=UNSET if lowest == WHOLE else between(lowest, highest),
    )
    return {"pays": pays, "adjustments": _added_up(days) or UNSET}


def _added_up(days: Days) -> tuple[Adjustment, ...]:
    """Give each adjustment once, with the units of all days."""
    found: dict[Adjustment, list[tuple[Number, Number | None]]] = {}
    for _, line in days:
        for each in line.adjustments or ():
            amounts = found.setdefault(msgspec.structs.replace(each, units=UNSET), [])
            amounts += [] if each.units is UNSET else [ends(each.units)]
    return tuple(
        msgspec.structs.replace(each, units=between(*_total(amounts))) if amounts else each
        for each, amounts in found.items()
    )


def _total(ranges: Sequence[tuple[Number, Number | None]]) -> tuple[Number, Number | None]:
    highs = [high for _, high in ranges if high is not None]
    return sum(low for low, _ in ranges), sum(highs) if len(highs) == len(ranges) else None


def _needs(days: Days) -> tuple[tuple[str, ...], ...]:
    """Give the sets of facts that settle each pending day, and no more than that."""
    found: set[frozenset[str]] = {frozenset()}
    for _, line in days:
        if line.needs is not UNSET:
            found = {one | frozenset(two) for one in found for two in line.needs}
            found = set(sorted((each for each in found if not any(x < each for x in found)), key=_size)[:MOST_SETS])
    return tuple(tuple(sorted(each)) for each in sorted(found, key=_size) if each)


MOST_SETS = 48
"""Sets of facts that are followed from day to day; where there are more, the smallest are."""


def _size(facts: frozenset[str]) -> tuple[int, list[str]]:
    return len(facts), sorted(facts)


def _claim_level(days: Days) -> ClaimLevel:
    """Give the answer without the chart of the day whose answer is the strongest."""
    levels = [line.claim_level or _as_claim_level(line) for _, line in days]
    return min(levels, key=lambda each: STRONGEST_FIRST.index(each.disposition))


def _as_claim_level(line: LineDetermination) -> ClaimLevel:
    """Give the answer for a day that no chart could change as what the claim says."""
    return ClaimLevel(
        disposition=line.disposition,
        liability=line.liability,
        concern=line.concern,
        reasons=tuple(reason.name for reason in line.reasons),
        tested=line.tested or (),
        summary=line.reasons[0].summary if line.reasons else "no policy applies to one of the days",
    )


def written(days: Sequence[date]) -> tuple[str, ...]:
    """Write days in their order, those that follow each other as a span (ISO 8601).

    >>> written([date(2024, 2, 28), date(2024, 2, 29), date(2024, 3, 1), date(2024, 3, 9)])
    ('2024-02-28/2024-03-01', '2024-03-09')
    """
    spans: list[list[date]] = []
    for day in days:
        if spans and day - spans[-1][-1] == _ONE_DAY:
            spans[-1] = [spans[-1][0], day]
        else:
            spans.append([day])
    return tuple("/".join(day.isoformat() for day in span) for span in spans)


def _strength(line: LineDetermination, order: dict[str, int]) -> tuple[int, int, bool]:
    concern = len(order) if line.concern is None else order.get(line.concern, len(order))
    return concern, _BEARERS.index(line.liability), line.discretionary


def _rank(reason: Reason, first: LineDetermination, order: dict[str, int]) -> tuple[int, int]:
    """Put the deciding conclusion first, then those of its concern, then the others in the order of concerns."""
    if first.reasons and reason.name == first.reasons[0].name and reason.version == first.reasons[0].version:
        return 0, 0
    return (1 if reason.concern == first.concern else 2), order.get(reason.concern, len(order))


def _told(days: Days, of: Callable[[LineDetermination], Iterable[Said]]) -> tuple[Said, ...]:
    """Say each thing once, with the days of which it is said, in the order in which days say them."""
    found: dict[bytes, tuple[Said, list[date]]] = {}
    for day, line in days:
        for each in of(line):
            found.setdefault(msgspec.json.encode(each), (each, []))[1].append(day)
    return tuple(msgspec.structs.replace(each, days=written(listed)) for each, listed in found.values())


def _allowed(days: Days, first: LineDetermination, units: Callable[[date], object]) -> int | UnsetType | None:
    """Add up the units that are supported: on a day that says nothing of them, all."""
    if first.disposition != "denied" or all(each.allowed_units is UNSET for _, each in days):
        return UNSET
    allowed = [units(day) if each.allowed_units is UNSET else each.allowed_units for day, each in days]
    known = [each for each in allowed if isinstance(each, int)]
    return sum(known) if len(known) == len(allowed) else None


Once = TypeVar("Once", Conflict, str)


def _each_once(listed: Iterable[Once]) -> tuple[Once, ...]:
    return tuple(dict.fromkeys(listed))
