"""What a vocabulary has words for: a claim says more than a rulebase may ask, and what it does not ask is left out."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from payrule.documents.findings import Finding
from payrule.documents.models import Attribute
from payrule.formats.raw import RawEncounter
from payrule.formats.x12.header import shown

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


def _doubts(raw: RawEncounter, attributes: Mapping[str, Attribute]) -> Iterator[Finding]:
    frequency = raw.data.get("frequency", _ORIGINAL)
    if frequency != _ORIGINAL and "encounter.frequency" not in attributes:
        message = f"the claim has frequency {shown(str(frequency))}, for which there is no attribute: "
        yield _doubt("frequency-not-read", f"{message}it is decided as an original one", "encounter.frequency")
    lines = raw.data.get("lines")
    for line in lines if isinstance(lines, list) else []:
        if "date_to" in line and "line.date_to" not in attributes:
            message = f"line {line['number']} lasts from {line['date']} to {line['date_to']}: its first day is taken"
            yield _doubt("first-day-taken", message, "line.date_to")


def _doubt(code: str, message: str, attribute: str) -> Finding:
    return Finding(code=code, message=message, help=f"add `{attribute}` to the vocabulary", severity="warning")
