"""What is different in new copies of the sources, and which rules rest on that."""

from typing import Literal

import msgspec


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


class Rereading(msgspec.Struct, frozen=True, kw_only=True):
    """All copies of the sources of a rulebase, read again."""

    format_version: Literal["1"] = "1"
    copies: tuple[Reread, ...]

    @property
    def stands(self) -> bool:
        """Tell whether every cited passage stands as it was."""
        return not any(copy.lacks or copy.reworded for copy in self.copies)

    def to_json(self) -> bytes:
        """Write it as JSON, one object without line breaks."""
        return msgspec.json.encode(self)
