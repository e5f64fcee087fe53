"""Code lists whose codes have dates, and codes of a system: known, unknown and at the ends, by every execution."""

from collections.abc import Iterable
from functools import cache
from typing import Any

import pytest
from tests.property.columnar import by_columns, one_by_one
from tests.property.documents import KNOWN_ON, PAYER, decide, documents, encounter, policy, rule
from tests.property.words import ATTRIBUTES

from payrule.rulebase.rulebase import Rulebase

Json = dict[str, Any]


def entry(code: str, first: str | None = None, last: str | None = None) -> Json:
    return {"code": code} | ({"from": first} if first else {}) | ({"to": last} if last else {})


def listed(*entries: Json, name: str = "listed") -> Json:
    return {name: {"kind": "code-set", "id": name, "title": name, "entries": list(entries)}}


ENTRIES = (
    entry("A0001"),
    entry("A0002", "2024-07-01", "2024-07-31"),
    entry("A0003", last="2024-06-30"),
    entry("A0003", "2024-08-01"),
    entry("B0001-B0009", "2024-07-01"),
)
SPINE = (
    entry("M54.5", last="2024-06-30"),
    entry("m54.50", "2024-07-01"),
    entry("S13.*"),
    entry("C7A-C7B.1"),
    entry("M1A.00"),
)
SYSTEM: Json = {
    "attributes": ATTRIBUTES | {"encounter.diagnoses": ATTRIBUTES["encounter.diagnoses"] | {"system": "icd-10-cm"}}
}


def rulebase(when: Json, entries: Iterable[Json] = ENTRIES, **other: Any) -> Rulebase:
    """Make a rulebase of one rule, and one code list that is a document of its own."""
    words = SYSTEM | {"code_sets": listed(*entries)}
    return documents(policy(rule("r", when, "benefit", "excluded"), **other), words=words).rulebase()


def truths(
    when: Json, *lines: Json, entries: Iterable[Json] = ENTRIES, other: Json | None = None, **claim: Any
) -> list[str]:
    """Say of each line whether a condition holds (`yes`), does not (`no`), or what it waits for, by every execution."""
    (found,) = truths_of_all(rulebase(when, entries, **(other or {})), [encounter(*lines, **claim)])
    return found


def truths_of_all(made: Rulebase, given: list[Json]) -> list[list[str]]:
    """Say the same of each line of some claims."""
    claims = [made.encounter(data | {"id": f"E-{at}"}) for at, data in enumerate(given)]
    assert by_columns(made, claims, PAYER, KNOWN_ON) == one_by_one(made, claims, PAYER, KNOWN_ON)
    words = {"denied": "yes", "undecided": "no"}
    return [
        [words.get(each.disposition) or " ".join(sorted(each.open)) for each in decide(made, data).lines]
        for data in given
    ]


OPPOSITE = {"yes": "no", "no": "yes"}
IN: Json = {"line.place": {"in": "@listed"}}


def at(place: str | None, day: str, **other: Any) -> Json:
    return {"date": day} | ({} if place is None else {"place": place}) | other


DATES: list[tuple[str, Json, str]] = [
    ("a code without dates", at("A0001", "2024-01-01"), "yes"),
    ("the day before the first", at("A0002", "2024-06-30"), "no"),
    ("the first day", at("A0002", "2024-07-01"), "yes"),
    ("the last day", at("A0002", "2024-07-31"), "yes"),
    ("the day after the last", at("A0002", "2024-08-01"), "no"),
    ("the first of two periods, its last day", at("A0003", "2024-06-30"), "yes"),
    ("between two periods", at("A0003", "2024-07-01"), "no"),
    ("between two periods, the last day", at("A0003", "2024-07-31"), "no"),
    ("the second of two periods, its first day", at("A0003", "2024-08-01"), "yes"),
    ("a range before its first day", at("B0005", "2024-06-30"), "no"),
    ("a range on its first day", at("B0005", "2024-07-01"), "yes"),
    ("a range, outside", at("B0010", "2024-07-01"), "no"),
    ("a code that is in no list", at("Z", "2024-07-01"), "no"),
    ("a code that is not known", at(None, "2024-07-01"), "line.place"),
]


