"""FHIR R4 claims become encounters; what is wrong with one is named by its FHIRPath, and the others are decided."""

import io
import json
import random
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.claim import Claim
from fhirpathpy import evaluate
from hypothesis import given
from hypothesis import strategies as st
from tests.formats.fhir_claims import CPT, HCPCS, ICD, NPI, concept, item, made, resource

from payrule.formats.encounters import RawEncounter
from payrule.formats.reading import read_file, read_stream
from payrule.rulebase.rulebase import load
from payrule.source.diagnostics import Diagnostic, EncounterError

VOCABULARY = load().documents.vocabulary
HANDED = Path(__file__).parents[3] / "shared" / "data" / "fhir"


def read(value: Any) -> list[RawEncounter | Diagnostic]:
    """Give the claims, and each thing that is wrong with one."""
    text = value if isinstance(value, str) else json.dumps(value)
    stream: Any = io.BufferedReader(io.BytesIO(text.encode()))
    found: list[RawEncounter | Diagnostic] = []
    for each in read_stream(stream, "claims.json", VOCABULARY):
        found += each if isinstance(each, tuple) else [each]
    return found


def only(value: Any) -> RawEncounter:
    (found,) = read(value)
    assert isinstance(found, RawEncounter)
    return found


def faults(value: Any) -> list[tuple[str | None, str]]:
    found = read(value)
    wrong = [each for each in found if isinstance(each, Diagnostic)]
    wrong += [fault for each in found if isinstance(each, RawEncounter) for fault in each.faults]
    return [(each.path, each.message) for each in wrong]


@given(st.integers(0, 2**32))
def test_claim_is_the_one_that_was_meant(seed: int) -> None:
    bundle, meant = made(random.Random(seed))  # noqa: S311 - claims for tests
    Bundle.model_validate(bundle)
    found = only(bundle)
    assert (found.data, found.faults) == (meant, ())


@pytest.mark.slow
def test_ten_thousand_claims_are_those_that_were_meant() -> None:
    for seed in range(10_000):
        bundle, meant = made(random.Random(seed))  # noqa: S311 - claims for tests
        found = only(bundle)
        assert (found.data, found.faults) == (meant, ()), seed


WRONG: dict[str, tuple[dict[str, Any], str, str]] = {
    "no items": ({"item": []}, "item", "the claim has no items"),
    "a draft": ({"status": "draft"}, "status", "the claim is not decided: it is a draft: give the claim that is sent"),
    "two earlier claims": (
        {"related": [{"relationship": concept(None, "prior"), "reference": {"value": each}} for each in ("1", "2")]},
        "related",
        "the claim names two earlier claims as `prior`",
    ),
    "another type": ({"type": concept(None, "vision")}, "type", "the claim is of type `vision`"),
    "a code without a system": (
        {"item": [item(productOrService=concept(None, "98940"))]},
        "item[0].productOrService",
        "the item has no service code of a system that is known",
    ),
    "a code that is only displayed": (
        {"item": [item(productOrService={"text": "98940", "coding": [{"system": CPT, "display": "98940"}]})]},
        "item[0].productOrService",
        "the item has no service code of a system that is known",
    ),
    "two codes": (
        {"item": [item(productOrService={"coding": [*concept(CPT, "1")["coding"], *concept(HCPCS, "2")["coding"]]})]},
        "item[0].productOrService",
        "the service has more than one code: `1`, `2`",
    ),
    "a modifier of another system": (
        {"item": [item(modifier=[concept(HCPCS, "59"), concept("urn:other", "1")])]},
        "item[0].modifier[1]",
        "the modifier has no code of a system that is known",
    ),
    "a month": ({"item": [item(day="2024-08")]}, "item[0].servicedDate", "`2024-08` is no day"),
    "no such day": ({"item": [item(day="2023-02-29")]}, "item[0].servicedDate", "`2023-02-29` is no day"),
    "no day": ({"item": [item(day="")]}, "item[0]", "the item has no day of service"),
    "an end before the beginning": (
        {"item": [item(day="", servicedPeriod={"start": "2024-08-05", "end": "2024-08-04"})]},
        "item[0].servicedPeriod",
        "the service ends on 2024-08-04, before it begins on 2024-08-05",
    ),
    "another currency": (
        {"item": [item(net={"value": 1, "currency": "EUR"})]},
        "item[0].net",
        "the amount is in `EUR`",
    ),
    "a tenth of a cent": (
        {"item": [item(net={"value": 1.001, "currency": "USD"})]},
        "item[0].net",
        "`1.001` is not an amount in dollars and cents",
    ),
    "a pointer to nothing": (
        {"item": [item(diagnosisSequence=[2])]},
        "item[0].diagnosisSequence[0]",
        "the item points to diagnosis 2, and the claim has no diagnosis with that sequence",
    ),
    "a diagnosis of another system": (
        {"diagnosis": [{"sequence": 1, "diagnosisCodeableConcept": concept("urn:other", "1")}]},
        "diagnosis[0]",
        "the diagnosis has no code of ICD-10-CM",
    ),
    "two diagnoses of a sequence": (
        {"diagnosis": [{"sequence": 1, "diagnosisCodeableConcept": concept(ICD, "M54.5")}] * 2},
        "diagnosis[1]",
        "two diagnoses have the sequence 1",
    ),
    "two items of a sequence": ({"item": [item(), item()]}, "item", "two items have the sequence 1"),
    "parts of an item": (
        {"item": [item(detail=[{"sequence": 1}])]},
        "item[0].detail",
        "the item has parts, which are not read",
    ),
    "two members of a sequence": (
        {"careTeam": [{"sequence": 1, "provider": {"reference": "Practitioner/1"}}] * 2},
        "careTeam[1]",
        "two members of the care team have the sequence 1",
    ),
}


