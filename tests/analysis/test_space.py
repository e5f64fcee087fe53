"""The variables of encounters: what can be said can be, and nothing else."""

from datetime import date
from itertools import product
from typing import Any

import pytest

from payrule.analysis.solver import Graph, Solver
from payrule.analysis.value_classes import Usage
from payrule.analysis.variables import SUBJECT, Variables
from payrule.model.values import ValueSet
from payrule.model.vocabulary import Attribute, Regions, Timed, Vocabulary

WORDS = Vocabulary(
    kind="vocabulary",
    attributes={
        "line.code": Attribute(type="code", summary="code", pattern="^[A-Z][0-9]$", required=True, example="A1"),
        "line.date": Attribute(type="date", summary="date", required=True, example="2016-03-01"),
        "line.place": Attribute(type="code", summary="place"),
        "line.units": Attribute(type="integer", summary="units", minimum=0, maximum=9, default=1),
        "line.regions": Attribute(type="choice", summary="regions", many=True, values=("neck", "back", "hip")),
        "patient.age": Attribute(type="integer", summary="age"),
    },
    concerns=(),
    regions=Regions(contiguous=()),
    timed=Timed(codes=(), method="cms-8-minute"),
)


def codes(*members: str) -> ValueSet:
    return ValueSet.of(members, ranges=True)


def space(**asked: Usage) -> tuple[Variables, Solver]:
    graph = Graph()
    made = Variables(graph, [WORDS], {f"line.{name}": each for name, each in asked.items()})
    return made, Solver(graph, made.axioms)


@pytest.mark.parametrize("number", [2, 5, 6, 7, 9, 20])
def test_a_line_has_exactly_one_code(number: int) -> None:
    made, solver = space(code=Usage(tuple(codes(f"{letter}{at}") for letter in "AB" for at in range(number // 2))))
    choices = [literal for _, literal in made.slot("line.code", SUBJECT).choices]
    assert len(choices) == number // 2 * 2 + 1
    assert all(solver.holds((each,)) for each in choices)
    assert not solver.holds(-each for each in choices)
    assert not any(solver.holds(pair) for pair in product(choices, repeat=2) if pair[0] != pair[1])


def test_what_is_required_is_given_and_the_rest_need_not_be() -> None:
    made, solver = space()
    assert made.required() == ["line.code", "line.date"]
    assert not solver.holds((-made.slot("line.code", SUBJECT).given,))
    place = made.slot("line.place", SUBJECT).given
    assert solver.holds((place,))
    assert solver.holds((-place,))


def test_a_number_is_at_least_what_is_less_than_another_threshold_that_it_reaches() -> None:
    made, solver = space(units=Usage(thresholds=(0, 2, 5, 9, 10)))
    steps = dict(made.slot("line.units", SUBJECT).steps)
    assert not solver.holds((steps[5], -steps[2]))
    assert solver.holds((steps[2], -steps[5]))
    assert not solver.holds((-steps[0],))
    assert solver.holds((steps[9],))
    assert not solver.holds((steps[10],))


def test_a_set_holds_any_of_its_classes_and_may_hold_none() -> None:
    made, solver = space(regions=Usage((ValueSet(frozenset({"neck"})), ValueSet(frozenset({"back"})))))
    choices = [literal for _, literal in made.slot("line.regions", SUBJECT).choices]
    for signs in product((1, -1), repeat=3):
        assert solver.holds(sign * literal for sign, literal in zip(signs, choices, strict=True))


def test_all_lines_share_what_is_reported_of_the_patient() -> None:
    made, _ = space()
    assert made.slot("patient.age", 0) is made.slot("patient.age", 3)
    assert made.slot("line.place", 0) is not made.slot("line.place", 3)


def test_lines_come_one_after_the_other() -> None:
    made, solver = space()
    first, second = (made.present(made.add_other(any_date=False)) for _ in range(2))
    assert solver.holds((first, -second))
    assert not solver.holds((-first, second))


DAYS = (date(2024, 6, 30), date(2024, 7, 1), date(2024, 7, 9))
AMONG = [(-1, -1, -1), (1, -1, -1), (1, 1, -1), (1, 1, 1)]
"""Before all days, on the only day between the first two, between the last two, and from the last day on."""


@pytest.mark.parametrize("mine", range(4))
@pytest.mark.parametrize("theirs", range(4))
@pytest.mark.parametrize("same", [True, False])
def test_a_line_of_the_same_date_is_on_the_same_side_of_every_day_and_one_of_another_is_another_day(
    *, mine: int, theirs: int, same: bool
) -> None:
    made, solver = space(date=Usage(thresholds=DAYS))
    line = made.add_other(any_date=True)
    steps = [[literal for _, literal in made.slot("line.date", each).steps] for each in (SUBJECT, line)]
    said: list[Any] = [made.same_date(line) if same else -made.same_date(line)]
    for literals, where in zip(steps, (mine, theirs), strict=True):
        said += [sign * literal for sign, literal in zip(AMONG[where], literals, strict=True)]
    one_day = mine == theirs == 1
    assert solver.holds(said) == (mine == theirs if same else not one_day)
