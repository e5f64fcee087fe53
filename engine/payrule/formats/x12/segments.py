"""Cut the text of an X12 file into segments, under the header `ISA` that names its delimiters.

Every interchange of a file may have delimiters of its own, a file may be larger than memory, and a missing terminator
must not make one segment of a whole file. X12.5 and X12.6 define the envelope and the delimiters.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import TextIO

import msgspec

from payrule.source.diagnostics import Diagnostic, Severity

HEADER = 106
"""Characters of `ISA` with its terminator: its fields have fixed widths, so that the delimiters have fixed places."""

AHEAD = 512
"""Characters beyond the header that are looked at: enough for the segment `GS` and the beginning of the next."""

BLANK = " \t\r\n\x1a\ufeff"
"""What may stand between segments: blanks, line ends, the end-of-file mark of DOS, a byte order mark.

The control characters from 1C to 1F, which Python counts among blanks, are delimiters that X12.5 proposes.
"""

_MARK = r"[^0-9A-Za-z \t\r\n]"
"""What can be a delimiter: no letter, no digit and no blank."""

CLAIM_FILE = "give an X12 837 professional claim file"

_WIDTHS = (2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1)
"""Characters of the elements ISA01 to ISA16."""

_BEFORE_TERMINATOR = HEADER - 1
_SHOWN = 20


class Refused(Exception):  # noqa: N818 - it becomes a diagnostic
    """A text cannot be read on as X12, or a claim not decided for what a segment holds; `help` says how to fix it."""

    def __init__(self, segment: "Segment | None", message: str, help_text: str, code: str = "x12-claim") -> None:
        """Keep the segment, so that the diagnostic can name its place; a text that is none has no segment."""
        super().__init__(message)
        self.segment, self.message, self.help, self.code = segment, message, help_text, code


def shown(text: str) -> str:
    r"""Quote a few characters of a file in a message, with a question mark for what cannot be printed.

    >>> shown("PK\x03")
    '`PK?`'
    """
    return "`" + "".join(each if each.isprintable() else "?" for each in text[:_SHOWN]) + "`"


def read_header(text: str, as_written: str) -> tuple[str, int]:
    """Give the header that a text begins with, without blanks before its terminator, and how long it is in the text.

    `as_written` is the text with its line ends. Raises Refused for a header from which the delimiters cannot be
    told.
    """
    _refuse_other_texts(text[:HEADER])
    fault = _layout_fault(text)
    if fault:
        raise Refused(None, fault, "give each element of `ISA` its fixed width, filled by blanks")
    if len(text) < HEADER:
        cut_off = f"the file ends inside the header `ISA`, after {len(as_written)} of {HEADER} characters"
        raise Refused(None, cut_off, "the file may be cut off; give the whole file")
    separator, after = text[3], text[_BEFORE_TERMINATOR:]
    terminator = after.lstrip(" \t\n")[:1]
    if after[0] in " \t\n" and terminator and not terminator.isalnum():
        size = _BEFORE_TERMINATOR + after.index(terminator) + 1
    else:
        terminator, size = after[0], HEADER
    following = re.match(rf"[{BLANK}]*(GS|TA1)({_MARK})", text[size:])
    if following and following.group(2) != separator:
        message = f"`ISA` uses the separator {shown(separator)}, and `{following.group(1)}` {shown(following.group(2))}"
        raise Refused(None, message, "write the separator that follows `ISA` everywhere")
    return text[:_BEFORE_TERMINATOR] + terminator, size


def _refuse_other_texts(header: str) -> None:
    if "\0" in header and header.replace("\0", "").lstrip("ÿþ").startswith("ISA"):
        raise Refused(None, "this text is saved as UTF-16 or UTF-32", "save it as UTF-8")
    if "\0" in header:
        raise Refused(None, "this is not text: it holds zero bytes", CLAIM_FILE)
    if header[:2] in ("GS", "ST") and not header[2:3].isalnum():
        message = f"the file begins with `{header[:2]}`: the interchange header `ISA` is missing"
        raise Refused(None, message, "give the whole interchange, from `ISA` to `IEA`")
    if not header.startswith("ISA"):
        message = f"this is not X12: it begins with {shown(header)} where the header `ISA` is expected"
        raise Refused(None, message, CLAIM_FILE)


def _layout_fault(text: str) -> str | None:
    """Say what keeps the header from having sixteen elements of the right widths; None when nothing does.

    An `ISA` without its last element shows by what follows: the segment `GS` begins where its terminator should be, or
    ends in what would be the component separator.
    """
    separator = text[3:4]
    if separator and not re.match(_MARK, separator):
        return f"the header `ISA` is damaged: {shown(separator)} follows it, which is no separator"
    fits, following = _fits(text), _following(text[: HEADER + AHEAD])
    if following is None:
        return None if fits or len(text) < HEADER else _DAMAGED
    if not fits:
        return _unfit(text[: following.start()].split(separator)[1:])
    return f"{_LACKS}ISA16, the component separator" if _lacks_last(text, separator) else None


_LACKS = "the envelope lacks "
_DAMAGED = f"the header `ISA` is damaged: its fields must fill {HEADER} characters, or the delimiters cannot be found"
_following = re.compile(rf"{_MARK}?[ \t\r\n]*(?<![0-9A-Za-z])(?:GS|TA1){_MARK}").search


def _unfit(elements: list[str]) -> str:
    """Say of the elements of a header which is the first that is missing, or not of its width."""
    few = "" if len(elements) == len(_WIDTHS) else f"it has {len(elements)} elements, and must have {len(_WIDTHS)}"
    if len(elements) > len(_WIDTHS):
        return f"the header `ISA` is damaged: {few}"
    given = [*elements, *[""] * (len(_WIDTHS) - len(elements))]
    first = next((at for at, width in enumerate(_WIDTHS) if len(given[at]) != width), len(_WIDTHS) - 1)
    if not given[first]:
        missing = [at for at in range(first, len(_WIDTHS)) if not given[at]]
        return _LACKS + " and ".join(f"ISA{at + 1:02}" for at in missing)
    size = len(given[first])
    told = f"ISA{first + 1:02} has {size} {'character' if size == 1 else 'characters'} and must have {_WIDTHS[first]}"
    return f"the header `ISA` is damaged: {few}{'; ' if few else ''}{told}"


def _fits(text: str) -> bool:
    """Tell whether the separators stand where the fixed widths of the elements before the last put them."""
    separator = re.escape(text[3:4])
    elements = "".join(f"{separator}[^{separator}]{{{width}}}" for width in _WIDTHS[:-1])
    return bool(separator) and re.match(f"ISA{elements}{separator}", text, re.DOTALL) is not None


def _lacks_last(text: str, separator: str) -> bool:
    """Tell whether what stands in the place of ISA16 is the terminator.

    It is when another segment follows at once, or when the next segment ends in it.
    """
    supposed, after = text[_BEFORE_TERMINATOR - 1], text[_BEFORE_TERMINATOR:]
    if supposed.isalnum() or not re.match(rf"[{BLANK}]*(GS|TA1){re.escape(separator)}", after):
        return after[:1].isalnum()
    if after[:1].isalnum():
        return True
    group, found, following = after.partition(supposed)
    is_one_segment = bool(found) and after[0] not in group.lstrip(BLANK)
    return is_one_segment and re.match(rf"[{BLANK}]*(ST|GS|IEA|GE){re.escape(separator)}", following) is not None


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

    Raises Refused for text that is not X12, a damaged header, or a segment of more than a million characters.

    >>> from io import StringIO
    >>> sender, receiver = "SENDER".ljust(15), "RECEIVER".ljust(15)
    >>> header = f"ISA*00*{' ' * 10}*00*{' ' * 10}*ZZ*{sender}*ZZ*{receiver}*240801*1200*^*00501*000000001*0*T*:~"
    >>> [piece.body for piece in cut_pieces(StringIO(header + "GS*HC~" + header + "IEA*1~"))]
    ['GS*HC~', 'IEA*1~']
    """
    text = _at_least(HEADER + AHEAD, "", stream)
    if not text:
        raise Refused(None, "the file is empty", CLAIM_FILE)
    while text:
        unwrapped = text
        while "\n" in unwrapped[: HEADER - 1]:  # a file wrapped at a fixed width
            unwrapped = _at_least(HEADER + AHEAD, unwrapped.replace("\n", "", 1), stream)
        header, size = read_header(unwrapped, text)
        text, padded = unwrapped[size:], size > HEADER
        terminator = header[-1]
        next_header = re.compile(rf"(?:\A|{re.escape(terminator)})[{BLANK}]*(?=ISA{_MARK})")
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
                message = (
                    f"a segment does not end within a million characters: no terminator {shown(terminator)} follows"
                )
                raise Refused(None, message, "make sure that the terminator is the one that the header `ISA` declares")
        text = _at_least(HEADER + AHEAD, text, stream)


