"""Counts of lines and quotas, read once more from the JSON of a claim in the plainest way: by trying what may be.

Shares no code with the engine. A line of several days is as many days; a day of which it is not known whether it is in
is tried as in and as out, an amount that is not known as everything that it can be.
"""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import product
from typing import Any, NamedTuple

from tests.property.words import ATTRIBUTES, Json

NO, MAYBE, YES = 0, 1, 2

ENDLESS = 1_000
"""More than any test asks for: what is without end comes to that."""

FREQUENCY: Json = {
    "attribute": "encounter.frequency",
    "reference": "encounter.original",
    "void": ["8"],
    "replacement": ["7"],
    "original": ["1"],
}
"""Which claims void or replace another."""
CORRECTING: Json = {
    "encounter.frequency": {"type": "code", "summary": "frequency", "default": "1"},
    "encounter.original": {"type": "code", "summary": "the claim that it replaces"},
}
"""The attributes that say so."""

WORDS: Json = {
    "attributes": ATTRIBUTES
    | {
        "line.date_to": {"type": "date", "summary": "last day"},
        "line.minutes": ATTRIBUTES["line.minutes"] | {"maximum": 4},
        "line.pages": {"type": "integer", "summary": "pages a day", "minimum": 0, "maximum": 3},
        "line.miles": {"type": "integer", "summary": "miles", "minimum": 0},
    }
    | CORRECTING,
    "spans": {"first": "line.date", "last": "line.date_to", "spread": ["line.units", "line.minutes"]},
    "frequency": FREQUENCY,
}
MOST = {"line.minutes": 4, "line.pages": 3}
"""The greatest of an amount, where the vocabulary declares it."""
SHARED = ("line.units", "line.minutes")
DEFAULTS: Json = {"line.units": 1, "line.modifiers": []}


class Day(NamedTuple):
    """A day of a line: the line's number (below 0 in the history), its first day, how many it has, what it holds."""

    number: int
    day: date
    first: date
    days: int
    holds: Json

    def whole(self, name: str) -> Any:
        """What the line says; None where that is unknown."""
        found: Any = self.holds
        for step in name.split(".")[1:]:
            found = found.get(step) if isinstance(found, dict) else None
        return DEFAULTS.get(name) if found is None else found

    def value(self, name: str) -> Any:
        """What holds of the day."""
        if name == "line.date":
            return self.day.isoformat()
        found = self.whole(name)
        if name not in SHARED or found is None or self.days == 1:
            return found
        return found // self.days if found % self.days == 0 else None


Holds = Callable[[Json, Any], int]
"""Says how true a condition on one line is of a day."""


class Seen(NamedTuple):
    """What is seen of a patient: the days of this claim and of earlier ones, and from when on these are all there.

    Days are as `Day` has them; `most` is the greatest of some amounts.
    """

    billed: list[Any]
    earlier: list[Any]
    history_from: date | None
    holds: Holds
    most: dict[str, int]
    is_whole: bool = False

    def days(self, window: Any) -> list[Any]:
        """List the days that a window may hold."""
        return [*self.billed, *([] if window in ("date", "encounter") else self.earlier)]

    def unseen(self, window: Any, subject: date) -> date | None:
        """Give the last day of a window on which there may be lines that nobody gave."""
        if window in ("date", "encounter") or self.is_whole:
            return None
        last = subject if self.history_from is None else min(subject, self.history_from - timedelta(days=1))
        return last if is_in(window, last, subject) else None


def seen(claim: Json) -> Seen:
    """Read a claim in the words above."""
    since = claim.get("history_from")
    return Seen(billed(claim), earlier(claim), date.fromisoformat(since) if since else None, holds, MOST)


def days(line: Json, number: int) -> list[Day]:
    """Write a line as its days."""
    first = date.fromisoformat(line["date"])
    last = date.fromisoformat(line.get("date_to") or line["date"])
    count = (last - first).days + 1
    return [Day(number, first + timedelta(days=at), first, count, line) for at in range(count)]


def billed(claim: Json) -> list[Day]:
    """List the days of the lines of a claim, as they are decided."""
    return [
        day for line in sorted(claim["lines"], key=lambda each: each["number"]) for day in days(line, line["number"])
    ]


