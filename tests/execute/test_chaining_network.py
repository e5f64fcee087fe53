"""What a network answers, shown on small rulebases."""

from typing import Any

import pytest
from tests.execute.chaining_scenes import NEXT_DAY, one_of, scene_of

from payrule.execute.forward.network import ENGINE, Network
from payrule.language.lower import (
    All,
    Contains,
    FactLeaf,
    Formula,
    Not,
    OtherLine,
    Range,
    Some,
    attributes_read,
)
from payrule.language.truth import Matches
from payrule.source.diagnostics import LimitError

NONE: frozenset[str] = frozenset()


def names(formula: Formula, *lines: dict[str, Any], facts: dict[str, Formula] | None = None) -> list[str]:
    """Say of each line how one rule matches it."""
    matches = Network({"p/r": formula}, facts or {}).match(scene_of(lines))
    return ["definitely" if each.definite else "possibly" if each.possible else "no" for each in matches]


def test_a_known_value_matches_definitely_or_not_and_an_unknown_one_possibly() -> None:
    lines: list[dict[str, Any]] = [{"line.units": 2}, {"line.units": 1}, {}]
    assert names(Range("line.units", 2, None), *lines) == ["definitely", "no", "possibly"]
    assert names(Not(Range("line.units", 2, None)), *lines) == ["no", "definitely", "possibly"]


def test_a_condition_and_its_opposite_are_open_together_while_the_fact_is() -> None:
    units = Range("line.units", 2, None)
    assert names(All((units, Not(units))), {"line.units": 2}, {}) == ["no", "possibly"]
    assert names(Some((units, Not(units))), {"line.units": 2}, {}) == ["definitely", "possibly"]


def test_a_rule_without_conditions_matches_every_line_and_one_that_asks_the_impossible_none() -> None:
    assert names(All(()), {}, {"line.units": 1}) == ["definitely", "definitely"]
    assert names(Some(()), {}, {"line.units": 1}) == ["no", "no"]


def test_facts_chain_through_facts() -> None:
    facts: dict[str, Formula] = {
        "v#one": Range("line.units", 2, None),
        "v#two": All((FactLeaf("v#one"), one_of("line.purpose", "a"))),
        "v#three": Not(FactLeaf("v#two")),
    }
    lines = ({"line.units": 2, "line.purpose": "a"}, {"line.units": 1}, {"line.units": 2})
    assert names(FactLeaf("v#two"), *lines, facts=facts) == ["definitely", "no", "possibly"]
    assert names(FactLeaf("v#three"), *lines, facts=facts) == ["no", "definitely", "possibly"]


def test_an_other_line_is_of_the_same_date_unless_any_date_will_do() -> None:
    lines = ({"line.code": "00001"}, {"line.code": "00002"}, {"line.code": "00002", "line.date": NEXT_DAY})
    second = one_of("line.code", "00002")
    assert names(OtherLine(second), *lines) == ["definitely", "no", "no"]
    assert names(OtherLine(second, same_date=False), *lines) == ["definitely", "definitely", "definitely"]
    assert names(Not(OtherLine(All(()))), *lines) == ["no", "no", "definitely"]


def test_an_other_line_is_related_to_its_subject_by_region() -> None:
    separate = OtherLine(one_of("region", "separate"))
    neck, foot = frozenset({"neck"}), frozenset({"foot"})
    assert names(separate, {"line.regions": neck}, {"line.regions": foot}) == ["definitely", "definitely"]
    assert names(separate, {"line.regions": neck}, {"line.regions": neck}) == ["no", "no"]
    assert names(separate, {"line.regions": neck}, {}) == ["possibly", "possibly"]


def test_what_a_rule_asks_of_an_other_line_one_line_has_to_satisfy_altogether() -> None:
    asked = OtherLine(All((one_of("line.code", "00002"), Range("line.units", 2, None))))
    apart = ({"line.code": "00001"}, {"line.code": "00002", "line.units": 1}, {"line.code": "00003", "line.units": 2})
    assert names(asked, *apart)[0] == "no"
    assert names(asked, *apart, {"line.code": "00002", "line.units": 2})[0] == "definitely"


def test_a_local_fact_is_asked_of_the_other_line() -> None:
    facts: dict[str, Formula] = {"v#many": Range("line.units", 2, None)}
    lines = ({"line.units": 2}, {"line.units": 1})
    assert names(OtherLine(FactLeaf("v#many")), *lines, facts=facts) == ["no", "definitely"]
    assert names(OtherLine(Not(FactLeaf("v#many"))), *lines, facts=facts) == ["definitely", "no"]


def test_an_other_line_that_nobody_asks_about_still_counts() -> None:
    facts: dict[str, Formula] = {"v#many": Range("line.units", 2, None)}
    network = Network({"p/r": OtherLine(FactLeaf("v#many")), "p/own": FactLeaf("v#many")}, facts)
    scene = scene_of([{"line.units": 1}, {"line.units": 2}])
    assert network.match(scene, [0]) == (Matches(frozenset({"p/r"}), frozenset({"p/r"})),)


def test_rules_of_one_condition_match_together() -> None:
    network = Network({f"p/{n}": Range("line.units", 2, None) for n in range(3)}, {})
    assert network.match(scene_of([{}])) == (Matches(NONE, frozenset({"p/0", "p/1", "p/2"})),)


def test_without_rules_or_lines_there_is_nothing_to_match() -> None:
    assert Network({}, {}).match(scene_of([{}])) == (Matches(NONE, NONE),)
    assert Network({"p/r": All(())}, {}).match(scene_of([])) == ()


def test_a_network_that_was_closed_opens_again() -> None:
    network = Network({"p/r": Range("line.units", 2, None)}, {})
    first = network.match(scene_of([{}]))
    network.close()
    assert network.match(scene_of([{}])) == first


def test_an_encounter_of_more_lines_than_a_claim_holds_is_refused() -> None:
    with pytest.raises(LimitError, match="1000 lines, and at most 999"):
        Network({"p/r": All(())}, {}).match(scene_of([{}] * 1000))


def test_relations_that_could_not_be_numbered_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("payrule.execute.forward.network.MOST_VIEWS", 2)
    with pytest.raises(LimitError, match="3 relations"):
        Network({"p/r": OtherLine(All(()))}, {}).match(scene_of([{}] * 3))


def test_attributes_are_those_that_a_rule_or_a_fact_reads_anywhere() -> None:
    rules: dict[str, Formula] = {"p/r": Not(OtherLine(All((one_of("region", "same"), FactLeaf("v#f")))))}
    facts: dict[str, Formula] = {"v#f": Contains("line.modifiers", None)}
    assert Network(rules, facts).attributes == {"region", "line.modifiers"}
    assert attributes_read(rules.values()) == {"region"}


def test_the_engine_is_named_with_its_version() -> None:
    assert ENGINE == "durable_rules 2.0.28"
