"""A rule of a version that somebody changes in a form: what is typed, what is wrong with it, and what becomes of it."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from payrule.model.policy import Policy
from payrule.rulebase.folder import policy_file, read_text
from payrule.rulebase.load import Documents, read_documents
from payrule.scaffold.changed_rule import changed_rule, held_values, typed_of
from payrule.source.files import shipped

EXAMPLES = Path(__file__).parents[2] / "examples" / "policies"


@pytest.fixture(scope="module")
def documents() -> Documents:
    return read_documents(EXAMPLES)


def versions(documents: Documents) -> list[Policy]:
    return [version for each in documents.policies.values() for version in each]


def written(documents: Documents, version: Policy, rule: str) -> dict[str, Any]:
    listed = read_text(policy_file(documents.folder, version)).value["rules"]
    return next(each for each in listed if each["id"] == rule)


def changed(documents: Documents, policy: str, rule: str, **typed: str) -> Any:
    version = documents.policies[policy][0]
    before = typed_of(version, version.rule(rule), None)
    assert before.keys() >= {key for key in typed if key.startswith("value.")}
    return changed_rule(documents, version, version.rule(rule), before | typed, None)


@pytest.mark.slow
@pytest.mark.parametrize("folder", [shipped("policies"), EXAMPLES], ids=["shipped", "examples"])
def test_a_rule_of_which_nothing_is_changed_stays_as_it_is(folder: Path) -> None:
    documents = read_documents(folder)
    for version in versions(documents):
        document = read_text(policy_file(documents.folder, version)).value
        for rule in version.rules:
            built = changed_rule(documents, version, rule, typed_of(version, rule, None), None)
            assert (built.findings, built.quotas) == ((), {}), rule.id
            assert built.value == next(each for each in document["rules"] if each["id"] == rule.id)


def test_a_limit_is_a_value_and_says_that_it_is_one_more(documents: Documents) -> None:
    version = documents.policies["acupuncture"][0]
    (held,) = held_values(version.rule("visits-in-a-year"), version)
    assert (held.label, held.written) == ("visits (dates of service), this one too: is at least", "21")
    assert held.hint == "one more than the limit: 21 is for a limit of 20"
    built = changed(documents, "acupuncture", "visits-in-a-year", **{"value.1": "25", "summary": "From the 25th."})
    before = written(documents, version, "visits-in-a-year")
    assert built.value == before | {"summary": "From the 25th.", "when": built.value["when"]}
    assert built.value["when"]["lines"] == before["when"]["lines"] | {"dates": {"at_least": 25}}


def test_a_condition_that_must_not_hold_is_labelled_so(documents: Documents) -> None:
    version = documents.policies["acupuncture"][0]
    when = {
        "line.code": {"is": "97124"},
        "not": {"other_line": {"line.code": {"not_in": ["97124"]}}},
        "any": [{"not": {"line.units": {"at_least": 2}}}, {"other_line": {"line.code": {"is": "97140"}}}],
    }
    held = held_values(msgspec.structs.replace(version.rules[0], when=when), version)
    assert [each.label for each in held] == [
        "code is",
        "no other line: code is not one of",
        "not: units is at least",
        "another line: code is",
    ]


def test_an_amount_that_lines_share_is_one_of_the_policy(documents: Documents) -> None:
    built = changed(documents, "acupuncture", "two-further-quarter-hours", **{"value.1": "3"})
    assert built.value == written(documents, documents.policies["acupuncture"][0], "two-further-quarter-hours")
    assert built.quotas["add-on-units-a-day"]["at_most"] == 3


def test_a_condition_is_added_to_those_that_are_there(documents: Documents) -> None:
    added = {"when.1.attribute": "line.units", "when.1.test": "at_least", "when.1.value": "2"}
    built = changed(documents, "acupuncture", "hot-packs", **added)
    assert built.value["when"] == {"line.code": {"is": "97010"}, "line.units": {"at_least": 2}}


@pytest.mark.parametrize(
    ("rule", "control", "typed", "message"),
    [
        ("visits-in-a-year", "value.1", "many", "`many` is no whole number"),
        ("acupuncture-at-home", "value.1", "", "there is no value"),
        ("dry-needling-is-no-acupuncture", "value.1", "@nothing", "there is no code list `@nothing`"),
        ("hot-packs", "summary", "", "it is not said what the rule is about"),
        ("hot-packs", "overrides", "hot-packs", "`acupuncture@1.0.0` has no rule `hot-packs`"),
        ("hot-packs", "liability", "", "it is not said who is responsible"),
        ("hot-packs", "cite.1.locator", "", "it is not said where in the source this is"),
    ],
)
def test_what_is_wrong_is_said_at_its_control(
    documents: Documents, rule: str, control: str, typed: str, message: str
) -> None:
    built = changed(documents, "acupuncture", rule, **{control: typed})
    assert built.value is None
    assert [(each.path, each.message) for each in built.findings] == [(control, message)]
