"""Suites: claims that probe every leaf, interval, override and date of a payer's rules."""

import json
from typing import Any

import pytest
from tests.analysis.suites import Probe, suite
from tests.property.documents import KNOWN_ON, PAYER, documents, policy, rule

from payrule.compare.comparison_side import regimes, side

Json = dict[str, Any]


def probes(*policies: Json, **payer: Any) -> list[Probe]:
    of = side(documents(*policies, **payer).rulebase().documents, PAYER, KNOWN_ON)
    return list(suite(regimes(of), of.decide))


def denying(when: Json) -> list[Probe]:
    """Build the suite of one rule that denies under a condition."""
    return probes(policy(rule("r", when, "benefit", "excluded")))


def answers(found: list[Probe], *place: Any) -> dict[Any, set[str]]:
    """Give what is decided of each value that stands at a place of the claims, None where it is not given."""
    values: dict[Any, set[str]] = {}
    for probe in found:
        value: Any = probe.encounter
        for step in place:
            value = value[step] if isinstance(value, list) else (value or {}).get(step)
        values.setdefault(value, set()).add(probe.determination.line(1).disposition)
    return values


def test_both_ends_of_an_interval_are_met_from_both_sides() -> None:
    found = answers(denying({"patient.age": {"at_least": 2, "at_most": 5}}), "patient", "age")
    assert {value: said for value, said in found.items() if value in (1, 2, 5, 6)} == {
        1: {"undecided"},
        2: {"denied"},
        5: {"denied"},
        6: {"undecided"},
    }


def test_both_ends_of_a_period_are_met_from_both_sides() -> None:
    found = answers(denying({"line.date": {"on_or_after": "2024-07-01"}}), "lines", 0, "date")
    assert found["2024-06-30"] == {"undecided"}
    assert found["2024-07-01"] == {"denied"}


def test_each_leaf_makes_the_difference_once_and_is_once_unknown() -> None:
    both: Json = {"line.place": {"is": "A0001"}, "line.record.site": {"is": True}}
    found = {
        (probe.encounter["lines"][0].get("place"), probe.encounter["lines"][0].get("record", {}).get("site")): (
            probe.determination.line(1).disposition
        )
        for probe in denying(both)
    }
    other = next(place for place, _ in found if place not in (None, "A0001"))
    assert (
        found.items()
        >= {
            ("A0001", True): "denied",
            (other, True): "undecided",
            ("A0001", False): "undecided",
            (None, True): "pending",
            ("A0001", None): "pending",
        }.items()
    )


def test_a_line_of_another_date_is_tried_where_rules_look_at_the_same_date_only() -> None:
    found = denying({"other_line": {"line.code": {"is": "B0001"}}})
    apart = [
        probe.determination.line(1).disposition
        for probe in found
        if any(line["date"] != probe.encounter["lines"][0]["date"] for line in probe.encounter["lines"])
    ]
    assert apart == ["undecided"]


def test_a_longer_code_between_the_ends_of_a_range_is_tried() -> None:
    found = answers(denying({"line.place": {"in": ["A0001-A0009"]}}), "lines", 0, "place")
    assert (found["A0001"], found["A0009"], found["A00010"]) == ({"denied"}, {"denied"}, {"undecided"})


def test_an_override_is_tried_with_both_rules_and_with_the_overridden_one_alone() -> None:
    found = probes(
        policy(
            rule("broad", {"line.units": {"at_least": 1}}, "benefit", "excluded"),
            rule("narrow", {"line.record.site": {"is": True}}, "benefit", "covered", overrides=["broad"]),
        )
    )
    reached = {(probe.determination.line(1).disposition, probe.determination.line(1).concern) for probe in found}
    assert reached >= {("payable", "benefit"), ("denied", "benefit"), ("pending", None)}


def test_both_sides_of_the_day_on_which_another_version_begins_are_tried() -> None:
    old, new = (
        policy(rule("r", {"line.units": {"at_least": 0}}, "benefit", value), version=version, effective=effective)
        for value, version, effective in (
            ("excluded", "1.0.0", {"from": "2020-01-01"}),
            ("covered", "2.0.0", {"from": "2024-07-01"}),
        )
    )
    found = answers(probes(old, new), "lines", 0, "date")
    assert found["2019-12-31"] == {"undecided"}
    assert (found["2024-06-30"], found["2024-07-01"]) == ({"denied"}, {"payable"})


def test_a_suite_is_the_same_each_time_and_says_nothing_twice() -> None:
    when: Json = {"any": [{"line.units": {"at_least": 2}}, {"other_line": {"line.minutes": {"at_most": 7}}}]}
    found = [json.dumps(probe.encounter) for probe in denying(when)]
    assert len(set(found)) == len(found)
    assert found == [json.dumps(probe.encounter) for probe in denying(when)]


def test_every_rule_that_can_decide_decides_a_claim() -> None:
    names = ("a", "b", "c")
    listed = [
        rule(name, {"line.code": {"is": code}}, "benefit", "excluded")
        for name, code in zip(names, ("A0001", "A0002", "B0001"), strict=True)
    ]
    decided = {each.rule for probe in probes(policy(*listed)) for each in probe.determination.line(1).reasons}
    assert decided == set(names)


def test_a_line_that_names_no_region_is_tried_beside_one_that_names_one() -> None:
    named = [
        [line.get("regions") for line in probe.encounter["lines"]]
        for probe in denying({"other_line": {"region": {"is": "separate"}}})
        if probe.determination.line(1).disposition == "pending"
    ]
    assert any(regions[0] == [] and all(regions[1:]) and regions[1:] for regions in named)


@pytest.mark.slow
def test_minutes_of_two_timed_codes_are_tried_where_a_minute_more_changes_what_they_support() -> None:
    units = rule("r", {"line.units_supported": {"is": False}}, "benefit", "excluded")
    words: Json = {"timed": {"codes": ["A0001", "B0001"], "method": "cms-8-minute"}}
    found = {
        tuple((line.get("units", 1), line.get("minutes")) for line in probe.encounter["lines"]): tuple(
            line.disposition for line in probe.determination.lines
        )
        for probe in probes(policy(units), words=words)
        if len({line["date"] for line in probe.encounter["lines"]}) == 1
    }
    assert found[(1, 4), (1, 4)] == ("undecided", "denied"), "a tie goes to the first line"
    assert found[(1, 10), (1, None)] == ("pending", "pending"), "as much as is left over elsewhere could be larger"
    assert found[(1, 11), (1, None)] == ("undecided", "pending"), "whatever the other minutes are, it is supported"
