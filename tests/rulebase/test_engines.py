"""Which execution decides: forward chaining unless another is chosen, which gives the same answers."""

import gc
import pickle
from typing import Any

import msgspec
import pytest
from tests.remembered import anew

from payrule.language.truth import Matches
from payrule.rulebase.compile import ENGINES, CompiledRules, Engine
from payrule.rulebase.decision import DisagreementError
from payrule.rulebase.rulebase import load
from payrule.source.diagnostics import RequestError
from payrule.source.files import payrule_version
from payrule.source.memory import Uncollected

CLAIM: dict[str, Any] = {
    "id": "E-1",
    "lines": [
        {"number": 1, "code": "97140", "date": "2024-03-01", "minutes": 23, "units": 2, "modifiers": ["59"]},
        {"number": 2, "code": "98941", "date": "2024-03-01", "provider": {"type": "chiropractor"}},
    ],
}
KNOWN_ON = "2026-01-01"


@pytest.mark.parametrize("payer", ["blue-cross", "medicare-part-b"])
def test_the_plan_answers_as_forward_chaining_does(payer: str) -> None:
    chained = load().decide(CLAIM, payer=payer, known_on=KNOWN_ON)
    planned = load(engine="plan").decide(CLAIM, payer=payer, known_on=KNOWN_ON)
    assert planned.engine == f"plan {payrule_version()}" != chained.engine
    assert msgspec.structs.replace(planned, engine=chained.engine) == chained


def test_an_engine_that_there_is_not_is_refused_by_name() -> None:
    with pytest.raises(RequestError, match="there is no engine `plans`"):
        load(engine="plans")  # type: ignore[arg-type]


def test_a_pickled_rulebase_keeps_its_engine() -> None:
    assert pickle.loads(pickle.dumps(load(engine="plan"))).engine == "plan"  # noqa: S301 - it was pickled here
    assert load().engine == "forward"


def test_a_plan_that_disagrees_with_the_reference_evaluator_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = Matches(frozenset(), frozenset())
    monkeypatch.setattr(CompiledRules, "referred", lambda _, __, subjects: tuple(nothing for _ in subjects))
    with anew(), pytest.raises(DisagreementError, match="the plan answers") as raised:
        load(engine="plan").decide(CLAIM, payer="blue-cross", known_on=KNOWN_ON)
    again = pickle.loads(pickle.dumps(raised.value))  # noqa: S301 - it was pickled here
    assert (again.engine, str(again)) == ("plan", str(raised.value))


@pytest.mark.parametrize("engine", ENGINES)
def test_a_decision_leaves_nothing_that_only_the_garbage_collector_frees(engine: Engine) -> None:
    rulebase = load(engine=engine)

    def decide(units: int) -> None:
        lines = [
            line | {"code": code, "units": units} for line, code in zip(CLAIM["lines"], ("97124", "97140"), strict=True)
        ]
        rulebase.decide(CLAIM | {"lines": lines}, payer="blue-cross", known_on=KNOWN_ON)

    decide(2)
    gc.collect()
    with Uncollected():
        decide(3)
        assert gc.collect() == 0
