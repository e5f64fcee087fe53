"""What a claim gives so that computed attributes are as the solver said: what they are computed from, where it can.

A value of a computed attribute may be given in a claim, so each that it can hold is one that a claim can show. A reader
learns more from a birth date than from an age, so a claim is written with what values are computed from first.
"""

from calendar import monthrange
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from payrule.encounter.encounter import DATE
from payrule.model.values import NO_VALUE
from payrule.model.vocabulary import BIRTH, Computation, Vocabulary

Range = tuple[Any, Any]
"""The least value, and the first that is too large; None without one."""

Held = tuple[str, dict[str, Any], Any]
"""An attribute, the line that it is of, and what it holds: a range of numbers, else the value."""


def latest_birth(day: date, age: int, unit: str) -> date | None:
    """Give the latest day of birth of who has completed so much on a day; None before the first day that there is.

    >>> latest_birth(date(2022, 2, 28), 18, "years"), latest_birth(date(2022, 3, 1), 18, "years")
    (datetime.date(2004, 2, 28), datetime.date(2004, 3, 1))
    >>> latest_birth(date(2024, 3, 31), 1, "months")
    datetime.date(2024, 2, 29)
    """
    try:
        if unit == "days":
            return day - timedelta(days=age)
        months = 12 * day.year + day.month - 1 - (12 * age if unit == "years" else age)
        year, month = divmod(months, 12)
        return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
    except (OverflowError, ValueError):
        return None


def birth_date(ages: Iterable[tuple[date, str, Range]]) -> date | None:
    """Give a day of birth by which ages are what they must be on some days; None where there is none.

    >>> birth_date([(date(2024, 3, 1), "years", (18, None)), (date(2024, 2, 29), "years", (None, 18))])
    datetime.date(2006, 3, 1)
    """
    latest, after = date.max, date.min
    for day, unit, (low, below) in ages:
        born = latest_birth(day, max(low or 0, 0), unit)
        if born is None:
            return None
        latest = min(latest, born)
        if below is not None:
            after = max(after, latest_birth(day, max(below, 0), unit) or date.min)
    return latest if after < latest < date.max else None


def with_inputs(encounter: dict[str, Any], found: Iterable[Held], vocabulary: Vocabulary) -> None:
    """Replace what a claim gives of computed attributes by what they are computed from, where that is not given yet."""
    attributes = vocabulary.attributes
    forms: dict[str, Computation] = {
        name: made for name, each in attributes.items() if (made := each.computation) is not None
    }
    listed = [each for each in found if each[0] in forms]
    ages = [(name, line, held) for name, line, held in listed if forms[name].age_on == DATE]
    told = [(date.fromisoformat(line["date"]), forms[name].unit or "years", held) for name, line, held in ages]
    born = birth_date(told) if told and _read(encounter, BIRTH) is None else None
    if born is not None:
        _put(encounter, BIRTH, born.isoformat())
        for name, line, _ in ages:
            _drop(line if name.startswith("line.") else encounter, name)
    for name, line, _ in listed:
        made = forms[name]
        target = line if name.startswith("line.") else encounter
        value = _read(target, name)
        if value is None or made.form not in WRITERS:
            continue
        given = WRITERS[made.form](made, value, _Reading(encounter, line), vocabulary)
        if given is not None:
            for each, held in given.items():
                _put(line if each.startswith("line.") else encounter, each, held)
            _drop(target, name)


class _Reading:
    """What a claim says of a line, and as a whole."""

    def __init__(self, encounter: Mapping[str, Any], line: Mapping[str, Any]) -> None:
        self._encounter, self._line = encounter, line

    def __getitem__(self, name: str) -> Any:
        return _read(self._line if name.startswith("line.") else self._encounter, name)


def _days_between(made: Computation, value: int, said: _Reading, _: Vocabulary) -> dict[str, Any] | None:
    first, second = made.days_between or ("", "")
    one, two = said[first], said[second]
    try:
        if one is not None and two is None:
            return {second: (date.fromisoformat(one) + timedelta(days=value)).isoformat()}
        if two is not None and one is None:
            return {first: (date.fromisoformat(two) - timedelta(days=value)).isoformat()}
        agree = one is not None and (date.fromisoformat(two) - date.fromisoformat(one)).days == value
    except OverflowError:
        return None
    return {} if agree else None


def _minus(made: Computation, value: int, said: _Reading, vocabulary: Vocabulary) -> dict[str, Any] | None:
    first, second = made.minus or ("", "")
    one, two = said[first], said[second]
    least = vocabulary.attributes[second].minimum or 0
    if two is None:
        two = max(least, least - value) if one is None else one - value
    if one is None:
        one = two + value
    fits = one - two == value
    for name, number in ((first, one), (second, two)):
        low, high = vocabulary.attributes[name].minimum, vocabulary.attributes[name].maximum
        fits = fits and (low is None or low <= number) and (high is None or number <= high)
    return {first: one, second: two} if fits else None


def _pointed(made: Computation, value: list[Any], said: _Reading, vocabulary: Vocabulary) -> dict[str, Any] | None:
    pointers = next(each for each, to in vocabulary.pointers.items() if to == made.pointed)
    listed = said[made.pointed or ""]
    if said[pointers] is not None or (listed is not None and not set(value) <= set(listed)):
        return None
    whole = value if listed is None else listed
    return {str(made.pointed): whole, pointers: [whole.index(each) + 1 for each in value]}


def _first_of(made: Computation, value: Any, said: _Reading, _: Vocabulary) -> dict[str, Any] | None:
    source = made.first_of or ""
    return {source: [] if value == NO_VALUE else [value]} if said[source] is None else None


WRITERS: Mapping[str, Callable[[Computation, Any, _Reading, Vocabulary], dict[str, Any] | None]] = {
    "days_between": _days_between,
    "minus": _minus,
    "pointed": _pointed,
    "first_of": _first_of,
}
"""What a claim gives for a value of each form; None where what it says already stands against that."""


def _steps(attribute: str) -> list[str]:
    root, *steps = attribute.split(".")
    return [root, *steps] if root == "patient" else steps


def _read(target: Mapping[str, Any], attribute: str) -> Any:
    held: Any = target
    for step in _steps(attribute):
        held = held.get(step) if isinstance(held, Mapping) else None
    return held


def _put(target: dict[str, Any], attribute: str, value: Any) -> None:
    *groups, key = _steps(attribute)
    for group in groups:
        target = target.setdefault(group, {})
    target[key] = value


def _drop(target: dict[str, Any], attribute: str) -> None:
    *groups, key = _steps(attribute)
    for group in groups:
        target = target.get(group, {})
    target.pop(key, None)
