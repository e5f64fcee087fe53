"""What was decided can be decided again, and whatever differs is named."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import msgspec
import pytest

from payrule import Rulebase, load
from payrule.encounter.encounter import Encounter, encounter_digest
from payrule.formats.encounters import checked
from payrule.formats.json_reader import read_determinations
from payrule.formats.reading import read_file
from payrule.rulebase.recompute import recompute
from payrule.source.diagnostics import RequestError

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.json*"))


@pytest.fixture(scope="module")
def rulebase() -> Rulebase:
    return load()


def encounters(rulebase: Rulebase) -> list[Encounter]:
    reads = [
        each
        for path in EXAMPLES
        for each in checked(read_file(path, rulebase.documents.vocabulary), rulebase.validator)
    ]
    return [each.encounter for each in reads if each.encounter is not None]


def written(rulebase: Rulebase, encounter: Encounter, **choices: Any) -> dict[str, Any]:
    answer = rulebase.decide(encounter, **{"payer": "blue-cross", "known_on": "2026-11-23", **choices})
    value: dict[str, Any] = msgspec.json.decode(answer.to_json())
    return value


@pytest.mark.slow
def test_every_determination_is_the_same_when_it_is_computed_again(rulebase: Rulebase) -> None:
    for encounter in encounters(rulebase):
        for payer in rulebase.payers:
            for presume in ({}, dict(rulebase.clean_record)):
                answer = written(rulebase, encounter, payer=payer, presume=presume)
                assert recompute(rulebase, answer, encounter).same


@pytest.mark.parametrize(
    ("path", "change"),
    [
        ("line 1.disposition", lambda answer: answer["lines"][0].update(disposition="returned")),
        ("line 1.open", lambda answer: answer["lines"][0].update(open=["nothing"])),
        ("line 9", lambda answer: answer["lines"].append({"number": 9})),
    ],
)
def test_a_field_that_differs_is_named(rulebase: Rulebase, path: str, change: Any) -> None:
    encounter = encounters(rulebase)[0]
    answer = written(rulebase, encounter)
    change(answer)
    found = recompute(rulebase, answer, encounter)
    assert path in [each.path for each in found.differences]
    assert not found.same


def test_presumptions_are_those_of_the_determination_and_not_of_today(rulebase: Rulebase) -> None:
    encounter = next(
        each
        for each in encounters(rulebase)
        if written(rulebase, each)["lines"] != written(rulebase, each, presume=dict(rulebase.clean_record))["lines"]
    )
    answer = written(rulebase, encounter, presume=dict(rulebase.clean_record))
    assert recompute(rulebase, answer, encounter).same
    del answer["presumptions"]
    assert not recompute(rulebase, answer, encounter).same


def test_a_claim_that_says_something_else_is_reported_by_its_digest(rulebase: Rulebase) -> None:
    claim = {"id": "E-1", "lines": [{"number": 1, "code": "97110", "date": "2024-08-01", "modifiers": ["59", "GP"]}]}
    turned = deepcopy(claim)
    turned["lines"][0]["modifiers"] = ["GP", "59"]  # type: ignore[index]
    other = deepcopy(claim)
    other["lines"][0]["modifiers"] = ["59"]  # type: ignore[index]
    one, two, three = map(rulebase.encounter, (claim, turned, other))
    assert encounter_digest(one) == encounter_digest(two) != encounter_digest(three)
    answer = written(rulebase, one)
    assert recompute(rulebase, answer, two).encounter_digest
    assert recompute(rulebase, answer, three).encounter_digest is False
    assert not recompute(rulebase, answer, three).same


def test_an_older_determination_is_compared_as_far_as_it_goes(rulebase: Rulebase) -> None:
    encounter = encounters(rulebase)[0]
    answer = written(rulebase, encounter)
    for name in ("payrule", "encounter_digest"):
        del answer[name]
    found = recompute(rulebase, answer, encounter)
    assert found.same
    assert found.encounter_digest is None
    assert any("does not say what was assumed" in note for note in found.notes)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "[1]", '{"encounter": "E-1"}', "encounter,line\nE-1,1\n", '{"a": 1}\n{"b": 2}\n', "[" * 5000],
)
def test_what_is_no_determination_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "answers.json"
    path.write_text(text)
    with pytest.raises(RequestError):
        read_determinations(path)


@pytest.mark.parametrize("changes", [{"known_on": "soon"}, {"payer": "nobody"}, {"presumptions": {"nothing": 1}}])
def test_terms_that_the_rulebase_does_not_have_are_refused(rulebase: Rulebase, changes: dict[str, Any]) -> None:
    encounter = encounters(rulebase)[0]
    with pytest.raises(RequestError):
        recompute(rulebase, {**written(rulebase, encounter), **changes}, encounter)
