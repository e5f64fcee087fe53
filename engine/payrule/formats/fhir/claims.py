"""Make a claim of a FHIR `Claim` or `ExplanationOfBenefit`; what is wrong with it is named by its FHIRPath.

Codes are taken by their system, never by what is displayed; of two codes in one place none is chosen.
"""

import re
from collections import Counter
from collections.abc import Callable, Container, Mapping, Sequence
from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import TypeVar

import msgspec
from msgspec import UNSET

from payrule.encounter.encounter import CODE, DATE, PATIENT, Identifiers
from payrule.formats.claim_parts import (
    Provider,
    age_in_years,
    has_code_and_date,
    is_told,
    line_of,
    npi,
    provider_of,
    stated,
    tin,
    with_point,
)
from payrule.formats.encounters import ORIGINAL, NamedPayer, RawEncounter, Unreadable
from payrule.formats.fhir.resources import Claim, CodeableConcept, Identifier, Item, Money, Parties, Reference
from payrule.formats.fhir.systems import (
    CLAIM_TYPES,
    DIAGNOSES,
    NPI,
    PLACES,
    RENDERING,
    ROLES,
    SERVICES,
    TAXONOMIES,
    TIN,
    codes,
    number,
)
from payrule.model.values import as_json_number
from payrule.source.diagnostics import Diagnostic, shown

_MINUTES = frozenset(("min", "minutes"))
_SEXES = frozenset(("female", "male"))
_VOID, _REPLACEMENT, _ORIGINAL = "8", "7", "1"
_UNREAD = {
    "draft": "it is a draft: give the claim that is sent",
    "entered-in-error": "it was entered in error",
}
"""States of a claim that are not decided."""


class _Refused(Exception):  # noqa: N818 - it becomes a diagnostic
    def __init__(self, path: str, message: str, help_text: str) -> None:
        super().__init__(message)
        self.path, self.message, self.help = path, message, help_text


_Made = TypeVar("_Made")


class _Faults:
    """What is wrong with one claim, each with its FHIRPath below the claim's own."""

    def __init__(self, root: str, claim: str | None) -> None:
        self.root, self.claim = root, claim
        self.found: list[Diagnostic] = []
        self.unreadable: list[Unreadable] = []

    def add(self, path: str, message: str, help_text: str) -> None:
        where = f"{self.root}.{path}" if path else self.root
        self.found.append(
            Diagnostic(code="fhir-claim", message=message, help=help_text, path=where, claim=self.claim or UNSET)
        )

    def leave_open(self, line: int, attributes: tuple[str, ...], fault: "_Refused") -> None:
        """Keep that something of a line cannot be read, which is no fault of the claim."""
        self.add(fault.path, fault.message, fault.help)
        self.unreadable.append(Unreadable(line, attributes, self.found.pop()))

    def tried(self, make: Callable[[], _Made]) -> _Made | None:
        try:
            return make()
        except _Refused as fault:
            self.add(fault.path, fault.message, fault.help)
            return None


