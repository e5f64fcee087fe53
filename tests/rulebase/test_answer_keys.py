"""What is remembered of an answer is found again only where it is the same answer."""

import random
from collections.abc import Iterator
from copy import deepcopy
from itertools import islice
from typing import Any

import pytest
from tests.random_encounters import Json, RandomEncounters
from tests.remembered import anew

from payrule.execute.by_code import AnswerKeys
from payrule.resolve.answer import answer
from payrule.results.determination import LineDetermination
from payrule.rulebase.rulebase import Rulebase, load

KNOWN_ON = "2026-01-01"


def neighbors(claim: Json, chance: random.Random) -> Iterator[Json]:
    """Give a claim, and the same claim with one value of each line less, or other than it was."""
    yield claim
    for at, line in enumerate(claim["lines"]):
        other = deepcopy(claim)
        name = chance.choice(sorted({*line} - {"number", "code", "date"}))
        value = other["lines"][at].pop(name)
        if isinstance(value, int) and chance.random() < 0.5:
            other["lines"][at][name] = not value if isinstance(value, bool) else value + 1
        yield other


@pytest.mark.parametrize(
    ("payer", "count"), [("blue-cross", 3), pytest.param("medicare-part-b", 25, marks=pytest.mark.slow)]
)
def test_a_remembered_answer_is_the_one_that_is_worked_out(
    payer: str, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with anew():
        one, two = load(engine="plan"), load(engine="plan")
    claims = islice(RandomEncounters(one, 3, apart=True, earlier=True), count)
    drawn = [each for claim in claims for each in neighbors(claim, random.Random(7))]  # noqa: S311 - no secret
    remembered = [one.decide(each, payer=payer, known_on=KNOWN_ON) for each in drawn]
    for name in ("of_matches", "of_line", "of_claim"):
        monkeypatch.setattr(AnswerKeys, name, lambda *_: None)
    assert remembered == [two.decide(each, payer=payer, known_on=KNOWN_ON) for each in drawn]


def test_an_answer_that_rests_on_other_lines_is_worked_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    with anew():
        rulebase: Rulebase = load(engine="plan")

    def counted(*given: Any) -> LineDetermination:
        asked.append(given)
        return answer(*given)

    monkeypatch.setattr("payrule.rulebase.compile.answer", counted)
    claim = {"id": "E-1", "lines": [line(1, "97140", ["59"]), line(2, "98941", [])]}
    answers = [rulebase.decide(claim | {"id": each}, payer="blue-cross", known_on=KNOWN_ON) for each in ("E-1", "E-2")]
    assert len(asked) == len(claim["lines"])
    assert answers[0].lines == answers[1].lines
    rulebase.decide(claim | {"lines": [*claim["lines"], line(3, "97530", [])]}, payer="blue-cross", known_on=KNOWN_ON)
    assert len(asked) > len(claim["lines"])


def line(number: int, code: str, modifiers: list[str]) -> Json:
    return {"number": number, "code": code, "date": "2024-03-01", "modifiers": modifiers}
