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
_WIDTHS = (2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1)
"""Characters of the elements ISA01 to ISA16."""

_BEFORE_TERMINATOR = HEADER - 1
_AHEAD = 512
"""Characters beyond the header that are looked at: enough for the segment `GS` and the beginning of the next."""

_SHOWN = 20


class Unreadable(Exception):  # noqa: N818 - it says what the text is, and becomes a finding
    """The text cannot be read on as X12; `help` says how to mend it."""

    def __init__(self, message: str, cure: str) -> None:
        """Keep the message and its cure apart, as findings do."""
        super().__init__(message)
        self.message, self.help = message, cure


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
    text = _at_least(HEADER + _AHEAD, "", stream)
    if not text:
        raise Unreadable("the file is empty", CLAIM_FILE)
    while text:
        unwrapped = text
        while "\n" in unwrapped[:_BEFORE_TERMINATOR]:  # a file wrapped at a fixed width; x12sdk joins what is below
            unwrapped = _at_least(HEADER + _AHEAD, unwrapped.replace("\n", "", 1), stream)
        header, size = _header(unwrapped, text)
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
        text = _at_least(HEADER + _AHEAD, text, stream)


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


def _header(text: str, as_written: str) -> tuple[str, int]:
    """Give the header that a text begins with, without blanks before its terminator, and how long it is in the text.

    `as_written` is the text with its line ends. Raises Unreadable for a header from which the delimiters cannot be
    told.
    """
    _refuse_other_texts(text[:HEADER])
    fault = _layout_fault(text)
    if fault:
        raise Unreadable(fault, "send the interchange again: each element of `ISA` has a fixed width, filled by blanks")
    if len(text) < HEADER:
        raise _cut_off(as_written)
    separator, after = text[3], text[_BEFORE_TERMINATOR:]
    terminator = after.lstrip(" \t\n")[:1]
    if after[0] in " \t\n" and terminator and not terminator.isalnum():
        size = _BEFORE_TERMINATOR + after.index(terminator) + 1
    else:
        terminator, size = after[0], HEADER
    following = re.match(rf"[{BLANK}]*(GS|TA1)([^0-9A-Za-z\s])", text[size:])
    if following and following.group(2) != separator:
        raise Unreadable(
            f"`ISA` uses the separator {shown(separator)}, and `{following.group(1)}` {shown(following.group(2))}",
            "write the separator that follows `ISA` everywhere",
        )
    return text[:_BEFORE_TERMINATOR] + terminator, size


_group = re.compile(r"[^0-9A-Za-z\s]?\s*(?<![0-9A-Za-z])(?:GS|TA1)[^0-9A-Za-z\s]").search


def _refuse_other_texts(header: str) -> None:
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


def _cut_off(text: str) -> Unreadable:
    return Unreadable(
        f"the file ends inside the header `ISA`, after {len(text)} of {HEADER} characters",
        "the file may be cut off; give the whole file",
    )


def _layout_fault(text: str) -> str | None:
    """Say what keeps the header from having sixteen elements of the right widths; None when nothing does.

    An `ISA` without its last element shows by what follows: the segment `GS` begins where its terminator should be, or
    ends in what would be the component separator.

    >>> _layout_fault("ISA*00*          *00*          *ZZ*S*ZZ*R*240801*1200*^*00501*000000001*0*T*:~GS*HC~")
    'the header `ISA` is damaged: ISA06 has 1 character and must have 15'
    """
    separator = text[3:4]
    group = _group(text[: HEADER + _AHEAD])
    if separator.isalnum() or separator.isspace():
        return f"the header `ISA` is damaged: {shown(separator)} follows it, which is no separator"
    header = text[:HEADER] if group is None else text[: group.start()]
    elements = header.split(separator)[1:]
    fits = _fits(text)
    if fits and len(text) >= HEADER and not _lacks_last(text, separator):
        return None
    if group is None:
        if len(text) < HEADER:
            return None
        return f"the header `ISA` is damaged: its fields must fill {HEADER} characters, or the delimiters cannot be told"
    if fits:
        return "the envelope lacks ISA16, the component separator: `ISA` has 15 elements of 16"
    if len(elements) > len(_WIDTHS):
        return f"the header `ISA` is damaged: it has {len(elements)} elements, and must have {len(_WIDTHS)}"
    elements += [""] * (len(_WIDTHS) - len(elements))
    misfit = next(at for at, width in enumerate(_WIDTHS) if len(elements[at]) != width)
    size, width = len(elements[misfit]), _WIDTHS[misfit]
    if not size:
        lacking = range(misfit, len(_WIDTHS) if not any(elements[misfit:]) else misfit + 1)
        return f"the envelope lacks {' and '.join(f'ISA{at + 1:02}' for at in lacking)}"
    characters = "character" if size == 1 else "characters"
    return f"the header `ISA` is damaged: ISA{misfit + 1:02} has {size} {characters} and must have {width}"


def _fits(text: str) -> bool:
    """Tell whether the separators stand where the fixed widths of the elements before the last put them."""
    separator, place = text[3:4], 3
    for width in _WIDTHS[:-1]:
        if text[place : place + 1] != separator or separator in text[place + 1 : place + 1 + width]:
            return False
        place += 1 + width
    return text[place : place + 1] == separator


def _lacks_last(text: str, separator: str) -> bool:
    """Tell whether what stands in the place of ISA16 is the terminator.

    It is when another segment follows at once, or when the next segment ends in it.
    """
    supposed, after = text[_BEFORE_TERMINATOR - 1], text[_BEFORE_TERMINATOR:]
    if supposed.isalnum() or not re.match(rf"[{BLANK}]*(GS|TA1){re.escape(separator)}", after):
        return after[:1].isalnum()
    if after[:1].isalnum():
        return True
    _, found, following = after.partition(supposed)
    return bool(found) and re.match(rf"[{BLANK}]*(ST|GS|IEA|GE){re.escape(separator)}", following) is not None
