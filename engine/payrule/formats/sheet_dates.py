"""Dates as spreadsheets write them: which part is the month, and the date that is meant."""

import re
from calendar import month_name
from collections.abc import Iterable
from contextlib import suppress
from datetime import date
from typing import Literal

Dates = Literal["month-first", "day-first"]
"""Which part of a date such as 1/5/2026 comes first."""

slashed = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})(?:[ T].*)?", re.ASCII).fullmatch
named = re.compile(
    r"(?:(\d{1,2})[- ]([A-Za-z]{3})[a-z]*|([A-Za-z]{3})[a-z]*\.? (\d{1,2}),?)[- ](\d{4}|\d{2})"
).fullmatch
is_iso = re.compile(r"\d{4}-\d{2}-\d{2}(?:[ T].*)?|(?:19|20)\d{6}", re.ASCII).fullmatch
_MONTHS = {each[:3].lower(): at for at, each in enumerate(month_name) if each}


def is_date(text: str) -> bool:
    """Tell whether a text is a date as spreadsheets write them.

    >>> is_date("5-Jan-26"), is_date("45.00")
    (True, False)
    """
    return bool(slashed(text) or is_iso(text) or named(text))


def date_orders(values: Iterable[str]) -> frozenset[Dates] | None:
    """Say in which orders month and day can stand; none where values contradict each other, None without any.

    >>> sorted(date_orders({"1/5/2026", "13/5/2026"})), len(date_orders({"1/5/2026"}))
    (['day-first'], 2)
    >>> date_orders({"2026-01-05"}) is None
    True
    """
    found = [each for value in values if (each := slashed(value))]
    if not found:
        return None
    orders: list[Dates] = ["month-first", "day-first"]
    wrong = {"day-first": any(int(each[3]) > _MONTHS_OF_A_YEAR for each in found)}
    wrong["month-first"] = any(int(each[1]) > _MONTHS_OF_A_YEAR for each in found)
    return frozenset(each for each in orders if not wrong[each])


_MONTHS_OF_A_YEAR = 12


def read_date(text: str, order: Dates | None, *, is_birth: bool = False) -> str:
    """Write a date as the engine reads it; what is none stays as it is, and so does a birth date with a short year.

    >>> read_date("1/5/2026", "month-first"), read_date("5-Jan-26", None), read_date("20260105", None)
    ('2026-01-05', '2026-01-05', '2026-01-05')
    >>> read_date("1/5/2026", None), read_date("2/30/2026", "month-first")
    ('1/5/2026', '2/30/2026')
    """
    year, month, day = "", 0, 0
    if found := slashed(text):
        if order is None:
            return text
        one, two, year = int(found[1]), int(found[3]), found[4]
        month, day = (one, two) if order == "month-first" else (two, one)
    elif found := named(text):
        name, year = (found[2] or found[3]).lower(), found[5]
        month, day = _MONTHS.get(name, 0), int(found[1] or found[4])
    elif is_iso(text):
        digits = text[:10].replace("-", "")[:8]
        year, month, day = digits[:4], int(digits[4:6]), int(digits[6:])
    if not year or (is_birth and len(year) < len("1926")):
        return text
    with suppress(ValueError):
        return date(int(year) if len(year) > len("26") else 2000 + int(year), month, day).isoformat()
    return text
