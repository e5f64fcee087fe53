"""The schemas describe every key, say nothing that cannot be worded, and agree with the models and the contract."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args, get_type_hints

import msgspec
import pytest
from jsonschema import Draft202012Validator
from tests.covered import coverage_of_all, coverage_of_little, rereading
from tests.reviewed import difference, equal, unsettled, verification
from tests.vocabulary_for_tests import VOCABULARY

from payrule.model import code_sets, payer, policy, vocabulary
from payrule.model.choices import SchemaName
from payrule.model.encounter_schema import closed
from payrule.model.schema_messages import WORDINGS
from payrule.model.schema_validator import DIALECT, schema
from payrule.model.value_schema import Schema
from payrule.results import coverage, determination
from payrule.results import difference as differences
from payrule.results import rereading as remembered
from payrule.results import rereading as rereadings
from payrule.results import verification as verifications
from payrule.rulebase.write_schemas import generated_texts, shipped_vocabulary, write_schemas
from payrule.source import diagnostics
from payrule.source.files import shipped

FILES = sorted(path.relative_to(shipped("schemas")).as_posix() for path in shipped("schemas").rglob("*.json"))
CONTRACTED: list[SchemaName] = ["encounter", "determination"]
CONTRACT = Path(__file__).parents[3] / "shared" / "design" / "contract"

SAYING_NOTHING = {
    "$defs", "$ref", "$schema", "allOf", "default", "description", "else", "examples", "if", "items",
    "patternProperties", "properties", "propertyNames", "then", "title", "x-elsewhere", "x-expected", "x-holds",
    "x-key", "x-kind", "x-several",
}  # fmt: skip
"""Keywords that refuse nothing by themselves."""


def read(name: str) -> Schema:
    found: Schema = json.loads((shipped("schemas") / name).read_bytes())
    return found


def parts(whole: Schema) -> Iterator[tuple[str, Schema, bool]]:
    """List every schema within a schema: its path, itself, and whether it describes a key."""
    stack: list[tuple[str, Schema, bool]] = [("", whole, False)]
    while stack:
        path, part, is_key = stack.pop()
        yield path, part, is_key
        for keyword in ("properties", "$defs", "patternProperties"):
            named = part.get(keyword, {}).items()
            stack += [(f"{path}/{keyword}/{name}", below, keyword == "properties") for name, below in named]
        for keyword in ("items", "additionalProperties", "propertyNames"):
            if isinstance(part.get(keyword), dict):
                stack.append((f"{path}/{keyword}", part[keyword], False))


@pytest.mark.parametrize("name", FILES)
def test_schema_is_one(name: str) -> None:
    whole = read(name)
    assert whole["$schema"] == DIALECT
    assert whole["title"]
    assert whole["description"]
    Draft202012Validator.check_schema(whole)


@pytest.mark.parametrize("name", FILES)
def test_every_key_is_described_with_examples_that_fit(name: str) -> None:
    whole = read(name)
    described = [(path, part) for path, part, is_key in parts(whole) if is_key]
    assert described
    for path, part in described:
        target = whole["$defs"][part["$ref"].rpartition("/")[2]] if "$ref" in part else {}
        assert part.get("description") or target.get("description"), path
        examples = part.get("examples") or target.get("examples")
        assert examples, path
        for example in examples:
            Draft202012Validator(part | {"$defs": whole.get("$defs", {})}).validate(example)


@pytest.mark.parametrize("name", FILES)
def test_every_keyword_can_be_worded(name: str) -> None:
    for path, part, _ in parts(read(name)):
        assert part.keys() <= WORDINGS.keys() | SAYING_NOTHING, path


@pytest.mark.parametrize("name", FILES)
def test_every_pattern_is_anchored_and_says_what_is_expected(name: str) -> None:
    for path, part, _ in parts(read(name)):
        for pattern in [*part.get("patternProperties", {}), *([part["pattern"]] if "pattern" in part else [])]:
            assert pattern.startswith("^"), path
            assert pattern.endswith("$"), path
        assert "pattern" not in part or "x-expected" in part, path


@pytest.mark.parametrize("name", ["policy", "payer", "vocabulary", "example"])
def test_documents_have_no_keys_but_those_described(name: str) -> None:
    for path, part, _ in parts(read(f"{name}.schema.json")):
        if "properties" in part:
            assert part["additionalProperties"] is False, path


@pytest.mark.parametrize(
    "names", [("policy", "payer", "vocabulary", "example"), ("coverage", "determination", "difference", "verification")]
)
def test_definitions_of_one_name_are_the_same_in_every_schema_of_a_family(names: tuple[SchemaName, ...]) -> None:
    seen: dict[str, Any] = {}
    for name in names:
        for key, definition in schema(name)["$defs"].items():
            assert seen.setdefault(key, definition) == definition, key


@pytest.mark.parametrize("name", ["difference", "verification"])
def test_determination_within_a_review_is_the_one_that_is_written_alone(name: SchemaName) -> None:
    within = schema(name)["$defs"]["determination"]
    assert within == {key: part for key, part in schema("determination").items() if key not in ("$schema", "$defs")}


Written = coverage.Coverage | differences.Difference | rereadings.Rereading | verifications.Verification

WRITTEN: dict[str, tuple[SchemaName, Callable[[], Written]]] = {
    "a difference": ("difference", difference),
    "equality": ("difference", equal),
    "no time": ("difference", unsettled),
    "a verification": ("verification", verification),
    "a coverage": ("coverage", coverage_of_all),
    "a coverage of a text": ("coverage", coverage_of_little),
    "a rereading": ("rereading", rereading),
}


KINDS = [pytest.param(name, marks=[pytest.mark.slow] * (name == "a coverage")) for name in WRITTEN]
"""All that is written; what the shipped examples exercise takes seconds to find."""


@pytest.mark.parametrize("what", KINDS)
def test_what_is_written_is_as_the_schema_says_and_has_no_other_keys(what: str) -> None:
    name, make = WRITTEN[what]
    written = json.loads(make().to_json())
    Draft202012Validator(schema(name)).validate(written)
    Draft202012Validator(closed(schema(name))).validate(written)


@pytest.mark.parametrize("what", KINDS)
def test_what_is_written_can_be_read_again(what: str) -> None:
    value = WRITTEN[what][1]()
    assert msgspec.json.decode(value.to_json(), type=type(value)) == value


def test_generated_schemas_are_those_that_make_schemas_writes(tmp_path: Path) -> None:
    write_schemas(tmp_path, shipped_vocabulary())
    written = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.json")}
    assert written == generated_texts(VOCABULARY).keys()
    for name in written:
        assert (tmp_path / name).read_text() == (shipped("schemas") / name).read_text(), (
            f"run `make schemas` for {name}"
        )


DESCRIBED: dict[str, tuple[type, Schema]] = {
    "policy": (policy.Policy, schema("policy")),
    "payer": (payer.Payer, schema("payer")),
    "vocabulary": (vocabulary.Vocabulary, schema("vocabulary")),
    "example": (payer.Example, schema("example")),
    "determination": (determination.Determination, schema("determination")),
    "cite": (policy.Cite, schema("policy")["$defs"]["cite"]),
    "remittance": (policy.Remittance, schema("policy")["$defs"]["remittance"]),
    "conclude": (policy.Conclude, schema("policy")["$defs"]["conclude"]),
    "rule": (policy.Rule, schema("policy")["$defs"]["rule"]),
    "fact": (policy.Fact, schema("policy")["$defs"]["fact"]),
    "note": (policy.Note, schema("policy")["$defs"]["note"]),
    "source": (policy.Source, schema("policy")["$defs"]["source"]),
    "period": (policy.Period, schema("policy")["$defs"]["period"]),
    "accepted_conflict": (payer.AcceptedConflict, schema("payer")["$defs"]["accepted_conflict"]),
    "regions": (vocabulary.Regions, schema("payer")["$defs"]["regions"]),
    "attribute": (vocabulary.Attribute, schema("vocabulary")["$defs"]["attribute"]),
    "concern": (vocabulary.Concern, schema("vocabulary")["$defs"]["concern"]),
    "concern_value": (vocabulary.ConcernValue, schema("vocabulary")["$defs"]["concern_value"]),
    "timed": (vocabulary.Timed, schema("vocabulary")["$defs"]["timed"]),
    "expectation": (payer.Expectation, schema("example")["$defs"]["expectation"]),
    "shows": (payer.Shows, schema("example")["$defs"]["shows"]),
    "carried": (payer.Carried, schema("example")["$defs"]["carried"]),
    "line": (determination.LineDetermination, schema("determination")["$defs"]["line"]),
    "reason": (determination.Reason, schema("determination")["$defs"]["reason"]),
    "conflict": (determination.Conflict, schema("determination")["$defs"]["conflict"]),
    "difference": (differences.Difference, schema("difference")),
    "answers": (differences.AnswerDifference, schema("difference")["$defs"]["answers"]),
    "change": (differences.AnswerChange, schema("difference")["$defs"]["change"]),
    "answer": (differences.Answer, schema("difference")["$defs"]["answer"]),
    "witness": (differences.Witness, schema("difference")["$defs"]["witness"]),
    "edit": (differences.Edit, schema("difference")["$defs"]["edit"]),
    "impact": (differences.Impact, schema("difference")["properties"]["impact"]),
    "impact_change": (differences.ImpactChange, schema("difference")["$defs"]["impact_change"]),
    "paid_otherwise": (differences.PaidOtherwise, schema("difference")["$defs"]["paid_otherwise"]),
    "paid_cents": (differences.PaidCents, schema("difference")["$defs"]["paid_cents"]),
    "impact_example": (differences.ImpactExample, schema("difference")["$defs"]["impact_example"]),
    "bump": (differences.VersionBump, schema("difference")["$defs"]["bump"]),
    "verification": (verifications.Verification, schema("verification")),
    "reachable_conflict": (verifications.ReachableConflict, schema("verification")["$defs"]["reachable_conflict"]),
    "multiplied": (verifications.Multiplied, schema("verification")["$defs"]["multiplied"]),
    "scope": (verifications.Scope, schema("verification")["$defs"]["scope"]),
    "gap": (verifications.Gap, schema("verification")["$defs"]["gap"]),
    "finding": (verifications.RuleFinding, schema("verification")["$defs"]["finding"]),
    "payer_answers": (verifications.PayerAnswers, schema("verification")["$defs"]["payer_answers"]),
    "findings": (diagnostics.Checked, schema("findings")),
    "found": (diagnostics.Diagnostic, schema("findings")["$defs"]["finding"]),
    "suppressed": (diagnostics.Suppressed, schema("findings")["$defs"]["suppressed"]),
    "skipped": (diagnostics.Skipped, schema("findings")["$defs"]["skipped"]),
    "lock": (policy.Lock, schema("lock")),
    "code_set": (code_sets.CodeSet, schema("code-set")),
    "entry": (code_sets.CodeEntry, schema("code-set")["$defs"]["entry"]),
    "code_source": (code_sets.CodeSource, schema("code-set")["properties"]["source"]),
    "suppression": (policy.Suppression, schema("policy")["$defs"]["suppression"]),
    "policy_suppression": (policy.PolicySuppression, schema("policy")["$defs"]["policy_suppression"]),
    "coverage": (coverage.Coverage, schema("coverage")),
    "figure": (coverage.Figure, schema("coverage")["$defs"]["figure"]),
    "version": (coverage.VersionCoverage, schema("coverage")["$defs"]["version"]),
    "statement": (coverage.StatementCoverage, schema("coverage")["$defs"]["statement"]),
    "source_text": (coverage.SourceCoverage, schema("coverage")["$defs"]["source_text"]),
    "part": (coverage.SourcePart, schema("coverage")["$defs"]["part"]),
    "passage": (coverage.PassageCoverage, schema("coverage")["$defs"]["passage"]),
    "remembered": (remembered.RememberedCopy, schema("remembered-copies")["$defs"]["copy"]),
    "rereading": (rereadings.Rereading, schema("rereading")),
    "copy": (rereadings.Reread, schema("rereading")["$defs"]["copy"]),
    "reworded": (rereadings.Reworded, schema("rereading")["$defs"]["reworded"]),
    "changed": (rereadings.Changed, schema("rereading")["$defs"]["changed"]),
    "piece": (rereadings.Piece, schema("rereading")["$defs"]["piece"]),
    "lacking": (coverage.Lacking, schema("coverage")["$defs"]["lacking"]),
    "shown": (verifications.Shown, schema("verification")["$defs"]["shown"]),
}

DETERMINATION = ("determination", "line", "reason", "conflict")
"""What the contract lets another program leave out, though payrule writes it."""

REVIEW = tuple(each.__name__ for each in (diagnostics, coverage, differences, diagnostics, rereadings, verifications))
"""Where the values are that payrule only writes, and always whole."""


BESIDE = {"vocabulary": {"code_sets"}}
"""What is read of files beside a document, and is no key of it."""


@pytest.mark.parametrize("name", DESCRIBED)
def test_model_and_schema_have_the_same_fields(name: str) -> None:
    model, described = DESCRIBED[name]
    fields = msgspec.structs.fields(model)
    assert {field.encode_name for field in fields} - BESIDE.get(name, set()) == described["properties"].keys()
    needed = {
        field.encode_name
        for field in fields
        if field.required or (model.__module__ in REVIEW and field.default is not msgspec.UNSET)
    }
    if name not in DETERMINATION:
        assert needed == set(described.get("required", ()))


@pytest.mark.parametrize("name", DESCRIBED)
def test_choices_of_the_schema_are_those_of_the_model(name: str) -> None:
    model, described = DESCRIBED[name]
    hints = get_type_hints(model)
    for field in msgspec.structs.fields(model):
        choices = described["properties"].get(field.encode_name, {}).get("enum")
        literal = [each for each in _flat(hints[field.name]) if isinstance(each, str)]
        if choices is not None and literal:
            assert {each for each in choices if each is not None} == set(literal), field.name


def _flat(hint: Any) -> list[Any]:
    below = get_args(hint)
    return [each for part in below for each in _flat(part)] if below else [hint]


def contract(name: str) -> Any:
    path = CONTRACT / name
    if not path.exists():
        pytest.skip("the contract is not at hand")
    return json.loads(path.read_bytes())


@pytest.mark.parametrize("name", CONTRACTED)
def test_example_of_the_contract_is_accepted_and_all_its_keys_are_described(name: SchemaName) -> None:
    Draft202012Validator(schema(name)).validate(contract(f"{name}.example.json"))
    Draft202012Validator(closed(schema(name))).validate(contract(f"{name}.example.json"))


@pytest.mark.parametrize("name", CONTRACTED)
def test_key_of_the_contract_is_a_key_of_the_schema(name: SchemaName) -> None:
    assert _keys(contract(f"{name}.schema.json")) <= _keys(schema(name))


def _keys(whole: Schema) -> set[str]:
    """List the paths of keys; the contract has one shape for reasons and for overruled and possible conclusions."""
    return {
        re.sub("/(reasons|overruled|possible)/", "/conclusions/", path)
        for path, _, is_key in parts(_inlined(whole))
        if is_key
    }


def _inlined(whole: Schema) -> Schema:
    """Put definitions in the place of references to them."""

    def inlined(part: Any) -> Any:
        if isinstance(part, list):
            return [inlined(each) for each in part]
        if not isinstance(part, dict):
            return part
        part = part["allOf"][0] if "allOf" in part else part
        if isinstance(part.get("$ref"), str):
            return inlined(whole["$defs"][part["$ref"].rpartition("/")[2]])
        return {key: inlined(each) for key, each in part.items()}

    return {key: inlined(each) for key, each in whole.items() if key != "$defs"}
