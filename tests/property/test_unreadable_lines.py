"""Whatever code and date a line has that cannot be read, the others are answered as they were without them."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import assume, event, given
from hypothesis import strategies as st
from tests.property.documents import RulebaseDocuments, decide, documents, encounter, policy, rule
from tests.property.effort import examples
from tests.property.generated import cases
from tests.property.quick import OTHER_DATES
from tests.property.words import CODES, DATES, Json

from payrule.results.determination import LineDetermination
from payrule.rulebase.rulebase import Rulebase

READ_AS: Json = {
    "code": (*CODES, "Z0009"),
    "date": (*DATES, *OTHER_DATES, "2019-01-01"),
}
"""What a line may have had where it cannot be read."""


@st.composite
def broken(draw: st.DrawFn) -> tuple[RulebaseDocuments, Json, dict[int, tuple[str, ...]]]:
    """Draw a claim of two lines or more, and what of some of its lines cannot be read."""
    held, claim = draw(cases(counting=True))
    numbers = [line["number"] for line in claim["lines"]]
    assume(len(numbers) > 1)
    chosen = draw(st.lists(st.sampled_from(numbers), min_size=1, max_size=min(2, len(numbers) - 1), unique=True))
    keys = st.sampled_from([("code",), ("date",), ("date",), ("code", "date")])
    return held, claim, {number: draw(keys) for number in chosen}


def without(claim: Json, gone: dict[int, tuple[str, ...]]) -> Json:
    lines = [
        {key: value for key, value in line.items() if key not in gone.get(line["number"], ())}
        for line in claim["lines"]
    ]
    return claim | {"lines": lines}


def readings(claim: Json, gone: dict[int, tuple[str, ...]], count: int, draw: Any) -> Iterator[Json]:
    """Read the claim in some of the ways in which it may have been written, its own among them."""
    yield claim
    for _ in range(count):
        lines = [
            line | {key: draw(st.sampled_from(READ_AS[key])) for key in gone.get(line["number"], ())}
            for line in claim["lines"]
        ]
        yield claim | {"lines": lines}


def settled(rulebase: Rulebase, claim: Json, gone: dict[int, tuple[str, ...]]) -> dict[int, LineDetermination]:
    answer = decide(rulebase, without(claim, gone))
    for line in answer.lines:
        if line.number in gone:
            assert line.disposition == "pending"
            assert (
                {f"line.{key}" for key in gone[line.number]} <= {*line.open} <= {"line.code", "line.date", "line.units"}
            )
            assert (line.code is None) == ("code" in gone[line.number])
    return {each.number: each for each in answer.lines if each.disposition != "pending" and each.number not in gone}


@examples(60)
@given(broken(), st.data())
def test_no_reading_of_a_line_changes_what_is_decided_of_the_others(
    case: tuple[RulebaseDocuments, Json, dict[int, tuple[str, ...]]], data: st.DataObject
) -> None:
    held, claim, gone = case
    rulebase = held.rulebase()
    told = settled(rulebase, claim, gone)
    event(f"{len(told)} decided beside {sorted({*gone.values()})}")
    for each in readings(claim, gone, 4, data.draw):
        read_so = decide(rulebase, each)
        for number, before in told.items():
            after = read_so.line(number)
            assert (before.disposition, before.pays) == (after.disposition, after.pays)


BESIDE: Json = {"line.code": {"is": "A0002"}}
SUBJECT: Json = {"line.code": {"is": "A0001"}}
LISTED: Json = {"line.code": {"in": ["A0001", "A0002"]}}
OTHER_DAYS: dict[str, Json] = {
    "lines of any day": {"other_line": BESIDE | {"same_date": False}},
    "days of the claim": {"lines": {"window": "encounter", "itself": True, "where": LISTED, "dates": {"at_least": 2}}},
    "days of a week": {"lines": {"window": {"days": 7}, "itself": True, "where": LISTED, "dates": {"at_least": 2}}},
    "days since": {"lines": {"window": "year", "where": BESIDE, "days_since": {"at_least": 1}}},
}
"""Conditions that look at other days than the line's own; but for the first, no line of its own day changes them."""


@pytest.mark.parametrize("name", OTHER_DAYS)
def test_a_line_whose_rule_looks_at_other_days_needs_the_day_of_a_code_that_it_asks_for(name: str) -> None:
    rulebase = documents(policy(rule("r0", SUBJECT | OTHER_DAYS[name], "benefit", "excluded"))).rulebase()
    other_days = {"code": "A0001", "date": "2024-06-30"}
    for code, expected in (("A0002", ("lines[2].date",)), ("A0003", ())):
        claim = without(encounter(other_days, {"code": code}), {2: ("date",)})
        assert decide(rulebase, claim, presume={"history": True}).line(1).open == expected
