"""Texts that only hold a place for what somebody still has to write."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from payrule.model.choices import NOWHERE, UNWRITTEN
from payrule.source.json_source import Path

PROSE = frozenset(
    {"title", "issuer", "summary", "interpretation", "locator", "advice", "text", "reason", "file", "digest"}
)
"""The keys of a document that hold words for readers, or stand for a text."""

_BEGINS = re.compile(
    rf"\W*({UNWRITTEN}|{NOWHERE}|to be (determined|decided|confirmed|defined|added|done)\W*$"
    r"|to ?do\b|tbd\b|tba\b|fixme\b|placeholder\b|lorem ipsum|fill (this |it )?in\b|(change|replace) ?(this|me)\b)",
    re.IGNORECASE,
)
_HOLDS = re.compile(r"\b(TODO|TBD|FIXME|XXX+)\b")
_SAYS_NOTHING = re.compile(r"[\W_]*|x+", re.IGNORECASE)
_ONE_DIGIT = re.compile(r"sha256:(.)\1*")


def is_placeholder(text: str) -> bool:
    """Tell whether a text only holds a place: a scaffold's, a usual mark, no word at all, or a digest of one digit.

    >>> [is_placeholder(each) for each in ("To be written: what it shows.", "TODO", "...", "sha256:" + 64 * "0")]
    [True, True, True, True]
    >>> [is_placeholder(each) for each in ("The plan pays for it.", "Medical need is to be determined by the plan.")]
    [False, False]
    """
    return any((_BEGINS.match(text), _HOLDS.search(text), _SAYS_NOTHING.fullmatch(text), _ONE_DIGIT.fullmatch(text)))


def placeholders(document: msgspec.Struct) -> Iterator[tuple[Path, str]]:
    """List the placeholders of a document, each with the path to it.

    >>> from payrule.model.policy import Note
    >>> list(placeholders(Note(text="To be written", reason="The text says so.")))
    [(('text',), 'To be written')]
    """
    return _below((), msgspec.to_builtins(document))


def _below(path: Path, value: Any) -> Iterator[tuple[Path, str]]:
    if isinstance(value, dict):
        for key, each in value.items():
            if isinstance(each, str):
                if key in PROSE and is_placeholder(each):
                    yield (*path, key), each
            elif key not in ("when", "encounter", "expect"):
                yield from _below((*path, key), each)
    elif isinstance(value, list | tuple):
        for index, each in enumerate(value):
            yield from _below((*path, index), each)
