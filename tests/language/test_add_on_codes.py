"""Add-on codes: paid beside a primary code of the same date and provider; the published text, and what is refused."""

from pathlib import Path
from typing import Any

import pytest
from tests.edited import KNOWN_ON
from tests.formats.test_ncci_import import made, refused, rows
from tests.property.columnar import by_columns, one_by_one
from tests.property.tables import ALWAYS, add_ons

from payrule.encounter.encounter import Line
from payrule.formats.ncci.publications import ADD_ON as PUBLISHED
from payrule.language.derived import Setting
from payrule.language.derived.table_lookups import ADD_ON, add_on_codes
from payrule.model.policy import Period
from payrule.model.values import Value, ValueSet, read_date
from payrule.rulebase.rulebase import load

ROWS = (
    ("00002", "00001", "1", "", ""),
    ("00002", "00009", "1", "20200101", "20201231"),
    ("00003", "", "2", "", ""),
    ("00004", "00001", "3", "", ""),
    ("00005", "00001", "1", "20240701", ""),
)


def setting(*listed: tuple[str, ...], covers: Period = ALWAYS) -> Setting:
    tables = {ADD_ON: add_ons(*listed, covers=covers)}
    return Setting("cms-8-minute", ValueSet(frozenset()), frozenset(), tables=tables)


Billed = tuple[str, str] | tuple[str, str, dict[str, Value]]
"""A code, its date, and what else its line says."""


def said(*billed: Billed, here: Setting | None = None) -> list[Value | None]:
    lines = [
        Line(at, {"line.code": code, "line.date": read_date(day), **(more[0] if more else {})})
        for at, (code, day, *more) in enumerate(billed, 1)
    ]
    return [each.value for each in add_on_codes(lines, here or setting(*ROWS)).values()]


DAY, NEXT = "2024-08-05", "2024-08-06"


@pytest.mark.parametrize(
    ("billed", "found"),
    [
        ((("00001", DAY),), ["none"]),
        ((("00002", DAY),), ["without-primary"]),
        ((("00002", DAY), ("00001", DAY)), ["with-primary", "none"]),
        ((("00002", DAY), ("00001", NEXT)), ["without-primary", "none"]),
        ((("00002", DAY), ("00002", DAY)), ["without-primary", "without-primary"]),
        ((("00002", DAY), ("00009", DAY)), ["without-primary", "none"]),
        ((("00002", "2020-12-31"), ("00009", "2020-12-31")), ["with-primary", "none"]),
        ((("00003", DAY),), ["any-primary"]),
        ((("00004", DAY),), ["any-primary"]),
        ((("00005", "2024-06-30"),), ["none"]),
        ((("00005", "2024-07-01"),), ["without-primary"]),
    ],
)
def test_add_on_code_of_type_1_needs_one_of_its_primary_codes(billed: tuple[Billed, ...], found: list[str]) -> None:
    assert said(*billed) == found


def provider(npi: str, **more: Value) -> dict[str, Value]:
    return {"line.provider.npi": npi, **{f"line.provider.{name}": value for name, value in more.items()}}


def test_primary_code_counts_where_the_same_provider_billed_it() -> None:
    one = ("00002", DAY, provider("1", type="a"))
    assert said(one, ("00001", DAY, provider("2", type="b")))[0] == "without-primary"
    assert said(one, ("00001", DAY, provider("2", type="a")))[0] == "with-primary"
    assert said(one, ("00001", DAY, provider("2")))[0] is None
    assert said(one, ("00001", DAY, provider("2")), ("00001", DAY, provider("1")))[0] == "with-primary"
    lines = [
        Line(at, {"line.code": code, "line.date": read_date(DAY), **each})
        for at, (code, _, each) in enumerate((one, ("00001", DAY, provider("2"))), 1)
    ]
    assert add_on_codes(lines, setting(*ROWS))[1].waits == ("lines[2].provider.type",)


def test_date_that_the_table_does_not_cover_is_unknown() -> None:
    assert said(("00002", "2024-06-30"), here=setting(*ROWS, covers=Period(first="2024-07-01"))) == [None]
    assert said(("00002", DAY), here=Setting("cms-8-minute", ValueSet(frozenset()), frozenset())) == [None]


