"""The values of an attribute, cut into classes: each kind of value that there is has one that stands for it."""

from datetime import date
from itertools import product
from typing import Any

import pytest

from payrule.analysis.value_classes import UNWRITTEN, value_classes
from payrule.model.values import ValueSet
from payrule.model.vocabulary import Attribute

CODE = Attribute(type="code", summary="code", pattern="^[A-Z][0-9]{3}$")
FREE = Attribute(type="code", summary="code")
CHOICE = Attribute(type="choice", summary="choice", values=("a", "b", "c"))
SMALL = Attribute(type="integer", summary="number", minimum=1, maximum=3, many=True)
DAYS = Attribute(type="date", summary="days", many=True)
FLAGS = Attribute(type="boolean", summary="flags", many=True)

EVERY_CODE = [f"{letter}{number:03}" for letter, number in product("ABYZ", range(1000))]
CODES = [
    ["A009", "A011"],
    ["A009-A010"],
    ["A001-A999", "A500"],
    ["A998-B001", "A999"],
    ["A000-Z999"],
    ["Z999"],
]


def members(*codes: str) -> ValueSet:
    return ValueSet.of(codes, ranges=True)


def signatures(values: Any, sets: list[ValueSet]) -> set[tuple[bool, ...]]:
    return {tuple(value in each for each in sets) for value in values}


@pytest.mark.parametrize("chosen", list(product((True, False), repeat=len(CODES))))
def test_every_kind_of_code_has_a_class(chosen: tuple[bool, ...]) -> None:
    sets = [members(*codes) for codes, taken in zip(CODES, chosen, strict=True) if taken]
    found = value_classes((CODE,), sets)
    written = [each for each in found if each is not UNWRITTEN]
    assert signatures(written, sets) == signatures(EVERY_CODE, sets)
    assert len(signatures(found, sets)) == len(found)


def test_a_pattern_of_which_no_example_is_known_has_a_class_that_cannot_be_written() -> None:
    pattern = Attribute(type="code", summary="code", pattern="^#[0-9]+#$")
    assert value_classes((pattern,), []) == (UNWRITTEN,)
    assert value_classes((pattern,), [members("#1#")])[0] == "#1#"


@pytest.mark.parametrize("pattern", ["^[0-9A-Z]{5}$", "^[0-9]{2}$", "^[A-Z][0-9]{4}$", "^[a-z]+$", "^[0-9]{4}[A-Z]$"])
def test_a_usual_pattern_without_an_example_has_a_class_that_can_be_written(pattern: str) -> None:
    assert value_classes((Attribute(type="code", summary="code", pattern=pattern),), []) != (UNWRITTEN,)


def test_a_code_of_any_form_can_be_one_that_no_set_holds() -> None:
    found = value_classes((FREE,), [members("other", "0", "other0")])
    assert signatures(found, [members("other", "0", "other0")]) == {(True,), (False,)}


def test_an_example_stands_first() -> None:
    code = Attribute(type="code", summary="code", example=["M2", "M1"], many=True)
    assert value_classes((code,), [members("M1"), members("M2")])[:2] == ("M2", "M1")


def test_days_have_classes() -> None:
    first, second = date(2000, 1, 1), date(2000, 1, 2)
    sets = [ValueSet(frozenset({first})), ValueSet(frozenset({first, second}))]
    assert signatures(value_classes((DAYS,), sets), sets) == {(True, True), (False, True), (False, False)}


def test_an_example_that_is_a_day_stands_first() -> None:
    attribute = Attribute(type="date", summary="days", many=True, example=["2024-06-30"])
    assert value_classes((attribute,), [])[0] == date(2024, 6, 30)


def test_there_is_no_class_of_values_that_the_vocabulary_does_not_have() -> None:
    everything = [ValueSet(frozenset({each})) for each in (1, 2, 3)]
    assert sorted(value_classes((SMALL,), everything)) == [1, 2, 3]
    assert value_classes((CHOICE,), [ValueSet(frozenset(CHOICE.values))]) == ("a",)
    assert set(value_classes((FLAGS,), [ValueSet(frozenset({True}))])) == {True, False}


def test_only_values_that_every_declaration_allows_stand_for_a_class() -> None:
    wider = Attribute(type="choice", summary="choice", values=("d", "c", "b"))
    assert value_classes((wider, CHOICE), [ValueSet(frozenset({"b"}))]) == ("c", "b")
