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
    """The copies that were read last, by their file names, and the digest of what is remembered of them.

    Without a digest they are taken as they stand.
    """

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
        return msgspec.structs.replace(self, digest=self._digest())

    @property
    def is_whole(self) -> bool:
        """Tell whether the copies are those of the digest that is stated."""
        return self.digest is None or self.digest == self._digest()

    def _digest(self) -> str:
        return f"sha256:{hashlib.sha256(msgspec.json.encode(self.copies, order='sorted')).hexdigest()}"


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
