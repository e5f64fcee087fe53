"""Walk the interchanges, transactions and levels of an X12 file, and give its claims one at a time."""

import re
from collections.abc import Iterable, Iterator

from payrule.documents.findings import Finding
from payrule.formats.x12.loops import ClaimLoop, Loops, above
from payrule.formats.x12.segments import Segment

_PROFESSIONAL = ("X098", "X222")
_OTHER_GUIDES = {"X096": "institutional", "X223": "institutional", "X097": "dental", "X224": "dental"}
_guide = re.compile(r"X\d{3}")
_TRANSACTIONS = {
    "270": "an eligibility inquiry",
    "271": "an eligibility response",
    "276": "a claim status request",
    "277": "a claim status response",
    "278": "a services review",
    "820": "a premium payment",
    "834": "an enrollment",
    "835": "a remittance advice",
    "997": "an acknowledgment",
    "999": "an acknowledgment",
}
_ENVELOPE = frozenset(("ISA", "GS", "ST", "GE", "IEA"))
_PEOPLE = ("22", "23")
"""The levels that a claim can stand under: a subscriber, or a patient who is not the subscriber."""

_CURE = "give an 837 professional claim file (guide X098 or X222)"
_WHOLE = "the file may be cut off; give the whole file"


def read_claims(segments: Iterable[Segment | Finding]) -> Iterator[ClaimLoop | Finding]:
    """Give every complete professional claim, and a finding for every part that cannot be read.

    A claim whose transaction breaks off is not given: lines that are missing could change the answer.

    >>> header = [Segment(1, "ISA", ()), Segment(2, "ST", ("837", "0001")), Segment(3, "HL", ("1", "", "22"))]
    >>> claim = [Segment(4, "CLM", ("A-1", "10")), Segment(5, "LX", ("1",))]
    >>> trailer = [Segment(6, "SE", ("5", "0001")), Segment(7, "IEA", ())]
    >>> [found.place() for found in read_claims(header + claim + trailer)]
    ['claim A-1, segment 4']
    >>> [found.message for found in read_claims(header + claim)]
    ['the file ends inside claim `A-1`: it is not decided, for lines may be missing']
    """
    walk = _Walk()
    for item in segments:
        if isinstance(item, Finding):
            yield item
        else:
            yield from walk.take(item)
    yield from walk.end("the file ends")


class _Walk:
    """The state of the walk: which envelopes are open, the loops above the next claim, and the claim at hand."""

    def __init__(self) -> None:
        self.interchange: Segment | None = None
        self.version = ""
        self.transaction: Segment | None = None
        self.reading = False
        self.loops = Loops()
        self.claim: list[Segment] = []

    def take(self, segment: Segment) -> Iterator[ClaimLoop | Finding]:
        name = segment.name
        if name in _ENVELOPE and self.transaction:
            yield from self.break_off(f"`{name}` (segment {segment.number}) comes")
        if name == "ISA":
            yield from self.end("another header `ISA` comes")
            self.interchange = segment
        elif name == "IEA":
            self.interchange = None
        elif name == "GS":
            self.version = segment.element(8)
        elif name == "ST":
            self.transaction, self.loops = segment, Loops()
            refusal = _refusal(segment, self.version)
            self.reading = refusal is None
            if refusal:
                yield refusal
        elif name == "SE":
            yield from self.close(segment)
        elif self.reading:
            yield from self.within(segment)

    def within(self, segment: Segment) -> Iterator[ClaimLoop | Finding]:
        """Take a segment between the header and the trailer of a professional transaction."""
        if segment.name in ("CLM", "HL"):
            yield from self.give()
        if segment.name == "CLM":
            if self.loops.level not in _PEOPLE:
                yield Finding(
                    code="x12-claim",
                    message="this claim stands under no subscriber: no `HL` of level 22 or 23 precedes it",
                    help="put the claim below its subscriber's or patient's `HL`",
                    path=ClaimLoop(self.loops, (segment,)).place(),
                )
            else:
                self.claim.append(segment)
        elif self.claim:
            self.claim.append(segment)
        else:
            self.loops = above(self.loops, segment)

    def give(self) -> Iterator[ClaimLoop]:
        if self.claim:
            yield ClaimLoop(self.loops, tuple(self.claim))
            self.claim = []

    def close(self, trailer: Segment) -> Iterator[ClaimLoop | Finding]:
        """End a transaction as its trailer `SE` says, and compare the count of segments that it gives."""
        yield from self.give()
        opening = self.transaction
        self.transaction, self.reading = None, False
        if opening is None:
            message = "a trailer `SE` stands here without its `ST`"
            yield Finding(code="x12-transaction", message=message, help=_WHOLE, path=f"segment {trailer.number}")
            return
        count, said = trailer.number - opening.number + 1, trailer.element(1)
        if not said.isdecimal() or int(said) != count:
            yield Finding(
                code="x12-count",
                message=f"transaction `{opening.element(2)}` has {count} segments, but its trailer `SE` says `{said}`",
                help="see that no segment was lost",
                path=f"segment {trailer.number}",
                severity="warning",
            )

    def break_off(self, how: str) -> Iterator[Finding]:
        """End a transaction that has no trailer, and with it the claim at hand."""
        if self.claim:
            claim = ClaimLoop(self.loops, tuple(self.claim))
            message = f"{how} inside claim `{claim.id}`: it is not decided, for lines may be missing"
            yield Finding(code="x12-truncated", message=message, help=_WHOLE, path=claim.place())
        elif self.transaction:
            message = f"{how} inside transaction `{self.transaction.element(2)}`: its trailer `SE` is missing"
            path = f"segment {self.transaction.number}"
            yield Finding(code="x12-truncated", message=message, help=_WHOLE, path=path)
        self.claim, self.transaction, self.reading = [], None, False

    def end(self, how: str) -> Iterator[Finding]:
        """End what is still open when the interchange has no trailer."""
        if self.transaction:
            yield from self.break_off(how)
        elif self.interchange:
            message = f"{how} inside the interchange: its trailer `IEA` is missing, and claims may be"
            path = f"segment {self.interchange.number}"
            yield Finding(code="x12-truncated", message=message, help=_WHOLE, path=path)
        self.interchange = None


def _refusal(opening: Segment, group_version: str) -> Finding | None:
    """Say why a transaction cannot be read, from ST01, ST03 and the version of its group."""
    kind, version = opening.element(1), opening.element(3) or group_version
    found = _guide.search(version)
    guide = found.group() if found else ""
    if kind != "837":
        what = _TRANSACTIONS.get(kind, "another transaction")
        message = f"transaction `{opening.element(2)}` is `{kind}`, {what}, not a claim"
    elif guide in _OTHER_GUIDES:
        message = f"transaction `{opening.element(2)}` holds {_OTHER_GUIDES[guide]} claims (`{version}`)"
    elif guide and guide not in _PROFESSIONAL:
        message = f"transaction `{opening.element(2)}` follows the guide `{version}`, which is not read"
    else:
        return None
    return Finding(code="x12-transaction", message=message, help=_CURE, path=f"segment {opening.number}")