def encounter_of(
    claim: Claim, parties: Parties, taxonomies: Mapping[str, str], root: str, fractions: Container[str] = ()
) -> RawEncounter:
    """Make a claim of a resource; `root` is its FHIRPath, and `parties` are the resources that it refers to.

    `fractions` are the attributes that may be no whole number.

    >>> from payrule.formats.fhir.resources import Coding
    >>> service = CodeableConcept((Coding("http://www.ama-assn.org/go/cpt", "00001"),))
    >>> item = Item(sequence=1, product_or_service=service, serviced_date="2024-08-05")
    >>> encounter_of(Claim("Claim", id="7", item=(item,)), Parties(()), {}, "Claim").data["lines"]
    [{'number': 1, 'code': '00001', 'date': '2024-08-05'}]
    """
    name = claim.id or next((each.value for each in claim.identifier if each.value), None)
    faults = _Faults(root, name)
    if name is None:
        faults.add("", "the claim has no id", "give it an `id`, or an `identifier` with a `value`")
    if claim.status in _UNREAD:
        faults.add("status", f"the claim is not decided: {_UNREAD[claim.status]}", "give claims that are `active`")
    if not claim.item:
        faults.add("item", "the claim has no items", "give each service as an `item`")
    kind = faults.tried(lambda: _claim_type(claim.type))
    diagnoses = faults.tried(lambda: _diagnoses(claim)) or {}
    billing = _provider(claim.provider, parties)
    team = faults.tried(lambda: _care_team(claim, parties)) or {}
    held, lines = _Held(claim, tuple(diagnoses), team, faults, fractions), list[dict[str, object]]()
    for at, item in enumerate(claim.item):
        line = _line(held, item, f"item[{at}]")
        if line is not None:
            rendering = next((one for role, one in map(held.member, item.care_team_sequence) if role == ""), None)
            provider = provider_of(rendering, billing, taxonomies)
            lines.append(line | ({"provider": provider} if provider else {}))
    if lines and not any(map(has_code_and_date, lines)):
        faults.found += [each.diagnostic for each in faults.unreadable]
        faults.unreadable.clear()
    doubled = [each for each, times in Counter(item.sequence for item in claim.item).items() if times > 1]
    if doubled:
        faults.add("item", f"two items have the sequence {min(doubled)}", "give each item a `sequence` of its own")
    earlier = faults.tried(lambda: _earlier(claim))
    frequency, original = earlier or (_ORIGINAL, "")
    # What is not sent has no place in a history.
    patient = {} if claim.status in _UNREAD else _patient(claim, parties, lines)
    values: dict[str, object] = {
        "id": name,
        **_payer_role(claim),
        "frequency": frequency,
        "original_reference": original,
        "claim_type": kind,
        "prior_authorizations": [each for plan in claim.insurance if plan.focal for each in plan.pre_auth_ref],
        "patient": patient,
        "billing_provider": stated(billing, taxonomies) | ({"tin": billing.tin} if billing.tin else {}),
        "diagnoses": [*diagnoses.values()],
        "lines": lines,
    }
    return RawEncounter(
        {key: value for key, value in values.items() if value},
        root,
        faults=tuple(faults.found),
        placed=lambda each: None if faults.found or is_told(each, lines) else _placed(each, root, name),
        identifiers=_identifiers(claim),
        named=_named(claim.insurer, root),
        unreadable=tuple(faults.unreadable),
        doubted=frozenset() if earlier else frozenset({ORIGINAL}),
    )


_FIELDS = {
    "number": "sequence",
    "code": "productOrService",
    "modifiers": "modifier",
    "date": "servicedDate",
    "date_to": "servicedPeriod",
    "units": "quantity",
    "minutes": "quantity",
    "charge_cents": "net",
    "place_of_service": "locationCodeableConcept",
    "diagnosis_pointers": "diagnosisSequence",
}


def _placed(diagnostic: Diagnostic, root: str, name: str | None) -> Diagnostic:
    """Give a diagnostic of the validator its FHIRPath."""
    path = diagnostic.path or "$"
    where = root
    if line := line_of(diagnostic):
        field = _FIELDS.get(line[1])
        where = f"{root}.item[{line[0]}]{f'.{field}' if field else ''}"
    elif path.startswith("$.diagnoses"):
        where = f"{root}.diagnosis"
    return msgspec.structs.replace(diagnostic, path=where, claim=name or UNSET)


def refused(resource: Mapping[str, object], parties: Parties, fault: Diagnostic) -> RawEncounter:
    """Give a claim whose resource has not the shape of one: its id, its patient, and the claim that it replaces.

    >>> named = {"reference": "Patient/P-1"}
    >>> fault = Diagnostic(code="fhir", message="a whole number is expected here, and there is a text")
    >>> refused({"resourceType": "Claim", "id": "7", "patient": named, "item": 1}, Parties(()), fault).data["patient"]
    {'id': 'P-1'}
    >>> sorted(refused({"resourceType": "Claim", "id": "7", "patient": 7}, Parties(()), fault).doubted)
    ['encounter.original_reference', 'patient.id']
    """
    name = resource.get("id")
    data: dict[str, object] = {"id": name} if isinstance(name, str) else {}
    doubted = frozenset({PATIENT, ORIGINAL})
    with suppress(msgspec.ValidationError, _Refused):
        kept = ("resourceType", "id", "status", "patient", "related")
        claim = msgspec.convert({key: resource[key] for key in kept if key in resource}, Claim)
        patient, original = _patient(claim, parties, ()), _earlier(claim)[1]
        known = {"patient": {} if claim.status in _UNREAD else patient, "original_reference": original}
        data |= {key: value for key, value in known.items() if value}
        doubted = frozenset()
    return RawEncounter(data, "", faults=(fault,), placed=lambda _: None, doubted=doubted)


def _claim_type(concept: CodeableConcept | None) -> str:
    written = [each.code for each in (concept.coding if concept else ()) if each.code]
    known = {CLAIM_TYPES[each] for each in written if each in CLAIM_TYPES}
    if len(known) > 1:
        raise _Refused("type", "the claim has two types", "give one, `professional`, `institutional` or `oral`")
    if written and not known:
        help_text = "payrule decides claims of the types `professional`, `institutional` and `oral`"
        raise _Refused("type", f"the claim is of type {shown(written[0])}", help_text)
    return next(iter(known), "")


