"""Read an X12 file twice: first its envelopes, then its claims, one at a time; each claim that is refused is named."""

import codecs
import io
from collections import deque
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from shutil import copyfileobj
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, TextIO, cast

import msgspec

from payrule.formats.claim_parts import fractional, words_kept
from payrule.formats.encounters import RawEncounter
from payrule.formats.x12.claims import encounter_of
from payrule.formats.x12.envelopes import Part, take_account
from payrule.formats.x12.loops import ClaimLoop, Envelope, Loops, above
from payrule.formats.x12.segments import CLAIM_FILE, Segment, read_segments, shown
from payrule.model.vocabulary import Attribute
from payrule.source.diagnostics import Diagnostic

Found = ClaimLoop | Diagnostic | tuple[Diagnostic, ...]
"""A claim, what is wrong with the file, or why one claim of it is refused."""

_PEOPLE = ("22", "23")
"""The levels that a claim can stand under: a subscriber, or a patient who is not the subscriber."""


def read_claims(segments: Iterable[Segment | Diagnostic], parts: Iterable[Part]) -> Iterator[Found]:
    """Give every professional claim of a file, or why it is refused, and what is wrong with the file beside that.

    `parts` are those that the first way through the same segments found.

    >>> header = [Segment(1, "ISA", ()), Segment(2, "ST", ("837", "0001")), Segment(3, "HL", ("1", "", "22"))]
    >>> claim = [Segment(4, "CLM", ("A-1", "10")), Segment(5, "LX", ("1",)), Segment(6, "SE", ("5", "0001"))]
    >>> [found.id for found in read_claims(header + claim, ())]
    ['A-1']
    >>> refused = Part(2, 6, (Diagnostic(code="x", message="the trailer is that of another"),))
    >>> [(found[0].claim, found[0].path) for found in read_claims(header + claim, [refused])]
    [('A-1', 'segment 4')]
    """
    reading, loops, claim, envelope = False, Loops(), list[Segment](), Envelope()
    for item in _unrefused(segments, parts):
        if not isinstance(item, Segment):
            yield item
            continue
        if claim and item.name in ("CLM", "HL", "SE"):
            yield ClaimLoop(loops, tuple(claim))
            claim = []
        if item.name in ("ISA", "GS", "ST"):
            envelope = envelope.entered(item)
        if item.name == "ST":
            reading, loops = True, Loops(envelope)
        elif item.name == "SE" or not reading:
            reading = False
        elif claim or (item.name == "CLM" and loops.level in _PEOPLE):
            claim.append(item)
        elif item.name == "CLM":
            yield (ClaimLoop(loops, (item,)).diagnostic(Diagnostic(code="x12-claim", message=_NOBODY, help=_BELOW)),)
        else:
            loops = above(loops, item)


_NOBODY = "this claim is below no subscriber: no `HL` of level 22 or 23 comes before it"
_BELOW = "put the claim below its subscriber's or patient's `HL`"


class _RefusedClaim:
    """A claim of a refused part, as far as it was read: it is known by all of its segments, and by its envelopes."""

    def __init__(self) -> None:
        """Begin in no envelope, and without a claim."""
        self._envelope, self._segments, self._faults = Envelope(), list[Segment](), list[Diagnostic]()

    def begin(self, segment: Segment, faults: Iterable[Diagnostic]) -> None:
        """Take the `CLM` of a claim that is refused for some faults."""
        self._segments, self._faults = [segment], [*faults]

    def go_on(self, segment: Segment) -> None:
        """Take another segment of the claim, if one was begun."""
        if self._segments:
            self._segments.append(segment)

    def ended_by(self, segment: Segment | Diagnostic | None) -> Iterator[tuple[Diagnostic, ...]]:
        """Refuse the claim where it ends before a segment, or with the file; enter the envelope that one opens."""
        name = segment.name if isinstance(segment, Segment) else ""
        if self._segments and (not name or name in ("CLM", "HL", "SE", *_ENVELOPES)):
            loop = ClaimLoop(Loops(self._envelope), tuple(self._segments))
            yield tuple(map(loop.diagnostic, self._faults))
            self._segments = []
        if isinstance(segment, Segment) and name in ("ISA", "GS", "ST"):
            self._envelope = self._envelope.entered(segment)


