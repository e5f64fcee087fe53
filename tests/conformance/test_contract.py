"""What goes in and what comes out keep the names and meanings that were agreed.

The agreed files lie beside the checkout; where they do not, these tests skip and say so.
"""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import payrule
from payrule.formats.encounters import checked
from payrule.formats.reading import read_file

SHARED = Path(__file__).parents[2].parent / "shared"
CONTRACT = SHARED / "design" / "contract"
X12 = SHARED / "data" / "x12"

needs_contract = pytest.mark.skipif(not CONTRACT.is_dir(), reason="the contract is not beside the checkout")
needs_x12 = pytest.mark.skipif(not X12.is_dir(), reason="the sample claims are not beside the checkout")

MAY_DIFFER = {
    "rulebase",
    "engine",
    "known_on",
    "summary",
    "cites",
    "remittance",
    "advice",
    "payrule",
    "encounter_digest",
}
"""Digests, versions, wording and remittance detail."""


def agreed(value: Any) -> Any:
    """Leave out what the contract allows to differ."""
    if isinstance(value, dict):
        return {key: agreed(each) for key, each in value.items() if key not in MAY_DIFFER}
    return [agreed(each) for each in value] if isinstance(value, list) else value


def of_the_contract(found: Any, expected: Any) -> Any:
    """Leave out the keys that were added since: a contract gains optional keys, and loses none."""
    if isinstance(found, dict) and isinstance(expected, dict):
        return {key: of_the_contract(each, expected[key]) for key, each in found.items() if key in expected}
    if isinstance(found, list) and isinstance(expected, list) and len(found) == len(expected):
        return [of_the_contract(*each) for each in zip(found, expected, strict=True)]
    return found


@needs_contract
def test_the_contract_s_encounter_gives_the_contract_s_determination() -> None:
    """Each line has the disposition, liability, concern, reasons and overruled conclusions that were agreed."""
    encounter = json.loads((CONTRACT / "encounter.example.json").read_text())
    expected = json.loads((CONTRACT / "determination.example.json").read_text())
    found = json.loads(payrule.load().decide(encounter, known_on="2026-11-23").to_json())
    assert agreed(of_the_contract(found, expected)) == agreed(expected)


@needs_contract
def test_every_determination_of_the_examples_fits_the_contract_s_schema() -> None:
    """The project's own examples are answered in the agreed form."""
    schema = json.loads((CONTRACT / "determination.schema.json").read_text())
    rulebase = payrule.load()
    answers = [
        rulebase.decide(read.encounter, payer="blue-cross", known_on="2026-11-23")
        for path in sorted((Path(__file__).parents[2] / "examples").glob("*.json*"))
        for read in checked(read_file(path, rulebase.documents.vocabulary), rulebase.validator)
        if read.encounter is not None
    ]
    assert answers
    for answer in answers:
        jsonschema.validate(json.loads(answer.to_json()), schema)


SAMPLES = sorted(X12.glob("*.837")) if X12.is_dir() else []


@needs_x12
@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_claims_that_others_made_are_decided(path: Path) -> None:
    """Real 837 files, odd as they are, give a determination for each claim and no error."""
    rulebase = payrule.load()
    reads = list(checked(read_file(path, rulebase.documents.vocabulary), rulebase.validator, str(path)))
    assert reads
    assert not [diagnostic for read in reads for diagnostic in read.findings if diagnostic.severity == "error"]
    for read in reads:
        assert read.encounter is not None
        assert rulebase.decide(read.encounter, payer="blue-cross", known_on="2026-11-23").lines
