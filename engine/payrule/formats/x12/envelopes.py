"""The envelopes of an X12 file, and which parts of it cannot be relied on.

Trailers say how much there was when a file was sent: `SE` the segments of a transaction, `GE` the transactions of a
group, `IEA` the groups of an interchange; each repeats the control number of its header. What does not fit is refused
whole, for nobody can tell where something was lost. A trailer comes last, so this is settled before a claim is given.
"""

import re
from collections.abc import Iterable, Iterator

import msgspec

from payrule.formats.x12.segments import Segment, shown, whole
from payrule.formats.x12.structure import Structure
from payrule.source.diagnostics import Diagnostic

_PROFESSIONAL = ("X098", "X222")
_INSTITUTIONAL, _DENTAL = "an 837I, with institutional claims", "an 837D, with dental claims"
_OTHER_GUIDES = {"X096": _INSTITUTIONAL, "X223": _INSTITUTIONAL, "X097": _DENTAL, "X224": _DENTAL}
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
_HELP = "give an 837 professional claim file (guide X098 or X222)"
_WHOLE = "the file may be cut off; give the whole file"
_LOST = "make sure that nothing was lost, and send it again"

_COUNTED = {"SE": "segment", "GE": "transaction", "IEA": "group"}
_MOST_FAULTS = 3
"""Misplaced segments that are told of one transaction: the first of them tend to cause the others."""


class Part(msgspec.Struct, frozen=True):
    """A part of a file, by the numbers of its first and last segment, that is not read, and why.

    A `notice` keeps nothing from being read: it says, where it stands, what is missing there, such as a trailer.
    """

    first: int
    last: int
    faults: tuple[Diagnostic, ...]
    notice: bool = False


def take_account(segments: Iterable[Segment | Diagnostic]) -> tuple[tuple[Part, ...], int]:
    """Look at the envelopes of a file: find the parts that are not read, in order, and how many claims there are.

    >>> segments = [
    ...     Segment(1, "ISA", ("",) * 12 + ("7",)), Segment(2, "GS", ("HC", "", "", "", "", "1")),
    ...     Segment(3, "ST", ("837", "0001")), Segment(4, "SE", ("30", "0001")),
    ...     Segment(5, "GE", ("1", "1")), Segment(6, "IEA", ("1", "7"))]
    >>> (part,), claims = take_account(segments)
    >>> part.first, part.last, part.faults[0].message
    (3, 4, 'transaction `0001` was sent with 30 segments, as its trailer `SE` (segment 4) says, and 2 arrived')
    """
    walk = _Walk()
    parts = [part for segment in segments if isinstance(segment, Segment) for part in walk.take(segment)]
    parts += walk.end("the file ends")
    return tuple(sorted(parts, key=lambda part: part.first)), walk.claims


class _Open:
    """An envelope that is open: its header, how many there are of what it holds, and the parts within it."""

    def __init__(self, kind: str, header: Segment, name: str) -> None:
        self.kind, self.header, self.name = kind, header, name
        self.held = 0
        self.parts: list[Part] = []

    @property
    def called(self) -> str:
        return f"{self.kind} {shown(self.name)}"

    def fault(self, code: str, message: str, help_text: str = _LOST) -> Diagnostic:
        return self.header.note(code, f"{self.called} {message}", help_text, "error")

    def misfits(self, trailer: Segment, held: int) -> Iterator[Diagnostic]:
        """Compare what a trailer says with what there is."""
        at, said = f"its trailer `{trailer.name}` (segment {trailer.number})", trailer.element(1)
        what, sent = _COUNTED[trailer.name], whole(said)
        if sent is None:
            yield self.fault("x12-count", f"has {_of(held, what)}, and {at} says {shown(said)}")
        elif sent != held:
            yield self.fault("x12-count", f"was sent with {_of(sent, what)}, as {at} says, and {held} arrived")
        if _plain(trailer.element(2)) != _plain(self.name):
            yield self.fault("x12-control-number", f"ends in {shown(trailer.element(2))}: {at} is that of another")


