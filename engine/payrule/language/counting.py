"""Count lines: the window in which they are, what tells which are in, and what a measure of them can come to.

A measure of lines of which not all is known has a least and a greatest value. Knowing more only narrows that range, so
what a test says of it stays (`docs/reference/language.md`, counts of lines).
"""

from calendar import monthrange
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import msgspec

from payrule.language.truth import FALSE, TRUE, UNKNOWN, Truth
from payrule.model.values import Amount, Value

OF_THE_DAY = frozenset({"date", "patient-date"})
"""Windows that hold the subject's own days alone."""

OF_CLAIM = frozenset({"date", "encounter"})
"""Windows that look at the lines of this claim alone."""

EARLIEST = date.min

LINES = "lines"
"""What a quota is of that limits the number of lines."""


class Window(msgspec.Struct, frozen=True):
    """Which days are looked at: a unit, and how many of it where it has a number."""

    unit: str
    size: int = 0

    @classmethod
    def read(cls, written: str | Mapping[str, int]) -> "Window":
        """Read a window as a document writes it.

        >>> Window.read({"days": 90}), Window.read("year")
        (Window(unit='days', size=90), Window(unit='year', size=0))
        """
        if isinstance(written, str):
            return cls(written)
        ((unit, size),) = written.items()
        return cls(unit, size)

    @property
    def of_claim(self) -> bool:
        """Tell whether only lines of this claim are looked at, and no history."""
        return self.unit in OF_CLAIM

    def start(self, last: date) -> date:
        """Give the first day of a window that ends on the subject's last day.

        >>> day = date(2024, 3, 31)
        >>> [str(Window(unit, size).start(day)) for unit, size in (("days", 1), ("months", 1), ("full_months", 11))]
        ['2024-03-31', '2024-03-01', '2023-04-01']
        """
        if self.unit == "days":
            return date.fromordinal(max(last.toordinal() - self.size + 1, 1))
        if self.unit == "year":
            return last.replace(month=1, day=1)
        if self.unit in {"months", "full_months"}:
            year, month = divmod(last.year * 12 + last.month - 1 - self.size, 12)
            if year < EARLIEST.year:
                return EARLIEST
            if self.unit == "full_months":
                return date(year, month + 1, 1)
            return date(year, month + 1, min(last.day, monthrange(year, month + 1)[1])) + timedelta(days=1)
        return EARLIEST if self.unit == "ever" else last

    def bounds(self, subject: date) -> tuple[date, date]:
        """Give the first and the last day of the window of a subject.

        >>> [str(day) for day in Window("days", 2).bounds(date(2024, 3, 5))]
        ['2024-03-04', '2024-03-05']
        """
        return (EARLIEST, date.max) if self.unit == "encounter" else (self.start(subject), subject)


class Measure(msgspec.Struct, frozen=True):
    """What is measured of the lines that are in, and the tests of it; `of` is the attribute that is summed."""

    kind: str
    of: str | None
    tests: tuple[tuple[str, int], ...]


class Sum(msgspec.Struct, frozen=True):
    """A number of a whole line: at least and at most (None: without bound), and how many days share it.

    Of an amount that each day of a line has for itself `days` is 1.
    """

    low: Amount
    high: Amount | None
    days: int

    def share(self, days: int) -> tuple[Amount, Amount | None]:
        """Give the least and the greatest that some of the days have: their even part, or anything if it is not whole.

        >>> [Sum(low, high, 2).share(1) for low, high in ((4, 4), (3, 3), (0, 4), (0, None))]
        [(2, 2), (0, 3), (0, 3), (0, None)]
        """
        if days % self.days == 0:  # of an amount that each day has (`days` is 1), so many times as much
            times = days // self.days
            return self.low * times, None if self.high is None and times else (self.high or 0) * times
        part, rest = divmod(self.low * days, self.days)
        if self.low == self.high:
            return (0, self.low) if rest else (part, part)
        if self.high is None or self.high * days % self.days:
            return 0, self.high
        return 0, max(self.high - 1, 0)


