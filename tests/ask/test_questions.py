"""What is asked about a line of the shipped policies, and in which order."""

from collections.abc import Mapping
from typing import Any

import pytest

from payrule.ask.case import NOTHING, Case, Known
from payrule.ask.facts import Answer, Fact, told
from payrule.ask.questions import Question, Settled, expected_questions, matters, next_question
from payrule.rulebase import rulebase as rulebases
from payrule.source.diagnostics import RequestError

LINE: dict[str, Any] = {
    "number": 1,
    "code": "97110",
    "date": "2016-03-01",
    "minutes": 15,
    "provider": {"type": "physical-therapist", "relationship": "self"},
}
RECORD = ("clinical_rationale", "anatomical_site", "service_description", "time")


def case(line: dict[str, Any], *more: dict[str, Any], payer: str = "blue-cross", unknown: str = "") -> Case:
    rulebase = rulebases.load(engine="plan")
    terms = rulebase.terms(payer=payer, known_on="2026-01-01")
    return Case(rulebase, terms, {"id": "E-1", "lines": [line, *more]}, 1, frozenset({unknown} - {""}))


def answered(asked: Case, known: Known, answers: Mapping[str, Answer]) -> tuple[list[str], Settled]:
    """Answer what is asked until it is settled; give the names of what was asked, and how it ended."""
    names = []
    while isinstance(found := next_question(asked, known), Question):
        names.append(found.fact.name)
        known |= {(found.fact, answers[found.fact.name])}
    return names, found


def test_all_of_a_record_is_asked_while_it_is_good() -> None:
    good = dict.fromkeys(("line.direct_contact", *(f"line.documentation.{each}" for each in RECORD)), True)
    names, settled = answered(case(LINE), NOTHING, good)
    assert sorted(names) == sorted(good)
    assert settled == Settled("payable")


def test_nothing_is_asked_after_what_settles_a_line() -> None:
    names, settled = answered(case(LINE), NOTHING, {"line.documentation.clinical_rationale": False})
    assert names == ["line.documentation.clinical_rationale"]
    assert settled == Settled("denied")


def test_what_nobody_knows_is_not_asked() -> None:
    nobody = case(LINE, unknown="line.documentation.clinical_rationale")
    names, settled = answered(nobody, NOTHING, {"line.documentation.anatomical_site": False})
    assert (names, settled.disposition) == (["line.documentation.anatomical_site"], "denied")
    good = dict.fromkeys(("line.direct_contact", *(f"line.documentation.{each}" for each in RECORD)), True)
    _, left = answered(nobody, NOTHING, good)
    assert left == Settled("pending", ("line.documentation.clinical_rationale",))


def test_a_line_that_is_decided_asks_nothing() -> None:
    assert next_question(case(LINE | {"code": "00001"}, payer="cmt-guide-payer")) == Settled("undecided")


def test_a_fact_that_cannot_change_the_answer_does_not_matter() -> None:
    asked = case(LINE)
    contact = Fact("line.direct_contact", "line.direct_contact", 1)
    site = Fact("line.documentation.anatomical_site", "line.documentation.anatomical_site", 1)
    assert matters(asked, NOTHING, contact) is not None
    assert matters(asked, frozenset({(site, False)}), contact) is None


def test_to_ask_what_matters_takes_fewer_questions_than_to_ask_for_all() -> None:
    asked = case(LINE)
    assert expected_questions(asked) == 1.9375
    assert expected_questions(asked, in_listed_order=True) == 2.875


def test_a_fact_of_another_line_is_asked_of_that_line() -> None:
    told_claim = told({"id": "E-1", "lines": [{"number": 1}, {"number": 2}]}, {Fact("a", "line.minutes", 2): 15})
    assert told_claim["lines"] == [{"number": 1}, {"number": 2, "minutes": 15}]


def test_lines_may_differ_in_a_value_that_no_rule_and_no_line_of_the_claim_has() -> None:
    # The pair of codes binds two lines of one provider, or of one specialty; of the two no line says anything.
    line = {"number": 1, "code": "64446", "date": "2024-06-30", "provider": {"type": "other", "npi": "1234567893"}}
    other = line | {"number": 2, "code": "97140", "provider": {"type": "other", "npi": "2234567893"}}
    told_apart = {"line.provider.taxonomy": "111N00000X", "lines[2].provider.taxonomy": "211N00000X"}
    for second, wanted in (("211N00000X", "undecided"), ("111N00000X", "denied")):
        answers = told_apart | {"lines[2].provider.taxonomy": second}
        names, settled = answered(case(line, other, payer="cmt-guide-payer"), NOTHING, answers)
        assert (names, settled.disposition) == ([*answers], wanted)


def test_a_line_that_a_claim_does_not_have_cannot_be_asked_about() -> None:
    with pytest.raises(RequestError, match="the claim has no line 1"):
        case(LINE | {"number": 2})
