"""A limit in the form of a rule, such as 12 visits in 90 days: a count of lines, or a quota that lines share."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

import msgspec

from payrule.language.words import WINDOWS, subject_of
from payrule.model.vocabulary import Attribute, Vocabulary

LIMITS = 2
"""Limits in the form; a line that is over one of them is over."""

KINDS = {
    "": "no limit",
    "count": "a line that comes after so many",
    "quota": "what is over an amount that lines share, in their order",
}
"""What a person reads for each kind of limit."""

OF_WINDOWS = {
    "date": "on one day, in the claim",
    "encounter": "in one claim",
    "patient-date": "on one day, in all claims of the patient",
    "days": "in so many days",
    "months": "in so many months",
    "full_months": "in so many full months",
    "year": "in a calendar year",
    "ever": "ever",
}
"""What a person reads for each window; those of `SIZED` need a number."""

SIZED = tuple(name for name, words in WINDOWS.items() if "{}" in words)

WHICH = {"": "those to which the conditions above apply", "all": "all lines"}
DENIED = {"": "count too", "no": "do not count"}
FIRST = {"": "by their number", "highest": "the highest first", "lowest": "the lowest first"}

_STATUS, _DENIED = "line.status", "denied"
"""The attribute that says what became of an earlier line, and its value for one that was not paid."""

Wrong = Callable[[str, str, str | None], None]
"""Told what is wrong: the control, the message and its help."""


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """A limit: the condition of a rule that a line is over it, and the quota that the condition names, if any."""

    when: dict[str, Any]
    quota: tuple[str, dict[str, Any]] | None = None


def counted_things(vocabulary: Vocabulary, kind: str) -> dict[str, str]:
    """List what a kind of limit can count, each with what a person reads: attributes of lines that add up too.

    >>> from payrule import load
    >>> vocabulary = load().documents.vocabulary
    >>> [*counted_things(vocabulary, "count")][:2], "dates" in counted_things(vocabulary, "quota")
    (['dates', 'lines'], False)
    """
    numbers = {
        name: subject_of(name)
        for name, each in vocabulary.attributes.items()
        if name.startswith("line.") and _adds_up(each)
    }
    visits = {"dates": "visits (dates of service)"} if kind != "quota" else {}
    return visits | {"lines": "lines"} | numbers


def _adds_up(attribute: Attribute) -> bool:
    lowest = attribute.minimum
    return (
        attribute.type == "integer" and not (attribute.many or attribute.derived) and lowest is not None and lowest >= 0
    )


def orderings(vocabulary: Vocabulary) -> dict[str, str]:
    """List the attributes of lines by which lines can take from a quota, each with what a person reads."""
    return {
        name: subject_of(name)
        for name, each in vocabulary.attributes.items()
        if name.startswith("line.") and not each.many and each.type in ("integer", "date")
    }


def shared(vocabulary: Vocabulary) -> dict[str, str]:
    """List the attributes in which the lines that are counted may have to agree, each with what a person reads."""
    return {
        name: subject_of(name)
        for name, each in vocabulary.attributes.items()
        if name.startswith("line.") and not each.many and each.type in ("code", "choice", "text", "date")
    }


def knows_denied(vocabulary: Vocabulary) -> bool:
    """Tell whether claims can say of an earlier line that it was denied."""
    status = vocabulary.attributes.get(_STATUS)
    return status is not None and _DENIED in status.values


def limits(
    said: Mapping[str, str], vocabulary: Vocabulary, where: dict[str, Any], rule: Mapping[str, str], wrong: Wrong
) -> Iterator[Limit]:
    """Read the limits of the form; `where` is what the conditions of the rule say, `rule` its `id` and `summary`.

    Keys of `said` are `limit.N.kind`, `of`, `most`, `window`, `length`, `same`, `which`, `denied`, `first` and `by`.
    """
    for number in range(1, LIMITS + 1):
        given = {part: said.get(f"limit.{number}.{part}", "") for part in _PARTS}
        kind = given["kind"]
        if not kind:
            if given["most"]:
                wrong(f"limit.{number}.kind", "it is not said what the limit does", "choose it")
            continue
        made = _limit(number, given, vocabulary, where, wrong)
        if made is None:
            continue
        if kind == "count":
            yield Limit(when={"lines": made})
        else:
            name = f"{rule['id']}-limit" + (f"-{number}" if number > 1 else "")
            over = {"quota": {name: {"over": {"at_least": 1}}}}
            yield Limit(when=over, quota=(name, {"summary": rule["summary"], **made}))


_PARTS = ("kind", "of", "most", "window", "length", "same", "which", "denied", "first", "by")


def _limit(
    number: int, given: Mapping[str, str], vocabulary: Vocabulary, where: dict[str, Any], wrong: Wrong
) -> dict[str, Any] | None:
    """Make a count of lines, or a quota without its summary; None where something is wrong."""
    kind: Literal["count", "quota"] = "quota" if given["kind"] == "quota" else "count"
    most, window = _number(given["most"]), _window(given)
    faults = {
        "of": (given["of"] not in counted_things(vocabulary, kind), "it is not said what is counted", "choose it"),
        "most": (most is None, "it is not said how many there may be", "write a whole number, such as 12"),
        "window": (given["window"] not in OF_WINDOWS, "it is not said in which time", "choose it"),
        "length": (
            given["window"] in OF_WINDOWS and window is None,
            "the time has no length",
            "write a whole number, such as 90",
        ),
        "same": (given["same"] not in ("", *shared(vocabulary)), "lines cannot agree in this", "choose another"),
        "by": (
            bool(given["first"]) and given["by"] not in orderings(vocabulary),
            "it is not said of what the highest or lowest is first",
            "choose it",
        ),
    }
    found = {name: fault for name, fault in faults.items() if fault[0]}
    for name, (_, message, help_text) in found.items():
        wrong(f"limit.{number}.{name}", message, help_text)
    if found or most is None:
        return None
    counted = dict(where) if given["which"] != "all" else {}
    if given["denied"] == "no" and knows_denied(vocabulary):
        denied = {_STATUS: {"is": _DENIED}}
        counted = {**counted, "not": denied} if "not" not in counted else {"all": [counted, {"not": denied}]}
    same = {"same": [given["same"]]} if given["same"] else {}
    which = {"where": counted} if counted else {}
    if kind == "quota":
        first = {"first": [{given["first"]: given["by"]}]} if given["first"] else {}
        return {"of": given["of"], "at_most": most, "window": window, **same, **which, **first}
    return {"window": window, **which, **same, "itself": True, **_measure(given["of"], most + 1)}


def _measure(of: str, least: int) -> dict[str, Any]:
    """Test that a count comes to so many: of dates, of lines, or the sum of an attribute.

    >>> _measure("dates", 13), _measure("line.units", 5)
    ({'dates': {'at_least': 13}}, {'sum': {'of': 'line.units', 'at_least': 5}})
    """
    if of in ("dates", "lines"):
        return {"count" if of == "lines" else of: {"at_least": least}}
    return {"sum": {"of": of, "at_least": least}}


def _window(given: Mapping[str, str]) -> str | dict[str, int] | None:
    if given["window"] not in SIZED:
        return given["window"]
    size = _number(given["length"])
    return {given["window"]: size} if size else None


def _number(text: str) -> int | None:
    """Read a whole number of at most six digits.

    >>> _number("12"), _number("12.5"), _number("9" * 5000)
    (12, None, None)
    """
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= len("999999") else None
