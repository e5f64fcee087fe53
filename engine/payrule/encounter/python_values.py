"""What a program hands over in place of JSON: the values of Python, NumPy and pandas that say the same, and no others.

Sets are lists, tuples too; a day is a date, a datetime at midnight or one of NumPy's; whole numbers are those of
Decimal and NumPy as well. What could only be taken by a guess is refused by name: a time of day, a fraction, bytes.
"""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from payrule.model.faults import Fault, called, shown
from payrule.source.json_source import DEEPEST, Path

_MIDNIGHT = time(0)


class UnfitValueError(Exception):
    """A value that no encounter holds."""

    def __init__(self, path: Path, message: str, help_text: str) -> None:
        """Keep what is said of it, and its place."""
        super().__init__(message)
        self.fault = Fault(path, "wrong-type", message, help_text)


def plain(value: Any, path: Path = (), *, ordered: AbstractSet[Path] = frozenset()) -> Any:
    """Give a value as JSON would say it; `ordered` are the places, without numbers, where the order of a list counts.

    Raises UnfitValueError for a value that JSON cannot say, or not without a guess.

    >>> plain({"modifiers": {"B", "A"}, "date": date(2016, 3, 1), "units": Decimal("2.0")})
    {'modifiers': ['A', 'B'], 'date': '2016-03-01', 'units': 2}
    """
    if len(path) > DEEPEST:
        raise UnfitValueError(path[:2], f"values are nested deeper than {DEEPEST} levels", "flatten the encounter")
    if _is_plain(value):
        return value
    if type(value) not in (dict, list) and (found := _single(value, path)) is not None:
        return found
    if isinstance(value, dict | Mapping):
        return dict(_items(value, path, ordered))
    if isinstance(value, list | tuple):
        return [each if _is_plain(each) else plain(each, (*path, at), ordered=ordered) for at, each in enumerate(value)]
    if isinstance(value, AbstractSet):
        return _members(value, path, ordered)
    return plain(_of_numpy(value, path), path, ordered=ordered)


def _is_plain(value: Any) -> bool:
    """Tell at once what JSON has just so, as most values are."""
    kind = type(value)
    return value.isascii() if kind is str else value is None or kind is bool or kind is float


def _single(value: Any, path: Path) -> str | int | None:
    """Give a text, a whole number or a date; None for what is none of these."""
    if isinstance(value, str):
        return _text(str.__str__(value), path)
    if isinstance(value, int):
        return _bounded(int(value), path)
    if isinstance(value, date):
        return _day(value, path)
    return _number(value, path) if isinstance(value, Decimal) else None


def _text(text: str, path: Path) -> str:
    if not text.isascii() and any("\ud800" <= each <= "\udfff" for each in text):
        message = f"{called(path, 'encounter')} holds half of a character (a lone surrogate)"
        raise UnfitValueError(path, message, "write the whole character")
    return text


def _items(value: Mapping[Any, Any], path: Path, ordered: AbstractSet[Path]) -> Iterator[tuple[str, Any]]:
    for key, each in value.items():
        if not isinstance(key, str):
            message = f"the key {shown(key)} is of type `{type(key).__name__}`, and keys are texts"
            raise UnfitValueError(path, message, "write its name as a text")
        name = key if _is_plain(key) else _text(str.__str__(key), path)
        yield name, each if _is_plain(each) else plain(each, (*path, name), ordered=ordered)


def _members(value: Iterable[Any], path: Path, ordered: AbstractSet[Path]) -> list[Any]:
    if tuple(step for step in path if isinstance(step, str)) in ordered:
        message = f"{called(path, 'encounter')} is a set, which has no order, and others point to positions in it"
        raise UnfitValueError(path, message, "give a list")
    found = [plain(each, (*path, at), ordered=ordered) for at, each in enumerate(value)]
    return sorted(found, key=lambda each: (type(each).__name__, each if isinstance(each, str | int | float) else 0))


def _day(value: date, path: Path) -> str:
    if value != value:  # noqa: PLR0124 - pandas has a date that is none, and differs from itself
        raise UnfitValueError(path, f"{called(path, 'encounter')} is `NaT`", "leave it out where it is not known")
    if isinstance(value, datetime):
        if value.time() != _MIDNIGHT or value.tzinfo is not None:
            message = f"{called(path, 'encounter')} is the time {shown(value.isoformat(' '))}, and a date is wanted"
            raise UnfitValueError(path, message, "give its day, as `.date()` does in the time zone that is meant")
        value = value.date()
    return value.isoformat()


def _number(value: Decimal, path: Path) -> int:
    if not value.is_finite() or value != value.to_integral_value():
        message = f"{called(path, 'encounter')} is the number {shown(str(value))}, and whole numbers are wanted"
        raise UnfitValueError(path, message, "give a whole number")
    return _bounded(int(value), path)


def _bounded(number: int, path: Path) -> int:
    if number.bit_length() > _BITS:
        message = f"{called(path, 'encounter')} is a number of more than {int(_BITS * 0.301)} digits"
        raise UnfitValueError(path, message, "use a smaller number")
    return number


_BITS = 1_024
"""Of a number: as many as a float can tell."""


def _of_numpy(value: Any, path: Path) -> Any:
    """Give what a scalar or an array of NumPy holds; nothing of NumPy is imported for that."""
    kind = getattr(getattr(value, "dtype", None), "kind", "") if type(value).__module__ == "numpy" else ""
    if kind == "M":
        value = value.astype("datetime64[us]")
    if kind in "biufUOM" and kind:
        return value.tolist()
    message = f"{called(path, 'encounter')} is of type `{type(value).__name__}`, which an encounter does not hold"
    raise UnfitValueError(path, message, "give texts, whole numbers, dates, lists and dicts")
