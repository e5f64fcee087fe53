"""Computed attributes of random claims: as worked out here from JSON, alike in each execution, and narrowing only."""

from calendar import isleap
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from hypothesis import event, given
from hypothesis import strategies as st
from tests.language.test_computed import COMPUTED, WORDS
from tests.property.columnar import by_columns, one_by_one
from tests.property.documents import KNOWN_ON, PAYER, decide, documents, encounter, policy, rule
from tests.property.effort import examples

from payrule.rulebase.rulebase import Rulebase

Json = dict[str, Any]

DAYS = ("2022-02-28", "2022-03-01", "2024-02-28", "2024-02-29", "2024-03-01", "2024-12-31", "2025-01-01")
BIRTHS = ("2004-02-28", "2004-02-29", "2004-03-01", "2024-02-29", "2024-01-31", "2024-12-31")
CODES = ("A", "B", "C")
NUMBERS = ("patient.years", "line.months", "line.days", "line.wait", "line.rest", "line.left")
SINGLE = ("line.diagnosis", "line.mark", "encounter.principal")

tests_of_numbers = st.builds(
    lambda name, test, value: {name: {test: value}},
    st.sampled_from(NUMBERS),
    st.sampled_from(["is", "at_least", "at_most"]),
    st.integers(-3, 3) | st.sampled_from([17, 18, 19, 20, 365, 366]),
)
tests_of_codes = st.builds(
    lambda name, value: {name: {"is": value if name != "line.mark" else {"A": "M1", "B": "M2"}.get(value, "none")}},
    st.sampled_from(SINGLE),
    st.sampled_from([*CODES, "none"]),
)
tests_of_lists = st.builds(
    lambda test, values: {"line.diagnoses": {test: sorted(values)}},
    st.sampled_from(["any_of", "all_of", "none_of"]),
    st.sets(st.sampled_from(CODES), min_size=1, max_size=2),
)
single = tests_of_numbers | tests_of_codes | tests_of_lists


