"""Columns answer what the reference evaluator answers: every field, for every line, whatever is decided together."""

from typing import Any

from hypothesis import given, note
from hypothesis import strategies as st
from tests.property.columnar import by_columns, one_by_one
from tests.property.documents import KNOWN_ON, PAYER, RulebaseDocuments
from tests.property.effort import examples
from tests.property.generated import encounters, rulebases, subjects
from tests.property.test_chaining import rulebases as formulas
from tests.property.test_chaining import scenes
from tests.property.words import Json
from tests.random_encounters import RandomEncounters
from tests.unit.chaining_scenes import SETTING, by_definition

from payrule.adjudication.rulebase import load
from payrule.batch.bound import Bound
from payrule.batch.lines import load as load_lines
from payrule.batch.matching import MATCHED, match
from payrule.batch.plan import plan
from payrule.batch.statements import select
from payrule.batch.store import Store
from payrule.documents.encounters import Encounter
from payrule.language.scene import Scene

Case = tuple[RulebaseDocuments, list[Json]]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    attributes = draw(subjects())
    series = draw(st.lists(encounters(attributes), min_size=1, max_size=4))
    return draw(rulebases(attributes)), [each | {"id": f"E{at}"} for at, each in enumerate(series)]


@examples(60)
@given(cases())
def test_columns_answer_what_the_reference_evaluator_answers(case: Case) -> None:
    documents, series = case
    rulebase = documents.rulebase()
    taken = [rulebase.encounter(each) for each in series]
    assert by_columns(rulebase, taken, PAYER, KNOWN_ON) == one_by_one(rulebase, taken, PAYER, KNOWN_ON)


@examples(60)
@given(formulas(), st.lists(scenes, min_size=1, max_size=3))
def test_columns_match_what_the_tables_of_truth_say(rulebase: tuple[Any, Any], asked: list[Scene]) -> None:
    rules, facts = rulebase
    found = []
    taken = [Encounter(str(at), None, {}, tuple(line.line for line in each.lines)) for at, each in enumerate(asked)]
    made = plan(rules, facts)
    read = {*(name for name in made.domains if name != "region"), "line.code", "line.date", "line.regions"}
    with Store(threads=1) as store:
        lines = load_lines(store, taken, sorted(read))
        matched = match(store, lines, Bound(made, SETTING, pairs={"region": "region-relation"}))
        rows = store.rows(f"{select(matched.key, f'{MATCHED} t')} ORDER BY row")
        found = [matched.matches(row) for row in rows]
    for scene in asked:
        note(f"{[line.values for line in scene.lines]}")
    assert found == [each for scene in asked for each in by_definition(rules, facts, scene)]


def test_columns_answer_for_every_shipped_payer_what_the_reference_evaluator_answers() -> None:
    rulebase = load()
    chosen = RandomEncounters(rulebase, seed=1)
    taken = [rulebase.encounter(chosen.encounter()) for _ in range(300)]
    for payer in sorted(rulebase.payers):
        assert by_columns(rulebase, taken, payer, KNOWN_ON) == one_by_one(rulebase, taken, payer, KNOWN_ON)
