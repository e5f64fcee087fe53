"""Make a claim worth a try where rules count lines: with a history that is whole, and lines in it; with more units.

What some counts come to is not encoded (`Encoding.left_open`). So a claim that a solver gives is tried with earlier
lines like the one that is answered, as many as tests name, on the days before it and at the ends of windows; whether it
shows what it should is seen when the engine decides it.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import islice
from typing import Any

from payrule.language.counting import EARLIEST, Window
from payrule.language.lower import Lines, Quota

HISTORY_FROM = date(1900, 1, 1)
"""The day from which on the history of such a claim is whole."""
MOST_TRIED = 60
"""Claims that are tried for one state."""
_MOST_COPIES = 60
_UNITS = "units"


def with_earlier_lines(encounter: dict[str, Any], counted: Iterable[Lines | Quota]) -> Iterator[dict[str, Any]]:
    """List claims with earlier lines and other units; none where nothing is counted.

    >>> list(with_earlier_lines({"lines": [{"number": 1, "date": "2024-03-01"}]}, ()))
    []
    """
    return islice(_tries(encounter, list(counted)), MOST_TRIED)


def _tries(encounter: dict[str, Any], counted: list[Lines | Quota]) -> Iterator[dict[str, Any]]:
    if not counted:
        return
    subject = encounter["lines"][0]
    day = date.fromisoformat(subject["date"])
    known = encounter | {"history_from": HISTORY_FROM.isoformat()}
    yield known
    for limit in sorted({each.sharing.limit for each in counted if isinstance(each, Quota)}):
        for units in (limit + 1, limit):
            yield known | {"lines": [subject | {_UNITS: max(units, 1)}, *encounter["lines"][1:]]}
    edges = sorted({edge for each in counted for edge in _edges(each.counting.window, day)}, reverse=True)
    for number in _numbers(counted):
        recent = [day - timedelta(days=back) for back in range(1, number + 1)]
        yield known | {"history": _copies(subject, recent)}
        for edge in edges if number else ():
            yield known | {"history": _copies(subject, [*recent[:-1], edge])}


def _numbers(counted: Iterable[Lines | Quota]) -> list[int]:
    """Give how many earlier lines are worth a try: those that tests name, and those next to them."""
    named = {operand for each in counted if isinstance(each, Lines) for _, operand in each.measure.tests}
    near = {number + by for number in named for by in (-2, -1, 0, 1)} | {1}
    return [number for number in sorted(near) if 0 < number <= _MOST_COPIES]


def _edges(window: Window, day: date) -> Iterator[date]:
    """Give the first day of a window, and the day before it."""
    start = day if window.of_claim else window.start(day)
    if EARLIEST < start < day:
        yield start
        yield start - timedelta(days=1)


def _copies(line: dict[str, Any], days: Iterable[date]) -> list[dict[str, Any]]:
    """Make an earlier line like another for each of some days, each on a claim of its own."""
    kept = {key: value for key, value in line.items() if key not in ("number", "date", "date_to")}
    return [
        {"claim": f"earlier-{number}", "number": 1, **kept, "date": day.isoformat()}
        for number, day in enumerate(sorted(days), start=1)
    ]