class DayIn(msgspec.Struct, frozen=True):
    """A day of a line that is in for certain (true) or perhaps (unknown); `whole` is what is summed of the line."""

    line: int
    day: date
    truth: Truth
    whole: Sum | None = None


class Extent(msgspec.Struct, frozen=True):
    """The least and the greatest that a measure can come to; a greatest of None is without end.

    `nothing` says whether there is nothing to measure: false where there is something for certain, true where there is
    nothing, else unknown.
    """

    low: Amount
    high: Amount | None
    nothing: Truth = FALSE

    @property
    def is_exact(self) -> bool:
        """Tell whether there is only one number that it can be."""
        return self.low == self.high

    def tested(self, test: str, operand: int) -> Truth:
        """Say how true a test is: true when every value passes, false when none does.

        >>> [Extent(2, 3).tested("at_least", number).name for number in (2, 3, 4)]
        ['TRUE', 'UNKNOWN', 'FALSE']
        """
        if self.nothing is TRUE:
            return FALSE
        least = TRUE if self.low >= operand else UNKNOWN if self.high is None or self.high >= operand else FALSE
        most = FALSE if self.low > operand else TRUE if self.high is not None and self.high <= operand else UNKNOWN
        found = {"at_least": least, "at_most": most, "is": min(least, most)}[test]
        return UNKNOWN if found is TRUE and self.nothing is UNKNOWN else found


def extent(measure: Measure, days: Sequence[DayIn], subject: date, unseen: date | None) -> Extent:
    """Measure the days that are in a window; `unseen` is the last day on which there may be lines that nobody gave.

    >>> days = [DayIn(1, date(2024, 3, 5), TRUE), DayIn(2, date(2024, 3, 4), UNKNOWN)]
    >>> extent(Measure("count", None, ()), days, date(2024, 3, 5), None)
    Extent(low=1, high=2, nothing=<Truth.FALSE: 0>)
    >>> extent(Measure("days_since", None, ()), days[1:], date(2024, 3, 5), None)
    Extent(low=1, high=1, nothing=<Truth.UNKNOWN: 1>)
    """
    certain = [each for each in days if each.truth is TRUE]
    if measure.kind == "days_since":
        return _days_since(days, certain, subject, unseen)
    if measure.kind == "sum":
        low, high = _summed(days, certain)
    else:
        kind: Callable[[DayIn], Any] = (lambda each: each.line) if measure.kind == "count" else (lambda each: each.day)
        low, high = len(set(map(kind, certain))), len(set(map(kind, days)))
    return Extent(low, high if unseen is None else None)


def _days_since(days: Sequence[DayIn], certain: Sequence[DayIn], subject: date, unseen: date | None) -> Extent:
    days, certain = ([each for each in listed if each.day <= subject] for listed in (days, certain))
    known = [(subject - each.day).days for each in days]
    nearest = known if unseen is None else [*known, (subject - unseen).days]
    if not nearest:
        return Extent(0, 0, TRUE)
    if certain:
        return Extent(min(nearest), min((subject - each.day).days for each in certain))
    return Extent(min(nearest), max(known) if unseen is None else None, UNKNOWN)


def _summed(days: Sequence[DayIn], certain: Sequence[DayIn]) -> tuple[Amount, Amount | None]:
    """Sum what the days of lines share: their even part, and between nothing and all where that is not whole."""
    if len(days) == len(certain) and all(
        each.whole and each.whole.days == 1 and each.whole.low == each.whole.high for each in days
    ):
        total = sum(each.whole.low for each in days if each.whole)
        return total, total
    counted: dict[int, list[int]] = {}
    wholes: dict[int, Sum] = {}
    for at, listed in enumerate((certain, days)):
        for each in listed:
            counted.setdefault(each.line, [0, 0])[at] += 1
            wholes[each.line] = each.whole or Sum(0, 0, 1)
    least: Amount = 0
    most: Amount = 0
    unbounded = False
    for line, (sure, possible) in counted.items():
        # More days may have a part that is not whole, and so perhaps less, or more, than fewer or all of them.
        parts = [wholes[line].share(number) for number in range(sure, possible + 1)]
        highs = [high for _, high in parts if high is not None]
        unbounded = unbounded or len(highs) < len(parts)
        least, most = least + min(low for low, _ in parts), most + max(highs, default=0)
    return least, None if unbounded else most


