"""A questionnaire is as FHIR R4 has it, and its items are those of the questions, each shown when it matters."""

from collections.abc import Iterator
from typing import Any

import pytest

from payrule.ask.case import Case
from payrule.ask.tree import Asked, questions
from payrule.formats.fhir.questionnaire import answers_of, questionnaire
from payrule.rulebase import rulebase as rulebases
from payrule.rulebase.request import read_day
from payrule.source.diagnostics import EncounterError

LINE: dict[str, Any] = {"number": 1, "code": "97010", "date": "2016-03-01"}
URL = "http://localhost/Questionnaire/1"


@pytest.fixture(scope="module")
def made() -> tuple[Case, dict[str, Any]]:
    rulebase = rulebases.load()
    terms = rulebase.terms(payer="blue-cross", known_on="2026-01-01")
    case = Case(rulebase, terms, {"id": "E-1", "lines": [LINE]}, 1)
    asked = questions(case)
    assert asked is not None
    return case, questionnaire(case, asked, URL, read_day("2026-01-01"))


def every_question(asked: Asked | None) -> Iterator[Asked]:
    """List the questions of a tree, each before those that follow it."""
    if asked is not None:
        yield asked
        for branch in asked.branches:
            yield from every_question(branch.then)


def items(element: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for each in element.get("item", []) for one in (each, *items(each))]


@pytest.mark.slow
def test_it_is_a_questionnaire_of_r4(made: tuple[Case, dict[str, Any]]) -> None:
    from fhir.resources.R4B.questionnaire import Questionnaire  # noqa: PLC0415 - takes long to import

    assert Questionnaire.model_validate(made[1]).url == URL


def test_each_question_is_an_item_and_no_name_is_there_twice(made: tuple[Case, dict[str, Any]]) -> None:
    case, form = made
    links = [each["linkId"] for each in items(form) if each["type"] != "display"]
    assert len(set(links)) == len(links)
    assert [each.partition("/")[0] for each in links] == [
        each.question.fact.name for each in every_question(questions(case))
    ]


def test_what_comes_after_an_answer_is_shown_by_its_question(made: tuple[Case, dict[str, Any]]) -> None:
    def below(item: dict[str, Any]) -> None:
        for each in item.get("item", []):
            assert {when["question"] for when in each.get("enableWhen", [])} <= {item["linkId"]}
            assert bool(each.get("enableWhen")) == (each["type"] != "display")
            below(each)

    (first,) = made[1]["item"]
    assert "enableWhen" not in first
    below(first)


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ({"linkId": "line.nothing", "answer": [{"valueBoolean": True}]}, "no information that can be asked for"),
        ({"linkId": "line.minutes", "answer": [{"valueBoolean": True}]}, "something else than `valueInteger`"),
        ({"linkId": "line.minutes", "answer": [{"valueInteger": 1}, {"valueInteger": 2}]}, "something else"),
    ],
)
def test_an_item_that_cannot_be_read_is_refused(item: dict[str, Any], message: str) -> None:
    attributes = rulebases.load().documents.vocabulary.attributes
    with pytest.raises(EncounterError, match=message):
        answers_of({"item": [item]}, attributes)


def test_an_item_without_an_answer_says_nothing() -> None:
    attributes = rulebases.load().documents.vocabulary.attributes
    assert (
        answers_of({"item": [{"linkId": "line.minutes"}, {"linkId": "line.minutes", "answer": []}]}, attributes) == {}
    )
