"""What columns leave to be decided one by one is answered as if alone, in its place among the others."""

import csv
import json
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests.columns.test_columnar_files import KNOWN_ON, Json, rows_of, write
from tests.property.columnar import by_columns, one_by_one
from tests.property.effort import mostly_slow, scaled
from tests.random_encounters import RandomEncounters

import payrule
from payrule.columns.decide_files import Tally, adjudicate_files
from payrule.rulebase.rulebase import Rulebase

PAYER = "medicare-part-b"
PLAIN: Json = {"id": "P", "lines": [{"number": 1, "code": "97124", "date": "2024-08-05"}]}
VOID: Json = {
    "id": "V",
    "frequency": "8",
    "original_reference": "OLD1",
    "lines": [{"number": number, "code": "97124", "date": "2024-08-05"} for number in (1, 2)],
}
REPLACEMENT = PLAIN | {"id": "R", "frequency": "7", "original_reference": "OLD2"}
SPAN: Json = {
    "id": "S",
    "lines": [
        {"number": 1, "code": "97140", "date": "2024-08-05", "date_to": "2024-08-06"},
        {"number": 2, "code": "98941", "date": "2024-08-06"},
    ],
}
ONE_DAY: Json = {"id": "D", "lines": [{"number": 1, "code": "97140", "date": "2024-08-05", "date_to": "2024-08-05"}]}
RETIRED: Json = {"id": "T", "lines": [{"number": 1, "code": "97762", "date": "2024-08-05"}]}
POINTER: Json = {
    "id": "N",
    "diagnoses": ["A"],
    "lines": [{"number": 1, "code": "97124", "date": "2024-08-05", "diagnosis_pointers": [4]}],
}
EARLY: Json = {"id": "E", "lines": [{"number": 1, "code": "97140", "date": "2014-08-05", "modifiers": ["XS"]}]}
BACKWARD: Json = {"id": "B", "lines": [{"number": 1, "code": "97140", "date": "2024-08-05", "date_to": "2024-08-01"}]}
CLAIMS = [PLAIN, VOID, REPLACEMENT, SPAN, ONE_DAY, RETIRED, POINTER, EARLY]


@pytest.fixture(scope="module")
def rulebase() -> Rulebase:
    return payrule.load()


def read_rows(file: Path) -> list[Json]:
    with duckdb.connect() as connection:
        found = connection.read_parquet(str(file))
        return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]


def decided(
    rulebase: Rulebase, claims: list[Json], folder: Path, source: str, payer: str = PAYER
) -> tuple[Tally, list[Json]]:
    """Decide claims from a JSON or a Parquet file; give the rows of decisions with what explains them."""
    if source == "parquet":
        file = write([row for claim in claims for row in rows_of(claim)], folder / "claims.parquet")
    else:
        file = folder / "claims.json"
        file.write_text(json.dumps(claims), encoding="utf-8")
    out = folder / "out.parquet"
    tally = adjudicate_files(rulebase, file, out, payer=payer, known_on=KNOWN_ON)
    explained = {}
    for text in out.with_name("out.parquet.explanations.jsonl").read_text(encoding="utf-8").splitlines():
        shared = json.loads(text)
        explained[shared.pop("explanation")] = shared
    return tally, [row | {"explained": explained.get(row["explanation"])} for row in read_rows(out)]


def as_said(row: Json) -> Json:
    """Put a row in the words of a determination."""
    said = {name: row[name] for name in ("encounter", "answer", "voids", "replaces") if row[name] is not None}
    warnings = json.loads(row["warnings"] or "[]")
    said["warnings"] = _in_one_order(warnings)
    if row["line"] is not None:
        said["line"] = {"number": row["line"], "code": row["code"], **row["explained"]}
    return said


def _in_one_order(warnings: list[Json]) -> list[Json]:
    """Leave out where a warning stands, by which those of a file are in order."""
    found = [{key: each[key] for key in ("code", "message", "help")} for each in warnings]
    return sorted(found, key=lambda each: (each["code"], each["message"]))


def alone(rulebase: Rulebase, claims: list[Json], payer: str = PAYER) -> list[Json]:
    found = []
    for claim in claims:
        answer = json.loads(rulebase.decide(claim, payer=payer, known_on=KNOWN_ON, check=False).to_json())
        said = {name: answer[name] for name in ("encounter", "answer", "voids", "replaces") if answer.get(name)}
        warnings = _in_one_order(answer.get("warnings", []))
        found += [
            said | {"warnings": warnings, **({"line": line} if line else {})} for line in answer["lines"] or [None]
        ]
    return found


