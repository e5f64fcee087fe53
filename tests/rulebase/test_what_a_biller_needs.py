"""An answer that a biller can act on: advice that never contradicts, lines and codes by name, stages, and why not."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from tests.property.documents import KNOWN_ON, PAYER, documents, encounter, policy, rule
from tests.property.words import Json

from payrule.model.schema_validator import schema
from payrule.reports.csv import sheet
from payrule.reports.table import tables
from payrule.resolve.answer import NOTHING_CURES
from payrule.results.determination import Determination, LineDetermination

BESIDE: Json = {"line.code": {"is": "A0002"}, "other_line": {"line.code": {"is": "A0001"}}}
PAIR = rule(
    "pair",
    {**BESIDE, "line.modifiers": {"none_of": ["M1"]}},
    "bundling",
    "bundled",
    advice="Append M1.",
    liability="provider",
)
BY_LAW = rule(
    "by-law", BESIDE, "benefit", "excluded", advice="The patient bears it.", incurable=True, liability="subscriber"
)
NEVER = rule("never", BESIDE, "bundling", "bundled", advice="Bill one.", incurable=True, liability="provider")
MISCODED = rule("miscoded", {"line.code": {"is": "A0002"}}, "coding", "miscoded", advice="Use another code.")
COVERED = rule("covered", {"line.code": {"in": ["A0001", "A0002"]}}, "benefit", "covered")
RECORD = rule("record", {"line.record.site": {"is": False}}, "documentation", "insufficient")
DETERMINATION = Draft202012Validator(schema("determination"))
TWO_LINES: tuple[Json, ...] = ({"code": "A0001"}, {"code": "A0002"})


def decided(*rules: Json, lines: tuple[Json, ...] = TWO_LINES, **payer: Any) -> Determination:
    answer = documents(policy(*rules), **payer).rulebase().decide(encounter(*lines), payer=PAYER, known_on=KNOWN_ON)
    DETERMINATION.validate(json.loads(answer.to_json()))
    return answer


def second(*rules: Json, lines: tuple[Json, ...] = TWO_LINES, **payer: Any) -> LineDetermination:
    return decided(*rules, lines=lines, **payer).line(2)


def text(answer: Determination) -> str:
    return b"".join(tables([answer], width=200, colour=False)).decode()


# Advice


def test_advice_names_the_codes_and_lines_that_it_speaks_of() -> None:
    assert second(PAIR).advice == ("line 2 (A0002) with line 1 (A0001): Append M1.",)


def test_advice_of_a_line_alone_is_the_rule_s_own() -> None:
    assert second(MISCODED).advice == ("Use another code.",)


def test_advice_names_every_line_beside_which_a_rule_matched() -> None:
    lines = ({"code": "A0001"}, {"code": "A0002"}, {"code": "B0001"}, {"code": "A0001"})
    assert second(PAIR, lines=lines).advice == ("line 2 (A0002) with line 1 (A0001) and line 4 (A0001): Append M1.",)


@pytest.mark.parametrize("incurable", [BY_LAW, NEVER])
@pytest.mark.parametrize("curable", [PAIR, MISCODED])
def test_where_one_reason_cannot_be_cured_no_help_of_another_is_named(incurable: Json, curable: Json) -> None:
    said = second(incurable, curable).advice
    assert [each.partition(": ")[2] for each in said] == [incurable["advice"], NOTHING_CURES]
    assert not any(curable["advice"] in each for each in said)


def test_a_reason_that_cannot_be_cured_and_says_nothing_keeps_others_from_being_cured_too() -> None:
    silent = {key: value for key, value in NEVER.items() if key != "advice"}
    assert [each.partition(": ")[2] for each in second(silent, PAIR).advice] == [NOTHING_CURES]


def test_a_rule_that_cannot_be_cured_and_does_not_match_leaves_advice_alone() -> None:
    other = {**NEVER, "when": {"line.code": {"is": "B0001"}}}
    assert second(other, PAIR).advice == ("line 2 (A0002) with line 1 (A0001): Append M1.",)


def test_a_rule_that_cannot_be_cured_and_is_overruled_leaves_advice_alone() -> None:
    exception = rule("exception", BESIDE, "bundling", "bundled", overrides=["never"], advice="Append M1.")
    assert second(NEVER, exception).advice[0].endswith("Append M1.")


# Lines


@pytest.mark.slow
def test_reasons_name_the_other_lines_that_made_them_match() -> None:
    (reason,) = second(PAIR).reasons
    assert json.loads(decided(PAIR).to_json())["lines"][1]["reasons"][0]["other_lines"] == [
        {"number": 1, "code": "A0001"}
    ]
    assert "line 2 (A0002) with line 1 (A0001)" in text(decided(PAIR))
    assert reason.name == "p0/pair"


def test_a_line_that_is_not_there_is_not_named() -> None:
    alone = rule("alone", {"not": {"other_line": {"line.code": {"is": "B0001"}}}}, "benefit", "excluded")
    assert "other_lines" not in json.loads(decided(alone).to_json())["lines"][1]["reasons"][0]


@pytest.mark.parametrize(
    "when",
    [
        {"any": [{"line.code": {"is": "B0001"}}, {"other_line": {"line.code": {"is": "A0001"}}}]},
        {"not": {"not": {"other_line": {"line.code": {"is": "A0001"}}}}},
        {"count": {"at_least": 1, "of": [{"other_line": {"line.code": {"is": "A0001"}}}]}},
    ],
)
def test_a_line_is_named_wherever_in_a_condition_it_was_asked_for(when: Json) -> None:
    (reason,) = second(rule("r", when, "bundling", "bundled")).reasons
    assert [each.number for each in reason.other_lines or ()] == [1]


# Why no policy applies


@pytest.mark.parametrize(
    ("when", "because"),
    [
        ({"line.code": {"is": "B0001"}}, "no-rule"),
        ({"line.units": {"at_least": 9}}, "no-rule"),
        ({"line.code": {"not_in": ["B0001"]}, "line.units": {"at_least": 9}}, "no-rule"),
        ({"line.code": {"is": "A0002"}, "line.units": {"at_least": 9}}, "none-applies"),
        ({"not": {"line.code": {"not_in": ["A0002"]}}, "line.units": {"at_least": 9}}, "none-applies"),
        ({"line.code": {"in": ["A0001-A0002"]}, "other_line": {"line.code": {"is": "B0001"}}}, "none-applies"),
        ({"other_line": {"line.code": {"is": "B0001"}}}, "no-rule"),
    ],
)
def test_an_undecided_line_says_whether_a_rule_mentions_its_code(when: Json, because: str) -> None:
    found = decided(rule("r", when, "benefit", "excluded"))
    assert found.line(2).undecided_because == because


@pytest.mark.parametrize(
    ("when", "because"),
    [
        ({"other_line": {"edit": {"is": "0"}}}, "none-applies"),
        (
            {"not": {"other_line": {"not": {"edit": {"not_in": ["none"]}}}}, "line.units": {"at_least": 9}},
            "none-applies",
        ),
        ({"other_line": {"edit": {"is": "none"}}, "line.units": {"at_least": 9}}, "no-rule"),
        ({"other_line": {"any": [{"edit": {"in": ["0", "1"]}}]}, "line.units": {"at_least": 9}}, "none-applies"),
        ({"other_line": {"not": {"edit": {"is": "none"}}}, "line.units": {"at_least": 9}}, "none-applies"),
        ({"other_line": {"not": {"edit": {"is": "1"}}}, "line.units": {"at_least": 9}}, "no-rule"),
        ({"line.add_on": {"is": "without-primary"}}, "none-applies"),
        ({"line.add_on": {"is": "any-primary"}}, "no-rule"),
        ({"not": {"line.add_on": {"is": "none"}}, "line.units": {"at_least": 9}}, "none-applies"),
        ({"line.add_on": {"not_in": ["none"]}, "line.units": {"at_least": 9}}, "none-applies"),
        ({"line.add_on": {"is": "none"}, "line.units": {"at_least": 9}}, "no-rule"),
        ({"line.add_on": {"is": "without-primary"}, "line.code": {"not_in": ["A0002"]}}, "no-rule"),
        ({"line.add_on": {"is": "without-primary"}, "line.code": {"in": ["B0001"]}}, "no-rule"),
    ],
)
def test_an_undecided_line_says_whether_a_rule_asks_for_a_row_of_its_code(when: Json, because: str) -> None:
    lines = ({"code": "A0001", "units": 1}, {"code": "A0002", "units": 1})
    found = decided(rule("r", when, "benefit", "excluded"), lines=lines)
    assert (found.line(2).disposition, found.line(2).undecided_because) == ("undecided", because)


@pytest.mark.parametrize(("code", "because"), [("A0002", "no-version"), ("B0009", "no-rule")])
def test_a_version_that_is_left_out_asks_for_rows_too(code: str, because: str) -> None:
    asks = rule("asks", {"line.add_on": {"is": "without-primary"}}, "bundling", "bundled")
    late = policy(asks, effective={"from": "2024-07-01"})
    other = policy(rule("other", {"line.code": {"is": "C0001"}}, "benefit", "excluded"), id="p1")
    answer = documents(late, other).rulebase().decide(encounter({"code": code}), payer=PAYER, known_on=KNOWN_ON)
    assert answer.line(1).undecided_because == because


@pytest.mark.parametrize("code", ["A0002", "A0009"])
def test_a_fact_of_a_version_that_is_left_out_is_its_own(code: str) -> None:
    versions = [
        policy(
            rule("asks", {"fact": "listed"}, "benefit", "excluded"),
            version=f"{at}.0.0",
            effective=effective,
            facts={"listed": {"summary": "listed", "when": {"line.code": {"is": each}}}},
        )
        for at, (each, effective) in enumerate(
            [("A0002", {"to": "2023-12-31"}), ("A0009", {"from": "2025-01-01"})], start=1
        )
    ]
    other = policy(rule("other", {"line.code": {"is": "C0001"}}, "benefit", "excluded"), id="p1")
    answer = documents(*versions, other).rulebase().decide(encounter({"code": code}), payer=PAYER, known_on=KNOWN_ON)
    assert answer.line(1).undecided_because == "no-version"


@pytest.mark.parametrize(
    ("dates", "because"),
    [
        ({"effective": {"from": "2024-07-01"}}, "no-version"),
        ({"effective": {"to": "2024-01-01"}}, "no-version"),
        ({"published": "2024-08-02"}, "no-rule"),
        ({"status": "draft"}, "no-rule"),
    ],
)
def test_an_undecided_line_says_whether_a_version_is_left_out_by_its_date(dates: Json, because: str) -> None:
    other = policy(rule("other", {"line.code": {"is": "B0001"}}, "benefit", "excluded"), id="p1")
    rulebase = documents(policy(COVERED, **dates), other).rulebase()
    answer = rulebase.decide(encounter(*TWO_LINES), payer=PAYER, known_on=KNOWN_ON)
    assert (answer.line(2).disposition, answer.line(2).undecided_because) == ("undecided", because)


def test_an_explanation_names_the_versions_that_do_not_bind() -> None:
    late = policy(COVERED, effective={"from": "2024-07-01", "to": None})
    draft = policy(COVERED, version="2.0.0", status="draft")
    rulebase = documents(late, draft).rulebase()
    found = rulebase.decide(encounter(*TWO_LINES), payer=PAYER, known_on=KNOWN_ON).explain(2)
    assert [(each.version, each.status, each.first) for each in found.left_out] == [
        ("p0@1.0.0", "in-force", "2024-07-01"),
        ("p0@2.0.0", "draft", None),
    ]
    assert "outside its dates" in found.left_out[0].why
    assert found.left_out[1].why == "its status is draft"


def test_an_explanation_tells_which_rules_speak_of_the_code() -> None:
    other = rule("other", {"line.code": {"is": "B0001"}}, "benefit", "excluded")
    found = decided(COVERED, other, RECORD).explain(2)
    assert {rule.rule: rule.speaks for rule in found.rules} == {"covered": True, "other": False, "record": True}


# Payable


def test_a_payable_line_says_what_was_tested_and_what_was_not() -> None:
    supported = rule("enough", {"line.units": {"at_most": 4}}, "units", "supported")
    line = second(COVERED, supported)
    assert line.tested == ("benefit", "units")
    assert "bundling" in (line.not_tested or ())
    assert not set(line.tested or ()) & set(line.not_tested or ())
    assert "tested: benefit, units" in text(decided(COVERED, supported))


def test_only_a_payable_line_says_what_was_tested() -> None:
    denied = json.loads(decided(PAIR, COVERED).to_json())["lines"][1]
    assert denied["disposition"] == "denied"
    assert not {"tested", "not_tested", "by_default"} & denied.keys()


@pytest.mark.parametrize("about", [PAIR, MISCODED, {**RECORD, "id": "waits"}])
def test_payable_by_default_is_what_no_rule_denies_returns_or_holds(about: Json) -> None:
    first, other = decided(about, otherwise="payable").lines
    if about["id"] == "waits":
        assert first.disposition == other.disposition == "pending"
        assert first.needs == (("line.record.site",),)
    else:
        assert (first.disposition, first.by_default, first.reasons) == ("payable", True, ())
        assert other.disposition in ("denied", "returned")


def test_payable_by_a_rule_is_not_by_default() -> None:
    assert second(COVERED, otherwise="payable").by_default is not True


@pytest.mark.slow
def test_a_rule_that_could_only_affirm_holds_no_line_that_is_payable_by_default() -> None:
    affirms = rule("affirms", {"line.record.site": {"is": True}}, "benefit", "covered")
    assert second(affirms).disposition == "pending"
    held = second(affirms, otherwise="payable")
    assert (held.disposition, held.by_default) == ("payable", True)
    assert "payable by default" in text(decided(affirms, otherwise="payable"))


# Two stages


@pytest.mark.slow
def test_without_a_chart_a_line_has_the_answer_of_its_claim() -> None:
    line = second(COVERED, RECORD)
    assert line.disposition == "pending"
    assert line.claim_level is not None
    level = json.loads(decided(COVERED, RECORD).to_json())["lines"][1]["claim_level"]
    assert level["disposition"] == "payable"
    assert level["summary"] == "passes all edits that can be checked without the chart"
    assert level["tested"] == ["benefit"]


def test_what_a_claim_can_hold_and_does_not_is_open_on_the_claim_too() -> None:
    served = rule("served", {"line.provider.type": {"is": "baker"}}, "provider", "ineligible")
    level = json.loads(decided(COVERED, RECORD, served).to_json())["lines"][1]["claim_level"]
    assert level["disposition"] == "pending"
    assert "line.provider.type" in level["summary"]
    assert "record" not in level["summary"]


def test_what_is_known_of_the_chart_is_no_part_of_the_claim_s_answer() -> None:
    reason = rule("reason", {"line.record.reason": {"is": True}}, "benefit", "covered")
    lines = ({"code": "A0001"}, {"code": "A0002", "record": {"reason": True}})
    level = json.loads(decided(reason, RECORD, lines=lines).to_json())["lines"][1]["claim_level"]
    assert level["disposition"] == "undecided"


@pytest.mark.parametrize(("modifiers", "passes"), [(["M1"], True), (["X1"], False), ([], False)])
def test_on_the_claim_alone_a_modifier_passes_that_lifts_an_edit(modifiers: list[str], passes: bool) -> None:  # noqa: FBT001
    same = rule("same", {**BESIDE, "other_line": {"region": {"is": "same"}}}, "bundling", "bundled", incurable=True)
    lines = ({"code": "A0001"}, {"code": "A0002", "modifiers": modifiers})
    line = second(PAIR, same, COVERED, lines=lines)
    if not passes:
        assert line.disposition == "denied"
        return
    assert line.disposition == "pending"
    level = json.loads(decided(PAIR, same, COVERED, lines=lines).to_json())["lines"][1]["claim_level"]
    assert level["disposition"] == "payable"
    assert "the modifier on this line is accepted" in level["summary"]
    assert line.needs == (("line.regions", "lines[1].regions"),)


def test_needs_are_merged_over_rules() -> None:
    reason = rule("reason", {"line.record.reason": {"is": False}}, "documentation", "insufficient")
    line = second(COVERED, RECORD, reason)
    assert line.needs == (("line.record.reason", "line.record.site"),)
    answer = decided(COVERED, RECORD, reason)
    assert "needs: line.record.reason, line.record.site" in text(answer)
    assert "line.record.reason line.record.site" in b"".join(sheet([answer])).decode()


def test_needs_are_alternatives_where_either_of_two_facts_is_enough() -> None:
    either = rule(
        "either",
        {"line.record.site": {"is": False}, "line.provider.type": {"is": "baker"}},
        "documentation",
        "insufficient",
    )
    assert second(COVERED, either).needs == (("line.provider.type",), ("line.record.site",))


def test_needs_of_a_line_that_is_returned_at_best_are_what_would_not_deny_it() -> None:
    assert second(MISCODED, RECORD).needs == (("line.record.site",),)


def test_what_is_presumed_is_not_needed() -> None:
    reason = rule("reason", {"line.record.reason": {"is": False}}, "documentation", "insufficient")
    line = second(COVERED, RECORD, reason, presumptions={"line.record.reason": True})
    assert line.needs == (("line.record.site",),)
