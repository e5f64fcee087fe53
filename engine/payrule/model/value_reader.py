"""Turn JSON values into values of attributes: sets become frozensets, dates become dates, the others stay as they are.

The functions made here do no more than the schema of the encounter asks, and no less; they only raise, and leave it to
`shape` to say what is wrong. `LARGEST` and its like are bounds of ours beyond the vocabulary: the forward-chaining
engine clamps integers of 2**63 and compares the lengths of texts modulo 65,536, so a limit stands well before either.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from payrule.model.policy import Attribute
from payrule.model.value_schema import Schema
from payrule.model.values import Value, read_date

Reader = Callable[[Any], Value]

LARGEST = 999_999_999_999
"""The largest number that an encounter may hold, and with a minus sign the smallest."""

LONGEST = 1_000
"""Characters that a text of an encounter may have."""

MOST = 1_000
"""Lines that an encounter may have, and values that an attribute of it may hold. An X12 claim has 50 lines at most."""

MOST_DAYS = 366
"""Days that a line may cover: a year."""

MOST_LINE_DAYS = 999
"""Days that the lines of an encounter may cover together, where one covers several: each is decided as a line."""

PLAIN = "^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*$"
"""A text without control characters, line breaks among them."""


def value_reader(attribute: Attribute) -> Reader:
    """Make the function that reads what an attribute holds; it raises TypeError, ValueError or KeyError if it cannot.

    >>> value_reader(Attribute(type="choice", summary="purpose", values=("a", "b"), many=True))(["a", "a"])
    frozenset({'a'})
    >>> value_reader(Attribute(type="date", summary="day"))("2016-02-30")
    Traceback (most recent call last):
    ValueError: day is out of range for month
    """
    single = _single(attribute)
    if not attribute.many:
        return single

    def several(value: Any) -> Value:
        if not isinstance(value, list) or len(value) > MOST:
            raise TypeError(value)
        return frozenset(map(single, value))

    return several


def text_reader(value: Any) -> str:
    """Read a text without control characters; raises TypeError or ValueError for anything else.

    >>> text_reader("claim 7")
    'claim 7'
    """
    if type(value) is not str:
        raise TypeError(value)
    # Printable characters are no control characters, and asking so is fast.
    if len(value) > LONGEST or not (value.isprintable() or (_plain(value) and not _half(value))):
        raise ValueError(value)
    return value


def number_reader(least: int | None = None, most: int | None = None) -> Reader:
    """Make the function that reads a whole number; it raises TypeError or ValueError for anything else.

    >>> number_reader(1)(7)
    7
    """
    low = max(-LARGEST, -LARGEST if least is None else least)
    high = min(LARGEST, LARGEST if most is None else most)

    def number(value: Any) -> Value:
        if type(value) is not int:
            raise TypeError(value)
        if not low <= value <= high:
            raise ValueError(value)
        return value

    return number


def bounded(schema: Schema) -> Schema:
    """Add the bounds of this module to a schema of encounters, so that one place words what is refused.

    >>> bounded({"type": "integer", "minimum": 0})
    {'minimum': 0, 'maximum': 999999999999, 'type': 'integer'}
    """
    result = dict(schema)
    for keyword in ("properties", "$defs"):
        if keyword in schema:
            result[keyword] = {name: bounded(each) for name, each in schema[keyword].items()}
    if "items" in schema:
        result["items"] = bounded(schema["items"])
    types = schema.get("type", ())
    for kind, bounds in _BOUNDS.items():
        if kind in ([types] if isinstance(types, str) else types) and "format" not in schema:
            result = bounds | result
    return result


_plain, _half = re.compile(PLAIN).fullmatch, re.compile("[\ud800-\udfff]").search

_REMEMBERED = lru_cache(maxsize=4_096)
"""Codes and dates come again and again; what was read right once need not be read anew. Faults are not remembered."""

_BOUNDS: dict[str, Schema] = {
    "integer": {"minimum": -LARGEST, "maximum": LARGEST},
    "string": {"maxLength": LONGEST, "pattern": PLAIN, "x-expected": "text without line breaks and control characters"},
    "array": {"maxItems": MOST},
}


def _single(attribute: Attribute) -> Reader:
    if attribute.type == "choice":
        return {value: value for value in attribute.values}.__getitem__
    if attribute.type == "integer":
        return number_reader(attribute.minimum, attribute.maximum)
    if attribute.type == "date":
        return _REMEMBERED(read_date)
    if attribute.type == "boolean":
        return _boolean
    if attribute.pattern is None:
        return text_reader
    matches = re.compile(attribute.pattern).fullmatch

    def matching(value: Any) -> Value:
        if type(value) is not str or matches(value) is None or len(value) > LONGEST:
            raise ValueError(value)
        return str(value)

    return _REMEMBERED(matching)


def _boolean(value: Any) -> Value:
    if value is True or value is False:
        return bool(value)
    raise TypeError(value)