def earlier(claim: Json) -> list[Day]:
    """List the days of the lines of earlier claims that count."""
    listed = claim.get("history") or []
    gone = {each.get("original_reference") for each in listed} | {claim.get("original"), claim["id"]}
    found: list[Day] = []
    seen: list[Any] = []
    for at, line in enumerate(listed):
        named = {line.get("claim"), line.get("reference")} - {None}
        own = line.get("claim") == claim["id"]
        again = (line.get("claim"), line.get("number")) in seen and None not in (line.get("claim"), line.get("number"))
        if own or line.get("frequency") == "8" or named & (gone - {claim["id"]}) or again:
            continue
        seen.append((line.get("claim"), line.get("number")))
        found += days(line, -1 - at)
    return found


def month_before(day: date, months: int) -> date:
    """Go back so many months, to the same day or to the last of a shorter month."""
    year, month = day.year, day.month
    for _ in range(months):
        year, month = (year - 1, 12) if month == 1 else (year, month - 1)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month, min(day.day, last))
        except ValueError:
            continue
    raise AssertionError(day)


def is_in(window: Any, day: date, subject: date) -> bool:
    """Tell whether a day is in the window of a subject."""
    if isinstance(window, str):
        return {
            "encounter": True,
            "date": day == subject,
            "patient-date": day == subject,
            "year": day <= subject and day.year == subject.year,
            "ever": day <= subject,
        }[window]
    ((unit, size),) = window.items()
    if unit == "days":
        return 0 <= (subject - day).days < int(size)
    if unit == "months":
        return month_before(subject, size) < day <= subject
    return day <= subject and (subject.year - day.year) * 12 + subject.month - day.month <= int(size)


def holds(when: Json, day: Day) -> int:
    """Say how true a condition on a line is."""
    return min((_entry(key, asked, day) for key, asked in when.items()), default=YES)


def _entry(key: str, asked: Any, day: Day) -> int:
    if key == "not":
        return YES - holds(asked, day)
    if key == "any":
        return max(holds(each, day) for each in asked)
    value = day.value(key)
    if value is None:
        return MAYBE
    ((test, operand),) = asked.items()
    passed = {
        "is": value == operand,
        "at_least": test == "at_least" and value >= operand,
        "before": test == "before" and value < operand,
        "any_of": test == "any_of" and bool(set(value) & set(operand)),
    }[test]
    return YES if passed else NO


def agree(same: list[str], one: Any, two: Any) -> int:
    """Say how true it is that two lines agree."""
    if one.number == two.number:
        return YES
    found = [YES]
    for name in same:
        values = one.value(name), two.value(name)
        if None in values:
            found.append(MAYBE)
        elif isinstance(values[0], (list, frozenset)):
            found.append(YES if set(values[0]) & set(values[1]) else NO)
        else:
            found.append(YES if values[0] == values[1] else NO)
    return min(found)


def choices(listed: list[tuple[Any, int]]) -> Iterator[list[Any]]:
    """Give every set of days that may be what is in."""
    for chosen in product(*([True] if truth is YES else [True, False] for _, truth in listed)):
        yield [day for (day, _), is_there in zip(listed, chosen, strict=True) if is_there]


