"""Read encounters from a file of X12 837 professional claims."""

import codecs
import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO

import msgspec

from payrule.documents.findings import Finding
from payrule.formats.raw import RawEncounter
from payrule.formats.x12.claims import encounter_of, undeclared_separators
from payrule.formats.x12.loops import ClaimLoop
from payrule.formats.x12.pieces import CLAIM_FILE
from payrule.formats.x12.segments import read_segments, segment_reader
from payrule.formats.x12.walk import read_claims

_LATIN_1 = "payrule-latin-1"

Source = Path | str | bytes | BinaryIO
"""A file by its path, the text or the bytes of one, or an open binary stream such as standard input's."""


def read_x12(
    source: Source, taxonomies: Mapping[str, str], *, file: str | None = None
) -> Iterator[RawEncounter | Finding]:
    r"""Give the claims of a file in order, each as an encounter or as findings that say why it cannot be one.

    At most one claim is held, and the claim ids seen so far. `taxonomies` gives a provider type for the beginning of a
    taxonomy code; the longest that fits counts. `file` names the source in findings; a path names itself. A text is
    never taken for a path.

    Raises InputError when the extra `x12` is not installed; everything wrong with the file is a finding.

    >>> [str(finding) for finding in read_x12("", {}, file="claims.837")]
    ['claims.837: the file is empty (give an X12 837 professional claim file)']
    """
    reader = segment_reader()
    name = file or (str(source) if isinstance(source, Path) else None)

    def encounters() -> Iterator[RawEncounter | Finding]:
        try:
            with _opened(source) as stream:
                for item in _noted(read_claims(read_segments(stream, reader)), taxonomies):
                    yield msgspec.structs.replace(item, file=name) if isinstance(item, Finding) else item
        except OSError as fault:
            message = f"the file cannot be opened: {fault.strerror or fault}"
            yield Finding(code="x12-file", message=message, help="see that the path is right", file=name)

    return encounters()


def _noted(claims: Iterator[ClaimLoop | Finding], taxonomies: Mapping[str, str]) -> Iterator[RawEncounter | Finding]:
    """Make encounters, add the notes that only the whole file can give, and find a file that holds no claim."""
    ids: set[str] = set()
    separators: set[tuple[str, str]] = set()
    anything = False
    for claim in claims:
        anything = True
        if isinstance(claim, Finding):
            yield claim
            continue
        made = encounter_of(claim, taxonomies)
        if isinstance(made, list):
            yield from made
            continue
        notes = [
            f"component separator is `{used}` though the header declares `{declared}`"
            for declared, used in sorted(undeclared_separators(claim) - separators)
        ]
        separators |= undeclared_separators(claim)
        if claim.id in ids:
            notes.append(f"claim id `{claim.id}` stands more than once in this file")
        ids.add(claim.id)
        yield msgspec.structs.replace(made, notes=(*notes, *made.notes)) if notes else made
    if not anything:
        yield Finding(code="x12-file", message="the file holds no claim", help=CLAIM_FILE)


@contextmanager
def _opened(source: Source) -> Iterator[TextIO]:
    r"""Open a source as text: UTF-8, with or without its mark, and byte by byte Latin-1 where it is not UTF-8.

    X12's own characters are ASCII; only names and remarks, which are not read, hold others.

    >>> with _opened(b"M\xfcller") as stream:
    ...     stream.read()
    'Müller'
    """
    if isinstance(source, str):
        yield io.StringIO(source, newline=None)
        return
    if isinstance(source, Path):
        with source.open(encoding="utf-8", errors=_LATIN_1) as stream:
            yield stream
        return
    binary = io.BytesIO(source) if isinstance(source, bytes) else source
    text = io.TextIOWrapper(binary, encoding="utf-8", errors=_LATIN_1)
    try:
        yield text
    finally:
        text.detach()


def _as_latin_1(fault: UnicodeError) -> tuple[str, int]:
    if not isinstance(fault, UnicodeDecodeError):
        raise fault
    return fault.object[fault.start : fault.end].decode("latin-1"), fault.end


codecs.register_error(_LATIN_1, _as_latin_1)
