"""What a cell of a sheet says: text becomes the JSON value that its column holds; damage by spreadsheets is explained.

No cell is refused here: a text that cannot be a value of its column is left as it is, and the validator refuses it.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from payrule.model.values import as_json_number
from payrule.model.vocabulary import Attribute
from payrule.source.diagnostics import shown

NOTHING = "none"
"""What a cell says that is known to hold no value, where its column may hold several. An empty cell is unknown."""

SAVE_AS = "open it in the spreadsheet, choose `Save as` and the type `CSV UTF-8`, and give the file that this makes"
"""How a sheet is made of what a spreadsheet holds."""

TRUTHS = {"true": True, "yes": True, "false": False, "no": False}
"""What a cell of a boolean column may say, in capitals or not."""

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What formulas begin with, which a text in a sheet must not; the last four are the wide forms of the first."""


ERRORS = frozenset(
    {"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#GETTING_DATA", "#SPILL!", "#CALC!"}
)
"""What spreadsheets show in place of a result that they cannot compute."""


def without_result(text: str) -> str | None:
    """Say of a cell that a spreadsheet shows no value in it: a formula, or an error; None of any other.

    >>> without_result("=1+1"), without_result("#N/A")
    ('the cell holds the formula `=1+1`, and not its result', 'the cell holds the error `#N/A`')
    >>> without_result("97110") is None
    True
    """
    if text in ERRORS:
        return f"the cell holds the error `{text}`"
    return f"the cell holds the formula {shown(text)}, and not its result" if text.startswith("=") else None


def cell_reader(attribute: Attribute) -> Callable[[str], Any]:
    """Make the function that turns the text of a cell, which is not empty, into a JSON value.

    >>> cell_reader(Attribute(type="integer", summary="minutes"))("15")
    15
    >>> cell_reader(Attribute(type="choice", summary="regions", values=("north",), many=True))("north south")
    ['north', 'south']
    >>> cell_reader(Attribute(type="code", summary="modifiers", many=True))("none")
    []
    """
    single = _READERS.get(_kind(attribute), str)
    if not attribute.many:
        return single
    nothing = None if NOTHING in attribute.values else NOTHING
    return lambda text: [] if text == nothing else [single(each) for each in text.split()]


def dollars_reader(attribute: Attribute) -> Callable[[str], Any]:
    """Make the function that turns dollars in a cell into cents; a text that is no amount within bounds stays as it is.

    >>> read = dollars_reader(Attribute(type="integer", summary="charge", minimum=0, maximum=999_999))
    >>> read("$1,250.00"), read("45.5"), read("45"), read("45.005"), read("10000")
    (125000, 4550, 4500, '45.005', '10000')
    """

    def cents(text: str) -> Any:
        found = _cents(text)
        low = attribute.minimum or 0
        fits = found is not None and low <= found and (attribute.maximum is None or found <= attribute.maximum)
        return found if fits else text

    return cents


def cure_of(text: str, attribute: Attribute, dollars_title: str | None = None) -> str | None:
    """Say how to fix a cell that is refused, where spreadsheets or their users are known to write such text.

    `dollars_title` is the title of a column that holds the same amount in dollars.

    >>> cure_of("11.0", Attribute(type="code", summary="place", pattern="^[0-9]{2}$"))
    'did you mean `11`? a spreadsheet has made a number of it: format the column as text'
    >>> cure_of("3/4/2016", Attribute(type="date", summary="day"))
    'write `2016-03-04` or `2016-04-03`, whichever is meant: format the column as yyyy-mm-dd'
    """
    if not text:
        return None
    if text.lower() in _UNKNOWN or (attribute.many and text.lower() == NOTHING):
        nothing = f", and write `{NOTHING}` where it is known that there are none" if attribute.many else ""
        return f"leave the cell empty when it is not known{nothing}"
    members = text.split() if attribute.many else [text]
    if (help_text := next(filter(None, (_member_cure(each, attribute) for each in members)), None)) is not None:
        return help_text
    if attribute.many and _parting(text):
        return f"write `{parted(text)}`: separate the values of a cell by blanks"
    read, measured = _READERS.get(_kind(attribute)), _measured(text, attribute.measure)
    is_wrong = read is not None and any(isinstance(read(each), str) for each in members)
    if not is_wrong or measured is None:
        return _TYPE_CURES[_kind(attribute)] if is_wrong else None
    in_dollars = f"; for dollars, call the column `{dollars_title}`" if dollars_title else ""
    return f"write `{measured}`: the column holds {attribute.measure}, as a whole number{in_dollars}"


def _member_cure(member: str, attribute: Attribute) -> str | None:
    found = _date_cure(member) if attribute.type == "date" else None
    return found or (None if attribute.pattern is None else _code_cure(member, attribute.pattern))


def is_shortened(text: str, attribute: Attribute) -> bool:
    """Tell a text, such as an id, of which a spreadsheet has made a number, and has written it without its last digits.

    >>> identifier = Attribute(type="text", summary="id")
    >>> is_shortened("1.23457E+15", identifier), is_shortened("123457E15", identifier)
    (True, False)
    """
    if attribute.type != "text":
        return False
    return any(map(_shortened, text.split() if attribute.many else [text]))


_shortened = re.compile(r"-?[0-9](\.[0-9]+)?[eE]\+[0-9]+", re.ASCII).fullmatch


