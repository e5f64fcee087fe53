"""Cut the text of an X12 file into pieces of whole segments, each under the header that names its delimiters.

Every interchange of a file may have delimiters of its own, a file may be larger than memory, and a missing terminator
must not make one segment of a whole file: that is settled here, before a piece is handed to x12sdk.
"""

import os
import re
from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING, TextIO, cast

import msgspec

from payrule.formats.x12.header import AHEAD, BLANK, CLAIM_FILE, HEADER, Unreadable, read_header, shown
from payrule.source.diagnostics import Diagnostic, InputError

if TYPE_CHECKING:
    from x12sdk.io import X12SegmentReader

_BLOCK = 1 << 16
_LONGEST_SEGMENT = 1 << 20


class Piece(msgspec.Struct, frozen=True):
    """Hold whole segments and the header of their interchange; `opens` marks the first piece of an interchange.

    `padded` tells that blanks stand before the terminators.
    """

    header: str
    body: str
    opens: bool
    padded: bool = False


def cut_pieces(stream: TextIO) -> Iterator[Piece]:
    """Cut the text into pieces of about 64 thousand characters, the last of which may lack its terminator.

    Raises Unreadable for text that is not X12, a damaged header, or a segment of more than a million characters.

    >>> from io import StringIO
    >>> sender, receiver = "SENDER".ljust(15), "RECEIVER".ljust(15)
    >>> header = f"ISA*00*{' ' * 10}*00*{' ' * 10}*ZZ*{sender}*ZZ*{receiver}*240801*1200*^*00501*000000001*0*T*:~"
    >>> [piece.body for piece in cut_pieces(StringIO(header + "GS*HC~" + header + "IEA*1~"))]
    ['GS*HC~', 'IEA*1~']
    """
    text = _at_least(HEADER + AHEAD, "", stream)
    if not text:
        raise Unreadable("the file is empty", CLAIM_FILE)
    while text:
        unwrapped = text
        while "\n" in unwrapped[: HEADER - 1]:  # a file wrapped at a fixed width; x12sdk joins what is below
            unwrapped = _at_least(HEADER + AHEAD, unwrapped.replace("\n", "", 1), stream)
        header, size = read_header(unwrapped, text)
        text, padded = unwrapped[size:], size > HEADER
        terminator = header[-1]
        next_header = re.compile(rf"(?:\A|{re.escape(terminator)})[{BLANK}]*(?=ISA[^0-9A-Za-z\s])")
        opens = True
        while True:
            found = next_header.search(text)
            end = found.end() if found else text.rfind(terminator) + 1
            if end or opens:
                yield Piece(header, text[:end], opens, padded)
                opens, text = False, text[end:]
            if found:
                break
            block = stream.read(_BLOCK)
            if not block:
                if text.strip(BLANK):
                    yield Piece(header, text, opens=False, padded=padded)
                return
            text += block
            if len(text) > _LONGEST_SEGMENT + _BLOCK:
                raise Unreadable(
                    f"a segment does not end within a million characters: no terminator {shown(terminator)} follows",
                    "see that the terminator is the one that the header `ISA` declares",
                )
        text = _at_least(HEADER + AHEAD, text, stream)


def _at_least(size: int, text: str, stream: TextIO) -> str:
    text = text.lstrip(BLANK)
    while len(text) < size and (block := stream.read(_BLOCK)):
        text = (text + block).lstrip(BLANK)
    return text


_STAND_IN = "\x1d"
"""Stands in for a terminator that is a line end: x12sdk deletes line ends before it splits."""

_SEPARATOR = 104
"""Where the header declares the component separator."""

_NO_DOTENV = "PYTHON_DOTENV_DISABLED"
_separator = re.compile(r"[^0-9A-Za-z]")


