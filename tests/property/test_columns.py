"""Columns answer what the reference evaluator answers: every field, for every line, whatever is decided together."""

from datetime import date
from typing import Any
from unittest.mock import patch

import msgspec
import pytest
from hypothesis import event, given, note
from hypothesis import strategies as st
from tests.execute.chaining_scenes import SETTING, by_definition
from tests.property.choosing import number, pick, rarely
from tests.property.columnar import by_columns, one_by_one
from tests.property.counted import WORDS
from tests.property.documents import KNOWN_ON, PAYER, RulebaseDocuments, documents, encounter, policy, rule
from tests.property.effort import examples
from tests.property.generated import encounters, rulebases, subjects
from tests.property.test_chaining import rulebases as formulas
from tests.property.test_chaining import scenes
from tests.property.test_counting import claims, conditions, written
from tests.property.words import Json
from tests.random_encounters import RandomEncounters

from payrule.columns import lines as shares
from payrule.columns.clause_bitsets import Bound
from payrule.columns.lines import load as load_lines
from payrule.columns.match import MATCHED, match
from payrule.columns.sql import select
from payrule.encounter.encounter import Encounter, Line
from payrule.execute.plan.stages import plan
from payrule.language.derived import PAIR_FUNCTIONS
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
    attributes, counting = draw(subjects()), pick(draw, (False, True))
    series = draw(st.lists(encounters(attributes, counting=counting), min_size=1, max_size=4))
    rulebase = draw(rulebases(attributes, counting=counting))
    return rulebase, [each | {"id": f"E{at}"} for at, each in enumerate(series)]


PAYING = WORDS | {"concerns": msgspec.to_builtins(load().documents.vocabulary.concerns)}


def concluding(draw: st.DrawFn, name: str, when: Json, quotas: Json) -> Json:
    """Draw a rule that pays, denies, or pays in part."""
    when = {"any": [when, {"line.code": {"is": "A0001"}}]} if rarely(draw, 3) else when
    when = {"not": when} if rarely(draw, 3) else when
    kind = pick(draw, ("covered", "covered", "excluded", "limited", "limited", "reduced"))
    if kind in ("covered", "excluded"):
        return rule(name, when, "benefit", kind)
    if kind == "reduced":
        pay: Json = {"percent": pick(draw, (50, 80))}
        found = rule(name, when, "payment", kind)
    else:
        of_units = tuple(each for each, said in quotas.items() if said["of"] == "line.units")
        pay = {"units": {"quota": pick(draw, of_units)} if of_units and not rarely(draw, 4) else number(draw, 1, 3)}
        found = rule(name, when, "units", kind)
    return found | {"conclude": found["conclude"] | {"pay": pay}}


@st.composite
def counted_cases(draw: st.DrawFn, most: int = 5) -> Case:
    """Draw rules that count over time, share quotas and pay in part, and claims with earlier lines."""
    quotas, asked = draw(conditions())
    rules = [concluding(draw, f"r{at}", each, quotas) for at, each in enumerate(asked)]
    payer: Json = {"otherwise": "payable"} if rarely(draw, 2) else {}
    payer |= {"presumptions": {"history": True}} if rarely(draw, 2) else {}
    series = draw(st.lists(claims(), min_size=1, max_size=most))
    taken = [written(each) | {"id": f"E{at}" if at else "E"} for at, each in enumerate(series)]
    return documents(policy(*rules, quotas=quotas), words=PAYING, **payer), taken


@pytest.mark.slow
@examples(100)
@given(counted_cases())
def test_columns_count_and_pay_as_the_reference_evaluator_does(case: Case) -> None:
    documents, series = case
    rulebase = documents.rulebase()
    taken = [rulebase.encounter(each) for each in series]
    found = by_columns(rulebase, taken, PAYER, KNOWN_ON)
    assert found == one_by_one(rulebase, taken, PAYER, KNOWN_ON)
    for _, line in found:
        event(f"{line.disposition}{' in part' if line.pays else ''}")


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
        matched = match(store, lines, Bound(made, SETTING, pairs={"region": PAIR_FUNCTIONS["region-relation"]}))
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
