"""Cut the text of an X12 file into pieces of whole segments, each under the header that names its delimiters.

Every interchange of a file may have delimiters of its own, a file may be larger than memory, and a missing terminator
must not make one segment of a whole file: that is settled here, before a piece is handed to x12sdk.
"""

import re
from collections.abc import Iterator
from typing import TextIO

import msgspec

HEADER = 106
"""Characters of `ISA` with its terminator: its fields have fixed widths, so that the delimiters have fixed places."""

BLANK = " \t\r\n\x1a\ufeff"
"""What may stand between segments: blanks, line ends, the end-of-file mark of DOS, a byte order mark."""

CLAIM_FILE = "give an X12 837 professional claim file"

_BLOCK = 1 << 16
_LONGEST_SEGMENT = 1 << 20
_LAST_SEPARATOR = 103
_SEPARATORS = 16
_SHOWN = 20


class Unreadable(Exception):  # noqa: N818 - it says what the text is, and becomes a finding
    """The text cannot be read on as X12; `help` says how to mend it."""

    def __init__(self, message: str, cure: str) -> None:
        """Keep the message and its cure apart, as findings do."""
        super().__init__(message)
        self.message, self.help = message, cure


class Piece(msgspec.Struct, frozen=True):
    """Hold whole segments and the header of their interchange; `opens` marks the first piece of an interchange."""

    header: str
    body: str
    opens: bool


def cut_pieces(stream: TextIO) -> Iterator[Piece]:
    """Cut the text into pieces of about 64 thousand characters, the last of which may lack its terminator.

    Raises Unreadable for text that is not X12, a damaged header, or a segment of more than a million characters.

    >>> from io import StringIO
    >>> sender, receiver = "SENDER".ljust(15), "RECEIVER".ljust(15)
    >>> header = f"ISA*00*{' ' * 10}*00*{' ' * 10}*ZZ*{sender}*ZZ*{receiver}*240801*1200*^*00501*000000001*0*T*:~"
    >>> [piece.body for piece in cut_pieces(StringIO(header + "GS*HC~" + header + "IEA*1~"))]
    ['GS*HC~', 'IEA*1~']
    """
    text = _at_least(HEADER, "", stream)
    if not text:
        raise Unreadable("the file is empty", CLAIM_FILE)
    while text:
        while "\n" in text[: HEADER - 1]:  # a file wrapped at a fixed width; x12sdk joins the segments below the header
            text = _at_least(HEADER, text.replace("\n", "", 1), stream)
        header, text = _checked(text[:HEADER]), text[HEADER:]
        terminator = header[-1]
        next_header = re.compile(rf"(?:\A|{re.escape(terminator)})[{BLANK}]*(?=ISA[^0-9A-Za-z\s])")
        opens = True
        while True:
            found = next_header.search(text)
            end = found.end() if found else text.rfind(terminator) + 1
            if end or opens:
                yield Piece(header, text[:end], opens)
                opens, text = False, text[end:]
            if found:
                break
            block = stream.read(_BLOCK)
            if not block:
                if text.strip(BLANK):
                    yield Piece(header, text, opens=False)
                return
            text += block
            if len(text) > _LONGEST_SEGMENT + _BLOCK:
                raise Unreadable(
                    f"a segment does not end within a million characters: no terminator {shown(terminator)} follows",
                    "see that the terminator is the one that the header `ISA` declares",
                )
        text = _at_least(HEADER, text, stream)


def shown(text: str) -> str:
    r"""Quote a few characters of a file in a message, with a question mark for what cannot be printed.

    >>> shown("PK\x03")
    '`PK?`'
    """
    return "`" + "".join(each if each.isprintable() else "?" for each in text[:_SHOWN]) + "`"


def _at_least(size: int, text: str, stream: TextIO) -> str:
    text = text.lstrip(BLANK)
    while len(text) < size and (block := stream.read(_BLOCK)):
        text = (text + block).lstrip(BLANK)
    return text


def _checked(header: str) -> str:
    if "\0" in header:
        raise Unreadable("this is not text: it holds zero bytes", CLAIM_FILE)
    if header[:2] in ("GS", "ST") and not header[2:3].isalnum():
        raise Unreadable(
            f"the file begins with `{header[:2]}`: the interchange header `ISA` is missing",
            "give the whole interchange, from `ISA` to `IEA`",
        )
    if not header.startswith("ISA"):
        raise Unreadable(
            f"this is not X12: it begins with {shown(header)} where the header `ISA` is expected",
            CLAIM_FILE,
        )
    if len(header) < HEADER:
        raise Unreadable(
            f"the file ends inside the header `ISA`, after {len(header)} of {HEADER} characters",
            "the file may be cut off; give the whole file",
        )
    separator, terminator = header[3], header[-1]
    if header.count(separator) != _SEPARATORS or header[_LAST_SEPARATOR] != separator or terminator.isalnum():
        raise Unreadable(
            f"the header `ISA` is damaged: its fields must fill {HEADER} characters, or the delimiters cannot be told",
            "fill each field of `ISA` up to its fixed width with blanks",
        )
    return header