@cache
def truths_of_dates() -> list[list[str]]:
    """Say the same of the line of each case: in the list, not in it, and the list denied."""
    lines = [line for _, line, _ in DATES]
    return [truths(when, *lines) for when in (IN, {"line.place": {"not_in": "@listed"}}, {"not": IN})]


@pytest.mark.parametrize("case", range(len(DATES)), ids=[each[0] for each in DATES])
def test_a_code_is_in_the_list_on_the_date_of_the_line(case: int) -> None:
    wanted = DATES[case][-1]
    opposite = OPPOSITE.get(wanted, wanted)
    assert [each[case] for each in truths_of_dates()] == [wanted, opposite, opposite]


def test_nothing_is_in_a_list_that_holds_nothing_on_the_date_whatever_is_not_known() -> None:
    ended = [entry("A0001", last="2024-06-30"), entry("A0002", last="2024-06-29")]
    assert truths(IN, at(None, "2024-06-30"), at(None, "2024-07-01"), entries=ended) == ["line.place", "no"]
    none_of = {"encounter.diagnoses": {"none_of": "@listed"}}
    assert truths(none_of, at(None, "2024-06-30"), at(None, "2024-07-01"), entries=ended) == [
        "encounter.diagnoses",
        "yes",
    ]
    all_of = {"encounter.diagnoses": {"all_of": "@listed"}}
    assert truths(all_of, at(None, "2024-06-30"), at(None, "2024-07-01"), entries=ended) == [
        "encounter.diagnoses",
        "yes",
    ]


def test_several_values_are_held_to_the_list_of_the_date() -> None:
    june, july = at(None, "2024-06-30"), at(None, "2024-07-01")
    entries = (entry("X1"), entry("X2", "2024-07-01"))
    claims = [encounter(june, july, diagnoses=held) for held in (["X1"], ["X2"], ["X1", "X2"], [])]
    for test, wanted in (
        ("any_of", [["yes", "yes"], ["no", "yes"], ["yes", "yes"], ["no", "no"]]),
        ("all_of", [["yes", "no"], ["no", "no"], ["yes", "yes"], ["no", "no"]]),
    ):
        made = rulebase({"encounter.diagnoses": {test: "@listed"}}, entries)
        assert truths_of_all(made, claims) == wanted


def test_on_another_line_its_own_date_counts() -> None:
    other = {"other_line": IN | {"same_date": False}}
    lines = [at("A0001", "2024-08-01"), at("A0002", "2024-07-31"), at("A0002", "2024-08-01")]
    assert truths(other, *lines) == ["yes", "yes", "yes"]
    assert truths(other, *lines[1:]) == ["no", "yes"]


def test_in_counts_and_quotas_the_date_of_the_line_that_is_counted_counts() -> None:
    count = {"lines": {"window": "encounter", "where": IN, "count": {"at_least": 1}}}
    lines = [at("A0002", "2024-07-31"), at("A0002", "2024-08-01")]
    assert truths(count, *lines) == ["no", "yes"]
    quotas = {"one": {"summary": "one", "of": "lines", "at_most": 1, "window": "encounter", "where": IN}}
    over = {"quota": {"one": {"over": {"at_least": 1}}}}
    lines = [at("A0002", "2024-06-30"), at("A0002", "2024-07-01"), at("A0002", "2024-07-02")]
    assert truths(over, *lines, other={"quotas": quotas}) == ["no", "no", "yes"]


def test_earlier_lines_are_held_to_the_list_of_their_own_date() -> None:
    count = {"lines": {"window": {"days": 90}, "where": IN, "count": {"at_least": 1}}}
    for day, wanted in (("2024-06-30", "no"), ("2024-07-01", "yes")):
        history = [{"claim": "C-1", "number": 1, "code": "A0001", "place": "A0002", "date": day}]
        found = truths(count, at("A0001", "2024-08-10"), history=history, history_from="2024-01-01")
        assert found == [wanted]


