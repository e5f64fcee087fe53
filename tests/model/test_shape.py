"""What an analyst is told of a document whose shape is wrong: every finding has a place, words and a help."""

import json
from typing import Any

import pytest
from tests.findings_tables import findings_table, written
from tests.vocabulary_for_tests import ENCOUNTER, VOCABULARY

from payrule.model.bound_schema import bound_example_schema, bound_payer_schema, bound_policy_schema
from payrule.model.schema_validator import check_shape, is_accepted
from payrule.model.value_schema import Schema
from payrule.source.json_source import scan

RULE = {
    "id": "a-rule",
    "summary": "One.",
    "when": {"line.seen": {"is": False}},
    "conclude": {"concern": "coding", "value": "miscoded"},
}
POLICY: dict[str, Any] = {
    "kind": "policy",
    "id": "guide",
    "version": "1.0.0",
    "title": "Guide",
    "issuer": "Somebody",
    "authority": "guide",
    "status": "draft",
    "rules": [RULE],
}
PAYER = {"kind": "payer", "id": "plan", "title": "Plan", "tiers": [["guide"]]}
EXAMPLE = {
    "kind": "example",
    "summary": "One.",
    "payer": "plan",
    "encounter": ENCOUNTER,
    "expect": [{"line": 1, "disposition": "returned"}],
}
POLICY_SCHEMA = bound_policy_schema(VOCABULARY)
PAYER_SCHEMA = bound_payer_schema(VOCABULARY)
EXAMPLE_SCHEMA = bound_example_schema(VOCABULARY)


def told(document: object, schema: Schema = POLICY_SCHEMA) -> list[str]:
    return [line for diagnostic in check_shape(scan(json.dumps(document)), schema) for line in written(diagnostic)]


def test_sound_documents_have_no_findings() -> None:
    assert told(POLICY) == told(PAYER, PAYER_SCHEMA) == told(EXAMPLE, EXAMPLE_SCHEMA) == []


def test_properties_named_as_what_schemas_say_to_readers_keep_their_schemas() -> None:
    names = ("description", "examples", "title", "x-expected", "x-holds", "x-kind")
    for_readers = {"title": "Note", "description": "A note.", "examples": [{"title": "a"}]}
    shape: Schema = {**for_readers, "properties": {name: {"pattern": "^[a-z]$", **for_readers} for name in names}}
    assert is_accepted(shape, dict.fromkeys(names, "a"))
    assert [name for name in names if is_accepted(shape, {name: "A"})] == []


def test_misspelt_key_is_placed_at_the_key_and_stands_for_the_missing_one() -> None:
    text = '{"kind": "policy", "id": "guide", "version": "1.0.0",\n "titel": "Guide", "issuer": "x", "authority": "x",'
    (diagnostic,) = check_shape(scan(text + '\n "status": "draft"}', "guide.json"), POLICY_SCHEMA)
    assert str(diagnostic) == "guide.json:2:2 $.titel: `titel` is not a key of a policy (did you mean `title`?)"
    assert diagnostic.code == "unknown-key"


def test_missing_key_is_named_with_an_example() -> None:
    rule = {key: value for key, value in RULE.items() if key != "id"}
    assert told(POLICY | {"rules": [rule]}) == [
        "$.rules[0]: `id` is missing from a rule",
        '    add `"id": "preparation-is-integral"`',
    ]


@pytest.mark.parametrize(("change", "expected"), findings_table("policy"))
def test_value_of_a_policy_is_refused_with_its_help(change: dict[str, object], expected: list[str]) -> None:
    assert told(POLICY | change) == expected


@pytest.mark.parametrize(("change", "expected"), findings_table("rules"))
def test_value_of_a_rule_is_refused_with_its_help(change: dict[str, object], expected: list[str]) -> None:
    assert told(POLICY | {"rules": [RULE | change]}) == expected


def test_long_value_is_cut_and_control_characters_are_shown() -> None:
    long, _ = told(POLICY | {"id": "X" * 500})
    assert f"`{'X' * 59}…`" in long
    escape, _ = told(POLICY | {"version": "\x1b[31m"})
    assert "\x1b" not in escape


@pytest.mark.parametrize(("presumptions", "expected"), findings_table("presumptions"))
def test_presumptions_are_values_of_attributes(presumptions: object, expected: list[str]) -> None:
    assert told(PAYER | {"presumptions": presumptions}, PAYER_SCHEMA) == expected


def test_key_of_an_encounter_is_an_error_in_an_example() -> None:
    encounter = ENCOUNTER | {"lines": [{"number": 1, "code": "00001", "date": "2016-03-01", "mark": ["M1"]}]}
    assert told(EXAMPLE | {"encounter": encounter}, EXAMPLE_SCHEMA) == [
        "$.encounter.lines[0].mark: `mark` is not a key of a line",
        "    did you mean `marks`?",
    ]


def test_findings_stand_in_the_order_of_their_places() -> None:
    text = '{"kind": "payer",\n "tiers": [],\n "titel": 3,\n "id": "Plan"}'
    assert [diagnostic.line for diagnostic in check_shape(scan(text), PAYER_SCHEMA)] == [2, 3, 4]
