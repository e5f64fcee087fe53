"""What would change in the answers for an encounter if a proposed policy bound."""

from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from payrule.documents.determinations import Determination, LineDetermination, what_counts
from payrule.documents.findings import ClaimWarning


class Change(msgspec.Struct, frozen=True):
    """One line that is answered differently: as things are, and as they would be."""

    line: int
    before: LineDetermination
    after: LineDetermination


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """The lines of an encounter that would be answered differently, and how many would not.

    `warnings` are what can be doubted about the claim, as in its answers.
    """

    format_version: Literal["1"] = "1"
    encounter: str
    payer: str
    considered: str
    known_on: str
    unchanged: int
    changes: tuple[Change, ...]
    warnings: tuple[ClaimWarning, ...] | UnsetType = UNSET

    def to_json(self) -> bytes:
        """Write the comparison as JSON, one object without line breaks."""
        return msgspec.json.encode(self)


def compared(before: Determination, after: Determination, considered: str) -> Comparison:
    """Compare two determinations of one encounter: disposition, concern, liability, discretion, remittance."""
    doubted = dict.fromkeys((*(before.warnings or ()), *(after.warnings or ())))
    changes = tuple(
        Change(one.number, one, two)
        for one, two in zip(before.lines, after.lines, strict=True)
        if what_counts(one) != what_counts(two)
    )
    return Comparison(
        encounter=before.encounter,
        payer=before.payer,
        considered=considered,
        known_on=before.known_on,
        unchanged=len(before.lines) - len(changes),
        changes=changes,
        warnings=tuple(doubted) or UNSET,
    )
