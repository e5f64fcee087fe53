"""Counts of lines and quotas mean what trying everything finds, in every execution, and knowing more only narrows."""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import islice
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from tests.property.choosing import number, pick, picks, rarely, some
from tests.property.counted import MAYBE, NO, WORDS, YES, lines, quota, seen
from tests.property.documents import documents, policy, rule
from tests.property.effort import examples
from tests.property.generated import SEEDS, shuffled
from tests.property.test_executions import matched
from tests.property.words import Json
from tests.soak_counting import soak_generated, soak_plans

FIRST = date(2024, 2, 27)
WINDOWS: tuple[Any, ...] = (
    "date", "encounter", "patient-date", {"days": 2}, {"days": 3}, {"months": 1}, {"full_months": 1}, "year", "ever",
)  # fmt: skip
WHERE: tuple[Json, ...] = (
    {},
    {"line.code": {"is": "A0001"}},
    {"line.record.site": {"is": True}},
    {"not": {"line.record.site": {"is": True}}},
    {"line.units": {"at_least": 2}},
    {"line.date": {"before": "2024-02-29"}},
    {"any": [{"line.minutes": {"at_least": 2}}, {"line.modifiers": {"any_of": ["M1"]}}]},
)
SINGLE = ("line.code", "line.provider.npi", "line.record.site", "line.minutes")
AMOUNTS = ("line.units", "line.minutes", "line.pages", "line.miles")
MANY_CONDITIONS = 8
MANY_COMPLETIONS = 12

VALUES: dict[str, tuple[Any, ...]] = {
    "code": ("A0001", "A0002"),
    "units": (0, 1, 1.5, 2, 3, 6),
    "minutes": (0, 1, 2, 3, 4),
    "pages": (0, 1, 3),
    "miles": (0, 2, 7),
    "npi": ("N1", "N2"),
    "modifiers": ([], ["M1"], ["M1", "M2"], ["M2"]),
    "site": (True, False),
}
UNKNOWN_AT_FIRST = ("minutes", "pages", "miles", "npi", "site")


def nested(flat: Json) -> Json:
    found = {key: held for key, held in flat.items() if key not in ("npi", "site")}
    found |= {"provider": {"npi": flat["npi"]}} if "npi" in flat else {}
    return found | ({"record": {"site": flat["site"]}} if "site" in flat else {})


def line(draw: st.DrawFn, *, spans: bool, known: bool) -> Json:
    """Draw what a line says, flat."""
    found: Json = {}
    for key, values in VALUES.items():
        if key == "code" or not (rarely(draw, 3) or (key in UNKNOWN_AT_FIRST and not known and rarely(draw, 2))):
            found[key] = pick(draw, values)
    first = FIRST + timedelta(days=number(draw, 0, 4))
    found["date"] = first.isoformat()
    if spans and rarely(draw, 2):
        found["date_to"] = (first + timedelta(days=number(draw, 0, 3))).isoformat()
    return found


@st.composite
def claims(draw: st.DrawFn) -> Json:
    """Draw a claim of few lines and days, with earlier ones; what is nested is flat, so that it can be completed."""
    spans, known = not rarely(draw, 3), rarely(draw, 3)
    claim: Json = {"id": "E", "lines": []}
    for at in some(draw, (1, 2, 3), 1, 3):
        claim["lines"].append(line(draw, spans=spans, known=known) | {"number": at})
    claim["history"] = []
    for _ in range(pick(draw, (0, 0, 1, 2, 3))):
        found = line(draw, spans=spans and rarely(draw, 2), known=known) | {
            "claim": pick(draw, ("C1", "C2", "C3", "E"))
        }
        back = timedelta(days=pick(draw, (0, 1, 30, 60)))
        for key in {"date", "date_to"} & found.keys():
            found[key] = (date.fromisoformat(found[key]) - back).isoformat()
        # A claim and number is there once, or twice in one form.
        found["number"] = 1 + len(claim["history"])
        found |= {"reference": "R" + found["claim"][1:]} if rarely(draw, 3) else {}
        found |= {"frequency": "8"} if rarely(draw, 8) else {}
        found |= {"original_reference": pick(draw, ("C1", "R2", "E"))} if rarely(draw, 6) else {}
        claim["history"] += [found] * pick(draw, (1, 1, 1, 2))
    if not rarely(draw, 2):
        claim["history_from"] = pick(draw, ("2023-01-01", "2024-01-27", "2024-02-01", "2024-02-28", "2024-03-01"))
    return claim | ({"original": "C2"} if rarely(draw, 6) else {})


def written(claim: Json) -> Json:
    return claim | {key: [nested(each) for each in claim[key]] for key in ("lines", "history")}


def measured(draw: st.DrawFn) -> Json:
    return {test: number(draw, 0, 4) for test in some(draw, ("at_least", "at_most", "is"), 1, 2)}


def asked_lines(draw: st.DrawFn) -> Json:
    kind = pick(draw, ("count", "sum", "sum", "dates", "days_since"))
    measure = measured(draw) | ({"of": pick(draw, AMOUNTS)} if kind == "sum" else {})
    found = {"window": pick(draw, WINDOWS), kind: measure}
    found |= {"where": pick(draw, WHERE)} if rarely(draw, 2) else {}
    found |= {"same": some(draw, (*SINGLE, "line.modifiers"), 1, 2)} if rarely(draw, 2) else {}
    return found | ({"itself": True} if rarely(draw, 2) else {})