_ENVELOPES = ("ISA", "GS", "ST", "GE", "IEA")


def _unrefused(
    segments: Iterable[Segment | Diagnostic], parts: Iterable[Part]
) -> Iterator[Segment | Diagnostic | tuple[Diagnostic, ...]]:
    """Leave out what is refused; its faults are those of each claim in it, or else of the file."""
    coming, open_parts, named, claim = deque(parts), list[Part](), set[int](), _RefusedClaim()
    for segment in segments:
        yield from claim.ended_by(segment)
        if isinstance(segment, Diagnostic):
            yield segment
            continue
        while coming and coming[0].first <= segment.number:
            open_parts.append(coming.popleft())
        refusing = [part for part in open_parts if not part.notice]
        if not refusing:
            yield segment
        elif segment.name == "CLM":
            named.update(part.first for part in refusing)
            claim.begin(segment, (each for part in refusing for each in part.faults))
        else:
            claim.go_on(segment)
        for part in [each for each in open_parts if each.last <= segment.number]:
            open_parts.remove(part)
            if part.notice or part.first not in named:
                yield from part.faults
    yield from claim.ended_by(None)
    for part in (*open_parts, *coming):
        yield from part.faults


_LATIN_1 = "payrule-latin-1"

_IN_MEMORY = 1 << 24
"""Bytes of a stream that is read once only, such as a pipe, which are kept in memory; more is kept on disk."""

Source = Path | str | bytes | BinaryIO
"""A file by its path, the text or the bytes of one, or an open binary stream such as standard input's."""


def read_x12(
    source: Source,
    taxonomies: Mapping[str, str],
    *,
    file: str | None = None,
    attributes: Mapping[str, Attribute] | None = None,
) -> Iterator[RawEncounter | Diagnostic | tuple[Diagnostic, ...]]:
    r"""Give the claims of a file in order, each as an encounter or as findings that say why it cannot be one.

    A file is read twice, first for what its trailers say; a stream that cannot be read again is kept meanwhile. At most
    one claim is held. `taxonomies` gives a provider type for the beginning of a taxonomy
    code; the longest that fits counts. `attributes` are those of the vocabulary: what a claim says beyond them is left
    out. `file` names the source in findings; a path names itself. A text is never taken for a path.

    Everything wrong with the file is a diagnostic.

    >>> [str(finding) for finding in read_x12("", {}, file="claims.837")]
    ['claims.837: the file is empty (give an X12 837 professional claim file)']
    """
    name = file or (str(source) if isinstance(source, Path) else None)
    placed = partial(msgspec.structs.replace, file=name)
    fractions = fractional(attributes or {})

    def encounters() -> Iterator[RawEncounter | Diagnostic | tuple[Diagnostic, ...]]:
        try:
            with _opened(source) as again:
                parts, claims = take_account(read_segments(again()))
                for item in _encounters(read_claims(read_segments(again()), parts), claims, taxonomies, fractions):
                    if isinstance(item, RawEncounter):
                        named = msgspec.structs.replace(item, faults=tuple(map(placed, item.faults)))
                        yield named if attributes is None else words_kept(named, attributes)
                    else:
                        yield placed(item) if isinstance(item, Diagnostic) else tuple(map(placed, item))
        except OSError as fault:
            message = f"the file cannot be opened: {fault.strerror or fault}"
            yield Diagnostic(code="x12-file", message=message, help="make sure that the path is right", file=name)

    return encounters()


