"""What is different in new copies of the sources, and which rules rest on that.

Of each word it keeps one of sixteen marks: enough to see where a text changed, and not enough to read it.
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from payrule.results.determination import Result


class Piece(msgspec.Struct, frozen=True):
    """Words in a row that are kept, new or gone; `text` is empty where gone words are not at hand."""

    kind: Literal["kept", "new", "gone"]
    words: int
    text: str


class NewWording(msgspec.Struct, frozen=True):
    """What a citation of a passage says when the rule still holds: how many words there are now, and their digest."""

    words: int
    digest: str


class Reworded(msgspec.Struct, frozen=True, kw_only=True):
    """A cited passage that the new copy does not have: where it was cited, what rests on it, what stands there now.

    `line` is that of the new copy; it is None, and there are no pieces, where nobody can tell what became of it.
    `cite` is None where nothing of the passage is left.
    """

    locator: str
    rests: tuple[str, ...]
    line: int | None
    pieces: tuple[Piece, ...]
    cite: NewWording | None


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """Words of a copy that changed where nothing is cited."""

    line: int
    pieces: tuple[Piece, ...]


class Reread(msgspec.Struct, frozen=True, kw_only=True):
    """One copy, read again: how many cited passages stand in it as they were, and what is different.

    `compared` says with what: the old copy, what is remembered of it, or nothing. `lacks` tells that there is no new
    copy. Of passages that are cited without a digest nobody can tell whether they stand as they were.
    """

    file: str
    compared: Literal["old copy", "remembered", "nothing"]
    lacks: bool
    found: int = 0
    without_digest: int = 0
    reworded: tuple[Reworded, ...] = ()
    elsewhere: tuple[Changed, ...] = ()


class Rereading(Result, frozen=True, kw_only=True):
    """All copies of the sources of a rulebase, read again."""

    format_version: Literal["1"] = "1"
    copies: tuple[Reread, ...]

    @property
    def stands(self) -> bool:
        """Tell whether every cited passage stands as it was."""
        return not any(copy.lacks or copy.reworded for copy in self.copies)


REMEMBERED = "remembered-copies.json"
"""The file of a rulebase that holds them."""

_A_LINE = 100
"""Marks in a line of the file."""


class RememberedCopy(msgspec.Struct, frozen=True, kw_only=True):
    """A copy as it was: a mark for each word, and the first word of each cited passage, by its digest."""

    marks: tuple[str, ...]
    passages: dict[str, tuple[int, ...]]


class RememberedCopies(msgspec.Struct, frozen=True, kw_only=True, rename={"schema": "$schema"}):
    """The copies that were read last, by their file names, and their digest; without one they are taken as they are."""

    schema: str = "../schemas/remembered-copies.schema.json"
    kind: str = "remembered-copies"
    copies: dict[str, RememberedCopy]
    digest: str | None = None

    def with_digest(self) -> "RememberedCopies":
        """State the digest of the copies as they are.

        >>> kept = RememberedCopies(copies={"a.txt": RememberedCopy(marks=("df",), passages={})}).with_digest()
        >>> kept.is_whole, msgspec.structs.replace(kept, copies={}).is_whole
        (True, False)
        """
        found = hashlib.sha256(msgspec.json.encode(self.copies, order="sorted")).hexdigest()
        return msgspec.structs.replace(self, digest=f"sha256:{found}")

    @property
    def is_whole(self) -> bool:
        """Tell whether the copies are those of the digest that is stated."""
        return self.digest in (None, self.with_digest().digest)


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
