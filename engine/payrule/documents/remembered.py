"""What payrule remembers of the analyst's copies, so that a new edition can be compared without the old one.

Of each word it keeps one of sixteen marks: enough to see where a text changed, and not enough to read it.
"""

import hashlib
from collections.abc import Iterable, Sequence

import msgspec

REMEMBERED = "remembered-copies.json"
"""The file of a rulebase that holds them."""

_A_LINE = 100
"""Marks in a line of the file."""


class RememberedCopy(msgspec.Struct, frozen=True, kw_only=True):
    """A copy as it was: a mark for each word, and the first word of each cited passage, by its digest."""

    marks: tuple[str, ...]
    passages: dict[str, tuple[int, ...]]


class RememberedCopies(msgspec.Struct, frozen=True, kw_only=True, rename={"schema": "$schema"}):
    """The copies that were read last, by their file names."""

    schema: str = "../schemas/remembered-copies.schema.json"
    kind: str = "remembered-copies"
    copies: dict[str, RememberedCopy]


def marks(words: Iterable[str]) -> str:
    """Give the mark of each folded word: a digit of its SHA-256.

    >>> marks(["massage", "is", "paid"]), marks(["massage", "was", "paid"])
    ('df2', 'db2')
    """
    return "".join(hashlib.sha256(word.encode()).hexdigest()[0] for word in words)


def in_lines(marked: Sequence[str]) -> tuple[str, ...]:
    """Break marks into lines, for a file that a review can compare."""
    whole = "".join(marked)
    return tuple(whole[start : start + _A_LINE] for start in range(0, len(whole), _A_LINE))