def is_parted_wrongly(text: str, attribute: Attribute) -> bool:
    """Tell a cell of several texts that something else than blanks seems to separate: the validator takes any text.

    >>> is_parted_wrongly("A1, B2", Attribute(type="text", summary="diagnoses", many=True))
    True
    """
    return attribute.many and attribute.type == "text" and _parting(text) is not None


def parted(text: str) -> str:
    """Write the values of a cell with blanks between them, whatever stands between them now.

    >>> parted("A1, B2;C3")
    'A1 B2 C3'
    """
    return " ".join(each for each in re.split(r"[\s,;|]+", text) if each)


_parting = re.compile(r"[,;|]").search


def _whole(text: str) -> Any:
    """Read a whole number; `15.0` is what programs write that keep unknown numbers too."""
    return int(text.removesuffix(".0")) if _whole_number(text) else text


def _decimal(text: str) -> Any:
    """Read a number that need not be whole, exactly; one of more digits than JSON holds is left a text."""
    if not _decimal_number(text):
        return text
    exact = Decimal(text)
    number = as_json_number(exact)
    return number if Decimal(repr(number)) == exact else text


_READERS: dict[str, Callable[[str], Any]] = {
    "integer": _whole,
    "decimal": _decimal,
    "boolean": lambda text: TRUTHS.get(text.lower(), text),
}


def _kind(attribute: Attribute) -> str:
    return "decimal" if attribute.fractions else attribute.type


_TYPE_CURES = {
    "decimal": "write a number in digits, such as `15` or `1.5`",
    "integer": "write a whole number in digits alone, such as `15`",
    "boolean": "write `true` or `false`, or leave the cell empty when it is not known",
}

_UNKNOWN = frozenset({"-", "--", "?", "n/a", "na", "nan", "null", "unknown", "#n/a"})
"""What people and programs write for what they do not know."""

_decimal_number = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?", re.ASCII).fullmatch
_whole_number = re.compile(r"-?[0-9]{1,15}(\.0)?", re.ASCII).fullmatch


def _measured(text: str, measure: str | None) -> int | None:
    """Read an amount of money as cents, or hours and minutes as minutes.

    >>> _measured("$1,045.5", "cents"), _measured("1:15", "minutes"), _measured("15 min", "minutes")
    (104550, 75, 15)
    """
    if measure == "cents":
        return _cents(text)
    if measure == "minutes" and (found := _time(text)):
        return int(found[1] or 0) * 60 + int(found[2])
    return None


def _cents(text: str) -> int | None:
    found = _money(text)
    return None if found is None else int(found[1].replace(",", "")) * 100 + int((found[2] or "").ljust(2, "0"))


_money = re.compile(r"\$? ?(\d{1,9}|[1-9]\d{0,2}(?:,\d{3}){1,3})(?:\.(\d\d?))?", re.ASCII).fullmatch
_time = re.compile(r"(?:(\d\d?):)?(\d{1,3})(?: ?m(?:ins?|inutes?)?\.?)?", re.ASCII).fullmatch


def _date_cure(text: str) -> str | None:
    readings = [day.isoformat() for day in _days(text)]
    if len(readings) == 1:
        return f"did you mean `{readings[0]}`? format the column as yyyy-mm-dd"
    meant = " or ".join(f"`{day}`" for day in readings)
    return f"write {meant}, whichever is meant: format the column as yyyy-mm-dd" if meant else None


def _days(text: str) -> Iterator[date]:
    """Give the days that a text may mean: month and day in either order, or a spreadsheet's count of days."""
    if found := re.fullmatch(r"(\d\d?)([-/.])(\d\d?)\2(\d{4}|\d\d)(?:[ T].*)?", text, re.ASCII):
        one, two, year = int(found[1]), int(found[3]), int(found[4])
        for month, day in dict.fromkeys([(one, two), (two, one)]):
            with suppress(ValueError):
                yield date(year if len(found[4]) > len("yy") else 2000 + year, month, day)
    elif re.fullmatch(r"[234]\d{4}(\.0)?|5[0-4]\d{3}(\.0)?", text, re.ASCII):
        yield _SPREADSHEET_ZERO + timedelta(days=int(text.removesuffix(".0")))


_SPREADSHEET_ZERO = date(1899, 12, 30)
"""Spreadsheets count days from here, one off before March 1900, when they have a day too many."""


def _code_cure(text: str, pattern: str) -> str | None:
    if re.fullmatch(pattern, text):
        return None
    if (repaired := with_zeros(text.removesuffix(".0"), pattern)) is not None:
        return f"did you mean `{repaired}`? a spreadsheet has made a number of it: format the column as text"
    if re.fullmatch(r"\d(\.\d+)?E\+?\d+", text, re.ASCII):
        return "a spreadsheet has made a number of it: format the column as text, and write it again"
    return None


def with_zeros(digits: str, pattern: str) -> str | None:
    """Write digits with as many zeros before them as a pattern asks for; None where it fits none.

    >>> with_zeros("450", "^[0-9A-Z]{5}$"), with_zeros("9714000", "^[0-9A-Z]{5}$")
    ('00450', None)
    """
    padded = (digits.zfill(width) for width in range(len(digits), len(digits) + _LOST))
    return next((each for each in padded if digits.isdigit() and re.fullmatch(pattern, each)), None)


_LOST = 5
"""Leading zeros, and one, that are looked for."""
