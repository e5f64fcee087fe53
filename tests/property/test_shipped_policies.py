"""What holds of the shipped policies for `every-source`, and for payers that bind them in any tiers."""

import json
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from tests.property.choosing import number, pick, shuffle
from tests.property.documents import PAYER, RulebaseDocuments, decide
from tests.property.effort import examples
from tests.property.generated import SEEDS, shuffled
from tests.property.oracle import asked, contradicting
from tests.property.words import Json
from tests.random_encounters import RandomEncounters

import payrule
from payrule.examples.run import example_files

SHIPPED = payrule.load()
FOLDER = SHIPPED.documents.folder
DISPOSITIONS = {"payable", "denied", "returned", "pending", "undecided"}

ORDERED = frozenset(
    {"cites", "concerns", "diagnoses", "instead", "notes", "rarc", "remittance_candidates", "tiers", "values"}
)
"""Lists whose order says something."""


def read(path: Path) -> Json:
    found: Json = json.loads(path.read_text(encoding="utf-8"))
    return found


WORDS = read(FOLDER / "vocabulary.json")
EVERY_SOURCE = read(FOLDER / "payers" / "every-source.json") | {"id": PAYER}
POLICIES = tuple(
    read(FOLDER / name / f"{version.version}.json")
    for name, versions in sorted(SHIPPED.policies.items())
    for version in versions
)
SHOWN = [read(path) for path in example_files(FOLDER)]
CONTRADICTORY = [each for each in SHOWN if any(line.get("conflicts") for line in each["expect"])]


@st.composite
def payers(draw: st.DrawFn) -> Json:
    """Draw a payer that binds some of the policies in any tiers; often it is `every-source`."""
    if pick(draw, (True, False)):
        return EVERY_SOURCE
    names = shuffle(draw, sorted({each["id"] for each in POLICIES}))[: number(draw, 2, 6)]
    tiers = [[names[0]]]
    for name in names[1:]:
        if pick(draw, (True, False)):
            tiers[-1].append(name)
        else:
            tiers.append([name])
    return {"kind": "payer", "id": PAYER, "title": "payer", "purpose": "what-if", "tiers": tiers}


@st.composite
def series(draw: st.DrawFn) -> list[Json]:
    """Draw a few encounters: at random near what the policies ask, of any example, and of one with conflicts."""
    drawn = islice(RandomEncounters(SHIPPED, draw(SEEDS)), 5)
    shown = draw(st.tuples(st.sampled_from(SHOWN), st.sampled_from(CONTRADICTORY)))
    return [*drawn, *(each["encounter"] for each in shown)]


@pytest.mark.slow
@examples(25)
@given(payers(), series())
def test_each_line_has_one_disposition_and_every_conflict_of_a_tier_is_reported(
    payer: Json, encounters: list[Json]
) -> None:
    rulebase = RulebaseDocuments(WORDS, POLICIES, payer).rulebase()
    for encounter in encounters:
        answer = decide(rulebase, encounter)
        assert [line.number for line in answer.lines] == sorted(line["number"] for line in encounter["lines"])
        for line, found in zip(asked(rulebase, encounter), answer.lines, strict=True):
            event(f"{found.disposition}, conflicts: {len(found.conflicts)}")
            assert found.disposition in DISPOSITIONS
            assert {frozenset(each.rules) for each in found.conflicts} == contradicting(line)


@pytest.mark.slow
@examples(25)
@given(payers(), series(), SEEDS)
def test_no_order_of_documents_rules_tiers_lines_or_values_reaches_an_answer(
    payer: Json, encounters: list[Json], seed: int
) -> None:
    plain = RulebaseDocuments(WORDS, POLICIES, payer).rulebase()
    other = RulebaseDocuments(
        shuffled(WORDS, seed, ORDERED),
        tuple(shuffled(list(POLICIES), seed, ORDERED)),
        shuffled(payer, seed, ORDERED),
    ).rulebase()
    for encounter in encounters:
        moved = shuffled(encounter, seed, ORDERED)
        assert decide(other, moved).to_json() == decide(plain, encounter).to_json()