def _only(concept: CodeableConcept | None, systems: frozenset[str], path: str, what: str) -> str:
    """Give the one code of a concept that is of the systems; empty where the concept is missing or has none."""
    found = {code for _, code in codes(concept, systems)}
    if len(found) > 1:
        message = f"{what} has more than one code: {', '.join(shown(each) for each in sorted(found))}"
        raise _Refused(path, message, "give one")
    return next(iter(found), "")


def _diagnoses(claim: Claim) -> dict[int, str]:
    """Give the diagnoses by their sequence, in its order: items point to them."""
    found: dict[int, str] = {}
    for at, diagnosis in sorted(enumerate(claim.diagnosis), key=lambda each: each[1].sequence):
        path = f"diagnosis[{at}]"
        if diagnosis.sequence in found:
            raise _Refused(path, f"two diagnoses have the sequence {diagnosis.sequence}", "give each one of its own")
        named = {with_point(code, version=DIAGNOSES[system]) for system, code in codes(diagnosis.concept, DIAGNOSES)}
        if len(named) != 1:
            message = "the diagnosis has no code of ICD-10-CM" if not named else "the diagnosis has two codes"
            systems = "`http://hl7.org/fhir/sid/icd-10-cm`"
            raise _Refused(path, message, f"give one code in `diagnosisCodeableConcept`, of the system {systems}")
        found[diagnosis.sequence] = named.pop()
    return found


class _Held(msgspec.Struct, frozen=True):
    """What an item refers to: its claim, the sequences of the diagnoses, the care team; and the faults to add to."""

    claim: Claim
    diagnoses: tuple[int, ...]
    team: Mapping[int, tuple[str, Provider]]
    faults: _Faults
    fractions: Container[str] = ()

    def member(self, sequence: int) -> tuple[str | None, Provider]:
        """Give what a member of the care team is of a line, and who: empty for who renders it, None for nobody read."""
        return self.team.get(sequence, (None, Provider()))


def _line(held: _Held, item: Item, path: str) -> dict[str, object] | None:
    faults = held.faults
    before = len(faults.found)
    if item.detail:
        faults.add(f"{path}.detail", "the item has parts, which are not read", "give each service as an `item`")
    code, days = "", list[date]()
    try:
        code = _service(item, path)
    except _Refused as fault:
        faults.leave_open(item.sequence, (CODE,), fault)
    try:
        days += _days(held.claim, item, path)
    except _Refused as fault:
        faults.leave_open(item.sequence, (DATE, "line.date_to"), fault)
    modifiers = faults.tried(lambda: [_modifier(item, at, path) for at in range(len(item.modifier))])
    measure, amount = "units", None
    try:
        measure, amount = _quantity(item, path, held.fractions)
    except _Refused as fault:
        faults.leave_open(item.sequence, ("line.units", "line.minutes"), fault)
    charge = faults.tried(lambda: _charge(item, path))
    place = faults.tried(
        lambda: _only(item.location_codeable_concept, PLACES, f"{path}.locationCodeableConcept", "the place")
    )
    pointers = faults.tried(lambda: _pointers(item, held.diagnoses, path))
    if len(faults.found) > before:
        return None
    others: dict[str, object] = {}
    for sequence in item.care_team_sequence:
        role, provider = held.member(sequence)
        if role and provider.npi:
            others[role] = {"npi": provider.npi}
    line: dict[str, object] = {
        "number": item.sequence,
        "code": code,
        "date": days[0].isoformat() if days else "",
        "date_to": days[-1].isoformat() if days and days[-1] > days[0] else "",
        "modifiers": modifiers,
        measure: amount,
        "charge_cents": charge,
        "place_of_service": place,
        "diagnosis_pointers": pointers,
        **others,
    }
    return {key: value for key, value in line.items() if value not in ("", [], None)}


_KNOWN_SERVICES = "give a code of CPT (`http://www.ama-assn.org/go/cpt`), HCPCS or CDT with its `system`"


def _service(item: Item, path: str) -> str:
    where = f"{path}.productOrService"
    code = _only(item.product_or_service, SERVICES, where, "the service")
    if not code:
        raise _Refused(where, "the item has no service code of a system that is known", _KNOWN_SERVICES)
    return code


def _modifier(item: Item, at: int, path: str) -> str:
    where = f"{path}.modifier[{at}]"
    code = _only(item.modifier[at], SERVICES, where, "the modifier")
    if not code:
        raise _Refused(where, "the modifier has no code of a system that is known", _KNOWN_SERVICES)
    return code