def _at_least(size: int, text: str, stream: TextIO) -> str:
    text = text.lstrip(BLANK)
    while len(text) < size and (block := stream.read(_BLOCK)):
        text = (text + block).lstrip(BLANK)
    return text


_SEPARATOR, _COMPONENT_SEPARATOR = 3, 104
"""Where the header has the separator of elements, and where that of components."""

_separator = re.compile(rf"[^0-9A-Za-z{BLANK}]")


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
        return self.elements[position - 1].strip(BLANK) if position <= len(self.elements) else ""

    def components(self, position: int) -> list[str]:
        """Split an element into its components, by the separator that it uses.

        The first component of every composite that is read here is a code of letters and digits, so the first other
        character that is no blank is the separator, whatever the header declares: there are files that declare one and
        use another.

        >>> Segment(7, "SV1", ("HC>00001>A1",)).components(1)
        ['HC', '00001', 'A1']
        """
        value = self.element(position)
        return [each.strip(BLANK) for each in value.split(self.separator_in(position))]

    def note(self, code: str, message: str, help_text: str | None = None, severity: Severity = "warning") -> Diagnostic:
        """Note what can be doubted about this segment, or what is wrong with it.

        >>> Segment(7, "SV1", ()).note("x", "minutes in place of units").path
        'segment 7'
        """
        return Diagnostic(code=code, message=message, help=help_text, path=f"segment {self.number}", severity=severity)

    def separator_in(self, position: int) -> str:
        """Tell the component separator that an element uses: the declared one unless another stands there."""
        found = _separator.search(self.element(position))
        return found.group() if found else self.separator


