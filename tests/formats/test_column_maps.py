"""Which column of a table is which attribute: three habits of spreadsheets, and what no value settles."""

from datetime import date
from pathlib import Path

import pytest

from payrule.formats.column_maps import CLAIM, ColumnMap, Use, remember, remembered
from payrule.formats.column_matching import Matcher
from payrule.formats.encounters import checked
from payrule.formats.mapped_rows import Mapped
from payrule.formats.sheet_dates import read_date
from payrule.formats.spreadsheet import read_table
from payrule.rulebase.rulebase import load


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return Matcher(load().documents.vocabulary)


@pytest.mark.parametrize(
    ("heading", "attribute"),
    [
        ("cpt", "line.code"),
        ("HCPCS", "line.code"),
        ("Procedure", "line.code"),
        ("Proc Cd", "line.code"),
        ("dx", "encounter.diagnoses"),
        ("Diag 1", "encounter.diagnoses"),
        ("ICD-10 Code 2", "encounter.diagnoses"),
        ("pos", "line.place_of_service"),
        ("Place of Service Code", "line.place_of_service"),
        ("qty", "line.units"),
        ("Units", "line.units"),
        ("svc date", "line.date"),
        ("Service Dt", "line.date"),
        ("DOS", "line.date"),
        ("mod 1", "line.modifiers"),
        ("Modifier 4", "line.modifiers"),
        ("charge", "line.charge_cents"),
        ("Charge ($)", "line.charge_cents"),
        ("Billed Amt", "line.charge_cents"),
        ("billed", "line.charge_cents"),
        ("NPI", "line.provider.npi"),
        ("claim #", CLAIM),
        ("Acct No", CLAIM),
        ("member id", "patient.id"),
        ("line.code", "line.code"),
        ("qty 1", None),
        ("note", None),
        ("", None),
    ],
)
def test_headings_of_spreadsheets_are_known(matcher: Matcher, heading: str, attribute: str | None) -> None:
    assert matcher.attribute_of(heading) == attribute


HABITS = {
    "dollars and US dates": "claim #,cpt,dx 1,dx 2,pos,qty,svc date,charge\n"
    "7,97110,M5450,M62830,11,2,3/15/2016,$45.00\n",
    "title above, semicolons, cp1252": "Liste für März;;;;;;;\n\nclaim #;cpt;dx 1;dx 2;pos;qty;svc date;charge\n"
    "7;97110;M5450;M62830;11;2;15.03.2016;45.00\n",
    "UTF-16 and tabs": "claim #\tcpt\tdx 1\tdx 2\tpos\tqty\tsvc date\tcharge\n"
    "7\t97110\tM5450\tM62830\t11\t2\t15-Mar-16\t45.00\n",
}


@pytest.mark.parametrize("habit", HABITS)
def test_habits_say_the_same_claim(matcher: Matcher, habit: str, tmp_path: Path) -> None:
    path = tmp_path / "claims.csv"
    path.write_text(HABITS[habit], encoding="utf-16" if "UTF-16" in habit else "cp1252")
    rows = read_table(path, "csv").rows
    headings = matcher.headings_row(rows)
    guessed = matcher.guess(rows, headings)
    assert matcher.doubts(guessed, rows, headings) == ()
    mapped = Mapped(guessed, matcher)
    raw = mapped.claim("7", [mapped.row(number, cells) for number, cells in enumerate(rows[headings + 1 :], 1)])
    (read,) = checked([raw], load().validator)
    assert read.encounter is not None
    (line,) = read.encounter.lines
    assert read.encounter.id == "7"
    assert read.encounter.values["encounter.diagnoses"] == frozenset({"M5450", "M62830"})
    assert {name: line.values[name] for name in ("line.code", "line.date", "line.units", "line.charge_cents")} == {
        "line.code": "97110",
        "line.date": date(2016, 3, 15),
        "line.units": 2,
        "line.charge_cents": 4500,
    }


def test_what_no_value_settles_is_asked(matcher: Matcher) -> None:
    rows = [("cpt", "svc date", "billed"), ("97110", "1/5/2026", "45"), ("97110", "2/3/2026", "30")]
    guessed = matcher.guess(rows, 0)
    assert [each.about for each in matcher.doubts(guessed, rows, 0)] == ["dates", "amounts"]
    settled = [*rows, ("97110", "1/15/2026", "45.50")]
    assert matcher.doubts(matcher.guess(settled, 0), settled, 0) == ()
    both = [*rows, ("97110", "15/1/2026", "1.00"), ("97110", "1/15/2026", "1.00")]
    (doubt,) = matcher.doubts(matcher.guess(both, 0), both, 0)
    assert doubt.message == "some dates begin with the month and some with the day"


def test_a_required_attribute_that_no_column_holds_is_named(matcher: Matcher) -> None:
    rows = [("svc date", "qty"), ("2026-01-05", "1")]
    (doubt,) = matcher.doubts(matcher.guess(rows, 0), rows, 0)
    assert (doubt.column, doubt.message) == (None, "no column holds code: the service that is billed")


def test_values_name_a_column_whose_heading_says_nothing(matcher: Matcher) -> None:
    rows = [("a", "b", "c", "d"), ("97110", "3/15/2026", "M54.50", "$45.00")]
    assert [each.attribute for each in matcher.guess(rows, 0).columns] == [
        *("line.code", "line.date", "encounter.diagnoses", "line.charge_cents"),
    ]


def test_diagnoses_that_differ_within_a_claim_are_those_of_its_lines(matcher: Matcher) -> None:
    rows = [("claim", "cpt", "dos", "dx"), ("1", "97110", "2026-01-05", "M54.5"), ("1", "97124", "2026-01-05", "M62.8")]
    assert matcher.guess(rows, 0).columns[3].attribute == "line.diagnoses"
    assert matcher.guess(rows[:2], 0).columns[3].attribute == "encounter.diagnoses"


def test_a_mistake_in_one_of_several_columns_is_placed_in_that_column(matcher: Matcher) -> None:
    uses = (
        Use("cpt", "line.code"),
        Use("dos", "line.date"),
        Use("mod 1", "line.modifiers"),
        Use("mod 2", "line.modifiers"),
    )
    mapped = Mapped(ColumnMap(columns=uses), matcher)
    cells = ("97110", "2026-01-05", "GP", "toolong")
    (read,) = checked([mapped.claim("row 2", [mapped.row(2, cells)])], load().validator)
    (finding,) = read.errors
    assert mapped.heading_of(finding, lambda _: cells) == (2, 3)
    corrected = Mapped(ColumnMap(columns=uses), matcher, {(2, 3): "59"})
    (read,) = checked([corrected.claim("row 2", [corrected.row(2, cells)])], load().validator)
    assert read.encounter is not None


def test_a_birth_date_with_a_short_year_is_not_guessed() -> None:
    assert read_date("1/5/46", "month-first", is_birth=True) == "1/5/46"
    assert read_date("1/5/16", "month-first") == "2016-01-05"


def test_a_map_that_is_kept_is_found_by_its_headings_alone(tmp_path: Path) -> None:
    chosen = ColumnMap(columns=(Use("CPT", "line.code"), Use("svc date", "line.date", "day-first")))
    remember(tmp_path / "maps", chosen)
    found = remembered([tmp_path, tmp_path / "maps"], ["cpt", "Svc Date"])
    assert found is not None
    assert [(each.heading, each.attribute, each.dates) for each in found.columns] == [
        ("cpt", "line.code", None),
        ("Svc Date", "line.date", "day-first"),
    ]
    assert remembered([tmp_path / "maps"], ["cpt"]) is None
