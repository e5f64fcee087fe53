"""The parameters of an address: how to decide, and what to explain."""

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any

from starlette.datastructures import QueryParams

from payrule.source.diagnostics import RequestError, did_you_mean
from payrule.web.service.answering import Choices

TERMS = frozenset({"payer", "known_on", "presume", "consider", "strict"})
"""Parameters that say how to decide."""

EXPLAINED = frozenset({"line", "day", "rule"})
"""Parameters that say what to explain."""


def read_choices(written: bytes, names: frozenset[str], most_lines: int) -> Choices:
    """Read how to decide from the end of an address, today's policies where it names no day.

    Raises RequestError for a parameter that means nothing, or has another value.

    >>> read_choices(b"payer=a&known_on=2026-01-31", TERMS, 100).payer
    'a'
    """
    found = _read(written, names)
    if "known_on" in found:
        return Choices(**found, most_lines=most_lines)
    return Choices(**found, known_on=datetime.now().astimezone().date().isoformat(), most_lines=most_lines)


@lru_cache(maxsize=1_024)
def _read(written: bytes, names: frozenset[str]) -> dict[str, Any]:
    """Read an address once: most requests are sent to one of a few."""
    found: dict[str, Any] = {}
    for name, value in QueryParams(written).multi_items():
        if name not in names:
            help_text = did_you_mean(name, names, otherwise="`/docs` lists the parameters")
            raise RequestError.of("unknown-parameter", "the address has a parameter that means nothing", help_text)
        if name == "presume":
            found[name] = (*found.get(name, ()), value)
            continue
        if name in found:
            raise RequestError.of("repeated-parameter", f"`{name}` is given twice", "give it once")
        found[name] = _READERS.get(name, str)(value)
    if "line" in names and "line" not in found:
        raise RequestError.of("no-line", "the line to explain is not named", "add `?line=1`")
    return found


def _flag(value: str) -> bool:
    if value not in ("true", "false"):
        raise RequestError.of("bad-parameter", "`strict` is neither `true` nor `false`", "write `strict=true`")
    return value == "true"


def _number(value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) <= len(str(2**31))):
        raise RequestError.of("bad-parameter", "`line` is not the number of a line", "write such as `line=1`")
    return int(value)


_READERS: dict[str, Callable[[str], Any]] = {"strict": _flag, "line": _number}