def agree(one: Value | None, two: Value | None) -> Truth:
    """Say whether two lines agree in an attribute: lists agree when they share a value; unknown is unknown.

    >>> agree("A", "A").name, agree(frozenset(), frozenset()).name, agree("A", None).name
    ('TRUE', 'FALSE', 'UNKNOWN')
    """
    if one is None or two is None:
        return UNKNOWN
    if isinstance(one, frozenset) and isinstance(two, frozenset):
        return FALSE if one.isdisjoint(two) else TRUE
    return TRUE if one == two else FALSE


class Summed(msgspec.Struct, frozen=True):
    """An attribute that is summed, and the least and the greatest that it can be where it is unknown.

    `is_spread` tells whether the days of a line share it; otherwise each day has as much.
    """

    attribute: str
    least: int = 0
    most: int | None = None
    is_spread: bool = False


class Counting(msgspec.Struct, frozen=True):
    """What lines are counted of a subject: `same` are the attributes in which they agree with it."""

    window: Window
    same: tuple[str, ...]
    itself: bool
    summed: Summed | None = None


class Sharing(msgspec.Struct, frozen=True):
    """How lines share a quota: which take from it, how much there is, and by which keys, before their number, in order.

    A key is `highest` or `lowest`, and an attribute.
    """

    counting: Counting
    limit: int
    keys: tuple[tuple[str, str], ...]


class Shares(msgspec.Struct, frozen=True):
    """How much of a line is within a quota, and how much is over it."""

    within: Extent
    over: Extent

    def part(self, kind: str) -> Extent:
        """Give what is within, or what is over."""
        return self.within if kind == "within" else self.over

    def tested(self, kind: str, tests: Iterable[tuple[str, int]]) -> Truth:
        """Say how true tests of one of both are."""
        extent = self.part(kind)
        return min(extent.tested(test, operand) for test, operand in tests)


def shares(limit: int, taken: Extent, own: Extent, member: Truth) -> Shares:
    """Divide what a line has between what is within a limit and what is over it; `taken` is what others have before it.

    Of a line that may share the limit, or not, both are looked at: one that does not has all within.

    >>> shares(4, Extent(3, 3), Extent(2, 2), TRUE)
    Shares(within=Extent(low=1, high=1, nothing=<Truth.FALSE: 0>), over=Extent(low=1, high=1, nothing=<Truth.FALSE: 0>))
    """
    if member is FALSE:
        return Shares(own, Extent(0, 0))
    room = max(0, limit - taken.low), 0 if taken.high is None else max(0, limit - taken.high)
    within = Extent(min(own.low, room[1]), room[0] if own.high is None else min(own.high, room[0]))
    over = Extent(max(0, own.low - room[0]), None if own.high is None else max(0, own.high - room[1]))
    if member is TRUE:
        return Shares(within, over)
    return Shares(Extent(within.low, own.high), Extent(0, over.high))


def is_before(keys: Iterable[tuple[Truth, Truth]]) -> Truth:
    """Say whether one comes before another by keys in order, each of which says it both ways.

    >>> is_before([(FALSE, FALSE), (TRUE, FALSE)]).name, is_before([(UNKNOWN, UNKNOWN), (TRUE, FALSE)]).name
    ('TRUE', 'UNKNOWN')
    """
    for before, after in keys:
        if before is not FALSE or after is not FALSE:
            return before
    return FALSE


def compared(one: Any, two: Any, *, highest: bool) -> tuple[Truth, Truth]:
    """Say whether a value comes before another, and the other way; an unknown one leaves both open."""
    if one is None or two is None:
        return UNKNOWN, UNKNOWN
    less, more = (TRUE if one < two else FALSE), (TRUE if one > two else FALSE)
    return (more, less) if highest else (less, more)
