"""Turn the elements of an X12 claim into values: dates, whole numbers, money, diagnoses."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import msgspec

from payrule.formats.encounters import RawEncounter
from payrule.formats.x12.header import shown
from payrule.model.policy import Attribute
from payrule.source.diagnostics import Diagnostic

_D8 = re.compile(r"\d{8}", re.ASCII)
_DECIMAL = re.compile(r"\d{1,15}(\.\d{0,15})?|\.\d{1,15}", re.ASCII)
_TAXONOMY = re.compile(r"[0-9A-Z]{10}", re.ASCII)
_NPI = re.compile(r"\d{10}", re.ASCII)
_CATEGORY, _E_CODE_CATEGORY = 3, 4
_ICD_9 = 9


def read_day(text: str) -> date:
    """Read a day written as eight digits, the form that X12 calls D8.

    Raises ValueError for another form, or for a day that no calendar has.

    >>> read_day("20240801")
    datetime.date(2024, 8, 1)
    """
    if not _D8.fullmatch(text):
        raise ValueError(text)
    return date(int(text[:4]), int(text[4:6]), int(text[6:]))


def whole(text: str) -> int | None:
    """Read a whole number that may be written with zeros after its point; None for any other text.

    >>> whole("2"), whole("1.00"), whole("1.5"), whole("many")
    (2, 1, None, None)
    """
    return scaled(text, 0)


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


def with_point(code: str, *, version: int) -> str:
    """Write a diagnosis code with its point, which claims leave out; `version` is that of ICD, 9 or 10.

    The point follows the category: three characters, in ICD-9 four for a code that begins with E.

    >>> with_point("A0001", version=10), with_point("E8490", version=9), with_point("A00", version=10)
    ('A00.01', 'E849.0', 'A00')
    """
    category = _E_CODE_CATEGORY if version == _ICD_9 and code.startswith("E") else _CATEGORY
    return code if "." in code or len(code) <= category else f"{code[:category]}.{code[category:]}"


def age_in_years(born: date, day: date) -> int | None:
    """Count the birthdays that a person has had by a day; None for a day before birth.

    >>> age_in_years(date(1980, 3, 1), date(2024, 2, 29)), age_in_years(date(1980, 3, 1), date(2024, 3, 1))
    (43, 44)
    """
    if day < born:
        return None
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def national(identifier: str) -> str:
    """Give a national provider identifier, NPI, which has ten digits; nothing for another text.

    >>> national("9000000001"), national("999OU812")
    ('9000000001', '')
    """
    return identifier if _NPI.fullmatch(identifier) else ""


OTHER = "other"
"""The type of a provider whose taxonomy is known, and is that of no type that has a name."""


def provider_type(taxonomy: str, taxonomies: Mapping[str, str]) -> str | None:
    """Find the provider type of a taxonomy code: the one whose prefix is the longest, else `other`.

    None when there is no taxonomy code, which has ten characters.

    >>> provider_type("12AB00000X", {"12": "one", "12AB": "another"})
    'another'
    >>> provider_type("9900000000", {"12": "one"}), provider_type("99", {"12": "one"})
    ('other', None)
    """
    for length in range(len(taxonomy), 0, -1):
        if taxonomy[:length] in taxonomies:
            return taxonomies[taxonomy[:length]]
    return OTHER if is_taxonomy(taxonomy) else None


def is_taxonomy(text: str) -> bool:
    """Tell whether a text has the form of a taxonomy code: ten digits and capital letters.

    >>> is_taxonomy("12AB00000X"), is_taxonomy("12AB")
    (True, False)
    """
    return _TAXONOMY.fullmatch(text) is not None


_ORIGINAL = "1"
_TO_STRUCTURE = ("id", "payer", "lines")


def words_kept(raw: RawEncounter, attributes: Mapping[str, Attribute]) -> RawEncounter:
    """Leave out of an encounter what is no attribute, or no value of one; note it where that could change an answer.

    >>> data = {"id": "A-1", "frequency": "8", "lines": [{"number": 1, "code": "00001", "charge_cents": 500}]}
    >>> kept = words_kept(RawEncounter(data, "segment 9"), {"line.code": Attribute(type="code", summary="The service")})
    >>> kept.data
    {'id': 'A-1', 'lines': [{'number': 1, 'code': '00001'}]}
    >>> [note.message for note in kept.notes]
    ['the claim has frequency `8`, for which there is no attribute: it is decided as an original one']
    """
    data = {key: raw.data[key] for key in _TO_STRUCTURE if key in raw.data}
    above = {key: value for key, value in raw.data.items() if key not in _TO_STRUCTURE}
    patient = {"patient": above.pop("patient")} if "patient" in above else {}
    data |= _kept(patient, "", attributes) | _kept(above, "encounter.", attributes)
    lines = raw.data.get("lines")
    data["lines"] = [
        {"number": line["number"], **_kept({**line, "number": None}, "line.", attributes)}
        for line in (lines if isinstance(lines, list) else [])
    ]
    order = [key for key in raw.data if key in data]
    notes = (*raw.notes, *_doubts(raw, attributes))
    return msgspec.structs.replace(raw, data={key: data[key] for key in order}, notes=notes)


def _kept(values: Mapping[str, Any], root: str, attributes: Mapping[str, Attribute]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, dict):
            below = _kept(value, f"{root}{key}.", attributes)
            result |= {key: below} if below else {}
        elif (attribute := attributes.get(f"{root}{key}")) is not None and not _is_no_value(value, attribute):
            result[key] = value
    return result


def _is_no_value(value: object, attribute: Attribute) -> bool:
    """Tell whether a choice has no such value."""
    return attribute.type == "choice" and not isinstance(value, list) and value not in (attribute.values or ())


def _doubts(raw: RawEncounter, attributes: Mapping[str, Attribute]) -> Iterator[Diagnostic]:
    frequency = raw.data.get("frequency", _ORIGINAL)
    if frequency != _ORIGINAL and "encounter.frequency" not in attributes:
        message = f"the claim has frequency {shown(str(frequency))}, for which there is no attribute: "
        yield _doubt("frequency-not-read", f"{message}it is decided as an original one", "encounter.frequency")
    lines = raw.data.get("lines")
    for line in lines if isinstance(lines, list) else []:
        if "date_to" in line and "line.date_to" not in attributes:
            message = f"line {line['number']} lasts from {line['date']} to {line['date_to']}: its first day is taken"
            yield _doubt("first-day-taken", message, "line.date_to")


def _doubt(code: str, message: str, attribute: str) -> Diagnostic:
    return Diagnostic(code=code, message=message, help=f"add `{attribute}` to the vocabulary", severity="warning")