@pytest.mark.parametrize("source", mostly_slow(["json", "parquet"]))
def test_each_claim_is_answered_in_its_place_as_if_alone(rulebase: Rulebase, source: str, tmp_path: Path) -> None:
    tally, rows = decided(rulebase, CLAIMS, tmp_path, source)
    assert [as_said(row) for row in rows] == alone(rulebase, CLAIMS)
    assert (tally.encounters, tally.voids, tally.rejected) == (len(CLAIMS), 1, ())
    assert tally.dispositions.total() == len(rows) - 1


@pytest.mark.slow
@pytest.mark.parametrize("source", ["json", "parquet"])
def test_claims_drawn_at_random_are_answered_as_if_alone(rulebase: Rulebase, source: str, tmp_path: Path) -> None:
    claims = list(islice(RandomEncounters(rulebase, 8, apart=True), max(20, scaled(120))))
    tally, rows = decided(rulebase, claims, tmp_path, source)
    assert [as_said(row) for row in rows] == alone(rulebase, claims)
    assert tally.voids > 0
    assert any(row["explained"] and "days" in row["explained"] for row in rows)


@pytest.mark.parametrize("source", mostly_slow(["parquet", "json"]))
def test_a_claim_that_the_validator_refuses_is_rejected_and_the_others_are_decided(
    rulebase: Rulebase, source: str, tmp_path: Path
) -> None:
    tally, rows = decided(rulebase, [SPAN, BACKWARD, PLAIN], tmp_path, source)
    assert [row["encounter"] for row in rows] == ["S", "S", "P"]
    ((fault,),) = tally.rejected
    assert (fault.code, tally.encounters) == ("dates-swapped", 2)


@pytest.mark.slow
def test_a_span_of_a_payer_that_nobody_knows_is_rejected(rulebase: Rulebase, tmp_path: Path) -> None:
    file = tmp_path / "claims.json"
    file.write_text(json.dumps([SPAN | {"payer": "nobody"}, PLAIN | {"payer": PAYER}]), encoding="utf-8")
    tally = adjudicate_files(rulebase, file, tmp_path / "out.csv", known_on=KNOWN_ON)
    assert [each.claim for group in tally.rejected for each in group] == ["S"]
    assert tally.encounters == 1


@pytest.mark.slow
def test_a_date_that_has_not_come_is_doubted_in_rows_of_json(rulebase: Rulebase, tmp_path: Path) -> None:
    late: Json = {"id": "L", "lines": [{"number": 1, "code": "97124", "date": "2062-08-05"}]}
    _, rows = decided(rulebase, [PLAIN, late], tmp_path, "json")
    assert [as_said(row) for row in rows] == alone(rulebase, [PLAIN, late])
    assert "2062-08-05" in rows[1]["warnings"]


def test_a_run_of_nothing_but_voids_has_a_row_for_each(rulebase: Rulebase, tmp_path: Path) -> None:
    tally, rows = decided(rulebase, [VOID, VOID | {"id": "W", "original_reference": None}], tmp_path, "json")
    assert [(row["encounter"], row["line"], row["answer"], row["voids"]) for row in rows] == [
        ("V", None, "void", "OLD1"),
        ("W", None, "void", None),
    ]
    assert (tally.encounters, tally.voids, tally.dispositions.total()) == (2, 2, 0)


@pytest.mark.slow
def test_a_void_without_lines_has_a_row_of_its_own_in_its_place(rulebase: Rulebase, tmp_path: Path) -> None:
    voids = [VOID | {"id": name, "lines": []} for name in ("V1", "V2", "V3", "V4")]
    claims = [voids[0], PLAIN, voids[1], voids[2], SPAN, VOID, RETIRED, voids[3]]
    tally, rows = decided(rulebase, claims, tmp_path, "json")
    assert [as_said(row) for row in rows] == alone(rulebase, claims)
    assert (tally.encounters, tally.claims, tally.decided, tally.voids, tally.refused) == (8, 8, 3, 5, 0)


@pytest.mark.slow
def test_a_void_without_lines_whose_payer_nobody_knows_is_rejected(rulebase: Rulebase, tmp_path: Path) -> None:
    file = tmp_path / "claims.json"
    file.write_text(json.dumps([VOID | {"lines": [], "payer": "nobody"}, PLAIN | {"payer": PAYER}]), encoding="utf-8")
    tally = adjudicate_files(rulebase, file, tmp_path / "out.csv", known_on=KNOWN_ON)
    assert [(each.claim, each.file, each.path) for (each,) in tally.rejected] == [("V", str(file), "row 1")]
    assert (tally.claims, tally.decided, tally.voids, tally.refused) == (2, 1, 0, 1)


