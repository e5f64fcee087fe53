"""The header of an interchange, `ISA`: it has fixed widths, and names the delimiters of everything below it."""

import re

HEADER = 106
"""Characters of `ISA` with its terminator: its fields have fixed widths, so that the delimiters have fixed places."""

AHEAD = 512
"""Characters beyond the header that are looked at: enough for the segment `GS` and the beginning of the next."""

BLANK = " \t\r\n\x1a\ufeff"
"""What may stand between segments: blanks, line ends, the end-of-file mark of DOS, a byte order mark."""

CLAIM_FILE = "give an X12 837 professional claim file"

_WIDTHS = (2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1)
"""Characters of the elements ISA01 to ISA16."""

_BEFORE_TERMINATOR = HEADER - 1
_SHOWN = 20


class Unreadable(Exception):  # noqa: N818 - it says what the text is, and becomes a finding
    """The text cannot be read on as X12; `help` says how to fix it."""

    def __init__(self, message: str, help_text: str) -> None:
        """Keep the message and its help apart, as findings do."""
        super().__init__(message)
        self.message, self.help = message, help_text


def shown(text: str) -> str:
    r"""Quote a few characters of a file in a message, with a question mark for what cannot be printed.

    >>> shown("PK\x03")
    '`PK?`'
    """
    return "`" + "".join(each if each.isprintable() else "?" for each in text[:_SHOWN]) + "`"


def read_header(text: str, as_written: str) -> tuple[str, int]:
    """Give the header that a text begins with, without blanks before its terminator, and how long it is in the text.

    `as_written` is the text with its line ends. Raises Unreadable for a header from which the delimiters cannot be
    told.
    """
    _refuse_other_texts(text[:HEADER])
    fault = _layout_fault(text)
    if fault:
        raise Unreadable(fault, "give each element of `ISA` its fixed width, filled by blanks")
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
    if separator.isalnum() or separator.isspace():
        return f"the header `ISA` is damaged: {shown(separator)} follows it, which is no separator"
    fits, following = _fits(text), _following(text[: HEADER + AHEAD])
    if following is None:
        return None if fits or len(text) < HEADER else _DAMAGED
    if not fits:
        return _misfit(text[: following.start()].split(separator)[1:])
    return f"{_LACKS}ISA16, the component separator" if _lacks_last(text, separator) else None


_LACKS = "the envelope lacks "
_DAMAGED = f"the header `ISA` is damaged: its fields must fill {HEADER} characters, or the delimiters cannot be told"
_following = re.compile(r"[^0-9A-Za-z\s]?\s*(?<![0-9A-Za-z])(?:GS|TA1)[^0-9A-Za-z\s]").search


def _misfit(elements: list[str]) -> str:
    """Say of the elements of a header which is the first that is missing, or not of its width.

    >>> _misfit(["00", " " * 10, "00", " " * 10, "ZZ", " " * 15, "ZZ", " " * 15, "240801", "1200", "^", "00501", "1"])
    'the header `ISA` is damaged: it has 13 elements, and must have 16; ISA13 has 1 character and must have 9'
    """
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
    group, found, following = after.partition(supposed)
    is_one_segment = bool(found) and after[0] not in group.lstrip(BLANK)
    return is_one_segment and re.match(rf"[{BLANK}]*(ST|GS|IEA|GE){re.escape(separator)}", following) is not None
