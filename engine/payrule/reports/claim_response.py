"""Determinations as FHIR R4 `ClaimResponse` resources, one for each claim; several are a Bundle.

Sources: HL7 FHIR R4 (4.0.1) ClaimResponse; CARIN Blue Button 2.1 for the code systems of adjudication. The code lists
of X12 (CARC, RARC, groups) have the addresses that HL7 Terminology gives them.
"""

import hashlib
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

import msgspec
from msgspec import UNSET

from payrule.formats.encounters import Read
from payrule.model.choices import DISPOSITION_WORDS
from payrule.results.determination import (
    Adjustment,
    Between,
    Determination,
    LineDetermination,
    RemittanceCodes,
)
from payrule.source.diagnostics import Diagnostic

_CARC = "https://x12.org/codes/claim-adjustment-reason-codes"
_RARC = "https://x12.org/codes/remittance-advice-remark-codes"
_GROUP = "https://x12.org/codes/claim-adjustment-group-codes"
_DISCRIMINATOR = "http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBAdjudicationDiscriminator"
_ADJUDICATION = "http://terminology.hl7.org/CodeSystem/adjudication"
_CLAIM_TYPE = "http://terminology.hl7.org/CodeSystem/claim-type"
_ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
_DISPOSITION = "urn:payrule:disposition"
_ERROR = "urn:payrule:check"
_USES = frozenset(("claim", "preauthorization", "predetermination"))
_TYPES = frozenset(("professional", "institutional", "oral", "pharmacy", "vision"))


def claim_response(determination: Determination) -> dict[str, Any]:
    """Give the answer for a claim as a `ClaimResponse`: a note and adjudications for each item.

    Each line has its answer; a denied or returned one, and each reduction, has the reason (CARC) with its group, and
    remarks (RARC) as process notes. `preAuthRef` is the one that the claim has. The digest of the determination is an
    identifier. A claim that was not sent as FHIR has no patient to refer to: the reference says that it is masked.

    >>> answer = Determination(encounter="7", payer="plan", rulebase="", engine="", known_on="2026-11-29", lines=())
    >>> response = claim_response(answer)
    >>> response["outcome"], response["insurer"], response["created"]
    ('complete', {'display': 'plan'}, '2026-11-29')
    """
    notes = _Notes()
    sent = determination.identifiers or {}
    digest = hashlib.sha256(determination.to_json()).hexdigest()
    waits = any(line.disposition == "pending" for line in determination.lines)
    return {
        **_head(sent, determination.encounter, determination.payer, determination.known_on),
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": f"urn:sha256:{digest}"}],
        "status": "cancelled" if determination.is_void else "active",
        "outcome": "partial" if waits else "complete",
        "disposition": _summary(determination),
        **({"preAuthRef": sent["authorization"]} if "authorization" in sent else {}),
        **_some("item", [_item(line, notes) for line in determination.lines]),
        **_some("processNote", notes.written()),
    }


def rejected_response(read: Read, findings: Iterable[Diagnostic], payer: str | None, known_on: str) -> dict[str, Any]:
    """Give a `ClaimResponse` for a claim that cannot be decided: each error with what is wrong, and where.

    Without a payer, neither named nor in the claim, the reference to the insurer says that it is unknown.

    >>> fault = Diagnostic(code="no-payer", message="no payer is named")
    >>> response = rejected_response(Read(None, claim="7"), [fault], None, "2026-11-29")
    >>> response["error"][0]["code"]["text"], response["insurer"]["extension"][0]["valueCode"]
    ('the claim: no payer is named', 'unknown')
    """
    sent = read.identifiers.claim if read.identifiers else {}
    return {
        **_head(sent, read.claim or "", payer, known_on),
        "status": "active",
        "outcome": "error",
        "disposition": "not decided",
        "error": [
            {
                "code": {
                    "coding": [{"system": _ERROR, "code": each.code}],
                    "text": f"{each.path or 'the claim'}: {each.message}{f' ({each.help})' if each.help else ''}",
                }
            }
            for each in findings
        ],
    }