def summed(chosen: list[Any], of: str, most: dict[str, int]) -> tuple[int, int]:
    """Give the least and the most that days come to."""
    low = high = 0
    for number in {each.number for each in chosen}:
        parts = [each for each in chosen if each.number == number]
        whole = parts[0].whole(of)
        every = range(most[of] + 1) if of in most else range(0, ENDLESS + 1, ENDLESS // 4)
        share = [_share(amount, len(parts), parts[0], of) for amount in (every if whole is None else [whole])]
        low += min(least for least, _ in share)
        high += max(greatest for _, greatest in share)
    return low, high


def _share(amount: int, parts: int, day: Any, of: str) -> tuple[int, int]:
    if of not in SHARED:
        return amount * parts, amount * parts
    if parts == day.days:
        return amount, amount
    return (0, amount) if amount * parts % day.days else (amount * parts // day.days,) * 2


def between(low: int, high: int, tests: Json, nothing: int = NO) -> int:
    """Say how true tests are of what lies between two numbers; `nothing` says whether there may be no number."""
    found = []
    for test, operand in tests.items():
        every = {"at_least": low >= operand, "at_most": high <= operand, "is": low == high == operand}[test]
        some = {"at_least": high >= operand, "at_most": low <= operand, "is": low <= operand <= high}[test]
        truth = YES if every else MAYBE if some else NO
        found.append(NO if nothing is YES else min(truth, MAYBE) if nothing is MAYBE else truth)
    return min(found)


def lines(asked: Json, seen: Seen, subject: Any) -> int:
    """Say how true `lines` is of a day."""
    listed = []
    window = asked["window"]
    for day in seen.days(window):
        truth = min(seen.holds(asked.get("where", {}), day), agree(asked.get("same", []), day, subject))
        if (day.number != subject.number or asked.get("itself")) and is_in(window, day.day, subject.day):
            listed += [(day, truth)] if truth is not NO else []
    ((kind, tests),) = ((key, held) for key, held in asked.items() if key in ("count", "dates", "sum", "days_since"))
    hidden = seen.unseen(window, subject.day)
    if kind == "days_since":
        return _since(listed, subject.day, hidden, tests)
    lows, highs = [], []
    for chosen in choices(listed):
        if kind == "sum":
            low, high = summed(chosen, tests["of"], seen.most)
        else:
            low = high = len({each.number if kind == "count" else each.day for each in chosen})
        lows.append(low)
        highs.append(high if hidden is None else ENDLESS)
    return between(min(lows), max(highs), {key: held for key, held in tests.items() if key != "of"})


def _since(listed: list[tuple[Any, int]], subject: date, hidden: date | None, tests: Json) -> int:
    lows, highs, nothing = [], [], []
    for chosen in choices([(day, truth) for day, truth in listed if day.day <= subject]):
        latest = max((each.day for each in chosen), default=None)
        nothing.append(latest is None)
        since = [] if latest is None else [(subject - latest).days]
        lows += since + ([] if hidden is None else [(subject - hidden).days])
        highs += since or ([] if hidden is None else [ENDLESS])
    if not lows:
        return NO
    return between(min(lows), max(highs), tests, MAYBE if any(nothing) else NO)


def quota(asked: Json, kind: str, tests: Json, seen: Seen, subject: Any) -> int:
    """Say how true it is of a day that so much is within a quota, or over it."""
    numbers = [each[kind == "over"] for each in parted(asked, seen, subject)]
    return between(min(numbers), max(numbers), tests)


def parted(asked: Json, seen: Seen, subject: Any) -> list[tuple[int, int]]:
    """List how much of a day can be within a quota, and over it, at the ends of what is not known."""
    of, window, where = asked["of"], asked["window"], asked.get("where", {})
    listed = []
    for day in seen.days(window):
        truth = min(seen.holds(where, day), agree(asked.get("same", []), day, subject), _before(asked, day, subject))
        if is_in(window, day.day, subject.day) and truth is not NO and (of != "lines" or day.number != subject.number):
            listed.append((day, truth))
    taken, top = ENDLESS, 0
    for chosen in choices(listed):
        low, high = (len({each.number for each in chosen}),) * 2 if of == "lines" else summed(chosen, of, seen.most)
        taken, top = min(taken, low), max(top, high)
    if seen.unseen(window, subject.day):
        top = ENDLESS
    least, most = (1, 1) if of == "lines" else summed([subject], of, seen.most)
    member, found = seen.holds(where, subject), []
    for before, own in product((taken, top), (least, most)):
        inside = max(0, min(own, asked["at_most"] - before))
        found += [(inside, own - inside)] if member is not NO else []
        found += [(own, 0)] if member is not YES else []
    return found


def _before(asked: Json, line: Any, subject: Any) -> int:
    if line.number == subject.number:
        return YES if line.day < subject.day else NO
    if line.number < 0:
        return YES
    if asked["window"] not in ("date", "encounter") and line.first != subject.first:
        return YES if line.first < subject.first else NO
    for key in asked.get("first", []):
        ((how, name),) = key.items()
        one, two = line.value(name), subject.value(name)
        if one is None or two is None:
            return MAYBE
        if one != two:
            return YES if (one > two) is (how == "highest") else NO
    return YES if line.number < subject.number else NO
