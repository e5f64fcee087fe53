"""What claims of every format have: providers, diagnoses, ages; and what of them a vocabulary has attributes for."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import msgspec
from msgspec.structs import replace

from payrule.encounter.encounter import PATIENT
from payrule.formats.encounters import RawEncounter
from payrule.model.encounter_schema import STRUCTURE
from payrule.model.vocabulary import Attribute
from payrule.source.diagnostics import Diagnostic, shown


class Provider(msgspec.Struct, frozen=True):
    """Hold a provider: NPI and taxonomy, empty where the file has none.

    Of a billing one, whether it is a person, and its taxpayer number.
    """

    npi: str = ""
    taxonomy: str = ""
    person: bool = False
    tin: str = ""


def provider_of(rendering: Provider | None, billing: Provider, taxonomies: Mapping[str, str]) -> dict[str, object]:
    """Give a line's provider as the contract has it, without what the claim leaves open.

    A claim that names no rendering provider says that the billing provider rendered the service: its taxonomy is the
    line's. The relationship is `self` when the billing provider is a person and the claim names no other, or both have
    the same NPI; an organization leaves it open. A claim does not say who is employed or supervised.

    >>> provider_of(None, Provider(npi="9", taxonomy="12AB00000X", person=True), {"12AB": "some-type"})
    {'type': 'some-type', 'relationship': 'self', 'taxonomy': '12AB00000X'}
    >>> provider_of(None, Provider(npi="9", taxonomy="34CD00000X"), {"12AB": "some-type"})
    {'type': 'other', 'taxonomy': '34CD00000X'}
    >>> provider_of(Provider(npi="8"), Provider(npi="9", taxonomy="12AB", person=True), {"12AB": "some-type"})
    {'npi': '8'}
    """
    if rendering is None:
        return stated(replace(billing, npi=""), taxonomies, "self" if billing.person else "")
    own = bool(rendering.npi) and rendering.npi == billing.npi
    taxonomy = rendering.taxonomy or (billing.taxonomy if own else "")
    return stated(replace(rendering, taxonomy=taxonomy), taxonomies, "self" if own else "")


def stated(provider: Provider, taxonomies: Mapping[str, str], relationship: str = "") -> dict[str, object]:
    """Give a provider as the contract has it, without what the claim leaves open.

    >>> stated(Provider(npi="9", taxonomy="34CD00000X"), {"12AB": "some-type"})
    {'type': 'other', 'npi': '9', 'taxonomy': '34CD00000X'}
    """
    result = {
        "type": provider_type(provider.taxonomy, taxonomies),
        "relationship": relationship,
        "npi": provider.npi,
        "taxonomy": provider.taxonomy if is_taxonomy(provider.taxonomy) else "",
    }
    return {key: value for key, value in result.items() if value}


def npi(text: str) -> str:
    """Give a text that has the form of an NPI, ten digits; empty for any other.

    >>> npi("9000000001"), npi("999OU812")
    ('9000000001', '')
    """
    return text if re.fullmatch(r"\d{10}", text, re.ASCII) else ""


def tin(text: str) -> str:
    """Give a taxpayer number in nine digits; empty where another number stands there.

    >>> tin("90-0000001"), tin("A1")
    ('900000001', '')
    """
    digits = text.replace("-", "")
    return digits if re.fullmatch(r"\d{9}", digits, re.ASCII) else ""


is_taxonomy = re.compile(r"[0-9A-Z]{10}", re.ASCII).fullmatch
"""Tell whether a text has the form of a taxonomy code: ten digits and capital letters."""

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
    fitting = [each for each in taxonomies if each and taxonomy.startswith(each)]
    if fitting:
        return taxonomies[max(fitting, key=len)]
    return OTHER if is_taxonomy(taxonomy) else None


_NINE = 9
"""The version of ICD whose codes may begin with a category of four characters."""


def with_point(code: str, *, version: int) -> str:
    """Write a diagnosis code with its point, which claims leave out; `version` is that of ICD, 9 or 10.

    The point follows the category: three characters, in ICD-9 four for a code that begins with E.

    >>> with_point("A0001", version=10), with_point("E8490", version=9), with_point("A00", version=10)
    ('A00.01', 'E849.0', 'A00')
    """
    category = 4 if version == _NINE and code.startswith("E") else 3
    return code if "." in code or len(code) <= category else f"{code[:category]}.{code[category:]}"


def age_in_years(born: date, day: date) -> int | None:
    """Count the birthdays that a person has had by a day; None for a day before birth.

    >>> age_in_years(date(1980, 3, 1), date(2024, 2, 29)), age_in_years(date(1980, 3, 1), date(2024, 3, 1))
    (43, 44)
    """
    if day < born:
        return None
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


_ORIGINAL = "1"


def fractional(attributes: Mapping[str, Attribute]) -> frozenset[str]:
    """Name the attributes that may be no whole number.

    >>> fractional({"line.units": Attribute(type="integer", summary="Units", fractions=True)})
    frozenset({'line.units'})
    """
    return frozenset(name for name, each in attributes.items() if each.fractions)


_line_path = re.compile(r"\$\.lines\[(\d{1,6})\]\.?(\w*)").match


def line_of(diagnostic: Diagnostic) -> tuple[int, str] | None:
    """Give the position (from 0) of the line that a diagnostic of the validator speaks of, and the key, if any.

    >>> line_of(Diagnostic(code="x", message="y", path="$.lines[2].units"))
    (2, 'units')
    """
    found = _line_path(diagnostic.path or "$")
    return (int(found[1]), found[2]) if found else None


def has_code_and_date(line: Mapping[str, object]) -> bool:
    """Tell whether a line can be decided: what it needs could be read.

    >>> has_code_and_date({"number": 1, "code": "00001"})
    False
    """
    return {"code", "date"} <= line.keys()


def is_told(diagnostic: Diagnostic, lines: Sequence[Mapping[str, object]]) -> bool:
    """Tell whether a line lacks a code or a date of which its reader says why it cannot be read.

    >>> is_told(Diagnostic(code="missing-key", message="y", path="$.lines[0]"), [{"number": 1, "code": "00001"}])
    True
    """
    line = line_of(diagnostic)
    return diagnostic.code == "missing-key" and line is not None and not has_code_and_date(lines[line[0]])


def words_kept(raw: RawEncounter, attributes: Mapping[str, Attribute]) -> RawEncounter:
    """Leave out of an encounter what is no attribute, or no value of one; note it where that could change an answer.

    The id of the patient stays: by it earlier lines are joined, whether or not rules can read it.

    >>> data = {"id": "A-1", "frequency": "8", "lines": [{"number": 1, "code": "00001", "charge_cents": 500}]}
    >>> kept = words_kept(RawEncounter(data, "segment 9"), {"line.code": Attribute(type="code", summary="The service")})
    >>> kept.data
    {'id': 'A-1', 'lines': [{'number': 1, 'code': '00001'}]}
    >>> [note.message for note in kept.notes]
    ['the claim has frequency `8`, for which there is no attribute: it is decided as an original one']
    """
    attributes = {PATIENT: STRUCTURE[PATIENT], **attributes}
    data: dict[str, Any] = {}
    for key, value in raw.data.items():
        if key == "lines" and isinstance(value, list):
            data[key] = [{"number": line["number"], **_kept(line, "line.", attributes)} for line in value]
        elif key in ("id", "payer"):
            data[key] = value
        else:
            data |= _kept({key: value}, "" if key == "patient" else "encounter.", attributes)
    return msgspec.structs.replace(raw, data=data, notes=(*raw.notes, *_doubts(raw, attributes)))


def _kept(values: Mapping[str, Any], root: str, attributes: Mapping[str, Attribute]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, dict):
            below = _kept(value, f"{root}{key}.", attributes)
            result |= {key: below} if below else {}
        elif (attribute := attributes.get(f"{root}{key}")) is not None:
            is_choice = attribute.type == "choice" and not isinstance(value, list)
            result |= {} if is_choice and value not in attribute.values else {key: value}
    return result


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
