"""What a count of lines, or a quota, is about in one claim and its history: the lines, told once for all subjects.

Lines that see the same lines, and are seen alike themselves, get one measure: that of many lines of a date is then
worked out about once, and not once for each of them.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from datetime import date
from decimal import Decimal
from itertools import accumulate
from typing import Any, NamedTuple

import msgspec

from payrule.language.counting import (
    Counting,
    DayIn,
    Extent,
    Measure,
    Shares,
    Sharing,
    Sum,
    agree,
    compared,
    extent,
    is_before,
    shares,
)
from payrule.language.enriched_encounter import EnrichedEncounter, EnrichedLine
from payrule.language.truth import FALSE, TRUE, UNKNOWN, Truth
from payrule.model.values import Amount, Value

Asked = Callable[[EnrichedLine], Truth]
"""Says how true it is that a line is counted."""


_Sums = tuple[list[tuple[Any, ...]], list[Amount]]
"""Keys in their order, and for each place the sum of what comes before it."""
_NO_SUMS: _Sums = ([], [0])


class Counted(NamedTuple):
    """A day of a line that is counted, or may be, with what it holds of that in which lines agree."""

    line: EnrichedLine
    found: DayIn
    same: tuple[Value | None, ...]


class LineTally:
    """The days of lines that are counted, or may be, whatever the subject."""

    def __init__(self, scene: EnrichedEncounter, asked: Counting, truth: Asked) -> None:
        """Ask each line of the claim, and of the history where it is looked at, whether it is counted."""
        self._asked, self._history = asked, scene.history
        lines = scene.lines if asked.window.of_claim else (*scene.lines, *scene.history.lines)
        self._days = Counter(line.line.number for line in lines)
        self._listed: list[Counted] = []
        for line in lines:
            if (found := truth(line)) is not FALSE:
                found = UNKNOWN if line.line.number in self._history.perhaps else found
                day_in = DayIn(line.line.number, line.line.date, found, self._whole(line))
                self._listed.append(Counted(line, day_in, self._same(line)))
        self._own: dict[int, tuple[Hashable, ...]] = {}
        for each in self._listed:
            own = each.found.day, each.found.truth, each.found.whole
            self._own[each.found.line] = (*self._own.get(each.found.line, ()), own)
        self._known: dict[Hashable, Extent] = {}

    def days(self, subject: EnrichedLine, *, itself: bool | None = None) -> list[Counted]:
        """List those that are in as seen from a subject, which agrees with itself, known or not."""
        own, (first, last) = subject.line.number, self._asked.window.bounds(subject.line.date)
        itself = self._asked.itself if itself is None else itself
        same, found = self._same(subject), []
        for each in self._listed:
            number = each.found.line
            if (number == own and not itself) or not first <= each.found.day <= last:
                continue
            if number == own or (each.same == same and None not in same and frozenset() not in same):
                found.append(each)
            elif (agreed := min(map(agree, same, each.same), default=TRUE)) is not FALSE:
                found.append(_no_surer(each, agreed))
        return found

    def extent(self, measure: Measure, subject: EnrichedLine) -> Extent:
        """Say what a measure comes to as seen from a subject."""
        day, same = subject.line.date, self._same(subject)
        is_known = None not in same
        is_like_others = self._asked.itself and is_known and frozenset() not in same
        own = () if is_like_others else self._own.get(subject.line.number, ())
        key = measure.kind, day, same if is_known else subject.line.number, own
        if key not in self._known:
            unseen = self._history.unseen(self._asked.window, day)
            days = [each.found for each in self.days(subject)]
            self._known[key] = extent(measure, days, day, unseen.latest if unseen else None)
        return self._known[key]

    def _same(self, line: EnrichedLine) -> tuple[Value | None, ...]:
        return tuple([line.values.get(name) for name in self._asked.same])

    def _whole(self, line: EnrichedLine) -> Sum | None:
        """Give what is summed of a line: what its days share, or what each of them has."""
        summed = self._asked.summed
        if summed is None:
            return None
        days = self._days[line.line.number] if summed.is_spread else 1
        value = line.values.get(summed.attribute)
        if isinstance(value, int | Decimal):
            return Sum(value * days, value * days, days)
        whole = line.line.most.get(summed.attribute)
        return Sum(summed.least, summed.most, days) if whole is None else Sum(whole, whole, days)


class ShareTally(LineTally):
    """The lines that take from a quota, in their order, and what they take."""

    def __init__(self, scene: EnrichedEncounter, sharing: Sharing, truth: Asked) -> None:
        """Ask each line whether it takes from the quota, and order those that do."""
        super().__init__(scene, sharing.counting, truth)
        self._sharing = sharing
        self._first: dict[int, date] = {}
        for line in scene.lines:
            number, day = line.line.number, line.line.date
            self._first[number] = min(day, self._first.get(number, day))
        self._keys = {each.line.day: self._key(each.line) for each in self._listed}
        self._sums = self._sums_before()

    @property
    def is_exact(self) -> bool:
        """Whether nothing is unknown of the lines that take from the quota."""
        return self._sums is not None

    def before(self, subject: EnrichedLine) -> list[Counted]:
        """List those that take from the quota before a subject does, or may."""
        key, found = self._key(subject), []
        for each in self.days(subject, itself=True):
            if each.found.line == subject.line.number and (
                self._asked.summed is None or each.found.day == subject.line.date
            ):
                continue  # of lines that are counted, days of one are one; of an amount each day takes its part
            own = self._keys[each.line.day]
            if key is not None and own is not None:
                before = TRUE if own < key else FALSE
            else:
                before = self._is_before(each.line, subject)
            if before is not FALSE:
                found.append(_no_surer(each, before))
        return found

    def shares(self, subject: EnrichedLine, member: Truth) -> Shares:
        """Say how much of a line is within the quota; `member` says whether it takes from it."""
        day = subject.line.date
        whole = DayIn(subject.line.number, day, TRUE, self._whole(subject))
        measure = Measure("count" if self._asked.summed is None else "sum", None, ())
        unseen = self._history.unseen(self._asked.window, day)
        own = extent(measure, [whole], day, None)
        before = None if member is FALSE else self._exactly_before(subject)
        if before is None:
            taken = [each.found for each in self.before(subject)] if member is not FALSE else []
            found = extent(measure, taken, day, unseen.latest if unseen else None)
        else:
            found = Extent(before, None if unseen else before)
        return shares(self._sharing.limit, found, own, member)

    def _exactly_before(self, subject: EnrichedLine) -> Amount | None:
        """Add up what lines take before a subject by sums that are made once; None where anything is unknown."""
        key, window, day = self._key(subject), self._asked.window, subject.line.date
        if self._sums is None or key is None:
            return None
        group = (*self._same(subject), day if window.unit == "date" else None)
        keys, sums = self._sums.get((group, "claim"), _NO_SUMS)
        before = sums[bisect_left(keys, key)]
        if window.of_claim:
            return before
        start = window.start(day).toordinal()
        days, earlier = self._sums.get((group, "history"), _NO_SUMS)
        in_history = earlier[bisect_left(days, (day.toordinal() + 1,))] - earlier[bisect_left(days, (start,))]
        return before - sums[bisect_left(keys, (1, start))] + in_history

    def _sums_before(self) -> dict[Hashable, _Sums] | None:
        """Add up what lines that share the quota take: those of the claim in their order, earlier ones by day.

        None where something is unknown of them, or where lines have several days.
        """
        groups: dict[Hashable, list[tuple[tuple[Any, ...], Amount]]] = {}
        for each in self._listed:
            key, whole, same = self._keys[each.line.day], each.found.whole, each.same
            amount = 1 if whole is None else whole.low if whole.low == whole.high and whole.days == 1 else None
            is_exact = each.found.truth is TRUE and None not in same and self._days[each.found.line] == 1
            if key is None or amount is None or not is_exact:
                return None
            group = (*same, each.found.day if self._asked.window.unit == "date" else None)
            if each.found.line < 0:
                groups.setdefault((group, "history"), []).append(((each.found.day.toordinal(),), amount))
            else:
                groups.setdefault((group, "claim"), []).append((key, amount))
        ordered = {group: sorted(listed) for group, listed in groups.items()}
        return {
            group: ([key for key, _ in listed], [0, *accumulate(amount for _, amount in listed)])
            for group, listed in ordered.items()
        }

    def _key(self, line: EnrichedLine) -> tuple[Any, ...] | None:
        """Order lines that take from a quota: earlier claims first, then by day, keys and number; None if not known."""
        number, day = line.line.number, line.line.date.toordinal()
        if number < 0:
            return (0,)
        first = 0 if self._asked.window.of_claim else self._first[number].toordinal()
        values = [line.values.get(name) for _, name in self._sharing.keys]
        if None in values:
            return None
        numbers: list[Any] = [each.toordinal() if isinstance(each, date) else each for each in values]
        keys = [-each if how == "highest" else each for (how, _), each in zip(self._sharing.keys, numbers, strict=True)]
        return (1, first, *keys, number, day)

    def _is_before(self, line: EnrichedLine, subject: EnrichedLine) -> Truth:
        """Say whether a line takes from a quota before another, where some key is unknown."""
        if line.line.number < 0:
            return TRUE
        number, own = line.line.number, subject.line.number
        if number == own:
            return TRUE if line.line.date < subject.line.date else FALSE
        keys = [] if self._asked.window.of_claim else [compared(self._first[number], self._first[own], highest=False)]
        keys += [
            compared(line.values.get(name), subject.values.get(name), highest=how == "highest")
            for how, name in self._sharing.keys
        ]
        return is_before((*keys, compared(number, own, highest=False)))


def _no_surer(each: Counted, truth: Truth) -> Counted:
    """Take a line that is in no surer than something else is true."""
    if each.found.truth <= truth:
        return each
    return each._replace(found=msgspec.structs.replace(each.found, truth=truth))


def numbers_in(days: Iterable[Counted], truth: Truth) -> list[int]:
    """List the numbers of lines that are in for certain, or that may be, each once.

    >>> numbers_in([], TRUE)
    []
    """
    return list(dict.fromkeys(each.found.line for each in days if each.found.truth is truth))
