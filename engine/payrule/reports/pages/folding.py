"""Fold text at the width of its place: at blanks, and names that are longer than that at their hyphens and slashes."""

import re
from collections.abc import Iterator

import msgspec
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.text import Text

_WORD = re.compile(r"\S+\s*")
_PIECE = re.compile(r"[^/-]*[/-]+|[^/-]+")


class Folded(msgspec.Struct, frozen=True):
    """Text that folds where a reader would fold it; rich by itself cuts a long name anywhere."""

    text: Text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Give the text in lines of the width that there is."""
        for line in self.text.split(allow_blank=True):
            for part in line.divide(folds(line.plain, options.max_width)):
                part.rstrip()
                yield part

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        """Say how wide the text would like to be, and how narrow it may become."""
        lines = [line.plain for line in self.text.split(allow_blank=True)]
        pieces = [piece.strip() for line in lines for word in _WORD.findall(line) for piece in _PIECE.findall(word)]
        return Measurement(max(map(len, pieces), default=0), max(map(len, lines), default=0)).clamp(
            0, options.max_width
        )


def folds(line: str, width: int) -> list[int]:
    """Give the places at which a line is folded; a piece wider than the width is cut.

    >>> folds("one two/three-four", 9), folds("two/three-four", 4), folds("short", 9)
    ([8, 14], [4, 8, 10], [])
    """
    found, start = [], 0
    for first, piece in _pieces(line, width):
        end = first + len(piece.rstrip())
        if end - start > width and first > start:
            found.append(start := first)
        while end - start > width:
            found.append(start := start + width)
    return found


def _pieces(line: str, width: int) -> Iterator[tuple[int, str]]:
    """List what is not to be parted, with its place: words, and the pieces of names that are too long."""
    at = len(line) - len(line.lstrip())
    for word in _WORD.findall(line):
        for piece in _PIECE.findall(word) if len(word.rstrip()) > width else [word]:
            yield at, piece
            at += len(piece)
