"""Step 5 in closed form gives what an enumeration of all scenarios gives."""

from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import Any

from hypothesis import event, given
from hypothesis import strategies as st

from payrule.model.choices import LIABILITIES
from payrule.model.policy import Conclude, Policy, Rule
from payrule.model.vocabulary import Concern, ConcernValue, Regions, Timed, Vocabulary
from payrule.resolve.scenarios import Prospects, reach
from payrule.resolve.settle import BoundConcern, BoundRule, bind, decider, outcome


def concern(name: str, settled: Any, *values: tuple[str, Any]) -> Concern:
    """Make a concern from its values, strictest first."""
    return Concern(
        id=name,
        settled=settled,
        summary=name,
        values=tuple(ConcernValue(value=value, effect=effect, summary=value) for value, effect in values),
    )


VOCABULARY = Vocabulary(
    kind="vocabulary",
    attributes={},
    regions=Regions(contiguous=()),
    timed=Timed(codes=(), method="cms-8-minute"),
    concerns=(
        concern("benefit", "ranked", ("excluded", "denied"), ("covered", "affirmative")),
        concern("coding", "cumulative", ("miscoded", "returned"), ("valid", "neutral")),
        concern("bundling", "cumulative", ("bundled", "denied"), ("separate", "affirmative")),
        concern("necessity", "ranked", ("not-met", "denied"), ("unclear", "neutral"), ("met", "affirmative")),
    ),
)
Names = frozenset[str]
Case = tuple[tuple[BoundConcern, ...], Names, Names]
"""Bound rules, the definite matches, and the waiting ones."""

VALUES = [(each.id, value.value) for each in VOCABULARY.concerns for value in each.values]


@st.composite
def bindings(draw: st.DrawFn) -> tuple[BoundConcern, ...]:
    """Draw tiers of policies whose rules override each other without cycles."""
    tiers = []
    for tier in range(draw(st.integers(1, 3))):
        policies = []
        for number in range(draw(st.integers(1, 2))):
            rules: list[Rule] = []
            for index in range(draw(st.integers(0, 4))):
                about, value = draw(st.sampled_from(VALUES))
                same = [rule.id for rule in rules if rule.conclude.concern == about]
                overrides = draw(st.lists(st.sampled_from(same), unique=True)) if same else []
                liability = draw(st.sampled_from([*LIABILITIES, None]))
                conclude = Conclude(concern=about, value=value, liability=liability)
                rules.append(Rule(id=f"r{index}", summary="x", when={}, conclude=conclude, overrides=tuple(overrides)))
            policies.append(
                Policy(
                    kind="policy",
                    id=f"p{tier}{number}",
                    version="1.0.0",
                    title="x",
                    issuer="x",
                    authority="lcd",
                    status="in-force",
                    rules=tuple(rules),
                )
            )
        tiers.append(policies)
    return bind(tiers, VOCABULARY)


@st.composite
def matched(draw: st.DrawFn) -> Case:
    """Draw bound rules with a state for each: definite, waiting, or not matching."""
    concerns = draw(bindings())
    names = [rule.name for each in concerns for rule in each.rules]
    states = {name: draw(st.sampled_from(["definite", "waiting", "waiting", "no"])) for name in names}
    definite = frozenset(name for name, state in states.items() if state == "definite")
    waiting = [name for name, state in states.items() if state == "waiting"][:9]
    return concerns, definite, frozenset(waiting)


def scenarios(definite: Names, waiting: Iterable[str]) -> Iterator[Names]:
    """List every set of matches between the definite ones and the possible ones."""
    listed = sorted(waiting)
    for size in range(len(listed) + 1):
        for chosen in combinations(listed, size):
            yield definite | frozenset(chosen)


def told(concerns: tuple[BoundConcern, ...], definite: Names, waiting: Names) -> Prospects:
    """Ask the closed form, of all concerns."""
    return Prospects.of(reach(each, definite, definite | waiting) for each in concerns)


@given(matched())
def test_closed_form_gives_the_dispositions_of_all_scenarios(case: Case) -> None:
    concerns, definite, waiting = case
    expected = {outcome(concerns, each).disposition for each in scenarios(definite, waiting)}
    event(f"dispositions: {len(expected)}")
    assert told(*case).dispositions() == expected


@given(matched())
def test_closed_form_gives_the_liabilities_of_all_scenarios(case: Case) -> None:
    concerns, definite, waiting = case
    found = [outcome(concerns, each) for each in scenarios(definite, waiting)]
    assert told(*case).liabilities() == {each.liability for each in found if each.disposition == "denied"}


@given(matched())
def test_a_waiting_rule_matters_when_its_presence_changes_an_outcome(case: Case) -> None:
    concerns, definite, waiting = case
    expected = {
        name
        for name in waiting
        for each in scenarios(definite, waiting - {name})
        if outcome(concerns, each) != outcome(concerns, each | {name})
    }
    event(f"rules that matter: {len(expected)} of {len(waiting)}")
    assert set(told(*case).mattering()) == expected


def deciding_rule(concerns: tuple[BoundConcern, ...], matching: Names) -> BoundRule | None:
    """Find the rule that decides a line on one set of matches."""
    found = outcome(concerns, matching)
    return next((decider(each, matching) for each in concerns if each.id == found.concern), None)


@given(matched())
def test_closed_form_gives_the_rules_that_decide_in_some_scenario(case: Case) -> None:
    concerns, definite, waiting = case
    deciding = [deciding_rule(concerns, each) for each in scenarios(definite, waiting)]
    expected = {rule.name for rule in deciding if rule is not None}
    assert {rule.name for rule in told(*case).deciders()} == expected
