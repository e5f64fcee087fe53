"""Patterns of a vocabulary that are looked for in time that grows with a text, and never faster.

Python's `re` tries every way in which a pattern can fit a text. A pattern is accepted when the ways are few: no part
that may repeat without end holds another choice, and no more than two of them follow each other.
"""

import re
from functools import cache
from math import prod
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

MOST_WAYS = 10_000
"""Ways to fit a text, apart from how often its endless parts repeat."""
MOST_ENDLESS = 2
"""Parts without end that may follow each other."""
_LARGE = 64
"""A part that may repeat more often counts as one without end."""
_DEEPEST = 20
"""Parts within parts; so that what can be read once can be read wherever it is asked for."""


@cache
def trouble(pattern: str) -> str | None:
    """Say what keeps a pattern from being looked for in time; None where nothing does.

    >>> trouble("^[0-9A-Z]{5}$"), trouble("^[A-Z]+-[0-9]{2,4}$")
    (None, None)
    >>> trouble("^(([0-9A-Z])+)+$")
    'a part that repeats without end holds another choice'
    >>> trouble("^[0-9")
    'it is no pattern: unterminated character set at position 1'
    """
    try:
        ways, endless = _sequence(parser.parse(pattern))
    except re.error as fault:
        return f"it is no pattern: {fault}"
    except (RecursionError, OverflowError):
        return _TOO_DEEP
    except _TroubleError as fault:
        return str(fault)
    if endless > MOST_ENDLESS:
        return f"{endless} parts that repeat without end follow each other"
    return f"it fits a text in more than {MOST_WAYS:,} ways" if ways > MOST_WAYS else None


_TOO_DEEP = "it is nested too deeply, or repeats too often"


class _TroubleError(Exception):
    pass


def _sequence(parts: Any, depth: int = 0) -> tuple[int, int]:
    """Count the ways of parts that follow each other, and those without end among them."""
    if depth > _DEEPEST:
        raise _TroubleError(_TOO_DEEP)
    counted = [_part(operator, operand, depth + 1) for operator, operand in parts]
    return prod(ways for ways, _ in counted), sum(endless for _, endless in counted)


def _part(operator: Any, operand: Any, depth: int) -> tuple[int, int]:
    if operator in (codes.LITERAL, codes.NOT_LITERAL, codes.IN, codes.ANY, codes.AT):
        return 1, 0
    if operator is codes.SUBPATTERN:
        return _sequence(operand[-1], depth)
    if operator is codes.ATOMIC_GROUP:
        return _sequence(operand, depth)
    if operator is codes.BRANCH:
        counted = [_sequence(each, depth) for each in operand[1]]
        return sum(ways for ways, _ in counted), max(endless for _, endless in counted)
    if operator in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
        least, most, body = operand
        ways, endless = _sequence(body, depth)
        if most > _LARGE and (ways > 1 or endless):
            raise _TroubleError("a part that repeats without end holds another choice")
        if most > _LARGE:
            return 1, 1
        if endless and most > 1:
            raise _TroubleError("a part that repeats holds one that repeats without end")
        return sum(min(ways**count, MOST_WAYS + 1) for count in range(least, most + 1)), endless
    raise _TroubleError("it looks ahead, behind, or back at what it found before")
