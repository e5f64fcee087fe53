"""What a sentence says of limits and of payment in part, as far as it says so in common words.

What is found is a draft for a person who compares it with the text: a count of lines, a quota, a percentage.
"""

import re
from collections.abc import Callable, Collection
from typing import Any

import msgspec

from payrule.scaffold.asked import CODE, UNITS

PROVIDER, GROUP, CHARGE = "line.provider.npi", "line.group.tin", "line.charge_cents"


class Limit(msgspec.Struct, frozen=True):
    """A limit: the largest number of visits, lines or units in a window; `words` are those of the text."""

    words: str
    at_most: int
    of: str
    window: str | dict[str, int]

    @property
    def ranks(self) -> bool:
        """Tell whether the limit is shared: a part of a line is inside, or some lines of one date are."""
        return self.of == "units" or self.window in ("date", "patient-date", "encounter")

    def quota(self, code: str, same: tuple[str, ...], known: Collection[str]) -> dict[str, Any]:
        """Write the limit as a quota of lines with a code; `known` are the attributes that there are."""
        order = {"first": [{"highest": CHARGE}]} if CHARGE in known else {}
        alike = {"same": list(same)} if same else {}
        of = UNITS if self.of == "units" else "lines"
        summary = f"At most {self.words}."
        where = {"where": {CODE: {"is": code}}}
        return {"summary": summary, "of": of, "at_most": self.at_most, "window": self.window} | alike | where | order

    def lines(self, code: str, same: tuple[str, ...]) -> dict[str, Any]:
        """Write the condition that the limit is exceeded, with lines of a code; the line itself counts."""
        measure = "dates" if self.of == "visits" else "count"
        alike = {"same": list(same)} if same else {}
        counted = {"itself": True, measure: {"at_least": self.at_most + 1}}
        return {"lines": {"window": self.window, "where": {CODE: {"is": code}}} | alike | counted}


class Said(msgspec.Struct, frozen=True):
    """The limits of a sentence, in what the lines that count must agree, and what percentage is paid."""

    limits: tuple[Limit, ...] = ()
    same: tuple[str, ...] = ()
    percent: float | None = None


def said(sentence: str) -> Said:
    """Read limits and a percentage; nothing where the sentence does not limit.

    >>> found = said("No more than 12 visits in 90 days, 20 in a calendar year, with any provider of the group.")
    >>> [(each.at_most, each.of, each.window) for each in found.limits], found.same
    ([(12, 'visits', {'days': 90}), (20, 'visits', 'year')], ('line.group.tin',))
    >>> said("The plan pays assistants at 85 percent.").percent
    85
    >>> said("The plan pays for 30 minutes of exercises.")
    Said(limits=(), same=(), percent=None)
    """
    text = " ".join(sentence.lower().split())
    limits: list[Limit] = []
    of = "visits"
    for found in _LIMIT.finditer(text) if _limiting(text) else ():
        counted = text[found.start() : found.start("unit")]
        of = next((name for name, is_one in _NOUNS.items() if is_one(counted)), of)
        window = _window(found, text)
        limits.append(Limit(found[0].strip(" ,"), _number(found["number"]), of, window))
    return Said(tuple(limits), _same(text) if limits else (), _percent(text))


_limiting = re.compile(
    r"no more than|not more than|at most|up to|maximum|max\b|limit|only|exceed|beyond|more than|once|twice"
).search

_NOUNS = {
    "units": re.compile(r"\b(?:units?|quarter-hours?|doses?)\b").search,
    "lines": re.compile(r"\b(?:lines?|services?|procedures?|items?|modalit(?:y|ies)|claims?)\b").search,
    "visits": re.compile(r"\b(?:visits?|sessions?|treatments?|appointments?|times?|examinations?|tests?)\b").search,
}
"""By what is counted, what finds its nouns. A limit without one counts as the limit before it, the first one visits."""

_TO_TWELVE = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_WORDS = {
    **{word: number for number, word in enumerate(_TO_TWELVE, start=1)},
    **{word: 10 * number for number, word in enumerate(("twenty", "thirty", "forty", "fifty", "sixty"), start=2)},
    "once": 1,
    "twice": 2,
}

_NUMBER = rf"\d{{1,3}}|{'|'.join(_WORDS)}"
_LIMIT = re.compile(
    rf"\b(?P<number>{_NUMBER})\b"
    rf"(?:\s+(?!(?:{_NUMBER}|days?|weeks?|months?|years?|percent|in|per|within|every|each)\b)[a-z-]+){{0,7}}?"
    r"\s+(?:in|per|within|over|during|every|each|for|on|a|an|any)(?:\s+(?:a|an|any|the|each|one|same|period of))*\s+"
    rf"(?:(?P<size>{_NUMBER})[ -](?:consecutive )?)?"
    r"(?P<unit>calendar year|lifetime|life|day|date|week|month|year|visit|claim)s?\b"
)
"""A number, what is counted, and the time in which: `12 visits in 90 days`, `20 in a calendar year`, `once a year`."""


def _number(text: str) -> int:
    return _WORDS.get(text) or int(text)


def _window(found: re.Match[str], text: str) -> str | dict[str, int]:
    size, unit = _number(found["size"]) if found["size"] else None, found["unit"]
    if unit in ("day", "date", "visit") and size in (None, 1):
        return "patient-date" if _everybody(text) else "date"
    if unit == "claim":
        return "encounter"
    if unit in ("lifetime", "life"):
        return "ever"
    if unit == "calendar year" or (unit == "year" and size is None):
        return "year"
    factor, of = {"day": (1, "days"), "week": (7, "days"), "month": (1, "months"), "year": (12, "months")}[unit]
    return {of: factor * (size or 1)}


_everybody: Callable[[str], Any] = re.compile(r"\b(?:any|all|every|whatever|different) (?:[a-z]+ )?provider").search
_group = re.compile(r"\b(?:group|practice)\b").search
_each = re.compile(
    r"\b(?:same|each|one|per|a single) (?:rendering )?(?:provider|therapist|physician|clinician)\b"
).search


def _same(text: str) -> tuple[str, ...]:
    if _group(text):
        return (GROUP,)
    return (PROVIDER,) if _each(text) else ()


_reduced_by = re.compile(r"\b(?:reduced|lowered|cut) by (\d+(?:\.\d+)?) ?(?:%|per ?cent)").search
_paid_at = re.compile(
    r"\b(?:pa(?:id|ys?|yment)|reimburs\w+|allow\w*|covered|reduced to)\b[^.%]*?(\d+(?:\.\d+)?) ?(?:%|per ?cent)"
).search
_half = re.compile(r"\b(?:pa(?:id|ys?)|reduced|reimburs\w+)\b.*\b(?:at|by|to) (?:one )?half\b|\bpays half\b").search


def _percent(text: str) -> float | None:
    if by := _reduced_by(text):
        paid = 100 - float(by[1])
    elif at := _paid_at(text):
        paid = float(at[1])
    else:
        paid = 50.0 if _half(text) else 0.0
    whole = int(paid) if paid.is_integer() else paid
    return whole if 0 < paid < 100 else None  # noqa: PLR2004 - all of it is no part
