"""A line of several days is its days: each becomes a line of that day, before anything is computed or asked.

So no rule and no execution knows of spans, and what is proved of lines of one day holds of each day of a span. A day
has its own policy versions, its own companions, and its part of what the line holds for all days together; where that
does not divide evenly, the part of a day is unknown, and at most the whole.

A value that is not yet in force on a day, such as a modifier of a later year, is none on it.
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import lru_cache

import msgspec

from payrule.documents.encounters import Encounter, Line
from payrule.documents.models import Spans, Vocabulary
from payrule.documents.values import Value, read_date


def in_days(encounter: Encounter, vocabulary: Vocabulary) -> Encounter:
    """Make each line of several days as many lines of one day, of the same number, and leave out what is not in force.

    >>> from payrule.documents.models import Regions, Timed
    >>> words = Vocabulary(kind="vocabulary", attributes={}, concerns=(), regions=Regions(contiguous=()),
    ...     timed=Timed(codes=(), method=""), spans=Spans(first="line.date", last="line.to", spread=("line.units",)))
    >>> days = {"line.date": date(2024, 8, 5), "line.to": date(2024, 8, 6)}
    >>> claim = in_days(Encounter("E-1", None, {}, (Line(1, {**days, "line.units": 8}),)), words)
    >>> [(line.number, str(line.date), line.values["line.units"]) for line in claim.lines]
    [(1, '2024-08-05', 4), (1, '2024-08-06', 4)]
    """
    spans, begins = vocabulary.spans, vocabulary.begins
    lines = [
        _in_force(day, begins) if begins else day
        for line in encounter.lines
        for day in ([line] if spans is None else _days(line, spans))
    ]
    if all(one is two for one, two in zip(lines, encounter.lines, strict=False)):
        return encounter
    return msgspec.structs.replace(encounter, lines=tuple(lines))


def days_of(line: Line, spans: Spans) -> Iterator[date]:
    """List the days of a line, the first alone where it names no last.

    >>> spans = Spans(first="line.date", last="line.to")
    >>> line = Line(1, {"line.date": date(2024, 2, 28), "line.to": date(2024, 3, 1)})
    >>> [day.day for day in days_of(line, spans)]
    [28, 29, 1]
    """
    yield from (line.date + timedelta(days=after) for after in range(count_days(line, spans)))


def count_days(line: Line, spans: Spans) -> int:
    """Count the days of a line, none or less where it ends before it begins.

    >>> spans = Spans(first="line.date", last="line.to")
    >>> lines = [Line(1, {"line.date": date(2024, 2, 28), "line.to": date(2024, 2, day)}) for day in (29, 28, 27)]
    >>> [count_days(line, spans) for line in lines]
    [2, 1, 0]
    """
    first, last = line.values.get(spans.first), line.values.get(spans.last)
    return (last - first).days + 1 if isinstance(first, date) and isinstance(last, date) else 1


def not_in_force(
    values: Mapping[str, Value], day: date, begins: Mapping[str, Mapping[str, str]]
) -> dict[str, set[str]]:
    """Give, by attribute, the values of a line that begin only after a day.

    >>> not_in_force({"line.marks": frozenset({"A", "B"})}, date(2014, 1, 1), {"line.marks": {"B": "2015-01-01"}})
    {'line.marks': {'B'}}
    """
    found = {}
    for attribute, firsts in begins.items():
        value = values.get(attribute)
        held = value if isinstance(value, frozenset) else frozenset() if value is None else frozenset({value})
        if late := {each for each, first in firsts.items() if each in held and day < _day(first)}:
            found[attribute] = late
    return found


_day = lru_cache(maxsize=4_096)(read_date)


def _days(line: Line, spans: Spans) -> list[Line]:
    if line.values.get(spans.last, line.date) == line.date:
        return [line]
    days = list(days_of(line, spans))
    whole = {name: each for name in spans.spread if type(each := line.values.get(name)) is int}
    parts = {name: each // len(days) for name, each in whole.items() if each % len(days) == 0}
    rest = {name: value for name, value in line.values.items() if name not in whole}
    most = {name: each for name, each in whole.items() if name not in parts}
    return [Line(line.number, {**rest, **parts, spans.first: day, spans.last: day}, most) for day in days]


def _in_force(line: Line, begins: Mapping[str, Mapping[str, str]]) -> Line:
    late = not_in_force(line.values, line.date, begins)
    if not late:
        return line
    values = dict(line.values)
    for attribute, gone in late.items():
        held = values.pop(attribute)
        if isinstance(held, frozenset):
            values[attribute] = held - gone
    return Line(line.number, values, line.most)
