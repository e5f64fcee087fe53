"""The second way through an X12 file: its claims, one at a time; every claim of a part that is refused is named."""

from collections.abc import Iterable, Iterator

from payrule.documents.findings import Finding
from payrule.formats.x12.envelopes import Account, Part
from payrule.formats.x12.loops import ClaimLoop, Loops, above
from payrule.formats.x12.segments import Segment

Found = ClaimLoop | Finding | tuple[Finding, ...]
"""A claim, what is wrong with the file, or why one claim of it is refused."""

_PEOPLE = ("22", "23")
"""The levels that a claim can stand under: a subscriber, or a patient who is not the subscriber."""


def read_claims(segments: Iterable[Segment | Finding], account: Account) -> Iterator[Found]:
    """Give every professional claim of a file, or why it is refused, and what is wrong with the file beside that.

    `account` is what the first way through the same segments found.

    >>> header = [Segment(1, "ISA", ()), Segment(2, "ST", ("837", "0001")), Segment(3, "HL", ("1", "", "22"))]
    >>> claim = [Segment(4, "CLM", ("A-1", "10")), Segment(5, "LX", ("1",)), Segment(6, "SE", ("5", "0001"))]
    >>> [found.place() for found in read_claims(header + claim, Account((), 1))]
    ['segment 4']
    >>> refused = Part(2, 6, (Finding(code="x", message="the trailer is that of another"),))
    >>> [(found[0].claim, found[0].path) for found in read_claims(header + claim, Account((refused,), 1))]
    [('A-1', 'segment 4')]
    """
    walk = _Walk(account.parts)
    for item in segments:
        if isinstance(item, Finding):
            yield item
        else:
            yield from walk.take(item)
    yield from walk.end()


class _Walk:
    """The state of the walk: the parts yet to come, the loops above the next claim, and the claim at hand."""

    def __init__(self, parts: Iterable[Part]) -> None:
        self.parts = list(reversed(tuple(parts)))
        self.refused: list[Part] = []
        self.named: set[int] = set()
        self.reading = False
        self.loops = Loops()
        self.claim: list[Segment] = []

    def take(self, segment: Segment) -> Iterator[Found]:
        while self.parts and self.parts[-1].first <= segment.number:
            self.refused.append(self.parts.pop())
        if not self.refused:
            yield from self._read(segment)
            return
        refusing = [part for part in self.refused if not part.notice]
        if refusing and segment.name == "CLM":
            self.named.update(part.first for part in refusing)
            yield tuple(ClaimLoop(Loops(), (segment,)).finding(each) for part in refusing for each in part.faults)
        elif not refusing:
            yield from self._read(segment)
        for part in [each for each in self.refused if each.last <= segment.number]:
            self.refused.remove(part)
            if part.notice or part.first not in self.named:
                yield from part.faults

    def end(self) -> Iterator[Found]:
        yield from self._give()
        for part in (*self.refused, *reversed(self.parts)):
            yield from part.faults

    def _read(self, segment: Segment) -> Iterator[Found]:
        name = segment.name
        if name == "ST":
            self.reading, self.loops = True, Loops()
        elif name == "SE":
            yield from self._give()
            self.reading = False
        elif self.reading:
            yield from self._within(segment)

    def _within(self, segment: Segment) -> Iterator[Found]:
        """Take a segment between the header and the trailer of a professional transaction."""
        if segment.name in ("CLM", "HL"):
            yield from self._give()
        if segment.name == "CLM":
            if self.loops.level not in _PEOPLE:
                message = "this claim stands under no subscriber: no `HL` of level 22 or 23 precedes it"
                cure = "put the claim below its subscriber's or patient's `HL`"
                finding = Finding(code="x12-claim", message=message, help=cure)
                yield (ClaimLoop(self.loops, (segment,)).finding(finding),)
            else:
                self.claim.append(segment)
        elif self.claim:
            self.claim.append(segment)
        else:
            self.loops = above(self.loops, segment)

    def _give(self) -> Iterator[ClaimLoop]:
        if self.claim:
            yield ClaimLoop(self.loops, tuple(self.claim))
            self.claim = []