_day = re.compile(r"(\d{4}-\d{2}-\d{2})(?:T.*)?", re.ASCII).fullmatch


def _days(claim: Claim, item: Item, path: str) -> tuple[date, date]:
    if item.serviced_date:
        found = _read_day(item.serviced_date, f"{path}.servicedDate")
        return found, found
    period, where = item.serviced_period, f"{path}.servicedPeriod"
    if period is None:
        period, where = claim.billable_period, "billablePeriod"
    if period is None or period.start is None:
        message = "the item has no day of service"
        raise _Refused(path, message, "give it in `servicedDate`, or in `servicedPeriod` with `start` and `end`")
    first = _read_day(period.start, f"{where}.start")
    last = _read_day(period.end, f"{where}.end") if period.end else first
    if last < first:
        raise _Refused(where, f"the service ends on {last}, before it begins on {first}", "fix the two days")
    return first, last


def _read_day(text: str, path: str) -> date:
    written = _day(text)
    with suppress(ValueError):
        if written:
            return date.fromisoformat(written.group(1))
    raise _Refused(path, f"{shown(text)} is no day", "write it as `YYYY-MM-DD`")


def _quantity(item: Item, path: str, fractions: Container[str]) -> tuple[str, float | None]:
    quantity = item.quantity
    if quantity is None or quantity.value is None:
        return "units", None
    measure = "minutes" if (quantity.code or quantity.unit) in _MINUTES else "units"
    exact = Decimal(repr(quantity.value))
    may_be_part = f"line.{measure}" in fractions
    if exact < 0 or (exact != exact.to_integral_value() and not may_be_part):
        kind = "number" if may_be_part else "whole number"
        message = f"`{quantity.value}` is not a {kind} of {measure}"
        raise _Refused(f"{path}.quantity", message, f"give {measure} in {kind}s")
    return measure, as_json_number(exact)


def _charge(item: Item, path: str) -> int | None:
    if item.net is not None and item.net.value is not None:
        return _cents(item.net, f"{path}.net")
    if item.unit_price is None or item.unit_price.value is None:
        return None
    cents = _cents(item.unit_price, f"{path}.unitPrice")
    quantity = item.quantity
    times = Decimal(1) if quantity is None or quantity.value is None else Decimal(repr(quantity.value))
    together = cents * times
    return int(together) if together == together.to_integral_value() else None


def _cents(money: Money, path: str) -> int:
    if money.currency not in (None, "USD"):
        raise _Refused(path, f"the amount is in {shown(money.currency)}", "give amounts in `USD`")
    cents = Decimal(repr(money.value)) * 100
    if cents != cents.to_integral_value() or cents < 0:
        raise _Refused(path, f"`{money.value}` is not an amount in dollars and cents", "write it as in `35.50`")
    return int(cents)


def _pointers(item: Item, diagnoses: Sequence[int], path: str) -> list[int]:
    places = {sequence: at for at, sequence in enumerate(diagnoses, start=1)}
    for at, sequence in enumerate(item.diagnosis_sequence):
        if sequence not in places:
            message = f"the item points to diagnosis {sequence}, and the claim has no diagnosis with that sequence"
            raise _Refused(f"{path}.diagnosisSequence[{at}]", message, "give the `sequence` of a `diagnosis`")
    return [places[each] for each in item.diagnosis_sequence]


def _care_team(claim: Claim, parties: Parties) -> dict[int, tuple[str, Provider]]:
    """Give the members of the care team by sequence, each with what it is of a line: empty for who renders it."""
    found: dict[int, tuple[str, Provider]] = {}
    for at, member in enumerate(claim.care_team):
        if member.sequence in found:
            message = f"two members of the care team have the sequence {member.sequence}"
            raise _Refused(f"careTeam[{at}]", message, "give each one of its own")
        provider = _provider(member.provider, parties)
        taxonomy = next((code for _, code in codes(member.qualification, TAXONOMIES)), provider.taxonomy)
        roles = {each.code for each in (member.role.coding if member.role else ()) if each.code}
        role = next((ROLES[each] for each in sorted(roles) if each in ROLES), "")
        if role or not roles or roles & RENDERING:
            found[member.sequence] = role, msgspec.structs.replace(provider, taxonomy=taxonomy)
    return found