class _Walk:
    """The envelopes that are open."""

    def __init__(self) -> None:
        self.claims = self.last = 0
        self.interchange: _Open | None = None
        self.group: _Open | None = None
        self.transaction: _Open | None = None
        self.structure: Structure | None = None
        self.faults: list[Diagnostic] = []
        self.stray: Part | None = None

    def take(self, segment: Segment) -> Iterator[Part]:
        self.claims += segment.name == "CLM"
        if segment.name in _ENVELOPE:
            yield from self._end_of_stray()
            yield from getattr(self, f"_{segment.name}".lower())(segment)
        elif self.transaction is not None:
            wrong = self.structure.take(segment) if self.structure else None
            if wrong and len(self.faults) < _MOST_FAULTS:
                self.faults.append(self.transaction.fault("x12-order", f"is out of order: {wrong}"))
        elif segment.name != "TA1" or self.interchange is None:
            self._stray(segment)
        self.last = segment.number

    def end(self, how: str) -> Iterator[Part]:
        """End what is still open when nothing more comes."""
        yield from self._end_of_stray()
        if self.transaction is not None:
            yield from self._end_transaction(how)
        elif self.interchange is not None:
            message = f"{how} inside the interchange: its trailer `IEA` is missing, and claims may be"
            yield _notice(self.last, self.interchange.header, "x12-truncated", message)
        yield from self._end_interchange()

    def _isa(self, segment: Segment) -> Iterator[Part]:
        yield from self.end("another header `ISA` comes")
        self.interchange = _Open("interchange", segment, segment.element(13))

    def _gs(self, segment: Segment) -> Iterator[Part]:
        yield from self._end_transaction(_comes(segment))
        yield from self._end_group(segment)
        if self.interchange is None:
            self._stray(segment)
            return
        self.interchange.held += 1
        self.group = _Open("group", segment, segment.element(6))

    def _st(self, segment: Segment) -> Iterator[Part]:
        yield from self._end_transaction(_comes(segment))
        self.transaction = _Open("transaction", segment, segment.element(2))
        if self.group is None:
            help_text = "give the whole interchange, from `ISA` to `IEA`"
            self.faults.append(self.transaction.fault("x12-transaction", "is in no group `GS`", help_text))
        else:
            self.group.held += 1
        refusal = _refusal(self.transaction, self.group.header if self.group else None)
        self.structure = Structure() if refusal is None else None
        self.faults += [refusal] if refusal else []

    def _se(self, segment: Segment) -> Iterator[Part]:
        if self.transaction is None:
            yield _without_header(segment)
            return
        self.faults += self.transaction.misfits(segment, segment.number - self.transaction.header.number + 1)
        yield from self._transaction_ends(segment.number)

    def _ge(self, segment: Segment) -> Iterator[Part]:
        yield from self._end_transaction(_comes(segment))
        if self.group is None:
            yield _without_header(segment)
            return
        group, self.group = self.group, None
        self._close(group, tuple(group.misfits(segment, group.held)), segment)

    def _iea(self, segment: Segment) -> Iterator[Part]:
        yield from self._end_transaction(_comes(segment))
        yield from self._end_group(segment)
        if self.interchange is None:
            yield _without_header(segment)
            return
        self._close(self.interchange, tuple(self.interchange.misfits(segment, self.interchange.held)), segment)
        yield from self._end_interchange()

    def _close(self, envelope: _Open, faults: tuple[Diagnostic, ...], trailer: Segment) -> None:
        """Refuse everything in an envelope whose trailer does not fit, and hand what it holds to the one around it."""
        parts = [msgspec.structs.replace(each, faults=each.faults + faults) for each in envelope.parts]
        if faults and not parts:
            parts = [Part(envelope.header.number, trailer.number, faults)]
        envelope.parts = parts
        if self.interchange is not None and envelope is not self.interchange:
            self.interchange.parts += parts

    def _end_transaction(self, how: str) -> Iterator[Part]:
        """End a transaction that has no trailer."""
        if self.transaction is not None:
            self.faults = [each for each in self.faults if each.code != "x12-order"]  # the last segment may be cut
            message = f"is not whole: {how} before its trailer `SE`, and lines or claims may be missing"
            self.faults.append(self.transaction.fault("x12-truncated", message, _WHOLE))
            yield from self._transaction_ends(self.last)

    def _transaction_ends(self, last: int) -> Iterator[Part]:
        opening, self.transaction = self.transaction, None
        faults, self.faults, self.structure = tuple(self.faults), [], None
        around = self.group or self.interchange
        if opening is not None:
            part = Part(opening.header.number, last, faults)
            if around is not None:
                around.parts.append(part)
            elif faults:
                yield part

    def _end_group(self, segment: Segment) -> Iterator[Part]:
        """End a group that has no trailer."""
        if self.group is not None:
            message = f"{_comes(segment)} inside {self.group.called}: its trailer `GE` is missing, and claims may be"
            yield _notice(self.last, self.group.header, "x12-truncated", message)
            group, self.group = self.group, None
            self._close(group, (), segment)

    def _end_interchange(self) -> Iterator[Part]:
        for envelope in (self.group, self.interchange):
            yield from (part for part in (envelope.parts if envelope else ()) if part.faults)
        self.group = self.interchange = None

    def _stray(self, segment: Segment) -> None:
        """Begin or go on with what stands in no transaction."""
        if self.stray is not None:
            self.stray = msgspec.structs.replace(self.stray, last=segment.number)
            return
        where = "after the trailer `IEA`" if self.interchange is None else "in no transaction"
        message = f"{shown(segment.name)} and what follows is {where}: it is not read"
        help_text = "put each claim between `ST` and `SE`, within `GS` and `ISA`; remove what is no X12"
        fault = segment.note("x12-stray", message, help_text, "error")
        self.stray = Part(segment.number, segment.number, (fault,))

    def _end_of_stray(self) -> Iterator[Part]:
        if self.stray is not None:
            yield self.stray
            self.stray = None


