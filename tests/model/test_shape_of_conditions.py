"""What an analyst is told of a condition: the key at fault is named, and never what else might have been meant."""

import json

import pytest
from tests.findings_tables import findings_table, written
from tests.vocabulary_for_tests import VOCABULARY

from payrule.language.condition import CONNECTIVES
from payrule.model.bound_schema import bound_policy_schema, bound_vocabulary_schema
from payrule.model.schema_validator import check_shape, schema
from payrule.model.value_schema import OPERATORS
from payrule.source.json_source import scan

BOUND = bound_policy_schema(VOCABULARY)
CONDITION = {"$defs": BOUND["$defs"], "$ref": "#/$defs/condition"}


def told(condition: object) -> list[str]:
    return [line for diagnostic in check_shape(scan(json.dumps(condition)), CONDITION) for line in written(diagnostic)]


@pytest.mark.parametrize(
    "condition",
    [
        {"line.code": {"in": ["00001", "00010-00019"]}},
        {"line.code": {"in": "@hands-on", "not_in": ["00011"]}},
        {"not": {"other_line": {}}},
        {"other_line": {"same_date": False, "region": {"in": ["same"]}, "not": {"region": {"is": "same"}}}},
        {"other_line": [{"line.code": {"is": "00001"}}, {"line.units": {"at_least": 2}}]},
        {"count": {"at_least": 1, "of": [{"fact": "a"}, {"fact": ["a", "b"]}]}},
        {"encounter.role": {"is": "first"}, "patient.age": {"at_most": 17}, "line.visits": {"is_empty": True}},
        {"line.date": {"on_or_after": "2016-01-01", "before": "2017-01-01"}},
    ],
)
def test_condition_of_the_language_is_accepted(condition: object) -> None:
    assert told(condition) == []


@pytest.mark.parametrize(("condition", "expected"), findings_table("conditions"))
def test_fault_names_the_key_and_the_help(condition: object, expected: list[str]) -> None:
    assert told(condition) == expected


def test_empty_conditions_are_refused_where_they_would_hold_of_everything() -> None:
    conditions: tuple[dict[str, object], ...] = (
        {},
        {"not": {}},
        {"all": []},
        {"any": [{}]},
        {"line.code": {}},
        {"line.code": {"in": []}},
    )
    for condition in conditions:
        message, help_text = told(condition)
        assert message.endswith(" is empty")
        assert help_text.startswith("    write for example ")


def test_every_operator_and_connective_is_in_the_schema() -> None:
    static = schema("policy")["$defs"]
    assert set(static["test"]["properties"]) == {operator.key for operator in OPERATORS}
    assert set(static["condition"]["properties"]) == set(CONNECTIVES)
    assert {"same_date", *CONNECTIVES} - {"other_line", "lines", "quota"} == set(static["other_line"]["properties"])


def test_each_attribute_has_the_tests_that_fit_it() -> None:
    for name, attribute in VOCABULARY.attributes.items():
        fitting = {operator.key for operator in OPERATORS if operator.fits(attribute)}
        assert set(BOUND["$defs"][name]["properties"]) == fitting


def test_conditions_of_the_vocabulary_are_held_to_its_own_attributes() -> None:
    shape = bound_vocabulary_schema(VOCABULARY)
    facts = {"properties": {"facts": shape["properties"]["facts"]}, "$defs": shape["$defs"]}
    text = scan('{"facts": {"a": {"summary": "A.", "when": {"line.sen": {"is": true}}}}}')
    assert [diagnostic.help for diagnostic in check_shape(text, facts)] == ["did you mean `line.seen`?"]