def test_half_a_minute_is_left_open_and_is_no_fault_of_the_claim() -> None:
    (raw,) = read(resource(item(quantity={"value": 1.5, "unit": "min"})))
    assert isinstance(raw, RawEncounter)
    assert not raw.faults
    (left,) = raw.unreadable
    assert (left.line, left.attributes) == (1, ("line.units", "line.minutes"))
    assert (left.diagnostic.path, left.diagnostic.message) == (
        "Claim.item[0].quantity",
        "`1.5` is not a whole number of minutes",
    )


@pytest.mark.parametrize("name", WRONG)
def test_fault_is_named_by_its_fhirpath(name: str) -> None:
    change, path, message = WRONG[name]
    claim = resource() | change
    assert faults(claim) == [(f"Claim.{path}", message)]
    other = resource(id="C-2")
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": each} for each in (claim, other)]}
    first, second = read(bundle)
    assert isinstance(first, RawEncounter)
    assert isinstance(second, RawEncounter)
    assert [each.path for each in first.faults] == [f"Bundle.entry[0].resource.{path}"]
    assert (second.claim, second.faults) == ("C-2", ())
    if claim["item"]:
        assert evaluate(bundle, f"Bundle.entry[0].resource.{path}", {}), "the path leads to what is wrong"


_NO_RESOURCE = "a resource is expected here, with its `resourceType`"
SHAPES: dict[str, tuple[dict[str, Any], str, str]] = {
    "a text for a number": (
        {"item": [item(sequence="one")]},
        "claim 1, Claim.item[0].sequence",
        "a whole number is expected here, and there is a text",
    ),
    "a missing field": (
        {"item": [{"productOrService": {}}]},
        "claim 1, Claim.item[0]",
        "`sequence` is missing",
    ),
    "an object for a list": ({"item": {}}, "claim 1, Claim.item", "a list is expected here, and there is an object"),
}


@pytest.mark.parametrize("name", SHAPES)
def test_shape_that_is_none_of_fhir_is_named_in_words(name: str) -> None:
    change, path, message = SHAPES[name]
    assert faults(resource() | change) == [(path, message)]


def test_what_is_no_claim_is_named() -> None:
    assert faults({"resourceType": "Patient", "id": "P-1"}) == [
        ("claim 1", "this is a FHIR `Patient`, and no claim"),
    ]
    bundle = {"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Patient"}}, {}]}
    assert faults(bundle) == [("claim 1, Bundle.entry", "the Bundle holds no claim")]
    assert faults('<Bundle xmlns="http://hl7.org/fhir"></Bundle>') == [(None, "this is FHIR in XML")]


ENTRIES: dict[str, tuple[Any, str, str]] = {
    "a text": ("x", "entry[0]", "an object is expected here"),
    "nothing": (None, "entry[0]", "an object is expected here"),
    "a text for a resource": ({"resource": "x"}, "entry[0].resource", _NO_RESOURCE),
    "a resource of no type": ({"resource": {"id": "C-1"}}, "entry[0].resource", _NO_RESOURCE),
    "entries that are no list": (
        {"resource": {"resourceType": "Bundle", "entry": {}}},
        "entry[0].resource.entry",
        "a list is expected here",
    ),
}


