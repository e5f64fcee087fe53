"""Column maps as documents: what is wrong with one, and a table that is read by its name on the command line."""

import json
from pathlib import Path
from typing import Any

import msgspec
import openpyxl
import pytest
from tests.command import run

from payrule.formats.column_maps import ColumnMap, column_map_findings, remember, remembered
from payrule.formats.encounters import RawEncounter
from payrule.formats.mapped_rows import read_by_map
from payrule.rulebase.rulebase import load
from payrule.source.diagnostics import Diagnostic

VOCABULARY = load().documents.vocabulary
COLUMNS: list[dict[str, str]] = [
    {"heading": "Acct", "attribute": "encounter.id"},
    {"heading": "CPT", "attribute": "line.code"},
    {"heading": "Svc date", "attribute": "line.date", "dates": "month-first"},
    {"heading": "Who"},
]
SHEET = "Clinic on Main Street;;;\nacct;cpt;svc date;who\n7;97124;3/15/2016;Ann\n;97140;3/15/2016;Ben\n"


def written(folder: Path, columns: list[dict[str, Any]]) -> Path:
    path = folder / "clinic.json"
    path.write_text(json.dumps({"kind": "column-map", "columns": columns}))
    return path


@pytest.mark.parametrize(
    ("column", "code", "said"),
    [
        ({"heading": "a", "attribute": "line.cod"}, "unknown-attribute", "no attribute of a claim"),
        ({"heading": "a", "attribute": "line.code"}, "attribute-twice", "`CPT` and `a` both hold"),
        ({"heading": "a", "attribute": "line.units", "dates": "day-first"}, "column-map-key", "holds no dates"),
        ({"heading": "a", "attribute": "line.units", "amounts": "cents"}, "column-map-key", "holds no amounts"),
        ({"heading": "a", "attribut": "line.units"}, "unknown-key", "attribut"),
        ({"attribute": "line.units"}, "missing-key", "heading"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, column: dict[str, str], code: str, said: str) -> None:
    (found,) = column_map_findings(written(tmp_path, [*COLUMNS, column]), VOCABULARY)
    assert (found.code, said in found.message) == (code, True), found
    assert found.line == 1


def test_a_right_map_has_no_findings(tmp_path: Path) -> None:
    assert column_map_findings(written(tmp_path, COLUMNS), VOCABULARY) == ()


MAP = msgspec.convert({"kind": "column-map", "columns": COLUMNS}, ColumnMap)


def test_a_map_is_found_whatever_the_name_of_its_file_and_renewed_there(tmp_path: Path) -> None:
    written(tmp_path, COLUMNS)
    headings = [each.upper() for each in MAP.headings]
    found = remembered([tmp_path], headings)
    assert found is not None
    assert found.headings == tuple(headings)
    remember(tmp_path, MAP)
    assert [path.name for path in tmp_path.iterdir()] == ["clinic.json"]


def claims(path: Path) -> list[Any]:
    return [each.data if isinstance(each, RawEncounter) else each for each in read_by_map(path, MAP, VOCABULARY)]


def test_a_sheet_is_read_by_its_map_below_its_headings(tmp_path: Path) -> None:
    path, book = tmp_path / "a.csv", openpyxl.Workbook()
    path.write_text(SHEET)
    for row in SHEET.splitlines():
        book.active.append(row.split(";"))
    book.save(tmp_path / "a.xlsx")
    assert claims(path) == claims(tmp_path / "a.xlsx")
    (claim,) = claims(path)
    assert [(each["code"], each["date"]) for each in claim["lines"]] == [
        ("97124", "2016-03-15"),
        ("97140", "2016-03-15"),
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [("a;b\n1;2\n", "other-headings"), ('{"id": "1", "lines": []}', "no-table"), (None, "unreadable")],
)
def test_what_the_map_is_not_for_is_said(tmp_path: Path, text: str | None, code: str) -> None:
    path = tmp_path / "a.csv"
    if text is not None:
        path.write_text(text)
    (found,) = claims(path)
    assert isinstance(found, Diagnostic)
    assert found.code == code


@pytest.mark.parametrize(
    ("options", "said"),
    [("--map other", "there is no column map `other`"), ("--map other --engine columns", "no column map `other`")],
)
@pytest.mark.slow
def test_a_map_that_cannot_be_used_is_refused(tmp_path: Path, options: str, said: str) -> None:
    (tmp_path / "a.csv").write_text(SHEET)
    done = run("payrule new rulebase mine", tmp_path)
    folder = tmp_path / "mine" / "policies" / "column-maps"
    folder.mkdir()
    written(folder, COLUMNS)
    done = run(f"payrule adjudicate a.csv --rulebase mine --out b.json {options}", tmp_path)
    assert (done.code, said in done.stderr) == (2, True), done.stderr
