"""A line of several days is its days; and every execution leaves out what is settled before rules are asked."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import islice, product
from typing import NamedTuple

import msgspec
import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from tests.answers import said
from tests.property.documents import RulebaseDocuments, decide
from tests.property.effort import examples
from tests.property.encoded import Encodings, by_number
from tests.property.generated import SEEDS, cases, rulebases, subjects
from tests.property.quick import quick_encounters
from tests.property.sides import one_side
from tests.property.words import ATTRIBUTES, Json

from payrule.analysis.difference import answer_of
from payrule.model.choices import Disposition
from payrule.rulebase.rulebase import Rulebase

STRONGEST: tuple[Disposition, ...] = ("denied", "pending", "returned", "undecided", "payable")

SPANS: Json = {
    "attributes": ATTRIBUTES | {"line.date_to": {"type": "date", "summary": "last day"}},
    "spans": {"first": "line.date", "last": "line.date_to", "spread": ["line.units", "line.minutes"]},
}
AT_DOOR: Json = {
    "begins": {"line.modifiers": {"X1": "2024-07-01", "M2": "2024-07-02"}},
    "retired": {
        "codes": {"A0002": "2024-06-30", "A0005": "2024-07-01", "B0001": "2020-01-01"},
        "answer": {"concern": "coding", "value": "miscoded", "summary": "It ended.", "remittance": {"carc": "181"}},
    },
}
LONGEST = 3
MOST_LINES = 3


def with_words(documents: RulebaseDocuments, words: Json) -> RulebaseDocuments:
    return msgspec.structs.replace(documents, words=documents.words | words)


class Spanning(NamedTuple):
    """A rulebase, and an encounter in which some lines cover several days."""

    rulebase: Rulebase
    plain: Rulebase
    encounter: Json


@st.composite
def spanning(draw: st.DrawFn, *, divides: bool) -> Spanning:
    """Draw an encounter with spans; their amounts divide evenly among the days, or need not."""
    attributes = draw(subjects())
    documents = draw(rulebases(attributes))
    (encounter,) = islice(quick_encounters((*attributes, "line.units"), draw(SEEDS)), 1)
    for line in encounter["lines"][:MOST_LINES]:
        days = draw(st.integers(1, LONGEST))
        line["date_to"] = (date.fromisoformat(line["date"]) + timedelta(days=days - 1)).isoformat()
        if divides:
            for amount in ("units", "minutes"):
                if line.get(amount) is not None or amount == "units":
                    line[amount] = line.get(amount, 1) * days
    encounter["lines"] = encounter["lines"][:MOST_LINES]
    return Spanning(with_words(documents, SPANS).rulebase(), documents.rulebase(), encounter)


def days_of(line: Json) -> list[str]:
    first, last = (date.fromisoformat(line[name]) for name in ("date", "date_to"))
    return [(first + timedelta(days=after)).isoformat() for after in range((last - first).days + 1)]


def on(line: Json, day: str, number: int) -> Json:
    """Write a line of several days as it is on one, its amounts in equal parts."""
    count = len(days_of(line))
    parts = {name: line[name] // count for name in ("units", "minutes") if line.get(name) is not None}
    return {key: each for key, each in line.items() if key != "date_to"} | parts | {"date": day, "number": number}


def alone(encounter: Json, subject: Json, day: str) -> Json:
    """Write the encounter that a day of a line is decided in: that day of it, and every day of all other lines."""
    numbers = {line["number"]: 1 + place * LONGEST for place, line in enumerate(by_number(encounter)["lines"])}
    lines = [on(subject, day, numbers[subject["number"]])]
    for line in encounter["lines"]:
        if line is not subject:
            lines += [on(line, each, numbers[line["number"]] + at) for at, each in enumerate(days_of(line))]
    return encounter | {"lines": lines}


def together(dispositions: list[Disposition]) -> Disposition:
    return min(dispositions, key=STRONGEST.index)


@examples(30)
@given(spanning(divides=True))
def test_a_line_is_what_its_days_are_together(case: Spanning) -> None:
    """Each day is decided as in a claim of lines of one day; both executions agree, or `decide` would raise."""
    found = decide(case.rulebase, case.encounter)
    for line in case.encounter["lines"]:
        number = 1 + [each["number"] for each in by_number(case.encounter)["lines"]].index(line["number"]) * LONGEST
        days = [decide(case.plain, alone(case.encounter, line, day), check=False).line(number) for day in days_of(line)]
        answer = found.line(line["number"])
        event(f"{answer.disposition} of {sorted({each.disposition for each in days})}")
        assert answer.disposition == together([each.disposition for each in days])
        assert {reason.name for reason in answer.reasons} <= {each.name for day in days for each in day.reasons}
        deciding = [each for each in days if each.disposition == answer.disposition]
        assert (answer.concern, answer.liability) in {(each.concern, each.liability) for each in deciding}


def parts(total: int, days: int) -> Iterator[tuple[int, ...]]:
    """List every way in which an amount can lie on days."""
    if days == 1:
        yield (total,)
        return
    for first in range(total + 1):
        yield from ((first, *rest) for rest in parts(total - first, days - 1))


def completions(encounter: Json) -> Iterator[Json]:
    """Write the encounter with a line for each day, for every way in which units can lie on the days."""
    lines = by_number(encounter)["lines"]
    choices = [list(parts(line.get("units", 1), len(days_of(line)))) for line in lines]
    for chosen in islice(product(*choices), 40):
        found = []
        for place, (line, units) in enumerate(zip(lines, chosen, strict=True)):
            divides = line.get("minutes") is not None and line["minutes"] % len(units) == 0
            minutes = {"minutes": line["minutes"] // len(units) if divides else None}
            for at, (day, each) in enumerate(zip(days_of(line), units, strict=True)):
                bare = {key: value for key, value in line.items() if key != "date_to"}
                found.append(bare | minutes | {"date": day, "units": each, "number": 1 + place * LONGEST + at})
        yield encounter | {"lines": found}


@pytest.mark.slow
@examples(15)
@given(spanning(divides=False))
def test_no_way_in_which_units_lie_on_days_changes_what_stands(case: Spanning) -> None:
    found = decide(case.rulebase, case.encounter)
    lines = by_number(case.encounter)["lines"]
    for whole in completions(case.encounter):
        for place, line in enumerate(lines):
            answer = found.line(line["number"])
            numbers = range(1 + place * LONGEST, 1 + place * LONGEST + len(days_of(line)))
            own = [each for each in whole["lines"] if each["number"] in numbers]
            others = [each for each in whole["lines"] if each["number"] not in numbers]
            days = [
                decide(case.plain, whole | {"lines": [day, *others]}, check=False).line(day["number"]) for day in own
            ]
            event(answer.disposition)
            if answer.disposition != "pending":
                assert answer.disposition == together([each.disposition for each in days])


# Codes that had ended and values of a later day


@examples(30)
@given(cases())
def test_encoded_claims_are_those_that_rules_are_asked_about_and_no_others(
    case: tuple[RulebaseDocuments, Json],
) -> None:
    documents, data = with_words(case[0], AT_DOOR), by_number({k: v for k, v in case[1].items() if k != "sender"})
    of = one_side(documents)
    encounter = of.rulebase.encounter(data)
    decided = of.decide(data).lines
    in_force = of.rulebase.in_days(encounter)
    encodings = Encodings([of], len(encounter.lines) - 1)
    for index, line in enumerate(encounter.lines):
        of_line = encodings.of(line)
        fixed = list(of_line.fixed(data, encounter, index))
        seen = [index, *of_line.seen(encounter, index)]
        asked = {slot.attribute for slot in of_line.space.slots()}
        is_late = "line.modifiers" in asked and any(encounter.lines[at] != in_force.lines[at] for at in seen)
        event(f"late: {is_late}, ended: {of.rulebase.is_retired(line)}")
        if is_late:
            continue
        if of.rulebase.is_retired(line):
            assert decided[index].reasons[0].rule == "retired-code"
        elif of_line.solver.holds(fixed):
            assert of_line.answered(0) == said(answer_of(decided[index]))
        else:
            raise AssertionError(f"no encoding of line {line.number} of {data}")


@examples(25)
@given(cases())
def test_a_later_value_answers_as_if_it_were_not_there(case: tuple[RulebaseDocuments, Json]) -> None:
    documents, data = with_words(case[0], AT_DOOR), case[1]
    rulebase = documents.rulebase()
    bare = data | {"lines": [dict(line) for line in data["lines"]]}
    for line in bare["lines"]:
        firsts = AT_DOOR["begins"]["line.modifiers"]
        held = line.get("modifiers") or []
        line["modifiers"] = [each for each in held if each not in firsts or line["date"] >= firsts[each]]
    assert decide(rulebase, data).lines == decide(rulebase, bare).lines
