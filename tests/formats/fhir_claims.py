"""FHIR R4 claims for tests, made at random, each with the claim that must be read of it."""

import random
from datetime import date, timedelta
from typing import Any

CPT = "http://www.ama-assn.org/go/cpt"
HCPCS = "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
ICD = "http://hl7.org/fhir/sid/icd-10-cm"
NPI = "http://hl7.org/fhir/sid/us-npi"
EIN = "urn:oid:2.16.840.1.113883.4.4"
NUCC = "http://nucc.org/provider-taxonomy"
POS = "https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set"
CLAIM_TYPE = "http://terminology.hl7.org/CodeSystem/claim-type"
PRIOR = "http://terminology.hl7.org/CodeSystem/ex-relatedclaimrelationship"


def concept(system: str | None, code: str) -> dict[str, Any]:
    return {"coding": [{"code": code} | ({"system": system} if system else {})]}


def item(code: str = "98940", day: str = "2024-08-05", **more: Any) -> dict[str, Any]:
    return {"sequence": 1, "productOrService": concept(CPT, code), "servicedDate": day} | more


def resource(*items: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Give a claim with what R4 requires."""
    return {
        "resourceType": "Claim",
        "id": "C-1",
        "status": "active",
        "type": concept(CLAIM_TYPE, "professional"),
        "use": "claim",
        "patient": {"reference": "Patient/P-1"},
        "created": "2024-08-31",
        "provider": {"identifier": {"system": NPI, "value": "9000000001"}},
        "priority": {"coding": [{"code": "normal"}]},
        "insurance": [{"sequence": 1, "focal": True, "coverage": {"reference": "Coverage/1"}}],
        "item": [*items] or [item()],
    } | more


def made(chance: random.Random) -> tuple[dict[str, Any], dict[str, Any]]:
    """Make a Bundle with one claim and its parties, and the claim as payrule's JSON has it."""
    days = [date(2024, 1, 1) + timedelta(chance.randrange(300)) for _ in range(chance.randint(1, 4))]
    patient, said = _patient(chance, min(days))
    organization, billing = _organization(chance)
    diagnoses, codes = _diagnoses(chance)
    made_items = [
        _item(chance, number, day, [each["sequence"] for each in diagnoses]) for number, day in enumerate(days, 1)
    ]
    team = [member for _, _, member in made_items if member]
    name = f"C-{chance.randrange(10**6)}"
    more, known = _place_among_claims(chance)
    more |= {"id": name, "provider": {"reference": "Organization/O-1"}}
    more |= {"diagnosis": chance.sample(diagnoses, len(diagnoses))} if diagnoses else {}
    more |= {"careTeam": team} if team else {}
    resources = [patient, organization, resource(*(each for each, _, _ in made_items), **more)]
    chance.shuffle(resources)
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": each} for each in resources]}
    claim = {"id": name, "claim_type": "professional", "patient": said, "billing_provider": billing, **known}
    claim["lines"] = [line for _, line, _ in made_items]
    return bundle, claim | ({"diagnoses": codes} if codes else {})


Pair = tuple[dict[str, Any], dict[str, Any]]
"""What FHIR says, and what must be read of it."""


def _patient(chance: random.Random, first: date) -> Pair:
    patient: dict[str, Any] = {"resourceType": "Patient", "id": "P-1"}
    said: dict[str, Any] = {"id": "P-1"}
    if chance.random() < 0.7:
        born = date(1950, 1, 1) + timedelta(chance.randrange(20_000))
        age = first.year - born.year - ((first.month, first.day) < (born.month, born.day))
        patient["birthDate"], said["birth_date"], said["age_years"] = born.isoformat(), born.isoformat(), age
    if chance.random() < 0.7:
        patient["gender"] = chance.choice(["female", "male", "other", "unknown"])
        said |= {"sex": patient["gender"]} if patient["gender"] in {"female", "male"} else {}
    if chance.random() < 0.5:
        patient["address"], said["state"] = [{"city": "SAMPLE", "state": "MI"}], "MI"
    return patient, said


def _organization(chance: random.Random) -> Pair:
    numbers = [{"system": "urn:sample", "value": "1"}, {"system": NPI, "value": "9000000001"}]
    billing = {"npi": "9000000001"}
    if chance.random() < 0.5:
        numbers.append({"system": EIN, "value": "90-0000001"})
        billing["tin"] = "900000001"
    return {"resourceType": "Organization", "id": "O-1", "identifier": numbers}, billing


def _diagnoses(chance: random.Random) -> tuple[list[dict[str, Any]], list[str]]:
    """Make diagnoses in the order of their sequences, which leave some out."""
    codes = [f"M{chance.randrange(100):02}.{chance.randrange(10)}" for _ in range(chance.randint(0, 3))]
    sequences = sorted(chance.sample(range(1, 9), len(codes)))
    pairs = zip(sequences, codes, strict=True)
    return [{"sequence": at, "diagnosisCodeableConcept": concept(ICD, code)} for at, code in pairs], codes


def _place_among_claims(chance: random.Random) -> Pair:
    """Make the plans and the earlier claim."""
    plan = {"sequence": 1, "focal": True, "coverage": {"reference": "Coverage/1"}}
    more: dict[str, Any] = {"insurance": [plan]}
    known: dict[str, Any] = {"payer_role": "primary", "frequency": "1"}
    if chance.random() < 0.3:
        more["insurance"] = [plan | {"focal": False}, plan | {"sequence": 2, "preAuthRef": ["PA-1"]}]
        known |= {"payer_role": "secondary", "prior_authorizations": ["PA-1"]}
    if chance.random() < 0.2:
        more["related"] = [{"relationship": concept(PRIOR, "prior"), "reference": {"value": "OLD-1"}}]
        known |= {"frequency": "7", "original_reference": "OLD-1"}
    return more, known


def _item(
    chance: random.Random, number: int, day: date, sequences: list[int]
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Make an item, the line that must be read of it, and the member of the care team who renders it, if any."""
    code = f"{chance.randrange(10**5):05}"
    line: dict[str, Any] = {"number": number, "code": code, "date": day.isoformat()}
    one = item(code, day.isoformat(), sequence=number)
    if chance.random() < 0.3:
        last = day + timedelta(chance.randint(0, 3))
        del one["servicedDate"]
        one["servicedPeriod"] = {"start": f"{day}T08:00:00-05:00", "end": last.isoformat()}
        line |= {"date_to": last.isoformat()} if last > day else {}
    if chance.random() < 0.5:
        line["modifiers"] = chance.sample(["25", "59", "GP"], chance.randint(1, 2))
        one["modifier"] = [concept(HCPCS, each) for each in line["modifiers"]]
    if chance.random() < 0.6:
        line["units"] = chance.randint(1, 9)
        one["quantity"] = {"value": line["units"]}
    if chance.random() < 0.6:
        line["charge_cents"] = chance.randrange(1, 10**6)
        one["net"] = {"value": line["charge_cents"] / 100, "currency": "USD"}
    if chance.random() < 0.5:
        line["place_of_service"] = chance.choice(["11", "12"])
        one["locationCodeableConcept"] = concept(POS, line["place_of_service"])
    if sequences and chance.random() < 0.7:
        one["diagnosisSequence"] = chance.sample(sequences, chance.randint(1, len(sequences)))
        line["diagnosis_pointers"] = [sequences.index(at) + 1 for at in one["diagnosisSequence"]]
    if chance.random() < 0.4:
        return one, line, {}
    npi = f"9{chance.randrange(10**9):09}"
    one["careTeamSequence"] = [number]
    line["provider"] = {"type": "chiropractor", "npi": npi, "taxonomy": "111N00000X"}
    provider = {"identifier": {"system": NPI, "value": npi}}
    return one, line, {"sequence": number, "provider": provider, "qualification": concept(NUCC, "111N00000X")}
