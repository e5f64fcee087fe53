"""The reference of the language says what payrule does: its examples, its tables, its limits."""

import json
import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from tests.docs.asked import SHIPPED, Json, policy_with, truth
from tests.docs.pages import ROOT, blocks, table

from payrule.execute import sizes
from payrule.execute.forward import limits
from payrule.language.condition import CONNECTIVES, parse
from payrule.language.derived import METHODS
from payrule.language.lower import MOST_CLAUSES, MOST_COMBINATIONS, All, Formula, Not, Some, lower
from payrule.language.name_findings import DEEPEST, policy_findings
from payrule.language.names import Names
from payrule.language.truth import NEGATED, Truth, counted
from payrule.model.bound_schema import (
    bound_example_schema,
    bound_payer_schema,
    bound_policy_schema,
    bound_vocabulary_schema,
)
from payrule.model.code_sets import CodeSet, code_set_findings
from payrule.model.payer import Payer, payer_findings
from payrule.model.policy import Policy
from payrule.model.schema_validator import check_shape, schema
from payrule.model.value_schema import MOST_DAYS, MOST_LINE_DAYS, OPERATORS
from payrule.model.vocabulary import Vocabulary
from payrule.model.vocabulary_findings import vocabulary_name_findings
from payrule.rulebase.load import MOST_PARTS
from payrule.source.diagnostics import Diagnostic
from payrule.source.json_source import scan

FOLDER = ROOT / "docs" / "reference"
PAGE = (FOLDER / "language.md").read_text()
CONTRACT = (FOLDER / "claim-and-determination.md").read_text()
WORDS = SHIPPED.vocabulary
COLUMNS = ("true", "false", "unknown")
NAMED = {"true": Truth.TRUE, "unknown": Truth.UNKNOWN, "false": Truth.FALSE}

EXAMPLES = [(each.said, each.text) for page in (PAGE, CONTRACT) for each in blocks(page) if each.language == "json"]
QUOTAS: Json = {"one": json.loads(" ".join(re.findall(r"\(`(\{\"summary.*?\}\]\})`", PAGE, re.DOTALL)[0].split()))}
FACTS: Json = json.loads(next(text for kind, text in EXAMPLES if kind == "facts"))


def findings(kind: str, text: str) -> list[Diagnostic]:
    """List everything that is wrong with an example of the page: its shape, then its names."""
    match kind:
        case "policy" | "rule" | "facts":
            document = json.loads(text)
            if kind != "policy":
                document = policy_with([document]) if kind == "rule" else policy_with([], document)
            scanned = scan(json.dumps(document), kind)
            found = check_shape(scanned, bound_policy_schema(WORDS))
            return [*found] or [*policy_findings(msgspec.convert(document, Policy), WORDS, scanned)]
        case "payer":
            scanned = scan(text, kind)
            found = check_shape(scanned, bound_payer_schema(WORDS))
            payer = msgspec.convert(scanned.value, Payer)
            return [*found] or [*payer_findings(payer, SHIPPED.policies, WORDS, frozenset(METHODS), scanned)]
        case "vocabulary":
            scanned = scan(text, kind)
            own = msgspec.convert(scanned.value, Vocabulary)
            found = check_shape(scanned, schema("vocabulary")) or check_shape(scanned, bound_vocabulary_schema(own))
            return [*found] or [*vocabulary_name_findings(own, frozenset(METHODS), frozenset(), scanned)]
        case "example":
            return [*check_shape(scan(text, kind), bound_example_schema(WORDS))]
        case "code-set":
            scanned = scan(text, f"{json.loads(text)['id']}.json")
            found = check_shape(scanned, schema("code-set"))
            return [*found] or [*code_set_findings(msgspec.convert(scanned.value, CodeSet), scanned)]
        case "encounter" | "remittance-codes" | "table" | "column-map" | "payment" | "payer-map":
            return [*check_shape(scan(text, kind), schema(kind))]
    raise AssertionError(f"the block says `{kind}`, which is no kind of document")


@pytest.mark.parametrize(("kind", "text"), EXAMPLES, ids=[kind for kind, _ in EXAMPLES])
def test_examples_are_right(kind: str, text: str) -> None:
    assert not findings(kind, text)


ANSWERS = {
    "coverage",
    "determination",
    "difference",
    "findings",
    "lock",
    "remembered-copies",
    "rereading",
    "review",
    "signatures",
    "verification",
}
"""Kinds of document that payrule writes and nobody else."""


