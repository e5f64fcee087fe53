"""What is settled before any rule is asked: codes that had ended, modifiers of a later year, pointers to nothing."""

import json

import pytest
from tests.property.documents import KNOWN_ON, PAYER, documents, policy, rule
from tests.property.words import ATTRIBUTES, Json

import payrule
from payrule.reports.explanation import explanation_text
from payrule.results.determination import Determination
from payrule.rulebase.rulebase import Rulebase

WORDS: Json = {
    "attributes": ATTRIBUTES | {"line.date_to": {"type": "date", "summary": "last day"}},
    "spans": {"first": "line.date", "last": "line.date_to"},
    "pointers": {"line.pointers": "encounter.diagnoses"},
    "begins": {"line.modifiers": {"X1": "2024-07-01"}},
    "retired": {
        "codes": {"A0002": "2024-06-30"},
        "answer": {"concern": "coding", "value": "miscoded", "summary": "It ended.", "remittance": {"carc": "181"}},
    },
}
DENIES = rule("denies", {}, "benefit", "excluded", liability="provider")


def of(*rules: Json, **words: Json) -> Rulebase:
    return documents(policy(*rules), words=WORDS | words).rulebase()


def decided(rulebase: Rulebase, *lines: Json, **other: object) -> Determination:
    usual = [{"number": at, "code": "A0001", "date": "2024-07-01"} for at in range(1, len(lines) + 1)]
    claim = {"id": "E", "lines": [one | two for one, two in zip(usual, lines, strict=True)]} | other
    return rulebase.decide(claim, payer=PAYER, known_on=KNOWN_ON)


def test_a_code_that_had_ended_is_returned_whatever_the_rules_say() -> None:
    line = decided(of(DENIES), {"code": "A0002"}).line(1)
    assert (line.disposition, line.liability, line.concern) == ("returned", None, "coding")
    assert line.remittance is not None
    assert (line.remittance.group, line.remittance.carc) == ("CO", "181")
    assert [reason.name for reason in line.reasons] == ["vocabulary/retired-code"]
    assert (line.overruled, line.conflicts, line.open) == ((), (), ())


def test_a_code_stands_on_its_last_day() -> None:
    assert decided(of(DENIES), {"code": "A0002", "date": "2024-06-30"}).line(1).disposition == "denied"


def test_a_code_that_had_ended_still_is_an_other_line() -> None:
    beside = rule("beside", {"other_line": {"line.code": {"is": "A0002"}}}, "benefit", "excluded", liability="provider")
    one, two = decided(of(beside), {}, {"code": "A0002"}).lines
    assert (one.disposition, two.disposition) == ("denied", "returned")


def test_without_an_answer_in_the_vocabulary_a_code_that_ended_is_asked_of_rules() -> None:
    silent = {"codes": {"A0002": "2024-06-30"}}
    assert decided(of(DENIES, retired=silent), {"code": "A0002"}).line(1).disposition == "denied"


def test_the_vocabulary_says_what_becomes_of_such_a_line() -> None:
    answer = {"concern": "benefit", "value": "excluded", "summary": "It ended.", "remittance": {"carc": "181"}}
    line = decided(of(retired={"codes": {"A0002": "2024-06-30"}, "answer": answer}), {"code": "A0002"}).line(1)
    assert (line.disposition, line.liability) == ("denied", "unspecified")


def test_a_span_across_the_last_day_of_a_code_is_returned_for_the_days_after_it() -> None:
    affirms = rule("covered", {}, "benefit", "covered")
    span = {"code": "A0002", "date": "2024-06-29", "date_to": "2024-07-02"}
    line = decided(of(affirms), span).line(1)
    assert line.disposition == "returned"
    assert [reason.days for reason in line.reasons] == [("2024-07-01/2024-07-02",)]


@pytest.mark.parametrize(("code", "last"), [("97005", 2016), ("97006", 2016), ("97762", 2017), ("97001", 2016)])
def test_shipped_codes_end_on_the_last_day_of_their_year(code: str, last: int) -> None:
    rulebase = payrule.load()
    for payer in rulebase.payers:
        for year in (last, last + 1):
            days = {"number": 1, "code": code, "date": f"{year}-01-01" if year > last else f"{year}-12-31"}
            answer = rulebase.decide({"id": "E", "lines": [days]}, payer=payer, known_on="2026-11-23").line(1)
            assert (bool(answer.reasons) and answer.reasons[0].rule == "retired-code") == (year > last)