@pytest.mark.slow
@pytest.mark.parametrize("form", mostly_slow(["csv", "jsonl"]))
def test_other_forms_say_the_same_of_a_claim(rulebase: Rulebase, form: str, tmp_path: Path) -> None:
    file = tmp_path / "claims.json"
    file.write_text(json.dumps(CLAIMS), encoding="utf-8")
    out = tmp_path / f"out.{form}"
    adjudicate_files(rulebase, file, out, payer=PAYER, known_on=KNOWN_ON)
    text = out.read_text(encoding="utf-8").splitlines()
    rows: list[Any] = list(csv.DictReader(text)) if form == "csv" else [json.loads(line) for line in text]
    told = {(row["encounter"], row["answer"] or None, row["voids"] or None, row["replaces"] or None) for row in rows}
    assert {each for each in told if any(each[1:])} == {("V", "void", "OLD1", None), ("R", None, None, "OLD2")}
    assert {row["encounter"] for row in rows if row["warnings"]} == {"N", "E"}


@pytest.mark.slow
def test_a_warning_of_a_parquet_file_stands_in_each_of_its_rows(rulebase: Rulebase, tmp_path: Path) -> None:
    lines = [row | {"unit": 4} for claim in (PLAIN, SPAN) for row in rows_of(claim)]
    file = write(lines, tmp_path / "claims.parquet")
    adjudicate_files(rulebase, file, tmp_path / "out.parquet", payer=PAYER, known_on=KNOWN_ON)
    rows = read_rows(tmp_path / "out.parquet")
    assert len(rows) == len(lines)
    assert all("`unit`" in row["warnings"] for row in rows)


@pytest.mark.slow
def test_a_warning_of_a_parquet_row_names_row_and_column(rulebase: Rulebase, tmp_path: Path) -> None:
    _, rows = decided(rulebase, [PLAIN, POINTER], tmp_path, "parquet")
    (warning,) = json.loads(rows[1]["warnings"])
    assert warning["path"] == "row 2, column diagnosis_pointers"


LATE = [
    {"id": "L1", "lines": [{"number": 1, "code": "97124", "date": "2062-03-01"}]},
    {"id": "L2", "received": "2062-03-01", "lines": [{"number": 1, "code": "97124", "date": "2024-08-05"}]},
    {"id": "L3", "lines": [{"number": 1, "code": "97124", "date": "2024-08-05"}]},
    {
        "id": "L5",
        "frequency": "6",
        "lines": [{"number": 1, "code": "97124", "date": "2024-08-05"}],
    },
    {
        "id": "L4",
        "lines": [
            {"number": 1, "code": "97124", "date": "2024-08-05"},
            {"number": 2, "code": "97140", "date": "2031-01-01", "date_to": "2031-01-02", "units": 2},
        ],
    },
]


@pytest.mark.slow
@pytest.mark.parametrize("source", mostly_slow(["parquet", "json"]))
def test_a_date_later_than_the_day_of_the_answer_is_doubted(rulebase: Rulebase, source: str, tmp_path: Path) -> None:
    _, rows = decided(rulebase, LATE, tmp_path, source)
    said = [as_said(row) for row in rows]
    assert said == alone(rulebase, LATE)
    assert [each["encounter"] for each in said if each["warnings"]] == ["L1", "L2", "L5", "L4", "L4"]


def timed(name: str, *lines: tuple[int, str, int, int]) -> Json:
    """Bill timed codes on one day: the number of a line, its code, its units and its minutes."""
    keys = ("number", "code", "units", "minutes")
    return {"id": name, "lines": [dict(zip(keys, each, strict=True)) | {"date": "2024-08-05"} for each in lines]}


@pytest.mark.slow
@pytest.mark.parametrize("payer", mostly_slow(["medicare-part-b", "blue-cross"]))
def test_lines_whose_minutes_have_a_say_in_units_are_named_by_columns_as_alone(rulebase: Rulebase, payer: str) -> None:
    claims = [
        timed("A", (1, "97110", 2, 10), (2, "97140", 1, 10)),
        timed("B", (1, "97110", 2, 10), (5, "97140", 1, 10)),
        timed("C", (1, "97140", 1, 10), (2, "97110", 2, 10)),
        timed("D", (1, "97110", 2, 10), (2, "97112", 1, 10)),
        timed("E", (1, "97110", 1, 10), (2, "97110", 1, 10)),
        timed("F", (1, "97110", 1, 10), (3, "97110", 1, 10), (7, "97140", 1, 10)),
        timed("G", (1, "97110", 3, 20)),
    ]
    encounters = [rulebase.encounter(claim) for claim in claims]
    alone = one_by_one(rulebase, encounters, payer, date(2026, 1, 1))
    assert any(reason.other_lines for _, line in alone for reason in line.reasons)
    assert by_columns(rulebase, encounters, payer, date(2026, 1, 1)) == alone