def test_every_kind_of_document_has_an_example() -> None:
    kinds = {path.name.partition(".")[0] for path in (ROOT / "schemas").glob("*.schema.json")}
    assert {kind for kind, _ in EXAMPLES} == (kinds - ANSWERS) | {"rule", "facts"}


def code(cell: str) -> Any:
    """Read the JSON of a cell."""
    return json.loads(cell.strip("`"))


def asked() -> Iterator[tuple[str, Json, Json, list[Json], str]]:
    """List what the tables claim: a name, a condition, the subject, the other lines, and how true the condition is."""
    rows = [(name, example, beside) for name, _, example, *beside in table(PAGE, "### Connectives")]
    rows += [(name, example, beside) for name, _, _, example, *beside in table(PAGE, "### Tests")]
    for name, example, beside in rows:
        for cell, expected in zip(beside, COLUMNS, strict=False):
            yield name, code(example), code(cell), [], expected
    for example, *beside in table(PAGE, "### Other lines"):
        for cell, expected in zip(beside, COLUMNS, strict=True):
            if cell:
                yield "`other_line`", code(example), {"regions": ["cervical"]}, [code(cell)], expected
    for heading, name, line in (
        ("#### Examples of counts", "`lines`", {"regions": ["cervical"]}),
        ("#### Examples of a quota", "`quota`", {"minutes": 15}),
    ):
        for example, *beside in table(PAGE, heading):
            for cell, expected in zip(beside, COLUMNS, strict=True):
                if cell:
                    yield name, code(example), line, [code(cell)], expected


ASKED = list(asked())


@pytest.mark.parametrize(("name", "condition", "line", "others", "expected"), ASKED)
def test_conditions_are_as_true_as_the_tables_say(
    name: str, condition: Json, line: Json, others: list[Json], expected: str
) -> None:
    assert truth(condition, line, FACTS, *others, quotas=QUOTAS) == expected, name


def diagnosed(condition: Json, day: str, diagnoses: Any) -> str:
    """Say how true a condition on diagnoses is on a line, with the code list of the page."""
    code_set = msgspec.json.decode(next(text for kind, text in EXAMPLES if kind == "code-set"), type=CodeSet)
    words = msgspec.structs.replace(WORDS, code_sets={code_set.id: code_set})
    return truth(condition, {"date": day}, FACTS, claim={"diagnoses": diagnoses}, vocabulary=words)


@pytest.mark.parametrize("row", table(PAGE, "#### Examples of a code list"), ids=str)
def test_a_code_list_holds_on_a_date_what_the_table_says(row: list[str]) -> None:
    day, diagnoses, expected = row
    condition = {"encounter.diagnoses": {"any_of": "@low-back-pain"}}
    assert diagnosed(condition, code(day), code(diagnoses)) == expected


@pytest.mark.parametrize("row", table(PAGE, "### Codes of ICD-10-CM"), ids=str)
def test_codes_of_a_system_are_held_as_the_table_says(row: list[str]) -> None:
    member, _, *beside = row
    for cell, expected in zip(beside, ("true", "false"), strict=True):
        condition = {"encounter.diagnoses": {"any_of": [code(member)]}}
        assert diagnosed(condition, "2024-06-30", code(cell)) == expected


def test_a_test_is_unknown_while_its_value_is() -> None:
    for name, _, _, example, *_ in table(PAGE, "### Tests"):
        (attribute,) = code(example)
        declared = WORDS.attributes[attribute]
        if not declared.required and declared.default is None:
            assert truth(code(example), {}, FACTS) == "unknown", name


def test_every_connective_and_every_test_is_shown() -> None:
    shown = {name for name, *_ in ASKED}
    assert shown == {f"`{each}`" for each in [*CONNECTIVES, *(operator.key for operator in OPERATORS)]}


def test_forms_become_the_basic_conditions_of_the_table() -> None:
    expected = {
        (key, WORDS.attributes[attribute].type)
        for row in table(PAGE, "### The seven basic conditions")[:3]
        for key in re.findall(r"`(\w+)`", row[0])
        for attribute in WORDS.attributes
    }
    assert expected
    for operator in OPERATORS:
        for attribute, declared in WORDS.attributes.items():
            if operator.fits(declared):
                operand = operand_of(operator.operand, declared.example)
                lowered = lower(parse({attribute: {operator.key: operand}}), Names(WORDS))
                assert leaf_names(lowered) == {leaf_of(operator.key, declared.type)}, (operator.key, attribute)


def operand_of(kind: str, example: Any) -> Any:
    if kind == "boolean":
        return True
    if kind == "values":
        return example if isinstance(example, list) else [example]
    return example