def read_segments(stream: TextIO) -> Iterator[Segment | Diagnostic]:
    """Read the segments of a file in order; text that cannot be read on ends them with a diagnostic.

    No more than one piece is held.

    >>> from io import StringIO
    >>> (diagnostic,) = read_segments(StringIO("HL7"))
    >>> diagnostic.message
    'this is not X12: it begins with `HL7` where the header `ISA` is expected'
    """
    number = 0
    try:
        for piece in cut_pieces(stream):
            for name, *elements in _split(piece):
                number += 1
                yield Segment(number, name, tuple(elements), piece.header[_COMPONENT_SEPARATOR], piece.padded)
    except Refused as fault:
        message, help_text = fault.message, fault.help
    except OSError as fault:
        message, help_text = f"the file cannot be read on: {fault.strerror or fault}", None
    else:
        return
    path = f"segment {number + 1}" if number else None
    yield Diagnostic(code="x12-file", message=message, help=help_text, path=path)


def _split(piece: Piece) -> Iterator[list[str]]:
    """Split a piece into segments, each into its name and its elements; codes become capital letters.

    Line ends within an element mean nothing.
    """
    separator, terminator = piece.header[_SEPARATOR], piece.header[-1]
    for written in (piece.header + piece.body if piece.opens else piece.body).split(terminator):
        name, *elements = written.replace("\n", "").split(separator)
        name = name.strip(BLANK).upper()
        if name:
            for position in _CODES.get(name, ()):
                if position <= len(elements) and elements[position - 1].isascii():
                    elements[position - 1] = elements[position - 1].upper()
            yield [name, *elements]


_CODES = {
    **dict.fromkeys(("AMT", "CAS", "NTE", "REF"), (1,)),
    **dict.fromkeys(("DTP", "N4"), (1, 2)),
    "GS": (8,),
    "ST": (3,),
    "HL": (3,),
    "PRV": (1, 2),
    "NM1": (1, 2, 8),
    "SBR": (1, 2, 9),
    "DMG": (1, 3),
    "CLM": (5, 11),
    "HI": tuple(range(1, 13)),
    "SV1": (1, 3),
    "SVD": (3,),
    "LIN": (2,),
    "CTP": (5,),
    "OI": (3, 6),
}
"""Elements that hold codes of X12, or of a list that it names: small letters mean the same there as capital ones."""


_DECIMAL = re.compile(r"\d{1,15}(\.\d{0,15})?|\.\d{1,15}", re.ASCII)


def whole(text: str) -> int | None:
    """Read a whole number that may be written with zeros after its point; None for any other text.

    >>> whole("2"), whole("1.00"), whole("1.5"), whole("many")
    (2, 1, None, None)
    """
    return scaled(text, 0)


def decimal(text: str) -> float | None:
    """Read a number of zero or more as JSON says it; None for any other text, or one of more digits than that holds.

    >>> [decimal(text) for text in ("2.0", "1.50", ".1", "many", "123456789012345.000000000000001")]
    [2, 1.5, 0.1, None, None]
    """
    if not _DECIMAL.fullmatch(text):
        return None
    exact = Decimal(text)
    if exact == exact.to_integral_value():
        return int(exact)
    return float(exact) if Decimal(repr(float(exact))) == exact else None


def scaled(text: str, places: int) -> int | None:
    """Read a decimal number exactly, in units of its given decimal place: `cents` are 2 places.

    None for a text that is no number of zero or more, or that has further digits.

    >>> scaled("145.5", 2), scaled("60", 2), scaled(".05", 2), scaled("1.005", 2)
    (14550, 6000, 5, None)
    """
    if not _DECIMAL.fullmatch(text):
        return None
    before, _, after = text.partition(".")
    if after[places:].strip("0"):
        return None
    return int(before + after[:places].ljust(places, "0") or "0")
