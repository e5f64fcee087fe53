"""Cut the text of an X12 file into pieces of whole segments, each under the header that names its delimiters.

Every interchange of a file may have delimiters of its own, a file may be larger than memory, and a missing terminator
must not make one segment of a whole file: that is settled here, before a piece is handed to x12sdk.
"""

import re
from collections.abc import Iterator
from typing import TextIO

import msgspec

from payrule.formats.x12.header import AHEAD, BLANK, CLAIM_FILE, HEADER, Unreadable, read_header, shown

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
