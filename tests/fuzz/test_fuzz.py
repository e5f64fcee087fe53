"""Whatever bytes come in: no exception but the library's own, and what came in is decided, rejected or void."""

from collections import Counter
from pathlib import Path

import pytest
from tests.fuzz.claims import KNOWN_ON, encounters, payer
from tests.fuzz.target import CORPUS, Target, try_many, try_one
from tests.fuzz.targets import TARGETS
from tests.property.effort import scaled

from payrule import load
from payrule.language.truth import Matches
from payrule.rulebase.decision import DisagreementError

STORED = [(target, path) for target in TARGETS.values() for path in target.corpus()]


@pytest.mark.parametrize(("target", "path"), STORED, ids=[f"{path.parent.name}/{path.name}" for _, path in STORED])
def test_what_failed_once_does_not_fail_again(target: Target, path: Path) -> None:
    assert try_one(target, path.read_bytes())["inputs"] == 1


LONG = {"x12", "ncci-ptp", "ncci-mue", "ncci-addon", "parquet", "example"}
"""Targets whose inputs take long; the tests of their formats damage some, too."""


@pytest.mark.parametrize(
    "target", [pytest.param(each, marks=[pytest.mark.slow] * (name in LONG), id=name) for name, each in TARGETS.items()]
)
def test_damage_is_refused_in_words_and_nothing_is_lost(target: Target) -> None:
    number = min(target.each, max(5, scaled(target.each)))
    figures = try_many(target, 0, number)
    assert figures["inputs"] == number
    assert sum((try_one(target, seed) for seed in target.seeds), figures)["decided"] > 0, figures
    assert figures["refused"] + figures["rejected"] > 0, figures


@pytest.mark.slow
@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_more_damage_of_the_same_kinds(target: Target) -> None:
    assert try_many(target, 100_000, 3 * target.each)["inputs"] == 3 * target.each


def test_every_stored_input_has_its_target() -> None:
    assert {path.name for path in CORPUS.iterdir() if path.is_dir()} <= TARGETS.keys()


def test_what_comes_in_and_not_out_is_a_failure() -> None:
    lossy = Target("lossy", lambda _: Counter({"in": 2, "decided": 1}), [b"seed"])
    with pytest.raises(AssertionError, match="not what went out"):
        try_one(lossy, b"")


def test_executions_that_disagree_are_a_failure() -> None:
    def disagreeing(_: bytes) -> Counter[str]:
        decided = load().decide(encounters(1)[0], payer=payer(), known_on=KNOWN_ON).lines[0]
        answer = Matches(frozenset(), frozenset()), decided
        raise DisagreementError("E", 1, answer, answer)

    with pytest.raises(DisagreementError):
        try_one(Target("disagreeing", disagreeing, [b"seed"]), b"")
