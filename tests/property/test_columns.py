"""Columns answer what the reference evaluator answers: every field, for every line, whatever is decided together."""

from datetime import date
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, note
from hypothesis import strategies as st
from tests.execute.chaining_scenes import SETTING, by_definition
from tests.property.columnar import by_columns, one_by_one
from tests.property.documents import KNOWN_ON, PAYER, RulebaseDocuments, documents, encounter, policy, rule
from tests.property.effort import examples
from tests.property.generated import encounters, rulebases, subjects
from tests.property.test_chaining import rulebases as formulas
from tests.property.test_chaining import scenes
from tests.property.words import Json
from tests.random_encounters import RandomEncounters

from payrule.columns import lines as shares
from payrule.columns.clause_bitsets import Bound
from payrule.columns.lines import load as load_lines
from payrule.columns.match import MATCHED, match
from payrule.columns.plan_sql import plan
from payrule.columns.sql import select
from payrule.encounter.encounter import Encounter, Line
from payrule.language.enriched_encounter import EnrichedEncounter
from payrule.language.lower import All, FactLeaf, OneOf, Some
from payrule.language.truth import Matches
from payrule.model.values import ValueSet
from payrule.rulebase.rulebase import load
from payrule.source.database import Store

Case = tuple[RulebaseDocuments, list[Json]]
SERVICE = Line(1, {"line.code": "97140", "line.date": date(2024, 1, 1)})


@st.composite
def cases(draw: st.DrawFn) -> Case:
    attributes = draw(subjects())
    series = draw(st.lists(encounters(attributes), min_size=1, max_size=4))
    return draw(rulebases(attributes)), [each | {"id": f"E{at}"} for at, each in enumerate(series)]


@pytest.mark.slow
@examples(60)
@given(cases())
def test_columns_answer_what_the_reference_evaluator_answers(case: Case) -> None:
    documents, series = case
    rulebase = documents.rulebase()
    taken = [rulebase.encounter(each) for each in series]
    assert by_columns(rulebase, taken, PAYER, KNOWN_ON) == one_by_one(rulebase, taken, PAYER, KNOWN_ON)


def columns_match(rules: Any, facts: Any, taken: list[Encounter]) -> list[Matches]:
    """Say line by line what matches by columns."""
    made = plan(rules, facts)
    read = {*(name for name in made.domains if name != "region"), "line.code", "line.date", "line.regions"}
    with Store(threads=1) as store:
        lines = load_lines(store, taken, sorted(read))
        matched = match(store, lines, Bound(made, SETTING, pairs={"region": "region-relation"}))
        rows = store.rows(f"{select(matched.key, f'{MATCHED} t')} ORDER BY row")
        return [matched.matches(row) for row in rows]


@pytest.mark.parametrize("day", ["2024-07-01", "2024-07-02"])
def test_an_add_on_code_of_any_primary_code_is_seen_as_the_primary_code_of_another(day: str) -> None:
    rulebase = documents(
        policy(rule("r0", {"line.add_on": {"is": "with-primary"}}, "provider", "ineligible"))
    ).rulebase()
    taken = [rulebase.encounter(encounter({"code": "A0002", "date": day}, {"code": "B0001", "date": day}))]
    found = by_columns(rulebase, taken, PAYER, KNOWN_ON)
    assert found[0][1].disposition == "denied"
    assert found == one_by_one(rulebase, taken, PAYER, KNOWN_ON)


BILLED_WITH_A_PRIMARY_CODE: tuple[tuple[tuple[str, str], ...], ...] = (
    (("A0002", "2024-06-30"), ("A0001", "2024-06-30")),
    (("A0002", "2024-06-30"), ("A0009", "2024-06-30"), ("A0001", "2024-06-30")),
    (("A0009", "2024-06-30"), ("A0002", "2024-06-30"), ("A0001", "2024-06-30")),
    (("A0002", "2024-07-01"), ("A0001", "2024-07-01")),
    (("A0002", "2024-07-01"), ("A0009", "2024-07-01"), ("B0001", "2024-07-01")),
    (("A0002", "2024-07-01"), ("B0001", "2024-07-01"), ("A0001", "2024-07-01")),
    (("B0001", "2024-07-02"), ("A0002", "2024-07-02")),
    (("A0002", "2024-07-02"), ("B0001", "2024-07-02"), ("A0002", "2024-07-03")),
)


@pytest.mark.parametrize("value", ["with-primary", "without-primary", "any-primary", "none"])
def test_an_answer_names_the_add_on_row_and_the_primary_line_of_its_own_claim(value: str) -> None:
    rulebase = documents(policy(rule("r0", {"line.add_on": {"is": value}}, "coding", "miscoded"))).rulebase()
    billed = [[{"code": code, "date": day} for code, day in each] for each in BILLED_WITH_A_PRIMARY_CODE]
    taken = [rulebase.encounter(encounter(*each)) for each in (*billed, *([line] for [line, *_] in billed))]
    found = by_columns(rulebase, taken, PAYER, KNOWN_ON)
    assert found == one_by_one(rulebase, taken, PAYER, KNOWN_ON)
    assert any(line.reasons for _, line in found)


@examples(60)
@given(formulas(), st.lists(scenes, min_size=1, max_size=3))
def test_columns_match_what_the_tables_of_truth_say(rulebase: tuple[Any, Any], asked: list[EnrichedEncounter]) -> None:
    rules, facts = rulebase
    taken = [Encounter(str(at), None, {}, tuple(line.line for line in each.lines)) for at, each in enumerate(asked)]
    for scene in asked:
        note(f"{[line.values for line in scene.lines]}")
    assert columns_match(rules, facts, taken) == [
        each for scene in asked for each in by_definition(rules, facts, scene)
    ]


def test_fact_that_can_never_hold_leaves_every_line() -> None:
    manual = OneOf("line.code", ValueSet(frozenset({"97140"}), ()))
    facts = {"v#manual": manual, "v#never": All((FactLeaf("v#manual"), Some(())))}
    found = columns_match({"p/r": FactLeaf("v#never")}, facts, [Encounter("E", None, {}, (SERVICE,))])
    assert found == [Matches(frozenset(), frozenset())]


@pytest.mark.slow
@examples(40)
@given(cases(), st.integers(1, 4))
def test_what_is_decided_in_shares_is_decided_alike(case: Case, most: int) -> None:
    documents, series = case
    rulebase = documents.rulebase()
    taken = [rulebase.encounter(each) for each in series]
    with patch.object(shares, "MOST", most):
        assert by_columns(rulebase, taken, PAYER, KNOWN_ON) == one_by_one(rulebase, taken, PAYER, KNOWN_ON)


@pytest.mark.slow
def test_columns_answer_for_every_shipped_payer_what_the_reference_evaluator_answers() -> None:
    rulebase = load()
    chosen = RandomEncounters(rulebase, seed=1)
    taken = [rulebase.encounter(chosen.encounter()) for _ in range(300)]
    for payer in sorted(rulebase.payers):
        assert by_columns(rulebase, taken, payer, KNOWN_ON) == one_by_one(rulebase, taken, payer, KNOWN_ON)