def joined(parts: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    return st.builds(lambda part: {"not": part}, parts) | st.builds(lambda one, two: {"any": [one, two]}, parts, parts)


local = st.recursive(single, joined, max_leaves=3)
others = st.builds(lambda inside: {"other_line": inside | {"same_date": False}}, single)
counts = st.builds(
    lambda inside, many: {
        "lines": {"window": "encounter", "itself": True, "where": inside, "count": {"at_least": many}}
    },
    local,
    st.integers(1, 2),
)
conditions = local | others | counts


@st.composite
def claims(draw: st.DrawFn, *, giving: bool) -> Json:
    """Draw a claim that says this and that; with `giving` also computed values, whatever these are computed from."""

    def some(key: str, values: st.SearchStrategy[Any]) -> Json:
        return {key: draw(values)} if draw(st.booleans()) else {}

    numbers, codes = st.integers(0, 4), st.lists(st.sampled_from(CODES), max_size=3, unique=True)
    lines = []
    for _ in range(draw(st.integers(1, 3))):
        line = {"date": draw(st.sampled_from(DAYS))} | some("minutes", numbers) | some("units", numbers)
        line |= some("modifiers", st.lists(st.sampled_from(["M1", "M2", "X1"]), max_size=2, unique=True))
        line |= some("pointers", st.lists(st.integers(1, 3), max_size=3, unique=True))
        if giving:
            line |= some("rest", numbers) | some("wait", numbers) | some("diagnoses", codes)
        lines.append(line)
    patient = some("birth_date", st.sampled_from(BIRTHS)) | (some("years", st.integers(16, 20)) if giving else {})
    above = some("received", st.sampled_from(DAYS)) | some("diagnoses", codes)
    return encounter(*lines, patient=patient, **above)


def of(*when: Json) -> Rulebase:
    values = ("excluded", "covered")
    rules = [rule(f"r{at}", each, "benefit", values[at % 2]) for at, each in enumerate(when)]
    return documents(policy(*rules), words=WORDS).rulebase()


def completed(born: date, day: date, unit: str) -> int | None:
    """Count the anniversaries, one after the other."""
    if day < born:
        return None
    if unit == "days":
        return sum(1 for _ in range((day - born).days))
    count, months = 0, 12 if unit == "years" else 1
    while True:
        month = born.month - 1 + (count + 1) * months
        year, month = born.year + month // 12, month % 12 + 1
        last = [31, 29 if isleap(year) else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
        anniversary = date(year, month, last) + timedelta(days=1) if born.day > last else date(year, month, born.day)
        if anniversary > day:
            return count
        count += 1


def worked_out(claim: Json, line: Json) -> Iterator[tuple[str, Any]]:
    """Work out what is computed of a line, from JSON alone."""
    day, patient = date.fromisoformat(line["date"]), claim["patient"]
    born = date.fromisoformat(patient["birth_date"]) if "birth_date" in patient else None
    received = date.fromisoformat(claim["received"]) if "received" in claim else None
    yield "patient.years", patient.get("years") if born is None else completed(born, day, "years")
    yield "line.months", None if born is None else completed(born, day, "months")
    yield "line.days", None if born is None or received is None else completed(born, received, "days")
    yield "line.wait", line.get("wait", None if received is None else (received - day).days)
    units = line.get("units", 1)
    rest = line.get("rest", None if "minutes" not in line else line["minutes"] - units)
    yield "line.rest", rest
    yield "line.left", None if rest is None else rest - units
    listed, pointers = claim.get("diagnoses"), line.get("pointers")
    pointed = line.get("diagnoses")
    if pointed is None and listed is not None and pointers is not None:
        pointed = [listed[at - 1] for at in pointers if at <= len(listed)]
    yield "line.diagnoses", None if pointed is None else frozenset(pointed)
    yield "line.diagnosis", None if pointed is None else (pointed or ["none"])[0]
    marks = [each for each in line.get("modifiers", []) if each != "X1" or line["date"] >= "2025-01-01"]
    yield "line.mark", (marks or ["none"])[0]
    yield "encounter.principal", None if listed is None else (listed or ["none"])[0]


@examples(100)
@given(st.lists(conditions, min_size=1, max_size=3), claims(giving=True))
def test_each_execution_reads_what_is_worked_out_here(when: list[Json], claim: Json) -> None:
    rulebase = of(*when)
    taken = rulebase.encounter(claim)
    found = decide(rulebase, claim)
    event(f"pending {any(each.disposition == 'pending' for each in found.lines)}")
    terms = rulebase.terms(payer=PAYER, known_on=KNOWN_ON)
    ((program, _),) = rulebase.programs_for(terms, taken)
    for line, seen in zip(claim["lines"], program.scene(taken).lines, strict=True):
        known = {name: value for name, value in worked_out(claim, line) if value is not None}
        computed = {name: value for name, value in seen.values.items() if name in COMPUTED and name in program.wanted}
        assert computed == {name: known[name] for name in known if name in program.wanted}
    assert by_columns(rulebase, [taken], PAYER, KNOWN_ON) == one_by_one(rulebase, [taken], PAYER, KNOWN_ON)


def fewer(claim: Json) -> Iterator[Json]:
    """Leave out one thing that may be unknown."""
    for key in ("received", "diagnoses"):
        if key in claim:
            yield {name: value for name, value in claim.items() if name != key}
    if claim["patient"]:
        yield claim | {"patient": {}}
    for at, line in enumerate(claim["lines"]):
        for key in ("minutes", "pointers"):
            if key in line:
                less = {name: value for name, value in line.items() if name != key}
                yield claim | {"lines": [*claim["lines"][:at], less, *claim["lines"][at + 1 :]]}


@examples(60)
@given(conditions, claims(giving=False))
def test_knowing_more_never_changes_what_stands(when: Json, claim: Json) -> None:
    rulebase = of(when)
    whole = decide(rulebase, claim)
    for less in fewer(claim):
        for before, after in zip(decide(rulebase, less).lines, whole.lines, strict=True):
            if before.disposition != "pending":
                event("stood")
                assert after.disposition == before.disposition
