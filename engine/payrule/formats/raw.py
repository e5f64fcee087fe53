"""What every reader of a claim format gives: an encounter that nobody has checked yet, and where it stands."""

from collections.abc import Callable

import msgspec

from payrule.documents.findings import Finding


class RawEncounter(msgspec.Struct, frozen=True):
    """Hold one encounter as plain JSON values, shaped as the contract's `encounter.schema.json` describes.

    `place` says where it stands in words of its format, such as `segment 28`. `notes` are what a reader
    should know about how it was read: never an error, never a value; a finding where one has a code, a place or help of
    its own. They become warnings in the answer. `text` is what it was read from, where findings can point into it, and
    `line` and `column` (from 1) are where that text begins in the file.

    `faults` are what its reader found wrong: such an encounter is not decided. `placed`, where a format has places of
    its own, gives a finding of the door its place, or None where one of the faults tells of it already.

    >>> RawEncounter({"id": "A-1"}, "segment 28").claim
    'A-1'
    """

    data: dict[str, object]
    place: str
    notes: tuple[str | Finding, ...] = ()
    text: str | None = None
    line: int = 1
    column: int = 1
    faults: tuple[Finding, ...] = ()
    placed: Callable[[Finding], Finding | None] | None = None

    @property
    def claim(self) -> str | None:
        """The id of the claim, as far as it is one."""
        name = self.data.get("id")
        return name if isinstance(name, str) and name else None