def leaf_names(formula: Formula) -> set[str]:
    """Name the leaves of a formula as the page does."""
    if isinstance(formula, Not):
        return leaf_names(formula.part)
    if isinstance(formula, All | Some):
        return set().union(*map(leaf_names, formula.parts))
    return {re.sub(r"(?<=.)([A-Z])", r"_\1", type(formula).__name__).lower()}


def leaf_of(key: str, kind: str) -> str:
    """Find the leaf that the table gives for a test of a type of attribute; of several rows the one that names it."""
    rows = [
        (form, leaf.strip("`")) for form, leaf in table(PAGE, "### The seven basic conditions") if f"`{key}`" in form
    ]
    words = {"integer": "number"}.get(kind, kind)
    fitting = [leaf for form, leaf in rows if any(f"`{key}`" in part and words in part for part in form.split(";"))]
    return fitting[0] if fitting else rows[-1][1]


def test_truth_tables_are_those_of_the_code() -> None:
    assert {row[0]: row[1] for row in table(PAGE, "### Truth of not")} == {
        name: NEGATED[value].name.lower() for name, value in NAMED.items()
    }
    for heading, strongest in (("### Truth of all", min), ("### Truth of any", max)):
        for name, *cells in table(PAGE, heading):
            left = NAMED[name.strip("*")]
            assert [NAMED[cell] for cell in cells] == [strongest(left, right) for right in NAMED.values()]
    for row in table(PAGE, "### Truth of count"):
        values = [value for value, number in zip(NAMED.values(), row[:3], strict=True) for _ in range(int(number))]
        assert [NAMED[cell] for cell in row[3:]] == [counted(least, values) for least in (1, 2, 3)]


def test_edit_categories_are_those_of_the_vocabulary() -> None:
    assert [tuple(row) for row in table(PAGE, "### 2. One edit category")] == [
        (each.id, each.settled, ", ".join(f"`{value.value}` {value.effect}" for value in each.values))
        for each in WORDS.concerns
    ]


def test_defaults_are_those_of_the_vocabulary() -> None:
    (said,) = re.findall(r"in\s+the\s+shipped\s+vocabulary\s+these\s+are\s+([^.]*)", PAGE)
    defaults = {name.rpartition(".")[2] for name, each in WORDS.attributes.items() if each.default is not None}
    assert set(re.findall(r"`(\w+)` \(", said)) == defaults


def test_limits_are_those_of_the_code() -> None:
    assert [int(row[1]) for row in table(PAGE, "## Limits")] == [
        MOST_CLAUSES,
        MOST_COMBINATIONS,
        MOST_PARTS,
        DEEPEST,
        limits.MOST_FLAGS,
        limits.MOST_JOINS,
        sizes.MOST_LINES,
        MOST_DAYS,
        MOST_LINE_DAYS,
        sizes.MOST_COMPARISONS,
        sizes.MOST_DIFFERENT,
    ]
    text = PAGE.partition("### The time of one decision")[2].partition("\n## ")[0]
    said = (f"{sizes.SECONDS:g} seconds", f"{sizes.STEPS_OF_RULE} steps", f"{sizes.STEPS_A_SECOND:,} steps")
    assert [each for each in said if each not in text] == []


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("### A policy", "policy"),
        ("### A payer", "payer"),
        ("### The vocabulary", "vocabulary"),
        ("### The remittance codes", "remittance-codes"),
        ("## Rules", "rule"),
    ],
)
def test_every_key_of_a_document_is_reported(heading: str, kind: Any) -> None:
    keys = schema("policy")["$defs"]["rule"]["properties"] if kind == "rule" else schema(kind)["properties"]
    told = {key for row in table(PAGE, heading) for key in re.findall(r"`(\w+)`", row[0])}
    assert told >= keys.keys() - {"$schema", "kind", "id", "title"}


def test_every_attribute_of_a_claim_is_listed() -> None:
    told = {row[0].strip("`"): row[2] for row in table(CONTRACT, "## A claim")}
    assert told.keys() == WORDS.attributes.keys()
    for name, attribute in WORDS.attributes.items():
        default = "" if attribute.default is None else f" Default: `{json.dumps(attribute.default)}`."
        assert told[name] == attribute.summary + default


@pytest.mark.parametrize(("heading", "part"), [("## A determination", None), ("And of each line:", "line")])
def test_every_key_of_a_determination_is_reported(heading: str, part: str | None) -> None:
    whole = schema("determination")
    keys = whole["$defs"][part]["properties"] if part else whole["properties"]
    told = {key for row in table(CONTRACT, heading) for key in re.findall(r"`(\w+)`", row[0])}
    assert told == keys.keys()
