"""The way of a claim through the engine stays short: few modules run, from documents to rules and to an answer."""

import pytest
from benchmarks.modules_touched import MOST_TO_COMPILE, MOST_TO_DECIDE, compiled, decided, touched
from tests.remembered import anew

from payrule.rulebase.rulebase import load


@pytest.mark.slow
def test_few_modules_run_from_documents_to_compiled_rules() -> None:
    with anew():
        found = compiled()
    assert "language/lower" in found
    assert len(found) <= MOST_TO_COMPILE


def test_few_modules_run_from_a_claim_to_its_answer() -> None:
    assert "execute/reference" in (found := decided(load(), "contract", read=True))
    assert len(found) <= MOST_TO_DECIDE


def test_a_call_that_runs_nothing_of_payrule_touches_nothing() -> None:
    assert touched(lambda: None) == []
