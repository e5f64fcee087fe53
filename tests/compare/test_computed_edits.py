"""Edits of conditions on computed attributes: each is found with a claim that gives what the value is computed from."""

import json
from typing import Any

import msgspec
import pytest
from tests.edited import KNOWN_ON, alone, compared
from tests.property.documents import policy
from tests.property.effort import mostly_slow

from payrule.analysis.difference import answer_of
from payrule.compare.comparison_side import Side
from payrule.model.vocabulary import Vocabulary
from payrule.source.files import shipped

Json = dict[str, Any]


def integer(derived: Json, **other: Any) -> Json:
    return {"type": "integer", "summary": "computed", "derived": derived} | other


COMPUTED: Json = {
    "line.age_months": integer({"age_on": "line.date", "in": "months"}, minimum=0),
    "line.days_to_receipt": integer({"days_between": ["line.date", "encounter.received"]}),
    "line.unpaid_cents": integer({"minus": ["line.charge_cents", "line.paid_cents"]}, measure="cents"),
    "line.first_modifier": {"type": "code", "summary": "first", "derived": {"first_of": "line.modifiers"}},
}


def of(when: Json) -> Side:
    """Bind a policy of one rule that excludes, among the shipped words and those above."""
    words = json.loads((shipped("policies") / "vocabulary.json").read_text())
    words["attributes"] |= COMPUTED
    conclude = {"concern": "benefit", "value": "excluded"}
    document = policy({"id": "excluded", "summary": "excluded", "when": when, "conclude": conclude}, id="p")
    return alone(document, msgspec.convert(words, Vocabulary))


AGE, MONTHS, WAIT, UNPAID = "patient.age_years", "line.age_months", "line.days_to_receipt", "line.unpaid_cents"
CHILD_BESIDE: Json = {AGE: {"at_most": 17}, "other_line": {AGE: {"at_least": 18}}}

EDITS: list[tuple[str, Json, Json, set[str]]] = [
    ("an age by a year", {AGE: {"at_least": 18}}, {AGE: {"at_least": 19}}, {"birth_date"}),
    ("an age turned", {AGE: {"at_most": 2}}, {AGE: {"at_least": 2}}, {"birth_date"}),
    ("an age in months", {MONTHS: {"at_most": 12}}, {MONTHS: {"at_most": 11}}, {"birth_date"}),
    ("days by a day", {WAIT: {"at_least": 365}}, {WAIT: {"at_least": 366}}, {"received"}),
    ("a difference by a cent", {UNPAID: {"at_least": 1}}, {UNPAID: {"at_least": 2}}, {"charge_cents", "paid_cents"}),
    ("a difference below 0", {UNPAID: {"at_most": -5}}, {UNPAID: {"at_most": -6}}, {"charge_cents", "paid_cents"}),
    (
        "another diagnosis",
        {"line.diagnoses": {"any_of": ["M54.5"]}},
        {"line.diagnoses": {"any_of": ["M54.6"]}},
        {"diagnoses", "diagnosis_pointers"},
    ),
    (
        "another first modifier",
        {"line.first_modifier": {"is": "59"}},
        {"line.first_modifier": {"is": "25"}},
        {"modifiers"},
    ),
    (
        "a birthday between two lines",
        {"line.code": {"is": "97110"}},
        {
            "any": [
                {"line.code": {"is": "97110"}},
                {**CHILD_BESIDE, "other_line": {AGE: {"at_least": 18}, "same_date": False}},
            ]
        },
        {"birth_date"},
    ),
]


def keys(value: Any) -> set[str]:
    """Name all keys of a claim."""
    if isinstance(value, dict):
        return {*value, *(key for each in value.values() for key in keys(each))}
    return {key for each in value for key in keys(each)} if isinstance(value, list) else set()


@pytest.mark.parametrize(("before", "after", "inputs"), mostly_slow([each[1:] for each in EDITS], 5))
def test_an_edit_of_a_computed_condition_is_shown_by_what_is_computed_from(
    before: Json, after: Json, inputs: set[str]
) -> None:
    old, new = of(before), of(after)
    difference = compared(old, new)
    assert difference.changes
    given = {name.rpartition(".")[2] for name in (*COMPUTED, AGE, "line.first_diagnosis")}
    shown = [change.witness.encounter for change in difference.changes]
    assert any(inputs <= keys(each) for each in shown), shown
    assert not any(given & keys(each) for each in shown), shown
    for change in difference.changes:
        number = change.witness.line
        answers = [
            answer_of(each.rulebase.decide(change.witness.encounter, payer="p", known_on=KNOWN_ON).line(number))
            for each in (old, new)
        ]
        assert answers[0] != answers[1]


def test_nobody_has_two_ages_on_one_date() -> None:
    assert not compared(of({"all": [CHILD_BESIDE]}), of({"all": [CHILD_BESIDE, {AGE: {"at_most": 3}}]})).changes


def test_what_is_the_same_of_a_computed_attribute_is_proved() -> None:
    one, two = {AGE: {"at_least": 18}}, {"not": {AGE: {"at_most": 17}}}
    assert compared(of(one), of(two)).certainty == "proved"