def asked_quota(draw: st.DrawFn) -> Json:
    found: Json = {"summary": "q", "of": pick(draw, ("lines", *AMOUNTS)), "at_most": number(draw, 1, 4)}
    found |= {"window": pick(draw, WINDOWS)} | ({"where": pick(draw, WHERE)} if rarely(draw, 2) else {})
    found |= {"same": some(draw, SINGLE, 1, 1)} if rarely(draw, 3) else {}
    first = picks(draw, ("line.units", "line.minutes", "line.pages"), 0, 2)
    return found | ({"first": [{pick(draw, ("highest", "lowest")): each} for each in first]} if first else {})


@st.composite
def conditions(draw: st.DrawFn) -> tuple[Json, list[Json]]:
    """Draw quotas, and conditions that ask for them or for lines."""
    quotas = {f"q{at}": asked_quota(draw) for at in range(number(draw, 1, 3))}
    found: list[Json] = [
        {"quota": {pick(draw, tuple(quotas)): {pick(draw, ("within", "over")): measured(draw)}}}
        for _ in range(MANY_CONDITIONS // 2)
    ]
    return quotas, [*found, *({"lines": asked_lines(draw)} for _ in range(MANY_CONDITIONS // 2))]


def tried(quotas: Json, asked: list[Json], claim: Json) -> list[list[int]]:
    """Say for each day of a claim how true each condition is, by trying everything."""
    found = []
    patient = seen(claim)
    for day in patient.billed:
        truths = []
        for each in asked:
            ((form, held),) = each.items()
            if form == "lines":
                truths.append(lines(held, patient, day))
            else:
                ((name, ((kind, tests),)),) = ((name, said.items()) for name, said in held.items())
                truths.append(quota(quotas[name], kind, tests, patient, day))
        found.append(truths)
    return found


def executed(quotas: Json, asked: list[Json], claim: Json) -> list[list[int]]:
    """Say the same by both executions, which agree."""
    rules = [rule(f"r{at}", each, "benefit", "excluded") for at, each in enumerate(asked)]
    rulebase = documents(policy(*rules, quotas=quotas), words=WORDS).rulebase()
    _, _, found = matched(rulebase, claim)
    names = [f"p0/r{at}" for at in range(len(asked))]
    return [[YES if n in day.definite else MAYBE if n in day.possible else NO for n in names] for day in found]


@examples(300)
@given(conditions(), claims(), SEEDS)
def test_counts_are_what_trying_everything_finds(conditions: tuple[Json, list[Json]], claim: Json, seed: int) -> None:
    quotas, asked = conditions
    expected = tried(quotas, asked, written(claim))
    assert executed(quotas, asked, written(claim)) == expected
    assert executed(quotas, asked, shuffled(written(claim), seed, frozenset({"first"}))) == expected
    for truths in expected:
        for each, truth in zip(asked, truths, strict=True):
            event(f"{next(iter(each))}: {truth}")


def completions(claim: Json, chance: random.Random) -> Iterator[Json]:
    """Give the claim with more known, or all: values, and lines that nobody gave, with an earlier `history_from`."""
    while True:
        found: Json = claim | {key: [dict(each) for each in claim[key]] for key in ("lines", "history")}
        rate = chance.choice((0.5, 1.0))
        for each in (*found["lines"], *found["history"]):
            for key in UNKNOWN_AT_FIRST:
                if key not in each and chance.random() < rate:
                    each[key] = chance.choice(VALUES[key])
        since = claim.get("history_from", "2024-03-06")
        if chance.random() < rate:
            found["history_from"] = chance.choice(
                [day for day in ("2022-01-01", "2024-02-01") if day <= since] or [since]
            )
            for at in range(chance.randint(0, 2)):
                day = date.fromisoformat(since) - timedelta(days=chance.choice((1, 2, 3, 30, 40)))
                more = {key: chance.choice(values) for key, values in VALUES.items()}
                found["history"].append(more | {"claim": f"D{at}", "number": 1, "date": day.isoformat()})
        yield found


@examples(300)
@given(conditions(), claims(), SEEDS)
def test_knowing_more_never_changes_what_stands(conditions: tuple[Json, list[Json]], claim: Json, seed: int) -> None:
    """What is found to stand is so whatever is not known turns out to be: other values, other lines."""
    quotas, asked = conditions
    before = executed(quotas, asked, written(claim))
    chance = random.Random(seed)  # noqa: S311 - the same completions each time, no secret
    for more in islice(completions(claim, chance), MANY_COMPLETIONS):
        after = tried(quotas, asked, written(more))
        for truths, later in zip(before, after, strict=True):
            for each, one, two in zip(asked, truths, later, strict=True):
                assert one in (MAYBE, two), (each, more)
                event(f"{one} becomes {two}")


@pytest.mark.slow
def test_executions_give_the_same_answers_where_lines_are_counted_and_parts_are_paid() -> None:
    """A short run of `make soak-counting`."""
    for counted in (soak_generated(400, 0), soak_plans(60, 0)):
        assert counted["answers that differ"] == 0
        assert min(counted[each] for each in ("paid in part", "pending", "denied", "with a history")) > 0
    assert counted["answers by columns"] > 0