def _provider(reference: Reference | None, parties: Parties) -> Provider:
    party = parties.find(reference)
    given = (reference.identifier,) if reference and reference.identifier else ()
    person = parties.find(party.practitioner) if party else None
    own = (*given, *(party.identifier if party else ()))
    numbers = (*own, *(person.identifier if person else ()))
    taxonomies = [code for each in (party.specialty if party else ()) for _, code in codes(each, TAXONOMIES)]
    kind = (reference.reference or "").partition("/")[0] if reference else ""
    is_person = (party.resource_type if party else kind) in ("Practitioner", "PractitionerRole")
    return Provider(
        npi=npi(number(numbers, NPI)),
        taxonomy=taxonomies[0] if len(set(taxonomies)) == 1 else "",
        person=is_person,
        tin=tin(number(own, TIN)),
    )


def _payer_role(claim: Claim) -> dict[str, object]:
    focal = [each for each in claim.insurance if each.focal]
    if len(focal) != 1:
        return {}
    if len(claim.insurance) == 1:
        return {"payer_role": "primary"}
    sequences = [each.sequence for each in claim.insurance]
    if focal[0].sequence is None or None in sequences:
        return {}
    is_first = focal[0].sequence == min(each for each in sequences if each is not None)
    return {"payer_role": "primary" if is_first else "secondary"}


def _earlier(claim: Claim) -> tuple[str, str]:
    """Give what the claim does to an earlier one, and the number of that: `prior` is replaced, or voided.

    Raises _Refused where it names two.
    """
    prior = [
        each
        for each in claim.related
        if any(code.code == "prior" for code in (each.relationship.coding if each.relationship else ()))
    ]
    if len(prior) > 1:
        message = "the claim names two earlier claims as `prior`"
        raise _Refused("related", message, "name the one that is replaced or voided")
    named = prior[0] if prior else None
    number_of = named.reference.value if named and named.reference and named.reference.value else ""
    if named and not number_of and named.claim:
        given = named.claim.identifier
        number_of = (given.value or "") if given else (named.claim.reference or "").rpartition("/")[2]
    if claim.status == "cancelled":
        return _VOID, number_of or claim.id or ""
    return (_REPLACEMENT if named else _ORIGINAL), number_of


def _patient(claim: Claim, parties: Parties, lines: Sequence[Mapping[str, object]]) -> dict[str, object]:
    party, reference = parties.find(claim.patient), claim.patient
    known: dict[str, object] = {}
    if reference and reference.identifier and reference.identifier.value:
        known["id"] = reference.identifier.value
    elif party and party.identifier and (value := party.identifier[0].value):
        known["id"] = value
    elif reference and reference.reference and not reference.reference.startswith(("#", "urn:")):
        known["id"] = reference.reference.rpartition("/")[2]
    if party is None:
        return known
    days = [str(each["date"]) for each in lines if "date" in each]
    written = _day(party.birth_date or "")
    if written and days:
        with suppress(ValueError):
            born = date.fromisoformat(written.group(1))
            age = age_in_years(born, date.fromisoformat(min(days)))
            known |= {} if age is None else {"birth_date": born.isoformat()}
            known |= {} if age is None or len(days) < len(lines) else {"age_years": age}
    if party.gender in _SEXES:
        known["sex"] = party.gender
    state = next((each.state for each in party.address if each.state), "")
    return known | ({"state": state} if re.fullmatch(r"[A-Z]{2}", state, re.ASCII) else {})


def _identifiers(claim: Claim) -> Identifiers:
    """Give what an answer in FHIR repeats of a claim: who is asked, for whom, and as what."""
    found = {
        "resource": f"{claim.resource_type}/{claim.id}" if claim.id else "",
        "identifier": _written(claim.identifier[0]) if claim.identifier else "",
        "patient": _referred(claim.patient),
        "insurer": _referred(claim.insurer),
        "requestor": _referred(claim.provider),
        "use": claim.use or "",
        "type": next((each.code for each in (claim.type.coding if claim.type else ()) if each.code), ""),
        "authorization": next((each for plan in claim.insurance if plan.focal for each in plan.pre_auth_ref), ""),
    }
    return Identifiers({name: value for name, value in found.items() if value})


def _named(insurer: Reference | None, root: str) -> NamedPayer:
    """Say how a claim names its payer: by the number of the insurer, with its system or without, and its address."""
    if insurer is None:
        return NamedPayer((), place=f"{root}.insurer")
    number = insurer.identifier
    ids = (number.value, _written(number), insurer.reference) if number else (insurer.reference,)
    return NamedPayer(tuple(dict.fromkeys(filter(None, ids))), insurer.display or "", place=f"{root}.insurer")


def _written(identifier: Identifier) -> str:
    return f"{identifier.system}|{identifier.value}" if identifier.system else identifier.value or ""


def _referred(reference: Reference | None) -> str:
    """Write a reference: its address, or a number as `system|value`."""
    if reference is None:
        return ""
    return reference.reference or (_written(reference.identifier) if reference.identifier else "")