def test_explain_says_that_no_rule_was_asked() -> None:
    found = decided(of(DENIES), {"code": "A0002"}).explain(1)
    assert found.rules == ()
    assert "the code `A0002` ended on 2024-06-30" in explanation_text(found, width=120, colour=False).decode()


def test_no_rule_matches_a_line_whose_code_had_ended() -> None:
    claim = {"id": "E", "lines": [{"number": 1, "code": "A0002", "date": "2024-07-01"}]}
    assert not of(DENIES).matches(claim, payer=PAYER, known_on=KNOWN_ON)[1].possible


MARKED = rule("marked", {"line.modifiers": {"any_of": ["X1"]}}, "benefit", "covered")


@pytest.mark.parametrize(("day", "answer"), [("2024-06-30", "undecided"), ("2024-07-01", "payable")])
def test_a_value_that_is_not_in_force_yet_counts_as_absent_and_is_reported(day: str, answer: str) -> None:
    found = decided(of(MARKED), {"date": day, "modifiers": ["X1", "M1"]})
    assert found.line(1).disposition == answer
    told = [(each.code, each.path) for each in found.warnings or ()]
    assert told == ([("not-in-force", "$.lines[0].modifiers")] if answer == "undecided" else [])


def test_a_value_that_comes_into_force_within_a_span_counts_on_the_days_after() -> None:
    found = decided(of(MARKED), {"date": "2024-06-30", "date_to": "2024-07-02", "modifiers": ["X1"]})
    assert found.line(1).disposition == "undecided"
    assert "on 1 of the 3 days from 2024-06-30 on" in (found.warnings or ())[0].message


def test_a_modifier_of_2015_lifts_nothing_before() -> None:
    rulebase = payrule.load()
    lines = [{"number": 1, "code": "97124", "modifiers": ["XS"]}, {"number": 2, "code": "98941"}]
    for year, told in ((2014, True), (2015, False)):
        claim = {"id": "E", "lines": [line | {"date": f"{year}-03-02"} for line in lines]}
        answer = rulebase.decide(claim, payer="medicare-part-b", known_on="2026-11-23")
        assert bool(answer.warnings) == told
    bare = [
        {key: value for key, value in line.items() if key != "modifiers"} | {"date": "2014-03-02"} for line in lines
    ]
    old = [line | {"date": "2014-03-02"} for line in lines]
    one, two = (
        rulebase.decide({"id": "E", "lines": each}, payer="medicare-part-b", known_on="2026-11-23")
        for each in (bare, old)
    )
    assert one.lines == two.lines


POINTED = rule("pointed", {"line.pointers": {"is_empty": True}}, "coding", "miscoded")


@pytest.mark.parametrize(
    ("pointers", "diagnoses", "answer", "told"),
    [
        ([1], ["A", "B"], "undecided", []),
        ([9], ["A", "B"], "returned", [9]),
        ([2, 9, 4], ["A", "B"], "undecided", [4, 9]),
        ([2], ["A", "A"], "undecided", []),
        ([3], ["A", "A"], "returned", [3]),
        ([1], [], "returned", [1]),
        ([9], None, "undecided", []),
        ([], ["A"], "returned", []),
        (None, ["A"], "pending", []),
    ],
)
def test_a_pointer_to_a_diagnosis_that_the_claim_lacks_points_to_nothing(
    pointers: list[int] | None, diagnoses: list[str] | None, answer: str, told: list[int]
) -> None:
    found = decided(of(POINTED), {}, {"pointers": pointers}, diagnoses=diagnoses)
    assert found.line(2).disposition == answer
    said = [(each.path, each.message) for each in found.warnings or ()]
    assert [path for path, _ in said] == (["$.lines[1].pointers"] if told else [])
    for _, message in said:
        assert f"names position {', '.join(map(str, told))}, and `diagnoses` has {len(diagnoses or ())}" in message


def test_what_counts_as_absent_is_an_error_where_one_is_strict() -> None:
    rulebase = of(POINTED)
    claim = {
        "id": "E",
        "lines": [{"number": 7, "code": "A0001", "date": "2024-07-01", "pointers": [9]}],
        "diagnoses": [],
    }
    with pytest.raises(payrule.EncounterError) as told:
        rulebase.validator.read(claim, strict=True)
    assert [each.code for each in told.value.findings] == ["points-to-nothing"]


def test_json_holds_the_warnings_of_a_claim() -> None:
    found = json.loads(decided(of(POINTED), {"pointers": [4]}, diagnoses=["A"]).to_json())
    assert found["warnings"][0]["help"] == "point to one of `diagnoses`, or add what is missing there"