@pytest.mark.parametrize("name", ENTRIES)
def test_an_entry_of_a_bundle_that_cannot_be_read_is_named(name: str) -> None:
    entry, path, message = ENTRIES[name]
    bundle = {"resourceType": "Bundle", "entry": [entry, {"resource": resource(id="C-2")}]}
    assert faults(bundle) == [(f"claim 1, Bundle.{path}", message)]
    assert [each.claim for each in read(bundle) if isinstance(each, RawEncounter) and not each.faults] == ["C-2"]


def test_claims_of_a_bundle_in_a_bundle_are_read() -> None:
    within = {"resourceType": "Bundle", "entry": [{"resource": resource(id="C-1")}]}
    found = read({"resourceType": "Bundle", "entry": [{"resource": within}, {"resource": resource(id="C-2", item=[])}]})
    assert [each.claim for each in found if isinstance(each, RawEncounter)] == ["C-1", "C-2"]
    assert [each.path for one in found if isinstance(one, RawEncounter) for each in one.faults] == [
        "Bundle.entry[1].resource.item"
    ]


def test_one_resource_a_line() -> None:
    lines = [resource(id="C-1"), {"resourceType": "Patient"}, resource(resourceType="ExplanationOfBenefit", id="C-2")]
    found = read("\n".join(map(json.dumps, lines)) + "\n")
    assert [(each.claim, each.place) for each in found if isinstance(each, RawEncounter) and not each.faults] == [
        ("C-1", "line 1"),
        ("C-2", "line 3"),
    ]
    assert [path for path, _ in faults("\n".join(map(json.dumps, lines)))] == ["line 2"]


def test_canceled_claim_voids_the_earlier_one() -> None:
    related = [{"relationship": concept("urn:x", "prior"), "claim": {"reference": "Claim/OLD"}}]
    data = only(resource(status="cancelled", related=related)).data
    assert (data["frequency"], data["original_reference"]) == ("8", "OLD")


def test_care_team_names_who_refers_and_who_renders() -> None:
    team = [
        {"sequence": 4, "provider": {"identifier": {"system": NPI, "value": "9000000004"}}, "role": concept(None, role)}
        for role in ("referring",)
    ]
    line = only(resource(item(careTeamSequence=[4]), careTeam=team)).data["lines"]
    assert isinstance(line, list)
    assert line[0]["referring_provider"] == {"npi": "9000000004"}
    assert "provider" not in line[0]


def test_parties_within_the_claim_are_found() -> None:
    contained = [{"resourceType": "Organization", "id": "o", "identifier": [{"system": NPI, "value": "9000000007"}]}]
    data = only(resource(provider={"reference": "#o"}, contained=contained)).data
    assert data["billing_provider"] == {"npi": "9000000007"}


def test_units_and_unit_price_make_the_charge() -> None:
    price = {"value": 45.05, "currency": "USD"}
    data = only(resource(item(quantity={"value": 2}, unitPrice=price))).data
    assert data["lines"] == [
        {"number": 1, "code": "98940", "date": "2024-08-05", "units": 2, "charge_cents": 9010},
    ]


@pytest.mark.skipif(not HANDED.exists(), reason="the examples of HL7 lie beside the checkout where payrule is made")
def test_example_of_hl7_has_codes_without_systems() -> None:
    path = HANDED / "Claim-100150.json"
    Claim.model_validate_json(path.read_text())
    (found,) = read_file(path, VOCABULARY)
    assert isinstance(found, RawEncounter)
    assert [each.path for each in found.faults] == ["Claim.diagnosis[0]", "Claim.item[0].productOrService"]
    assert found.identifiers
    assert found.identifiers.claim["resource"] == "Claim/100150"


def test_library_says_that_a_claim_is_fhir() -> None:
    with pytest.raises(EncounterError, match="this is a FHIR `Claim`, and a claim as JSON is expected here"):
        load().encounter(resource())


def test_json_in_a_file_of_another_ending_is_read(tmp_path: Path) -> None:
    path = tmp_path / "claims.csv"
    path.write_text(json.dumps(resource()))
    (found,) = read_file(path, VOCABULARY)
    assert isinstance(found, RawEncounter)
    assert found.claim == "C-1"