SPINES: list[tuple[str, str, list[str] | None, str]] = [
    ("ended, on its last day", "2024-06-30", ["M54.5"], "yes"),
    ("ended, the day after", "2024-07-01", ["M54.5"], "no"),
    ("begun", "2024-07-01", ["M54.50"], "yes"),
    ("without a dot, in small letters", "2024-07-01", ["m5450"], "yes"),
    ("a code is not those that begin so", "2024-07-01", ["M54.501"], "no"),
    ("a category, itself", "2024-07-01", ["S13"], "yes"),
    ("a category, below", "2024-07-01", ["S13.4XXA"], "yes"),
    ("a category, the next", "2024-07-01", ["S14"], "no"),
    ("a range, its lower end", "2024-07-01", ["C7A"], "yes"),
    ("a range, below its lower end", "2024-07-01", ["C79.9"], "no"),
    ("a range, between", "2024-07-01", ["C7B.00"], "yes"),
    ("a range, its upper end", "2024-07-01", ["C7B.1"], "yes"),
    ("a range, what begins with its upper end", "2024-07-01", ["c7b19"], "yes"),
    ("a range, above its upper end", "2024-07-01", ["C7B.2"], "no"),
    ("a range, digits come before letters", "2024-07-01", ["C80"], "no"),
    ("a letter in the third place", "2024-07-01", ["M1A00"], "yes"),
    ("any of several", "2024-07-01", ["Z00", "S13.1"], "yes"),
    ("none", "2024-07-01", [], "no"),
    ("not known", "2024-07-01", None, "encounter.diagnoses"),
]


LATER = "2024-07-01"
OPERANDS: dict[str, list[str]] = {
    LATER: [each["code"] for each in SPINE if "to" not in each],
    "2024-06-30": ["M54.5"],
}
"""The list of each date, written out."""


@cache
def truths_of_spines(test: str, listed: str) -> list[str]:
    """Say the same of the claim of each case: of the list on its date, or of what is in it, written out."""
    operand: Any = OPERANDS.get(listed, listed)
    claims = [encounter(at(None, day), **({} if held is None else {"diagnoses": held})) for _, day, held, _ in SPINES]
    found = truths_of_all(rulebase({"encounter.diagnoses": {test: operand}}, SPINE), claims)
    return [each for (each,) in found]


@pytest.mark.parametrize("case", range(len(SPINES)), ids=[each[0] for each in SPINES])
def test_codes_of_a_system_are_read_without_dots_and_in_capitals(case: int) -> None:
    _, day, _, wanted = SPINES[case]
    opposite = OPPOSITE.get(wanted, wanted)
    for listed in ("@listed", day):
        found = [truths_of_spines(test, listed)[case] for test in ("any_of", "none_of")]
        assert found == [wanted, opposite], listed


def test_more_groups_of_dates_than_one_fact_holds() -> None:
    entries = [entry(f"A{at:04}", f"2024-{1 + at // 28:02}-{1 + at % 28:02}") for at in range(150)]
    assert truths(
        IN, at("A0149", "2024-06-09"), at("A0149", "2024-06-10"), at("A0000", "2024-01-01"), entries=entries
    ) == [
        "no",
        "yes",
        "yes",
    ]


def test_a_list_of_services_is_held_to_the_date_too() -> None:
    when = {"line.code": {"in": "@listed"}}
    count = when | {"lines": {"window": "encounter", "where": when, "itself": True, "count": {"at_least": 2}}}
    lines = [at(None, "2024-06-30", code="A0002"), at(None, "2024-07-01", code="A0002"), at(None, "2024-07-02")]
    assert truths(when, *lines) == ["no", "yes", "yes"]
    assert truths(count, *lines) == ["no", "yes", "yes"]
    assert truths(count, *lines[:2]) == ["no", "no"]


def test_each_day_of_a_line_is_held_to_the_list_of_that_day() -> None:
    spans = {"spans": {"first": "line.date", "last": "line.date_to"}}
    words = SYSTEM | spans | {"code_sets": listed(entry("A0001", last="2024-06-30"))}
    words["attributes"] = words["attributes"] | {"line.date_to": {"type": "date", "summary": "last day"}}
    rules = (rule("r", IN, "benefit", "excluded"), rule("s", {"not": IN}, "benefit", "covered"))
    made = documents(policy(*rules), words=words).rulebase()
    for last in ("2024-07-01", "2024-07-02"):
        (line,) = decide(made, encounter(at("A0001", "2024-06-30", date_to=last))).lines
        assert (line.disposition, [each.days for each in line.reasons]) == ("denied", [("2024-06-30",)])
    (line,) = decide(made, encounter(at("A0001", "2024-07-01", date_to="2024-07-02"))).lines
    assert line.disposition == "payable"
