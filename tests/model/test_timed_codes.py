"""Which codes are timed, and whose minutes are totalled, as the shipped vocabulary has it."""

from datetime import date
from typing import Any

import pytest
from tests.edited import KNOWN_ON
from tests.property.columnar import by_columns, one_by_one

from payrule.model.values import Value
from payrule.rulebase.rulebase import load

DAY = "2024-08-05"
PAYER = "blue-cross"

Billed = tuple[str, int, int] | tuple[str, int, int, dict[str, Any]]
"""A code, its units and minutes, and what else its line says."""


def encounter(*billed: Billed) -> dict[str, Any]:
    lines = [
        {"number": at, "code": code, "date": DAY, "units": units, "minutes": minutes, **(more[0] if more else {})}
        for at, (code, units, minutes, *more) in enumerate(billed, 1)
    ]
    return {"id": "E-1", "lines": lines}


def supported(*billed: Billed) -> list[Value | None]:
    """Say of each line whether its units are supported, None where that is not known."""
    rulebase = load()
    taken = rulebase.encounter(encounter(*billed))
    terms = rulebase.terms(payer=PAYER, known_on=KNOWN_ON)
    scene = rulebase.program_on(terms, date.fromisoformat(DAY)).scene(taken)
    return [line.values.get("line.units_supported") for line in scene.lines]


THERAPIST: dict[str, Any] = {"provider": {"type": "physical-therapist"}}
OCCUPATIONAL: dict[str, Any] = {"provider": {"type": "occupational-therapist"}}


def bearing(*modifiers: str) -> dict[str, Any]:
    return {"modifiers": list(modifiers)}


@pytest.mark.parametrize(
    ("billed", "found"),
    [
        ((("97110", 2, 20), ("97035", 1, 18)), [True, True]),
        ((("97110", 1, 10), ("97035", 1, 12)), [False, True]),
        ((("97110", 2, 20, THERAPIST), ("97035", 1, 18, THERAPIST)), [True, True]),
        ((("97129", 2, 20), ("97130", 1, 18)), [True, True]),
        ((("97750", 2, 20), ("97763", 1, 18)), [True, True]),
        ((("97110", 2, 20), ("97014", 1, 18)), [False, True]),
        ((("97110", 2, 20, bearing("GP")), ("97035", 1, 18, bearing("GP"))), [True, True]),
        ((("97110", 2, 20, bearing("GP")), ("97035", 1, 18, bearing("GO"))), [False, True]),
        ((("97110", 2, 20, bearing("GP")), ("97035", 1, 18, THERAPIST)), [True, True]),
        ((("97110", 2, 20, THERAPIST), ("97035", 1, 18, OCCUPATIONAL)), [False, True]),
        ((("97110", 2, 20, THERAPIST | bearing("GO")), ("97035", 1, 18, OCCUPATIONAL)), [True, True]),
        ((("97110", 2, 20, bearing("GP")), ("97035", 1, 18)), [None, True]),
        ((("97110", 1, 20, bearing("GP")), ("97035", 1, 18)), [True, True]),
        ((("97110", 1, 7, bearing("GP")), ("97035", 1, 7, bearing("GN"))), [False, False]),
    ],
)
def test_minutes_of_every_timed_code_of_a_discipline_are_totalled(
    billed: tuple[Billed, ...], found: list[bool | None]
) -> None:
    assert supported(*billed) == found


def test_an_open_discipline_is_waited_for() -> None:
    case = encounter(("97110", 2, 20, bearing("GP")), ("97035", 1, 18))
    vocabulary = load().documents.vocabulary
    assert vocabulary.timed.disciplines
    rulebase = load()
    scene = rulebase.program_on(rulebase.terms(payer=PAYER, known_on=KNOWN_ON), date.fromisoformat(DAY)).scene(
        rulebase.encounter(case)
    )
    assert scene.lines[0].waits["line.units_supported"] == ("lines[2].provider.type",)


@pytest.mark.slow
def test_columns_total_minutes_as_one_at_a_time_does() -> None:
    rulebase = load()
    parties: tuple[dict[str, Any], ...] = (
        {},
        bearing("GP"),
        bearing("GO", "59"),
        bearing("59"),
        THERAPIST,
        {"provider": {"type": "chiropractor"}},
    )
    cases = [encounter(("97110", 2, 20, one), ("97112", 1, 18, two)) for one in parties for two in parties]
    taken = [rulebase.encounter(each | {"id": str(at)}) for at, each in enumerate(cases)]
    for payer in (PAYER, "every-source"):
        assert by_columns(rulebase, taken, payer, KNOWN_ON) == one_by_one(rulebase, taken, payer, KNOWN_ON)


def beside(*billed: Billed, payer: str = PAYER) -> tuple[tuple[tuple[int, str | None], ...], tuple[str, ...]]:
    """Give the other lines that the reason on units of the first line names, and its advice."""
    found = load().decide(encounter(*billed), payer=payer, known_on=KNOWN_ON).lines[0]
    (reason,) = (each for each in found.reasons if each.concern == "units")
    return tuple((each.number, each.code) for each in reason.other_lines or ()), found.advice


@pytest.mark.parametrize(
    ("billed", "named"),
    [
        ((("97110", 1, 10), ("97035", 1, 12)), ((2, "97035"),)),
        ((("97110", 1, 10), ("97014", 1, 30), ("97035", 1, 12)), ((3, "97035"),)),
        ((("97110", 1, 8), ("97112", 1, 9), ("97035", 1, 9)), ((2, "97112"), (3, "97035"))),
        ((("97110", 1, 7), ("97110", 1, 7), ("97035", 1, 5)), ((2, "97110"),)),
        ((("97110", 2, 20), ("97035", 1, 17)), ()),
        ((("97110", 2, 10, bearing("GP")), ("97035", 1, 12, bearing("GO"))), ()),
        ((("97110", 1, 7),), ()),
    ],
)
def test_units_that_are_too_many_name_the_lines_whose_minutes_have_a_say(
    billed: tuple[Billed, ...], named: tuple[tuple[int, str], ...]
) -> None:
    assert beside(*billed)[0] == named


def test_advice_on_units_names_the_lines_whose_minutes_took_them() -> None:
    (said,) = beside(("97110", 1, 10), ("97035", 1, 12))[1]
    assert said.startswith("line 1 (97110) with line 2 (97035): ")


def test_advice_on_a_limit_of_a_date_names_the_lines_that_reach_it_together() -> None:
    named, (said,) = beside(("97124", 3, 45), ("97124", 3, 45), ("97110", 1, 15), payer="cmt-guide-payer")
    assert named == ((2, "97124"),)
    assert said.startswith("line 1 (97124) with line 2 (97124): ")
    assert beside(("97124", 5, 75), payer="cmt-guide-payer")[0] == ()