def fhir_documents(responses: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    r"""Write one response as it is, several as a Bundle, piece by piece; none is a Bundle without entries.

    >>> b"".join(fhir_documents([]))
    b'{"resourceType":"Bundle","type":"collection"}\n'
    """
    several = iter(responses)
    first, second = next(several, None), next(several, None)
    if first is None:
        yield b'{"resourceType":"Bundle","type":"collection"}\n'
    elif second is None:
        yield msgspec.json.format(msgspec.json.encode(first), indent=2) + b"\n"
    else:
        yield b'{"resourceType":"Bundle","type":"collection","entry":[\n' + _entry(first)
        yield from (b",\n" + _entry(each) for each in chain([second], several))
        yield b"\n]}\n"


def _entry(response: dict[str, Any]) -> bytes:
    return msgspec.json.encode({"resource": response})


def _head(sent: dict[str, str], claim: str, payer: str | None, known_on: str) -> dict[str, Any]:
    kind = sent.get("type") if sent.get("type") in _TYPES else "professional"
    resource = sent.get("resource")
    request = {"reference": resource} if resource else {"identifier": {"value": claim}}
    return {
        "resourceType": "ClaimResponse",
        "type": {"coding": [{"system": _CLAIM_TYPE, "code": kind}]},
        "use": sent["use"] if sent.get("use") in _USES else "claim",
        "patient": _reference(sent.get("patient")) or _absent("masked"),
        "created": known_on,
        "insurer": _reference(sent.get("insurer")) or ({"display": payer} if payer else _absent("unknown")),
        **({"requestor": _reference(sent.get("requestor"))} if sent.get("requestor") else {}),
        **({"request": request} if resource or claim else {}),
    }


def _reference(written: str | None) -> dict[str, Any] | None:
    """Write a reference again: an address, or a number as `system|value`."""
    if not written:
        return None
    system, bar, value = written.rpartition("|")
    return {"identifier": {"system": system, "value": value}} if bar else {"reference": written}


def _absent(why: str) -> dict[str, Any]:
    """Write a reference of which R4 requires that it is there, and which has nothing to refer to."""
    return {"extension": [{"url": _ABSENT, "valueCode": why}]}


def _some(name: str, items: list[dict[str, Any]]) -> dict[str, Any]:
    return {name: items} if items else {}


def _summary(determination: Determination) -> str:
    if determination.is_void:
        return "void: an earlier claim is canceled"
    counts: dict[str, int] = {}
    for line in determination.lines:
        words = DISPOSITION_WORDS[line.disposition]
        counts[words] = counts.get(words, 0) + 1
    return ", ".join(f"{words} {count}" for words, count in counts.items())


class _Notes:
    """The notes of a response, each once, by their numbers from 1."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, text: str) -> int:
        return self._numbers.setdefault(text, len(self._numbers) + 1)

    def written(self) -> list[dict[str, Any]]:
        return [{"number": each, "type": "display", "text": text} for text, each in self._numbers.items()]


def _item(line: LineDetermination, notes: _Notes) -> dict[str, Any]:
    said = [notes.number(f"{reason.name}: {reason.summary}") for reason in line.reasons]
    said += [notes.number(f"needs {' and '.join(each)}") for each in line.needs or ()]
    said += [notes.number(f"cannot be read: {each}") for each in line.unreadable or ()]
    adjudications = [_answer(line)]
    if line.remittance is not None:
        adjudications.append(_reason(line.remittance))
        said += _remarks(line.remittance, notes)
    for each in line.adjustments or ():
        adjudications.append(_reason(each))
        said += _remarks(each, notes)
    if line.pays is not UNSET:
        percent, units = line.pays.percent, line.pays.units
        if percent is not UNSET and not isinstance(percent, Between):
            adjudications.append(
                {"category": {"coding": [{"system": _ADJUDICATION, "code": "eligpercent"}]}, "value": percent}
            )
        if units is not UNSET and not isinstance(units, Between):
            adjudications.append({"category": {"text": "allowed units"}, "value": units})
    elif line.allowed_units is not UNSET and line.allowed_units is not None:
        adjudications.append({"category": {"text": "allowed units"}, "value": line.allowed_units})
    return {
        "itemSequence": line.number,
        **({"noteNumber": [*dict.fromkeys(said)]} if said else {}),
        "adjudication": adjudications,
    }


def _answer(line: LineDetermination) -> dict[str, Any]:
    words = DISPOSITION_WORDS[line.disposition]
    return {
        "category": {"text": "answer"},
        "reason": {"coding": [{"system": _DISPOSITION, "code": line.disposition, "display": words}]},
    }


def _reason(codes: RemittanceCodes | Adjustment) -> dict[str, Any]:
    category = [{"system": _DISCRIMINATOR, "code": "denialreason"}, {"system": _GROUP, "code": codes.group}]
    reason = {"coding": [{"system": _CARC, "code": codes.carc}]} if codes.carc else {"text": "no reason code is stated"}
    return {"category": {"coding": category}, "reason": reason}


def _remarks(codes: RemittanceCodes | Adjustment, notes: _Notes) -> list[int]:
    return [notes.number(f"{_RARC}|{each}") for each in codes.rarc]
