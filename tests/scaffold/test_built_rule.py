"""A rule that is built in a form: what is typed, what is wrong with it, and what the rule would do."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.command import run

from payrule.citations.copies import Copies
from payrule.fmt import formatted
from payrule.model.policy import Policy
from payrule.rulebase.load import Documents, read_documents
from payrule.scaffold.built_rule import built_rule, checked_scaffold, preview, with_built
from payrule.source.diagnostics import RequestError

DAY = date(2026, 11, 28)
TYPED = {
    "id": "two-units",
    "summary": "Two units are not paid.",
    "source": "manual",
    "locator": "2.1",
    "when.1.attribute": "line.code",
    "when.1.test": "in",
    "when.1.value": "97124, 97140",
    "when.2.attribute": "line.units",
    "when.2.test": "at_least",
    "when.2.value": "2",
    "result": "benefit:excluded",
    "liability": "provider",
    "modality": "shall",
    "carc": "96",
    "rarc": "N130",
}
RULE = {
    "id": "two-units",
    "summary": "Two units are not paid.",
    "cites": [{"source": "manual", "locator": "2.1"}],
    "when": {"line.code": {"in": ["97124", "97140"]}, "line.units": {"at_least": 2}},
    "conclude": {"concern": "benefit", "value": "excluded", "modality": "shall", "liability": "provider"},
    "remittance": {"carc": "96", "rarc": ["N130"]},
}


TEXT = "Massage is paid.\n\nTwo units of massage on one day are not paid by the plan.\n"


def rulebase(home: Path) -> Path:
    """Make a rulebase with a policy that is a draft, a payer that has it, and the copy of its source."""
    (home / "manual.txt").write_text(TEXT)
    for command in (
        "payrule -q new rulebase plans",
        "payrule new policy massage --issuer Plan --title Massage --file manual.txt --rulebase plans",
        "payrule new payer trial --policy massage --what-if --rulebase plans",
    ):
        done = run(command.replace("payrule -q", "payrule"), home)
        assert done.code == 0, done.stderr
    return home / "plans" / "policies"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("built")
    rulebase(made)
    return made


@pytest.fixture
def documents(home: Path) -> Documents:
    return read_documents(home / "plans" / "policies")


@pytest.fixture
def version(documents: Documents) -> Policy:
    return documents.policies["massage"][-1]


def test_what_is_typed_becomes_a_rule(documents: Documents, version: Policy) -> None:
    made = built_rule(documents, version, TYPED, None)
    assert made.findings == ()
    assert made.value == RULE


def test_any_of_several_conditions(documents: Documents, version: Policy) -> None:
    made = built_rule(documents, version, TYPED | {"together": "any"}, None)
    assert made.value is not None
    assert made.value["when"] == {"any": [{"line.code": {"in": ["97124", "97140"]}}, {"line.units": {"at_least": 2}}]}


def test_two_tests_of_one_attribute(documents: Documents, version: Policy) -> None:
    more = {"when.3.attribute": "line.units", "when.3.test": "at_most", "when.3.value": "4"}
    made = built_rule(documents, version, TYPED | more, None)
    assert made.value is not None
    codes: dict[str, Any] = {"line.code": {"in": ["97124", "97140"]}}
    assert made.value["when"] == {"all": [codes, {"line.units": {"at_least": 2}}, {"line.units": {"at_most": 4}}]}


def test_words_of_the_source_are_cited_by_their_digest(documents: Documents, version: Policy, home: Path) -> None:
    words = "Two units of massage on one\nday are not paid by the plan."
    made = built_rule(documents, version, TYPED | {"passage": words}, Copies(home))
    assert made.value is not None
    (cite,) = made.value["cites"]
    assert cite["words"] == 13
    assert cite["digest"].startswith("sha256:")
    wrong = built_rule(documents, version, TYPED | {"passage": "Three units"}, Copies(home))
    assert [(each.path, each.message) for each in wrong.findings] == [
        ("passage", "these words are not in the copy of the source")
    ]


WRONG: list[tuple[dict[str, str], str, str]] = [
    ({"id": ""}, "id", "the rule has no name"),
    ({"id": "Two units"}, "id", "`Two units` is no name of a rule"),
    ({"summary": " "}, "summary", "it is not said what the rule is about"),
    ({"source": "other"}, "source", "`massage@1.0.0` has no source `other`"),
    ({"locator": ""}, "locator", "it is not said where in the source this is"),
    ({"overrides": "none"}, "overrides", "`massage@1.0.0` has no rule `none`"),
    ({"when.1.attribute": "line.cod"}, "when.1.attribute", "there is no attribute `line.cod`"),
    ({"when.1.attribute": ""}, "when.1.attribute", "no attribute is chosen for this value"),
    ({"when.2.test": "in_order"}, "when.2.test", "this test does not fit `line.units`"),
    ({"when.2.test": "any_of"}, "when.2.test", "this test does not fit `line.units`"),
    ({"when.1.value": ""}, "when.1.value", "there is no value"),
    ({"when.1.value": "@none"}, "when.1.value", "there is no code list `@none`"),
    ({"when.2.value": "two"}, "when.2.value", "`two` cannot be read"),
    (
        {"when.2.attribute": "line.provider.type", "when.2.test": "is", "when.2.value": "chiropracter"},
        "when.2.value",
        "`chiropracter` is no value of this attribute",
    ),
    ({"result": "benefit:none"}, "result", "no result is chosen"),
    ({"liability": ""}, "liability", "it is not said who is responsible"),
    ({"carc": ""}, "carc", "there is a remark code without a reason code"),
]


@pytest.mark.parametrize(("typed", "control", "said"), WRONG, ids=[each[2] + " " + str(each[0]) for each in WRONG])
def test_what_is_wrong_is_said_at_its_control(
    documents: Documents, version: Policy, typed: dict[str, str], control: str, said: str
) -> None:
    made = built_rule(documents, version, TYPED | typed, None)
    assert made.value is None
    assert (control, said) in [(each.path, each.message) for each in made.findings]
    assert all(each.help for each in made.findings)


def test_a_rule_without_any_condition_is_refused(documents: Documents, version: Policy) -> None:
    typed = {name: each for name, each in TYPED.items() if not name.startswith("when.")}
    made = built_rule(documents, version, typed, None)
    assert [each.message for each in made.findings] == ["the rule has no condition"]


def test_claims_show_what_the_rule_does(documents: Documents, version: Policy) -> None:
    shown = preview(documents, version, RULE, DAY, lambda: False)
    assert shown.rule.id == "two-units"
    answers = {each.summary: each.line.disposition for each in shown.shown}
    assert answers["The answer is based on `two-units`."] == "denied"
    assert any("just misses" in each.summary and each.line.disposition != "denied" for each in shown.shown)
    in_no_time = preview(documents, version, RULE, DAY, lambda: True)
    assert (in_no_time.shown, in_no_time.lacking, in_no_time.ran_out) == ((), (), True)


def test_what_no_document_may_have_is_refused(documents: Documents, version: Policy) -> None:
    wrong: dict[str, Any] = RULE | {"when": {"line.code": {"is": "not a code"}}}
    with pytest.raises(RequestError):
        preview(documents, version, wrong, DAY, lambda: True)


def test_what_is_saved_is_in_its_form_and_passes_every_check(documents: Documents, version: Policy) -> None:
    shown = preview(documents, version, RULE, DAY, lambda: False)
    made = checked_scaffold(documents, version, RULE, shown.shown, DAY)
    assert len(made.files) == 1 + len(shown.shown)
    assert all(formatted(json.loads(each)) == each for each in made.files.values())
    path, text = with_built(documents, version, RULE)
    assert made.files[path] == text


def test_a_version_in_force_is_not_changed(documents: Documents, version: Policy) -> None:
    settled = msgspec.structs.replace(version, status="in-force")
    with pytest.raises(RequestError) as raised:
        with_built(documents, settled, RULE)
    assert raised.value.findings[0].message == "`massage@1.0.0` is in force, so it must not change"


VISITS = {
    "limit.1.kind": "count",
    "limit.1.most": "12",
    "limit.1.of": "dates",
    "limit.1.window": "days",
    "limit.1.length": "90",
    "limit.1.denied": "no",
}
CODES = {"line.code": {"in": ["97124", "97140"]}}


def limited(more: dict[str, str]) -> dict[str, str]:
    return {key: each for key, each in TYPED.items() if not key.startswith("when.2")} | more


def test_no_more_than_12_visits_in_90_days(documents: Documents, version: Policy) -> None:
    built = built_rule(documents, version, limited(VISITS), None)
    assert built.findings == ()
    assert built.value is not None
    assert built.value["when"] == CODES | {
        "lines": {
            "window": {"days": 90},
            "where": CODES | {"not": {"line.status": {"is": "denied"}}},
            "itself": True,
            "dates": {"at_least": 13},
        }
    }


def test_one_of_two_limits_is_enough(documents: Documents, version: Policy) -> None:
    yearly = {"limit.2.kind": "count", "limit.2.most": "20", "limit.2.of": "lines", "limit.2.window": "year"}
    more = VISITS | yearly | {"limit.2.which": "all", "limit.2.same": "line.provider.npi"}
    built = built_rule(documents, version, limited(more), None)
    assert built.value is not None, built.findings
    assert [*built.value["when"]] == ["line.code", "any"]
    second = {"window": "year", "same": ["line.provider.npi"], "itself": True, "count": {"at_least": 21}}
    assert built.value["when"]["any"][1] == {"lines": second}


UNITS = {
    "limit.1.kind": "quota",
    "limit.1.most": "4",
    "limit.1.of": "line.units",
    "limit.1.window": "date",
    "limit.1.first": "highest",
    "limit.1.by": "line.charge_cents",
}


@pytest.mark.slow
def test_units_within_a_quota_are_paid_and_its_claims_pass(documents: Documents, version: Policy) -> None:
    typed = limited(UNITS | {"result": "payment:reduced", "pay": "limit"})
    built = built_rule(documents, version, typed, None)
    assert built.value is not None, built.findings
    quota = {
        "summary": "Two units are not paid.",
        "of": "line.units",
        "at_most": 4,
        "window": "date",
        "where": CODES,
        "first": [{"highest": "line.charge_cents"}],
    }
    assert built.quotas == {"two-units-limit": quota}
    assert built.value["conclude"]["pay"] == {"units": {"quota": "two-units-limit"}}
    shown = preview(documents, version, built.value, DAY, lambda: False, quotas=built.quotas).shown
    assert any("nothing left" in each.summary for each in shown)
    made = checked_scaffold(documents, version, built.value, shown, DAY, quotas=built.quotas)
    assert len(made.files) == len(shown) + 1


@pytest.mark.parametrize(
    ("more", "pay"),
    [
        ({"pay": "percent", "pay.amount": "62.5"}, {"percent": 62.5}),
        ({"pay": "percent", "pay.amount": "85"}, {"percent": 85}),
        ({"pay": "units", "pay.amount": "1"}, {"units": 1}),
    ],
)
def test_a_part_of_a_line_is_paid(
    documents: Documents, version: Policy, more: dict[str, str], pay: dict[str, Any]
) -> None:
    built = built_rule(documents, version, TYPED | {"result": "payment:reduced"} | more, None)
    assert built.value is not None, built.findings
    assert built.value["conclude"]["pay"] == pay


@pytest.mark.parametrize(
    ("more", "control"),
    [
        (VISITS | {"limit.1.most": "many"}, "limit.1.most"),
        (VISITS | {"limit.1.of": ""}, "limit.1.of"),
        (VISITS | {"limit.1.of": "line.code"}, "limit.1.of"),
        (VISITS | {"limit.1.window": ""}, "limit.1.window"),
        (VISITS | {"limit.1.length": "0"}, "limit.1.length"),
        (VISITS | {"limit.1.same": "line.modifiers"}, "limit.1.same"),
        (UNITS | {"limit.1.by": ""}, "limit.1.by"),
        (UNITS | {"limit.1.of": "dates"}, "limit.1.of"),
        ({"limit.1.most": "4"}, "limit.1.kind"),
        ({"pay": "percent", "pay.amount": "50"}, "pay"),
        ({"result": "payment:reduced"}, "pay"),
        ({"result": "payment:reduced", "pay": "percent", "pay.amount": "101"}, "pay.amount"),
        ({"result": "payment:reduced", "pay": "units", "pay.amount": "1.5"}, "pay.amount"),
        ({"result": "payment:reduced", "pay": "limit"}, "pay"),
    ],
)
def test_what_is_wrong_with_a_limit_or_a_payment_names_its_control(
    documents: Documents, version: Policy, more: dict[str, str], control: str
) -> None:
    built = built_rule(documents, version, TYPED | more, None)
    assert built.value is None
    assert control in {each.path for each in built.findings}
