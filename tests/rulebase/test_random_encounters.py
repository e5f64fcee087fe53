"""Random encounters for the shipped policies are well formed, the same for a seed, and of every disposition."""

from itertools import islice

import pytest
from tests.property.effort import scaled
from tests.random_encounters import RandomEncounters
from tests.soak import soak

from payrule.rulebase.rulebase import Rulebase, load


@pytest.fixture(scope="module")
def rulebase() -> Rulebase:
    return load()


def test_one_seed_draws_the_same_encounters(rulebase: Rulebase) -> None:
    first, second, other = (list(islice(RandomEncounters(rulebase, seed), 20)) for seed in (1, 1, 2))
    assert first == second != other


def test_encounters_are_well_formed(rulebase: Rulebase) -> None:
    for encounter in islice(RandomEncounters(rulebase), 300):
        assert rulebase.validator.read(encounter, strict=True)[1] == ()


@pytest.mark.slow
def test_executions_agree_and_every_disposition_comes_about(rulebase: Rulebase) -> None:
    number = max(200, scaled(1_000))
    counted = {
        payer: soak(rulebase, Rulebase(rulebase.documents, "plan"), payer, encounters=number, seed=0)
        for payer in rulebase.payers
    }
    assert [disagreed for _, disagreed in counted.values()] == [None] * len(counted)
    found = {name for each, _ in counted.values() for name in each if each[name]}
    assert {"payable", "denied", "returned", "pending", "undecided", "conflicts"} <= found
