"""Edits as tables have them: which rows hold on a day, which of several counts, what is unknown, in words."""

from datetime import date

import pytest
from tests.property.tables import ALWAYS, Listed, pairs

from payrule.encounter.encounter import Line
from payrule.language.derived import Computed, Setting
from payrule.language.derived.computed import Values
from payrule.language.derived.table_lookups import PAIR_EDIT, UNITS_EDIT, edits_on_units, pair_edit, pair_row
from payrule.model.policy import Period
from payrule.model.tables import LookedUp
from payrule.model.values import ValueSet

ONE, TWO = "00001", "00002"


def setting(**tables: LookedUp) -> Setting:
    named = {name.replace("_", "-"): table for name, table in tables.items()}
    return Setting("cms-8-minute", ValueSet(frozenset()), frozenset(), tables=named)


def said(code: str, day: str = "2024-07-01") -> Values:
    """Say the code and the date of a line."""
    return {"line.code": code, "line.date": date.fromisoformat(day)}


def edit(*rows: tuple[str, str, str], day: str = "2024-07-01", covers: Period = ALWAYS) -> str | None:
    """Look up the edit on a line of code TWO beside one of code ONE; a row is effective, deletion, indicator."""
    table = pairs(*((ONE, TWO, *row) for row in rows), covers=covers)
    return pair_edit(said(TWO, day), said(ONE, day), setting(pair_edit=table))


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([], "none"),
        ([("", "", "0")], "0"),
        ([("20240701", "", "1")], "1"),
        ([("20240702", "", "1")], "none"),
        ([("20200101", "20240701", "1")], "1"),
        ([("20200101", "20240630", "1")], "none"),
        ([("20240701", "20240701", "9")], "9"),
        ([("20100101", "", "1"), ("20200101", "", "0")], "0"),
        ([("20100101", "20191231", "0"), ("20200101", "", "1")], "1"),
        ([("", "20191231", "0"), ("", "", "9"), ("", "", "1")], "1"),
    ],
)
def test_of_the_rows_that_hold_the_lowest_indicator_counts(rows: list[tuple[str, str, str]], found: str) -> None:
    assert edit(*rows) == found


@pytest.mark.parametrize(
    ("day", "found"), [("2024-06-30", None), ("2024-07-01", "0"), ("2024-09-30", "0"), ("2024-10-01", None)]
)
def test_a_date_that_the_table_does_not_cover_is_unknown(day: str, found: str | None) -> None:
    assert edit(("", "", "0"), day=day, covers=Period(first="2024-07-01", last="2024-09-30")) == found


def test_a_pair_has_a_direction_and_one_date() -> None:
    one, two, later = said(ONE), said(TWO), said(TWO, "2024-07-02")
    here = setting(pair_edit=pairs((ONE, TWO, "", "", "0")))
    assert [pair_edit(two, one, here), pair_edit(one, two, here), pair_edit(later, one, here)] == ["0", "none", "none"]


def test_without_a_table_nothing_is_known() -> None:
    line = said(ONE)
    assert pair_edit(line, line, setting()) is None
    assert edits_on_units([Line(1, dict(line))], setting()) == {1: Computed(None)}


def test_a_row_is_read_in_words() -> None:
    table = pairs((ONE, TWO, "20130401", "20241231", "0"))
    one, two = said(ONE), said(TWO)
    here = setting(pair_edit=table)
    found = pair_row(two, one, here)
    assert found is not None
    assert found.words == "row 00001/00002 of `pairs`: indicator 0, effective 2013-04-01, deleted 2024-12-31"
    assert pair_row(one, two, here) is None


def exceeded(indicator: str, *lines: tuple[str, int, int]) -> list[tuple[object, int | None]]:
    """Hold lines (code, day, units) to a limit of 3 on code ONE; give the edit and the units allowed."""
    limits = LookedUp(pairs().table, Listed(((ONE, "3", indicator),)))
    made = [
        Line(number, {"line.code": code, "line.date": date(2024, 7, day), "line.units": units})
        for number, (code, day, units) in enumerate(lines, 1)
    ]
    found = edits_on_units(made, setting(units_edit=limits))
    return [(each.value, each.support.allowed if each.support else None) for _, each in sorted(found.items())]


def test_a_limit_of_a_line_holds_for_each_line_alone() -> None:
    assert exceeded("1", (ONE, 1, 3), (ONE, 1, 3), (ONE, 1, 4)) == [("none", 3), ("none", 3), ("1", 3)]


@pytest.mark.parametrize("indicator", ["2", "3"])
def test_a_limit_of_a_date_holds_for_the_lines_of_a_code_together(indicator: str) -> None:
    lines = ((ONE, 1, 2), (TWO, 1, 9), (ONE, 1, 2), (ONE, 2, 3))
    assert exceeded(indicator, *lines) == [(indicator, 3), ("none", None), (indicator, 3), ("none", 3)]


def test_names_are_those_of_the_registry() -> None:
    assert (PAIR_EDIT, UNITS_EDIT) == ("pair-edit", "units-edit")
