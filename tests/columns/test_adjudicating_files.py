"""Files decided by a program: any format, one path or several, and what is wrong said before anything is written."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from tests.property.effort import mostly_slow

import payrule
from payrule.rulebase.rulebase import Rulebase

KNOWN_ON = "2026-01-01"
ENCOUNTER = {"id": "=E-1", "lines": [{"number": 1, "code": "97140", "date": "2024-08-01", "units": 1, "minutes": 15}]}


@pytest.fixture(scope="module")
def rulebase() -> Rulebase:
    return payrule.load()


@pytest.fixture
def claims(tmp_path: Path) -> Path:
    path = tmp_path / "claims.json"
    path.write_text(json.dumps(ENCOUNTER), encoding="utf-8")
    return path


def decided(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_files_are_answered_as_one_encounter(rulebase: Rulebase, claims: Path, tmp_path: Path) -> None:
    chosen: dict[str, Any] = {"payer": "blue-cross", "known_on": KNOWN_ON, "presume": {"line.documentation": True}}
    payrule.adjudicate_files(rulebase, str(claims), str(tmp_path / "decided.csv"), **chosen)
    (row,) = decided(tmp_path / "decided.csv")
    wanted = rulebase.decide(ENCOUNTER, **chosen).line(1)
    assert (row["disposition"], row["open"].split()) == (wanted.disposition, list(wanted.open))


@pytest.mark.slow
def test_id_that_a_spreadsheet_would_take_for_a_formula_is_guarded(
    rulebase: Rulebase, claims: Path, tmp_path: Path
) -> None:
    payrule.adjudicate_files(rulebase, claims, tmp_path / "decided.csv", payer="blue-cross", known_on=KNOWN_ON)
    assert [row["encounter"] for row in decided(tmp_path / "decided.csv")] == ["'=E-1"]


@pytest.mark.slow
def test_several_files_name_their_payers(rulebase: Rulebase, claims: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text(json.dumps({**ENCOUNTER, "id": "E-2", "payer": "medicare-part-b"}), encoding="utf-8")
    out = tmp_path / "decided.csv"
    tally = payrule.adjudicate_files(rulebase, [claims, other], out, known_on=KNOWN_ON, explained=False)
    assert [row["payer"] for row in decided(out)] == ["medicare-part-b"]
    ((rejected,),) = tally.rejected
    assert (rejected.code, rejected.claim) == ("no-payer", "=E-1")
    assert not (tmp_path / "decided.csv.explanations.jsonl").exists()


def test_payer_that_there_is_not_is_reported_at_once(rulebase: Rulebase, claims: Path, tmp_path: Path) -> None:
    with pytest.raises(payrule.RequestError, match="there is no payer `blue-cros`"):
        payrule.adjudicate_files(rulebase, claims, tmp_path / "d.csv", payer="blue-cros", known_on=KNOWN_ON)
    assert [each.name for each in tmp_path.iterdir()] == [claims.name]


def test_ending_that_says_no_format_is_reported_at_once(rulebase: Rulebase, claims: Path, tmp_path: Path) -> None:
    with pytest.raises(payrule.RequestError, match="does not say by its ending what to write"):
        payrule.adjudicate_files(rulebase, claims, tmp_path / "d.xlsx", payer="blue-cross", known_on=KNOWN_ON)


def test_file_that_is_not_there_is_reported(rulebase: Rulebase, tmp_path: Path) -> None:
    chosen: dict[str, Any] = {"payer": "blue-cross", "known_on": KNOWN_ON}
    with pytest.raises(payrule.InputError, match=r"there is no file `.*nowhere\.parquet`"):
        payrule.adjudicate_files(rulebase, tmp_path / "nowhere.parquet", tmp_path / "d.csv", **chosen)
    assert not list(tmp_path.iterdir())
    tally = payrule.adjudicate_files(rulebase, tmp_path / "nowhere.csv", tmp_path / "d.csv", **chosen)
    assert [each.message for (each,) in tally.rejected] == [f"there is no file `{tmp_path / 'nowhere.csv'}`"]
    assert decided(tmp_path / "d.csv") == []


@pytest.mark.parametrize("name", mostly_slow(["rejects.csv", "elsewhere/rejects.jsonl", "rejects.ndjson"]))
def test_what_was_rejected_goes_where_it_is_wanted(rulebase: Rulebase, tmp_path: Path, name: str) -> None:
    claims, rejects = tmp_path / "claims.json", tmp_path / name
    rejects.parent.mkdir(exist_ok=True)
    claims.write_text(json.dumps([{**ENCOUNTER, "id": "E-1"}, {"id": "E-2"}]), encoding="utf-8")
    out = tmp_path / "d.csv"
    tally = payrule.adjudicate_files(rulebase, claims, out, payer="blue-cross", known_on=KNOWN_ON, rejects=rejects)
    assert (tally.claims, tally.decided, tally.refused) == (2, 1, 1)
    assert "E-2" in rejects.read_text(encoding="utf-8")
    assert not (tmp_path / "d.csv.rejects.csv").exists()


@pytest.mark.parametrize("name", ["rejects.xlsx", "d.csv", "claims.json"])
def test_rejects_that_cannot_be_written_are_reported_at_once(
    rulebase: Rulebase, claims: Path, tmp_path: Path, name: str
) -> None:
    chosen: dict[str, Any] = {"payer": "blue-cross", "known_on": KNOWN_ON, "rejects": tmp_path / name}
    with pytest.raises(payrule.RequestError):
        payrule.adjudicate_files(rulebase, claims, tmp_path / "d.csv", **chosen)
    assert [each.name for each in tmp_path.iterdir()] == [claims.name]
