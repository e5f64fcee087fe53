"""From a place in a text to the name or value that stands there, and back. Places are offsets of characters."""

import json
from pathlib import Path as FilePath
from typing import Any, NamedTuple

from payrule.documents.places import Path, Text

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


def spot_at(text: Text, offset: int) -> Spot | None:
    """Find what stands at an offset; None between values.

    >>> from payrule.documents.places import scan
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


def spot_of(text: Text, path: Path, *, key: bool = False) -> Spot | None:
    """Find the key or the plain value of a path; None when there is no such thing."""
    start = (text.keys if key else text.offsets).get(path)
    return None if start is None else _spot(text, path, start, is_key=key)


def place_of(text: Text, path: Path, *, key: bool = False) -> Place | None:
    """Say where the key or the value of a path stands; of an object or a list its first character."""
    start = (text.keys if key else text.offsets).get(path)
    if start is None or text.file is None:
        return None
    spot = _spot(text, path, start, is_key=key)
    return Place(FilePath(text.file), start, spot.end if spot else start + 1)


def extent(text: Text, path: Path) -> tuple[int, int]:
    """Say where a value begins and ends, an object or a list too."""
    start = text.offsets[path]
    _, end = _text(text.text, start)
    return start, end


def _spot(text: Text, path: Path, start: int, *, is_key: bool) -> Spot | None:
    if text.text[start] in "{[":
        return None
    value, end = _text(text.text, start)
    return Spot(path, is_key, value, start, end)
