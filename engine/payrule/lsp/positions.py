"""Lines as editors count them: they end in a line feed, a carriage return, or both together, and in nothing else.

Python ends them at separators of lines and paragraphs, form feeds and others too, which may stand in a text of JSON.
"""

import json
import re
from pathlib import Path as FilePath
from typing import Any, NamedTuple

from payrule.source.json_source import JsonSource, Path

_ENDS = re.compile(r"\r\n|\n|\r")


def lines_of(text: str) -> tuple[str, ...]:
    r"""Part a text into its lines, each with its end.

    >>> lines_of("a\u2028b\r\nc\rd")
    ('a\u2028b\r\n', 'c\r', 'd')
    """
    starts = [0, *(found.end() for found in _ENDS.finditer(text))]
    return tuple(text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True) if start < end)


def place_of_offset(text: str, offset: int) -> tuple[int, int]:
    r"""Give the line of an offset, from 0, and the offset at which that line starts.

    >>> place_of_offset("a\u2028b\r\nc\rd", 7)
    (2, 7)
    """
    starts = [found.end() for found in _ENDS.finditer(text, 0) if found.end() <= offset]
    return len(starts), starts[-1] if starts else 0


_text = json.JSONDecoder().raw_decode


class Spot(NamedTuple):
    """A key, or a text or other plain value: its path in the document, what it is, and where it begins and ends."""

    path: Path
    is_key: bool
    value: Any
    start: int
    end: int

    @property
    def inner(self) -> tuple[int, int]:
        """Where the letters of a text begin and end, within the quotation marks."""
        return self.start + 1, self.end - 1


class Place(NamedTuple):
    """A stretch of a file."""

    file: FilePath
    start: int
    end: int


def spot_at(text: JsonSource, offset: int) -> Spot | None:
    """Find what stands at an offset; None between values.

    >>> from payrule.source.json_source import scan
    >>> spot_at(scan('{"fact": "seen"}'), 11)
    Spot(path=('fact',), is_key=False, value='seen', start=9, end=15)
    >>> spot_at(scan('{"fact": "seen"}'), 8) is None
    True
    """
    begun = [(start, True, path) for path, start in text.keys.items() if start <= offset]
    begun += [(start, False, path) for path, start in text.offsets.items() if start <= offset]
    if not begun:
        return None
    start, is_key, path = max(begun, key=lambda each: each[:2])
    spot = _spot(text, path, start, is_key=is_key)
    return spot if spot is not None and offset <= spot.end else None


def spot_of(text: JsonSource, path: Path, *, key: bool = False) -> Spot | None:
    """Find the key or the plain value of a path; None when there is no such thing."""
    start = (text.keys if key else text.offsets).get(path)
    return None if start is None else _spot(text, path, start, is_key=key)


def place_of(text: JsonSource, path: Path, *, key: bool = False) -> Place | None:
    """Say where the key or the value of a path stands; of an object or a list its first character."""
    start = (text.keys if key else text.offsets).get(path)
    if start is None or text.file is None:
        return None
    spot = _spot(text, path, start, is_key=key)
    return Place(FilePath(text.file), start, spot.end if spot else start + 1)


def extent(text: JsonSource, path: Path) -> tuple[int, int]:
    """Say where a value begins and ends, an object or a list too."""
    start = text.offsets[path]
    _, end = _text(text.text, start)
    return start, end


def _spot(text: JsonSource, path: Path, start: int, *, is_key: bool) -> Spot | None:
    if text.text[start] in "{[":
        return None
    value, end = _text(text.text, start)
    return Spot(path, is_key, value, start, end)