def _notice(at: int, header: Segment, code: str, message: str) -> Part:
    return Part(at, at, (header.note(code, message, _WHOLE, "error"),), notice=True)


def _without_header(trailer: Segment) -> Part:
    header = {"SE": "ST", "GE": "GS", "IEA": "ISA"}[trailer.name]
    message = f"a trailer `{trailer.name}` is here without its `{header}`"
    return _notice(trailer.number, trailer, "x12-transaction", message)


_ENVELOPE = frozenset(("ISA", "GS", "ST", "SE", "GE", "IEA"))


def _of(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _comes(segment: Segment) -> str:
    return f"`{segment.name}` (segment {segment.number}) comes"


def _plain(number: str) -> str:
    """Write a control number without the zeros that fill it up."""
    return number.lstrip("0") if number.isdecimal() else number


def _refusal(transaction: _Open, group: Segment | None) -> Diagnostic | None:
    """Say why a transaction cannot be read, from ST01, ST03 and the version of its group, GS08."""
    kind, version, said_by = transaction.header.element(1), transaction.header.element(3), transaction.header
    if not version and group is not None:
        version, said_by = group.element(8), group
    found = _guide.search(version)
    guide = found.group() if found else ""
    if kind != "837":
        what = _TRANSACTIONS.get(kind, "another transaction")
        return transaction.fault("x12-transaction", f"is {shown(kind)}, {what}, not a claim", _HELP)
    if guide in _OTHER_GUIDES:
        where = f"`{said_by.name}` (segment {said_by.number}) names the guide {shown(version)}"
        return transaction.fault("x12-transaction", f"is {_OTHER_GUIDES[guide]}: {where}", _HELP)
    if guide and guide not in _PROFESSIONAL:
        return transaction.fault("x12-transaction", f"follows the guide {shown(version)}, which is not read", _HELP)
    return None
