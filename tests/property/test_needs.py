"""What a pending line needs is what trying every value of its unknown facts finds, and no more than that."""

from collections.abc import Iterator
from itertools import combinations, islice, product
from typing import Any

import pytest
from hypothesis import event, given
from tests.property.documents import KNOWN_ON, PAYER, RulebaseDocuments, documents, encounter, policy, rule
from tests.property.effort import examples
from tests.property.generated import cases, completed, shuffled
from tests.property.words import ATTRIBUTES, DECLARED, Json, pool

from payrule.model.choices import Disposition
from payrule.results.determination import Determination, LineDetermination
from payrule.rulebase.rulebase import Rulebase

MOST_FACTS = 4
MOST_COMPLETIONS = 400
BEYOND_THE_POOL = ("npi", "taxonomy", "sender", "place")
"""Attributes of which rules name values that no generated encounter holds."""
GOALS: tuple[frozenset[Disposition], ...] = (
    frozenset({"payable", "undecided"}),
    frozenset({"returned"}),
    frozenset({"denied"}),
)


def decided(rulebase: Rulebase, encounter: Json) -> Determination:
    return rulebase.decide(encounter, payer=PAYER, known_on=KNOWN_ON, check=False)


def values(name: str) -> list[Any]:
    """List what an attribute may hold, as far as generated rules can tell."""
    several = [list(each) for size in range(3) for each in combinations(pool(name), size)]
    return several if DECLARED[name].many else list(dict.fromkeys(pool(name)))


def completions(encounter: Json, number: int, facts: tuple[str, ...]) -> Iterator[Json]:
    """Give the encounter with every choice of values of some facts, which are named as seen from a line."""
    places = []
    for fact in facts:
        name, line = fact, number
        if fact.startswith("lines["):
            at, _, rest = fact.removeprefix("lines[").partition("].")
            name, line = f"line.{rest}", int(at)
        index = next(at for at, each in enumerate(encounter["lines"]) if each["number"] == line)
        places.append((index if name.startswith("line.") else None, name))
    for chosen in product(*(values(name) for _, name in places)):
        whole = encounter
        for place, held in zip(places, chosen, strict=True):
            whole = completed(whole, place, held)
        yield whole


def can_settle(
    rulebase: Rulebase, encounter: Json, number: int, facts: tuple[str, ...], goal: frozenset[Disposition]
) -> bool:
    """Tell whether some values of these facts settle a line so, whatever all others are."""
    tried = islice(completions(encounter, number, facts), MOST_COMPLETIONS)
    return any(decided(rulebase, each).line(number).disposition in goal for each in tried)


def reaches(
    rulebase: Rulebase, encounter: Json, number: int, sets: set[frozenset[str]], goal: frozenset[Disposition]
) -> bool:
    """Tell whether some of these sets of facts can settle a line so."""
    return any(can_settle(rulebase, encounter, number, tuple(sorted(each)), goal) for each in sets)


def pending(answer: Determination) -> list[LineDetermination]:
    return [line for line in answer.lines if line.disposition == "pending"]


def is_plain(rulebase: Rulebase) -> bool:
    """Tell whether no rule asks what is computed, of which values cannot be chosen one by one."""
    computed = {name for name, each in DECLARED.items() if each.derived}
    text = str([(policy.rules, policy.facts) for each in rulebase.policies.values() for policy in each])
    shared = str(rulebase.documents.vocabulary.facts)
    return not any(f"'{name}'" in text + shared for name in computed)


def waits(line: LineDetermination) -> list[str]:
    """Name all that the line waits for."""
    return sorted({fact for each in line.possible or () for fact in each.waits_for} | set(line.open))


@examples(80)
@given(cases(presuming=False))
def test_needs_are_the_smallest_sets_of_facts_of_which_some_values_settle_the_line(
    case: tuple[RulebaseDocuments, Json],
) -> None:
    documents, encounter = case
    rulebase = documents.rulebase()
    for line in pending(decided(rulebase, encounter)) if is_plain(rulebase) else ():
        facts = waits(line)
        found = {frozenset(each) for each in line.needs or ()}
        if len(facts) > MOST_FACTS or not found or any(each.endswith(BEYOND_THE_POOL) for each in facts):
            continue
        goal = next(each for each in GOALS if reaches(rulebase, encounter, line.number, found, each))
        for better in GOALS[: GOALS.index(goal)]:
            assert not can_settle(rulebase, encounter, line.number, tuple(facts), better), (facts, better, line.needs)
        event(f"{sorted(goal)}, sets {len(found)}")
        for size in range(1, len(facts) + 1):
            for chosen in combinations(facts, size):
                settles = can_settle(rulebase, encounter, line.number, chosen, goal)
                holds = any(each <= set(chosen) for each in found)
                assert settles == holds, (chosen, goal, line.needs)


@examples(80)
@given(cases())
def test_needs_name_open_facts_alone_and_none_holds_another(case: tuple[RulebaseDocuments, Json]) -> None:
    documents, encounter = case
    rulebase = documents.rulebase()
    for line in pending(decided(rulebase, encounter)):
        sets = [frozenset(each) for each in line.needs or ()]
        assert sets or line.needs_bounded is True
        assert not any(one < two for one, two in product(sets, repeat=2))
        assert [(len(each), list(each)) for each in line.needs or ()] == sorted(
            (len(each), sorted(each)) for each in sets
        )


RECORDS = [f"line.record.r{at}" for at in range(16)]
MANY: Json = {
    "attributes": ATTRIBUTES | {name: {"type": "boolean", "summary": name, "from": "chart"} for name in RECORDS}
}


@pytest.mark.parametrize("least", [1, 2], ids=["any", "count"])
def test_needs_do_not_rest_on_the_order_of_parts_where_there_are_more_ways_than_are_followed(least: int) -> None:
    is_on_record = [{name: {"is": True}} for name in RECORDS]
    some = [is_on_record[at : at + 4] for at in range(0, len(RECORDS), 4)]
    parts = [{"any": each} if least == 1 else {"count": {"at_least": least, "of": each}} for each in some]
    facts = {f"part-{at}": {"summary": "a part", "when": each} for at, each in enumerate(parts)}
    of_code = {"line.code": {"is": "A0001"}}
    always = rule("always", of_code, "benefit", "excluded")
    waiting = rule(
        "waiting", {"all": [of_code, *({"fact": name} for name in facts)]}, "benefit", "covered", overrides=["always"]
    )
    found = set()
    for seed in range(8):
        written = shuffled(policy(always, waiting, facts=facts), seed)
        rulebase = documents(written, words=MANY).rulebase()
        line = decided(rulebase, encounter({"code": "A0001"})).line(1)
        found.add((line.disposition, line.needs, line.needs_bounded))
    assert [(disposition, bounded) for disposition, _, bounded in found] == [("pending", True)]
