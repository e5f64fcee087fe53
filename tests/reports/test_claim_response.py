"""Answers as FHIR R4: each ClaimResponse has what R4 requires, and says of each line what the determination says."""

import json
import random
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B.claimresponse import ClaimResponse
from fhirpathpy import evaluate
from tests.cli.processes import process
from tests.formats.fhir_claims import item, made, resource

from payrule.examples.run import ExampleReader, choices, example_files
from payrule.reports.claim_response import claim_response
from payrule.rulebase.rulebase import load

ROOT = Path(__file__).parents[2]
HANDED = ROOT.parent / "shared" / "data" / "fhir"

ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"

INVARIANTS = (
    "item.all(adjudication.exists())",
    "item.noteNumber.all($this in %numbers)",
    "processNote.number.isDistinct()",
    "processNote.all(text.exists())",
    "item.itemSequence.isDistinct()",
    "error.all(code.exists())",
    "(outcome = 'error') = error.exists()",
    "item.adjudication.reason.coding.where(system.endsWith('reason-codes')).all(code.exists())",
)


def valid(response: dict[str, Any]) -> dict[str, Any]:
    """Hold a response to the models of R4B and to what must be true of it."""
    ClaimResponse.model_validate(response)
    numbers = [each["number"] for each in response.get("processNote", [])]
    for law in INVARIANTS:
        assert evaluate(response, law, {"numbers": numbers}) == [True], law
    return response


def answered(
    folder: Path, *claims: dict[str, Any], code: int = 0, payer: str | None = "blue-cross"
) -> list[dict[str, Any]]:
    """Decide claims, and give the responses."""
    (folder / "claims.json").write_text("\n".join(map(json.dumps, claims)), encoding="utf-8")
    named = () if payer is None else ("--payer", payer)
    arguments = ("adjudicate", "claims.json", *named, "--rulebase", str(ROOT / "policies"), "--format", "fhir")
    done = process(folder, *arguments)
    assert done.returncode == code, done.stderr
    value = json.loads(done.stdout)
    return [each["resource"] for each in value["entry"]] if value["resourceType"] == "Bundle" else [value]


def test_claim_that_is_denied(tmp_path: Path) -> None:
    (response,) = answered(tmp_path, resource(item("97124"), use="preauthorization"))
    valid(response)
    assert response["request"] == {"reference": "Claim/C-1"}
    assert (response["use"], response["patient"]) == ("preauthorization", {"reference": "Patient/P-1"})
    assert response["requestor"] == {"identifier": {"system": "http://hl7.org/fhir/sid/us-npi", "value": "9000000001"}}
    answer, reason = response["item"][0]["adjudication"]
    assert answer["reason"]["coding"][0]["code"] == "denied"
    assert [each["code"] for each in reason["category"]["coding"]] == ["denialreason", "CO"]
    assert reason["reason"]["coding"][0]["code"] == "204"


def test_claim_that_cannot_be_decided_has_an_answer_in_its_place(tmp_path: Path) -> None:
    wrong = resource(item(day="2024-08"), id="C-2")
    first, second, third = answered(tmp_path, resource(), wrong, resource(id="C-3"), code=2)
    assert [each["outcome"] for each in map(valid, (first, second, third))] == ["partial", "error", "partial"]
    assert second["request"] == {"reference": "Claim/C-2"}
    assert second["error"][0]["code"]["text"] == (
        "Claim.item[0].servicedDate: `2024-08` is no day (write it as `YYYY-MM-DD`)"
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    "service", [{"extension": [{"url": ABSENT, "valueCode": "unknown"}]}, {"coding": [{"code": "97124"}]}]
)
def test_item_without_a_readable_code_is_answered_by_its_number(tmp_path: Path, service: dict[str, Any]) -> None:
    broken = item() | {"sequence": 2, "productOrService": service}
    (response,) = answered(tmp_path, resource(item("97124"), broken), code=2)
    valid(response)
    first, second = response["item"]
    assert [each["itemSequence"] for each in (first, second)] == [1, 2]
    (answer,) = second["adjudication"]
    assert answer["reason"]["coding"][0]["code"] == "pending"
    (note,) = (each["text"] for each in response["processNote"] if each["number"] in second["noteNumber"])
    assert note.startswith("cannot be read: ")
    assert "productOrService" not in json.dumps(response)
    assert (first["adjudication"][0]["reason"]["coding"][0]["code"], response["outcome"]) == ("denied", "partial")


def of_json(name: str, **more: Any) -> dict[str, Any]:
    """Give a claim of payrule's own JSON."""
    return {"id": name, "lines": [{"number": 1, "code": "97124", "date": "2024-08-05"}]} | more


def test_each_claim_has_an_answer_where_no_payer_is_named(tmp_path: Path) -> None:
    claims = [
        resource(),
        of_json("J-1", payer="blue-cross"),
        of_json("J-2", payer="nobody"),
        {"id": "J-3", "payer": "blue-cross", "lines": []},
        of_json("J-4", payer="blue-cross"),
    ]
    responses = [valid(each) for each in answered(tmp_path, *claims, code=2, payer=None)]
    assert [each["outcome"] for each in responses] == ["error", "complete", "error", "error", "complete"]
    assert [each["error"][0]["code"]["coding"][0]["code"] for each in responses if "error" in each] == [
        "no-payer",
        "unknown-payer",
        "too-few",
    ]
    unknown = {"extension": [{"url": ABSENT, "valueCode": "unknown"}]}
    assert [each["insurer"] for each in responses] == [
        unknown,
        {"display": "blue-cross"},
        {"display": "nobody"},
        unknown,
        {"display": "blue-cross"},
    ]


@pytest.mark.slow
def test_every_answer_is_valid(tmp_path: Path) -> None:
    claims = [made(random.Random(seed))[0] for seed in range(300)]  # noqa: S311 - claims for tests
    responses = answered(tmp_path, *claims)
    assert len(responses) == 300
    for response in responses:
        valid(response)


@pytest.mark.slow
def test_what_the_examples_deny_has_a_reason_in_each_response() -> None:
    rulebase, answers = load(), []
    reader = ExampleReader(rulebase)
    for file in example_files(rulebase.documents.folder):
        example, _ = reader.read(file)
        answers.append(rulebase.decide(example.encounter, **choices(example, date(2024, 12, 31))))
    assert any(line.remittance for answer in answers for line in answer.lines)
    for answer in answers:
        response = valid(claim_response(answer))
        if answer.is_void:
            continue
        for line, told in zip(answer.lines, response.get("item", []), strict=True):
            reasons = [each.get("reason", {}).get("coding", []) for each in told["adjudication"]]
            codes = [code["code"] for each in reasons for code in each if code["system"].endswith("reason-codes")]
            wanted = [line.remittance.carc] if line.remittance else []
            assert codes == [*wanted, *(each.carc for each in line.adjustments or () if each.carc)]


@pytest.mark.skipif(not HANDED.exists(), reason="the examples of HL7 lie beside the checkout where payrule is made")
def test_example_of_hl7_is_answered(tmp_path: Path) -> None:
    (response,) = answered(tmp_path, json.loads((HANDED / "Claim-100150.json").read_text()), code=2)
    valid(response)
    assert (response["outcome"], response["request"]) == ("error", {"reference": "Claim/100150"})