class Segment(msgspec.Struct, frozen=True):
    """Hold one segment: its number in the file, counting `ISA` as 1, its name, and its elements after the name.

    `separator` is the component separator that the header declares; `padded` tells that blanks stand before the
    terminators.
    """

    number: int
    name: str
    elements: tuple[str, ...]
    separator: str = ":"
    padded: bool = False

    def element(self, position: int) -> str:
        """Give an element by its X12 position, counting from 1; one that is not there is empty.

        >>> segment = Segment(7, "SV1", ("HC:00001", " 10.5"))
        >>> segment.element(2), segment.element(3)
        ('10.5', '')
        """
        return self.elements[position - 1].strip() if position <= len(self.elements) else ""

    def components(self, position: int) -> list[str]:
        """Split an element into its components, by the separator that it uses.

        The first component of every composite that is read here is a code of letters and digits, so the first other
        character is the separator, whatever the header declares: there are files that declare one and use another.

        >>> Segment(7, "SV1", ("HC>00001>A1",)).components(1)
        ['HC', '00001', 'A1']
        """
        value = self.element(position)
        return [each.strip() for each in value.split(self.separator_in(position))]

    def note(self, code: str, message: str, help_text: str | None = None) -> Diagnostic:
        """Note what can be doubted about this segment.

        >>> Segment(7, "SV1", ()).note("x", "minutes in place of units").path
        'segment 7'
        """
        return Diagnostic(code=code, message=message, help=help_text, path=f"segment {self.number}", severity="warning")

    def separator_in(self, position: int) -> str:
        """Tell the component separator that an element uses: the declared one unless another stands there."""
        found = _separator.search(self.element(position))
        return found.group() if found else self.separator


def segment_reader() -> "type[X12SegmentReader]":
    """Import x12sdk's segment reader, without letting the package read a `.env` file into the environment.

    On import x12sdk looks for `.env` from its own folder up to the root, which takes in the folder of a project that
    holds its virtual environment: a tool that decides claims must not change its environment by that, nor fail on a
    `.env` that it cannot read. python-dotenv 1.2 and later heed the variable that is set here during the import.

    Raises InputError when x12sdk is not installed.
    """
    before = os.environ.get(_NO_DOTENV)
    os.environ[_NO_DOTENV] = "1"
    try:
        return cast("type[X12SegmentReader]", import_module("x12sdk.io").X12SegmentReader)
    except ImportError as fault:
        diagnostic = Diagnostic(
            code="missing-extra",
            message=f"X12 claims are read with the package `x12sdk`, which cannot be imported ({fault})",
            help="pip install 'payrule[x12]'",
        )
        raise InputError([diagnostic]) from fault
    finally:
        if before is None:
            del os.environ[_NO_DOTENV]
        else:
            os.environ[_NO_DOTENV] = before


def read_segments(stream: TextIO, reader: "type[X12SegmentReader]") -> Iterator[Segment | Diagnostic]:
    """Read the segments of a file in order; text that cannot be read on ends them with a finding.

    `reader` is what `segment_reader` gives. No more than one piece is held.
    """
    number = 0
    try:
        for piece in cut_pieces(stream):
            for name, elements, separator in _split(piece, reader):
                number += 1
                yield Segment(number, name, elements, separator, piece.padded)
    except Unreadable as fault:
        yield _stop(number, fault.message, fault.help)
    except OSError as fault:
        yield _stop(number, f"the file cannot be read on: {fault.strerror or fault}", None)


def _stop(number: int, message: str, help_text: str | None) -> Diagnostic:
    return Diagnostic(
        code="x12-file", message=message, help=help_text, path=f"segment {number + 1}" if number else None
    )


def _split(piece: Piece, reader: "type[X12SegmentReader]") -> Iterator[tuple[str, tuple[str, ...], str]]:
    text = piece.header + piece.body
    if piece.header.endswith("\n"):
        text = text.replace("\n", _STAND_IN)
    try:
        with reader(text) as opened:
            for position, (raw_name, elements) in enumerate(opened.segments()):
                name = raw_name.strip(BLANK)
                # Every piece begins with the header, which is a segment of the file only where its interchange opens.
                if name and (position or piece.opens):
                    yield name, tuple(elements[1:]), piece.header[_SEPARATOR]
    except ValueError as fault:
        # x12sdk takes settings from environment variables and refuses values that it does not know.
        raise Unreadable(
            f"x12sdk does not read this: {str(fault).splitlines()[0]}", "unset the variables that begin with `X12_`"
        ) from fault
