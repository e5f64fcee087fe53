"""Mutants fit the engine as it is: `make mutants` finds each text, and what it becomes can be compiled."""

import ast
from pathlib import Path

import pytest
from tests.mutants.catalogue import MUTANTS
from tests.mutants.mutant import Mutant
from tests.property.effort import mostly_slow

ROOT = Path(__file__).resolve().parents[2]


def original(mutant: Mutant) -> str:
    return (ROOT / "engine" / "payrule" / mutant.file).read_text(encoding="utf-8")


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_text_of_a_mutant_stands_in_the_engine_once(mutant: Mutant) -> None:
    assert original(mutant).count(mutant.source) == 1


@pytest.mark.parametrize("mutant", mostly_slow([(each,) for each in MUTANTS], quick=10), ids=lambda mutant: mutant.name)
def test_mutant_is_another_program(mutant: Mutant) -> None:
    changed = original(mutant).replace(mutant.source, mutant.replacement)
    assert ast.dump(ast.parse(changed)) != ast.dump(ast.parse(original(mutant)))


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_tests_of_a_mutant_are_there(mutant: Mutant) -> None:
    assert mutant.tests
    for test in mutant.tests:
        file, _, name = test.partition("::")
        assert f"def {name}" in (ROOT / file).read_text(encoding="utf-8")


def test_each_mutant_has_a_name_of_its_own() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)