def test_row_of_the_table_is_reported_with_its_codes() -> None:
    line = Line(1, {"line.code": "00002", "line.date": read_date(DAY)})
    row = add_on_codes([line], setting(*ROWS))[1].row
    assert row is not None
    assert row.words == "add-on code 00002 of `add-ons`: type 1, primary codes 00001"
    assert row.as_json() == {"table": "add-ons", "add_on": "00002", "type": "1", "primary_codes": "00001", "lines": [1]}


A, B = {"npi": "1000000004", "type": "physician"}, {"npi": "2000000002", "type": "nurse"}


def test_columns_look_for_the_primary_code_as_one_at_a_time_does() -> None:
    rulebase = load()
    cases: list[dict[str, Any]] = []
    for codes in (("97546",), ("97545", "97546"), ("97546", "97110"), ("97546", "97545", "97546"), ("97811", "97813")):
        for parties in ((A, A, A), (A, B, A), ({"npi": B["npi"]}, A, A), ({}, {}, {}), (A, {}, B)):
            lines = [
                {"number": at, "code": code, "date": DAY, "provider": each}
                for at, (code, each) in enumerate(zip(codes, parties, strict=False), 1)
            ]
            cases.append({"id": str(len(cases)), "lines": lines})
    taken = [rulebase.encounter(each) for each in cases]
    found = by_columns(rulebase, taken, "cmt-guide-payer", KNOWN_ON)
    assert found == one_by_one(rulebase, taken, "cmt-guide-payer", KNOWN_ON)
    assert {line.disposition for _, line in found if line.code == "97546"} == {"denied", "pending", "undecided"}


# The published text

HEADER = (
    "Add-On Code\tAOC Del Dt\tPrimary Code\tPrimary Code Del Dt\tAOC Edit Eff Dt\tAOC Edit Del Dt\tAOC Edit Type\t"
    "Special Instruction Notes\n"
)


def test_published_text_is_read_with_its_dates_of_year_and_day(tmp_path: Path) -> None:
    text = (
        HEADER
        + "97130\t\t97129\t\t2020001\t\t1\t\n"
        + "97546\t2023365\t97545\t2022365\t2013091\t0\t1\tx\n"
        + "0001T\t\tCCCCC\t\t\t\t2\t\n"
    )
    found = made(tmp_path, PUBLISHED, text)
    assert found.account() == "3 rows read; 3 kept; 1 line above the rows"
    assert sorted(rows(tmp_path, "ncci-addon")) == [
        ("0001T", "", "2", "", ""),
        ("97130", "97129", "1", "20200101", ""),
        ("97546", "97545", "1", "20130401", "20221231"),
    ]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("9713\t\t97129\t\t\t\t1\t\n", "is shorter than a code"),
        ("97130\t\t97129\t\t2023366\t\t1\t\n", "`2023366` cannot be in the column `effective_date`"),
        ("97130\t\t97129\t\t\t\t4\t\n", "`4` cannot be in the column `type`"),
        ("97130\t\t971\t\t\t\t1\t\n", "in the column `primary_code`"),
    ],
)
def test_row_of_the_published_text_that_does_not_fit_is_refused(row: str, message: str, tmp_path: Path) -> None:
    ((line, told),) = refused(tmp_path, PUBLISHED, HEADER + row)
    assert (line, message in told) == (2, True)


def test_text_of_fixed_width_and_another_table_are_refused(tmp_path: Path) -> None:
    assert refused(tmp_path, PUBLISHED, "97130       97129       2020001         1\n")[0][0] is None
    ((_, message),) = refused(tmp_path, PUBLISHED, "HCPCS/CPT Code,Practitioner Services MUE Values\n97110,6\n")
    assert message == "the header names no column `add_on`"


def test_one_row_of_an_add_on_code_and_its_primary_has_one_type_on_a_day(tmp_path: Path) -> None:
    text = HEADER + "97130\t\t97129\t\t2020001\t\t1\t\n97130\t\t97129\t\t2021001\t\t3\t\n"
    assert refused(tmp_path, PUBLISHED, text) == [
        (3, "`97130/97129` has another row on the same dates, on line 2, and says something else there")
    ]
