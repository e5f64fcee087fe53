"""Of many rules those are compiled that a claim needs, until all of them are."""

from collections.abc import Mapping
from typing import Any

import pytest
from tests.execute.chaining_scenes import scene_of
from tests.property.documents import decide, documents, encounter, policy, rule

from payrule.encounter.encounter import CODE
from payrule.execute.on_demand import FEW_LINES, OnDemand
from payrule.execute.plan.match import PlannedRules
from payrule.execute.sizes import Sizes
from payrule.language.lower import All, Formula, Not, OneOf, Range, Some
from payrule.model.values import ValueSet
from payrule.rulebase.compile import ENGINES, Engine
from payrule.rulebase.rulebase import Rulebase
from payrule.source.diagnostics import LimitError

MANY = Range("line.units", 2, None)


def of_codes(*codes: str) -> OneOf:
    return OneOf(CODE, ValueSet.of(codes, ranges=True))


RULES: dict[str, Formula] = {
    "p/one": of_codes("A0001"),
    "p/units": All((MANY, of_codes("A0001", "A0002"))),
    "p/other": All((of_codes("A0002"), MANY)),
    "p/range": of_codes("A0001-A0003"),
    "p/not": Not(of_codes("A0001")),
    "p/some": Some((of_codes("A0001"), MANY)),
    **{f"p/none-{at:02}": of_codes(f"B{at:04}") for at in range(20)},
}
ANYWHERE = ["p/not", "p/range", "p/some"]


@pytest.fixture
def made() -> list[list[str]]:
    """Note which rules are compiled together."""
    return []


@pytest.fixture
def on_demand(made: list[list[str]]) -> OnDemand:
    def make(rules: Mapping[str, Formula]) -> PlannedRules:
        made.append(sorted(rules))
        return PlannedRules(rules, {})

    return OnDemand(RULES, Sizes((), {}), make, lambda: make(RULES))


def test_a_claim_has_those_rules_compiled_that_can_match_its_codes(on_demand: OnDemand, made: list[list[str]]) -> None:
    (matches,) = on_demand.match(scene_of([{CODE: "A0001", "line.units": 3}]))
    assert matches.definite == {"p/one", "p/units", "p/range", "p/some"}
    assert made == [sorted([*ANYWHERE, "p/one", "p/units"])]
    on_demand.match(scene_of([{CODE: "A0001"}, {CODE: "A0001"}, {CODE: "A0002"}]), [0, 1])
    assert len(made) == 1


def test_all_rules_are_compiled_once_a_third_of_them_is(on_demand: OnDemand, made: list[list[str]]) -> None:
    for code in ("A0001", "B0001", "B0002", "B0003"):
        on_demand.match(scene_of([{CODE: code}]))
    assert [len(each) for each in made] == [5, len(RULES)]


@pytest.mark.parametrize("lines", [[{}], [{CODE: "A0001"}] * (FEW_LINES + 1)], ids=["no code", "many lines"])
def test_a_line_without_a_code_and_a_long_claim_have_all_compiled(
    lines: list[dict[str, str]], on_demand: OnDemand, made: list[list[str]]
) -> None:
    on_demand.match(scene_of(lines))
    assert made == [sorted(RULES)]


def test_a_claim_is_measured_by_all_rules() -> None:
    class Strict(Sizes):
        def check(self, scene: object) -> None:
            raise LimitError.of("encounter-too-large", f"{scene}", "split it")

    on_demand = OnDemand(RULES, Strict((), {}), lambda rules: PlannedRules(rules, {}), lambda: PlannedRules(RULES, {}))
    with pytest.raises(LimitError):
        on_demand.match(scene_of([{CODE: "A0001"}]))


JOINED = {f"f{at:02}": {"summary": "f", "when": {"line.units": {"at_least": at + 1}}} for at in range(16)}
"""Definitions of which the engine can join 14."""
REFUSED: dict[Engine, Any] = {
    "forward": {"all": [{"fact": name} for name in JOINED]},
    "plan": {"all": [{"any": [{"line.units": {"is": at}}, {"line.minutes": {"is": at}}]} for at in range(7)]},
}


@pytest.mark.parametrize("engine", ENGINES)
def test_a_rule_that_cannot_be_carried_is_refused_whatever_the_claim(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("payrule.rulebase.compile.FEW_RULES", 0)
    of_others = rule("big", {"line.code": {"is": "A0009"}, **REFUSED[engine]}, "benefit", "excluded")
    small = rule("small", {"line.code": {"is": "A0001"}}, "benefit", "excluded")
    read = documents(policy(small, of_others, facts=JOINED)).rulebase().documents
    with pytest.raises(LimitError, match="rule `p0/big`"):
        decide(Rulebase(read, engine), encounter({"code": "A0001", "units": 1}))
