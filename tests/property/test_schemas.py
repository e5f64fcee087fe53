"""Laws of the schemas: models hold what they accept, the contract is kept, and there are words for all they refuse."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from tests.schema_strategies import damaged, values
from tests.vocabulary_for_tests import VOCABULARY

from payrule.model.bound_schema import (
    bound_example_schema,
    bound_payer_schema,
    bound_policy_schema,
    bound_vocabulary_schema,
)
from payrule.model.choices import SchemaName
from payrule.model.payer import Example, Payer
from payrule.model.policy import Policy
from payrule.model.schema_validator import SchemaValidator, check_shape, is_accepted, schema
from payrule.model.value_schema import Schema
from payrule.model.vocabulary import Vocabulary
from payrule.source.json_source import scan

CONTRACT = Path(__file__).parents[3] / "shared" / "design" / "contract"

MODELS = {"policy": Policy, "payer": Payer, "example": Example, "vocabulary": Vocabulary}
BOUND: dict[SchemaName, Schema] = {
    "policy": bound_policy_schema(VOCABULARY),
    "payer": bound_payer_schema(VOCABULARY),
    "example": bound_example_schema(VOCABULARY),
    "vocabulary": bound_vocabulary_schema(VOCABULARY),
}
KINDS: list[SchemaName] = ["policy", "payer", "example", "vocabulary"]

SCHEMA_WORDS = re.compile(
    r"\b(schema|regex|pattern|oneOf|anyOf|propert(y|ies)|object|array|string|integer|boolean|enum)\b", re.IGNORECASE
)


@st.composite
def with_kind(draw: st.DrawFn, document: Callable[[Schema], st.SearchStrategy[Any]]) -> tuple[SchemaName, Any]:
    """Draw a kind of document, and a document by its bound schema."""
    kind = draw(st.sampled_from(KINDS))
    return kind, draw(document(BOUND[kind]))


@given(with_kind(values) | with_kind(damaged))
def test_what_the_compiled_validator_accepts_has_no_error(drawn: tuple[SchemaName, Any]) -> None:
    kind, document = drawn
    if is_accepted(BOUND[kind], document):
        assert next(SchemaValidator(BOUND[kind]).validator.iter_errors(document), None) is None


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "integer"}, 1.0),
        ({"properties": {"a": {"type": "integer"}}}, {"a": 1.0}),
        ({"pattern": "[0-9]"}, "x1"),
        ({"pattern": "^[0-9]$"}, "1\n"),
        ({"pattern": r"\w", "allOf": [{"pattern": "[a-z]"}]}, "A"),
        ({"format": "date"}, "2016-02-30"),
        ({"format": "regex"}, "("),
        ({"type": "string", "maxLength": 1}, "\ud800\ud800"),
        ({"enum": [1]}, True),
    ],
)
def test_the_compiled_validator_accepts_nothing_that_jsonschema_refuses(schema: Schema, value: Any) -> None:
    assert not is_accepted(schema, value)
    assert not SchemaValidator(schema).validator.is_valid(value)


def test_a_right_document_is_accepted_without_jsonschema(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(SchemaValidator, "validator")
    assert (
        SchemaValidator({"type": "object", "properties": {"day": {"format": "date"}}}).diagnostics(
            {"day": "2024-02-29"}
        )
        == ()
    )


@given(with_kind(values))
def test_model_holds_what_the_bound_schema_accepts(drawn: tuple[SchemaName, Any]) -> None:
    kind, document = drawn
    assert SchemaValidator(BOUND[kind]).validator.is_valid(document)
    assert msgspec.convert(document, MODELS[kind]).kind == kind


@given(st.sampled_from(KINDS).flatmap(lambda kind: values(schema(kind))))
def test_model_holds_what_the_schema_accepts(document: dict[str, Any]) -> None:
    assert SchemaValidator(schema(document["kind"])).validator.is_valid(document)
    assert msgspec.convert(document, MODELS[document["kind"]]).kind == document["kind"]


@given(with_kind(values))
def test_bound_schema_accepts_no_more_than_the_static_one(drawn: tuple[SchemaName, Any]) -> None:
    kind, document = drawn
    assert SchemaValidator(schema(kind)).validator.is_valid(document)


@given(with_kind(damaged))
def test_what_is_refused_is_reported_with_place_and_help_and_without_words_of_schemas(
    drawn: tuple[SchemaName, Any],
) -> None:
    kind, document = drawn
    findings = check_shape(scan(json.dumps(document), "document.json"), BOUND[kind])
    assert bool(findings) != SchemaValidator(BOUND[kind]).validator.is_valid(document)
    for diagnostic in findings:
        assert diagnostic.line is not None
        assert diagnostic.column is not None
        assert diagnostic.help
        said = re.sub("`[^`]*`", "", f"{diagnostic.message} {diagnostic.help}")
        assert SCHEMA_WORDS.search(said) is None, said
        assert not diagnostic.message.endswith(".")
        assert "\n" not in diagnostic.message


def contract(name: str) -> Schema:
    path = CONTRACT / f"{name}.schema.json"
    if not path.exists():
        pytest.skip("the contract is not at hand")
    found: Schema = json.loads(path.read_bytes())
    return found


@given(st.data())
def test_schema_of_encounters_accepts_what_the_contract_accepts(data: st.DataObject) -> None:
    accepts_all_that_the_contract_does("encounter", data)


@given(st.data())
def test_schema_of_determinations_accepts_what_the_contract_accepts(data: st.DataObject) -> None:
    accepts_all_that_the_contract_does("determination", data)


def accepts_all_that_the_contract_does(name: SchemaName, data: st.DataObject) -> None:
    sent = data.draw(values(_merged(contract(name))))
    assert Draft202012Validator(contract(name)).is_valid(sent)
    # The vocabulary bounds numbers, such as an age of at most 150 years, as it bounds texts by patterns.
    refused = [each for each in Draft202012Validator(schema(name)).iter_errors(sent) if each.validator != "maximum"]
    assert refused == []


def _merged(part: Any) -> Any:
    """Turn `allOf` a reference and further required keys into one schema that values can be drawn from."""
    if isinstance(part, list):
        return [_merged(each) for each in part]
    if not isinstance(part, dict):
        return part
    if "allOf" in part:
        reason, further = part["allOf"]
        whole = contract("determination")["$defs"][reason["$ref"].removeprefix("#/$defs/")]
        return whole | {"required": [*whole["required"], *further["required"]]}
    return {key: _merged(each) for key, each in part.items()}
