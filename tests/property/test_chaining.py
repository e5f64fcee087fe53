"""The network answers what Kleene's tables say, whatever is chained, negated, unknown, or asked of other lines."""

from collections.abc import Mapping
from typing import Any
from unittest.mock import patch

from hypothesis import given, note
from hypothesis import strategies as st
from tests.execute.chaining_scenes import DAY, NEXT_DAY, by_definition, contains, one_of, scene_of

from payrule.execute.forward.network import Network
from payrule.execute.plan.match import PlannedRules
from payrule.language.enriched_encounter import EnrichedEncounter
from payrule.language.lower import All, Contains, FactLeaf, Formula, Not, OtherLine, Range, Some

CODES = ("00001", "00002", "00003", "00007")
Rulebase = tuple[dict[str, Formula], dict[str, Formula]]

line_tests: st.SearchStrategy[Formula] = st.one_of(
    st.sampled_from(
        [
            one_of("line.code", "00001"),
            one_of("line.code", "00002", "00003"),
            one_of("line.code", "00002-00007"),
            one_of("line.purpose", "a"),
            one_of("line.purpose", "a", "b"),
            one_of("encounter.role", "first"),
            one_of("line.contact", True),  # noqa: FBT003 - the value of an attribute
            Range("line.units", 2, None),
            Range("line.units", None, 3),
            Range("line.units", 2, 3),
            Range("line.date", NEXT_DAY, None),
            contains("line.modifiers", "U1"),
            contains("line.modifiers", "U1", "U2"),
            Contains("line.modifiers", None),
        ]
    )
)
pair_tests: st.SearchStrategy[Formula] = st.sampled_from(
    [one_of("region", "same"), one_of("region", "contiguous", "separate")]
)


def formulas(leaves: st.SearchStrategy[Formula], size: int = 5) -> st.SearchStrategy[Formula]:
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.lists(inner, max_size=3).map(lambda parts: All(tuple(parts))),
            st.lists(inner, max_size=3).map(lambda parts: Some(tuple(parts))),
            inner.map(Not),
        ),
        max_leaves=size,
    )


@st.composite
def rulebases(draw: st.DrawFn) -> Rulebase:
    """Draw facts that only use earlier ones, of which the first are local, and rules over all of them."""
    facts: dict[str, Formula] = {}
    local = draw(st.integers(0, 3))
    for number in range(local + draw(st.integers(0, 3))):
        used: st.SearchStrategy[Formula] = line_tests
        if facts:
            used = st.one_of(used, st.sampled_from([FactLeaf(name) for name in facts]))
        if number >= local:
            used = st.one_of(used, others(list(facts)[:local]))
        facts[f"v#f{number}"] = draw(formulas(used))
    named = [st.sampled_from([FactLeaf(name) for name in facts])] * 2 if facts else []
    used = st.one_of(line_tests, others(list(facts)[:local]), *named)
    return {f"p/r{number}": draw(formulas(used)) for number in range(draw(st.integers(1, 6)))}, facts


def others(local: list[str]) -> st.SearchStrategy[Formula]:
    named = [st.sampled_from([FactLeaf(name) for name in local])] if local else []
    inside = st.one_of(line_tests, pair_tests, *named)
    return st.builds(OtherLine, formulas(inside, 4), st.sampled_from([True, True, False]))


lines: st.SearchStrategy[Mapping[str, Any]] = st.fixed_dictionaries(
    {
        "line.code": st.sampled_from([*CODES, *CODES, None]),
        "line.date": st.sampled_from([DAY, DAY, NEXT_DAY]),
        "line.units": st.sampled_from([None, 1, 2, 3]),
        "line.purpose": st.sampled_from([None, "a", "b", "c"]),
        "line.contact": st.sampled_from([None, True, False]),
        "line.modifiers": st.sampled_from([None, frozenset(), frozenset({"U1"}), frozenset({"U2", "U9"})]),
        "line.regions": st.sampled_from(
            [None, frozenset(), frozenset({"neck"}), frozenset({"back"}), frozenset({"foot"})]
        ),
    }
)
scenes = st.builds(
    scene_of,
    st.lists(lines, max_size=5),
    st.fixed_dictionaries({"encounter.role": st.sampled_from([None, "first", "second"])}),
)


@given(rulebases(), st.lists(scenes, min_size=1, max_size=3))
def test_a_network_matches_what_the_tables_of_truth_say(rulebase: Rulebase, asked: list[EnrichedEncounter]) -> None:
    rules, facts = rulebase
    network = Network(rules, facts)
    try:
        for scene in asked:
            note(f"{[line.values for line in scene.lines]}")
            assert network.match(scene) == by_definition(rules, facts, scene)
    finally:
        network.close()


@given(rulebases(), st.lists(scenes, min_size=1, max_size=3))
def test_a_plan_matches_what_the_tables_of_truth_say(rulebase: Rulebase, asked: list[EnrichedEncounter]) -> None:
    rules, facts = rulebase
    planned = PlannedRules(rules, facts)
    for scene in asked:
        note(f"{[line.values for line in scene.lines]}")
        assert planned.match(scene) == by_definition(rules, facts, scene)
        assert planned.match(scene, range(1, len(scene.lines))) == planned.match(scene)[1:]


@given(rulebases(), st.lists(lines, min_size=6, max_size=9), st.integers(0, 3))
def test_lines_that_are_related_alike_are_asked_together_as_one_by_one(
    rulebase: Rulebase, listed: list[dict[str, Any]], few: int
) -> None:
    rules, facts = rulebase
    planned, scene = PlannedRules(rules, facts), scene_of(listed)
    with patch("payrule.execute.plan.match.FEW_LINES", few):
        assert planned.match(scene) == by_definition(rules, facts, scene)


@given(rulebases(), scenes, st.integers(1, 4))
def test_rulesets_of_any_size_match_the_same(rulebase: Rulebase, scene: EnrichedEncounter, most: int) -> None:
    rules, facts = rulebase
    with patch.multiple(
        "payrule.execute.forward.productions",
        MOST_PRODUCTIONS=most,
        FEW_PRODUCTIONS=most,
        MOST_WAITING=2 * most,
        MOST_FLAGS=2 * most,
    ):
        network = Network(rules, facts)
    try:
        assert network.match(scene) == by_definition(rules, facts, scene)
    finally:
        network.close()


@given(rulebases(), st.lists(scenes, max_size=8))
def test_encounters_decided_after_each_other_do_not_see_each_other(
    rulebase: Rulebase, asked: list[EnrichedEncounter]
) -> None:
    rules, facts = rulebase
    network = Network(rules, facts)
    try:
        assert [network.match(scene) for scene in asked] == [by_definition(rules, facts, scene) for scene in asked]
    finally:
        network.close()


@given(rulebases(), scenes, st.data())
def test_a_subject_matches_the_same_whichever_others_are_asked_about(
    rulebase: Rulebase, scene: EnrichedEncounter, data: st.DataObject
) -> None:
    rules, facts = rulebase
    numbers = data.draw(st.permutations(range(len(scene.lines))), label="lines")
    subjects = numbers[: data.draw(st.integers(0, len(numbers)), label="how many")]
    network = Network(rules, facts)
    try:
        assert network.match(scene, subjects) == by_definition(rules, facts, scene, subjects)
    finally:
        network.close()