def _encounters(
    claims: Iterator[Found], expected: int, taxonomies: Mapping[str, str], fractions: Container[str]
) -> Iterator[RawEncounter | Diagnostic | tuple[Diagnostic, ...]]:
    """Make encounters, add the notes that only the whole file can give, and find a file without claims, or changed."""
    noted: set[str] = set()
    given, is_empty = 0, True
    for claim in claims:
        is_empty = False
        given += not isinstance(claim, Diagnostic)
        made = encounter_of(claim, taxonomies, fractions) if isinstance(claim, ClaimLoop) else claim
        if not isinstance(claim, ClaimLoop) or not isinstance(made, RawEncounter) or made.faults:
            yield made
            continue
        notes = [each for each in odd_delimiters(claim) if each.message not in noted]
        noted.update(each.message for each in notes)
        yield msgspec.structs.replace(made, notes=(*notes, *made.notes)) if notes else made
    if is_empty:
        yield Diagnostic(code="x12-file", message="the file holds no claim", help=CLAIM_FILE)
    if given != expected:
        message = f"the file changed while it was read: it had {expected} claims, and {given} were given"
        help_text = "give a file to which nobody writes, and decide it again"
        yield Diagnostic(code="x12-file", message=message, help=help_text)


@contextmanager
def _opened(source: Source) -> Iterator[Callable[[], TextIO]]:
    """Give what opens a source as text, as often as it is asked, each time from its beginning.

    The text is UTF-8, with or without its mark, and byte by byte Latin-1 where it is not UTF-8. X12's own characters
    are ASCII; only names and remarks, which are not read, hold others.
    """
    if isinstance(source, str):
        yield lambda: io.StringIO(source, newline=None)
        return
    with ExitStack() as opened:
        if isinstance(source, Path):
            stream: BinaryIO = opened.enter_context(source.open("rb"))
        else:
            stream = io.BytesIO(source) if isinstance(source, bytes) else source
        if not stream.seekable():
            kept = opened.enter_context(SpooledTemporaryFile(max_size=_IN_MEMORY))
            copyfileobj(stream, kept)
            kept.seek(0)
            stream = cast("BinaryIO", kept)
        beginning = stream.tell()
        texts: list[io.TextIOWrapper] = []

        def again() -> TextIO:
            if texts:
                texts.pop().detach()
            stream.seek(beginning)
            texts.append(io.TextIOWrapper(stream, encoding="utf-8", errors=_LATIN_1))
            return texts[-1]

        try:
            yield again
        finally:
            for text in texts:
                text.detach()


def _as_latin_1(fault: UnicodeError) -> tuple[str, int]:
    if not isinstance(fault, UnicodeDecodeError):
        raise fault
    return fault.object[fault.start : fault.end].decode("latin-1"), fault.end


codecs.register_error(_LATIN_1, _as_latin_1)


def odd_delimiters(claim: ClaimLoop) -> list[Diagnostic]:
    """Note the component separators that a claim uses though its header declares another, and blanks that fill up.

    >>> claim = ClaimLoop(Loops(), (Segment(8, "CLM", ("A-1", "10", "", "", "11>B>1")),))
    >>> [note.message for note in odd_delimiters(claim)]
    ['component separator is `>` though the header declares `:`']
    """
    composites = {"CLM": (5,), "HI": (1,), "SV1": (1, 7)}
    used = {
        (segment.separator, segment.separator_in(position)): segment
        for segment in reversed(claim.segments)
        for position in composites.get(segment.name, ())
        if segment.separator_in(position) != segment.separator
    }
    notes = []
    if claim.segments[0].padded:
        message = "blanks stand before the segment terminators: they are passed over"
        notes.append(claim.segments[0].note("blank-before-terminator", message))
    for (declared, other), segment in sorted(used.items()):
        message = f"component separator is {shown(other)} though the header declares {shown(declared)}"
        notes.append(segment.note("odd-separator", message))
    return notes
