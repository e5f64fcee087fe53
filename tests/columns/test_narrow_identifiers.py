"""A narrow row has the identifiers of its claim and line that a full row has, in every form; plain rows have none."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from tests.formats.fhir_claims import resource
from tests.formats.x12_texts import CLAIM, DATED, billed, claims

from payrule.columns.decide_files import adjudicate_files
from payrule.columns.writer import NARROW
from payrule.formats.answer_cells import IDENTIFIERS, guarded
from payrule.rulebase.rulebase import Rulebase, load

LINE = CLAIM[3]
SPANNED = "DTP*472*RD8*20240805-20240806"
X12 = claims(
    *(billed("130"), "REF*D9*=T-1", CLAIM[1], CLAIM[2], LINE, DATED, "REF*6R*L-1", "LX*2", LINE, DATED),
    *(billed("130", "A-2"), *CLAIM[1:], SPANNED, "LX*2", LINE, DATED, "REF*6R*L-2", "REF*9F*@R"),
    *(billed("65", "A-3").replace(":1*", ":8*"), "REF*F8*P-1", *CLAIM[1:], DATED),
    *(billed("65"), *CLAIM[1:], DATED, "REF*6R*L-1"),
)
"""Claims that columns decide, and that they leave: one that voids another, and one whose number is there twice."""

FHIR = json.dumps(resource())
PLAIN = "encounter,code,date\nE-1,98940,2024-08-05\n"
FILES = {
    "x12": {"a.837": X12},
    "fhir": {"a.json": FHIR},
    "both": {"a.837": X12, "a.json": FHIR},
    "plain": {"a.csv": PLAIN},
}
TITLES = {
    kind: tuple(f"line.identifiers.{name}" for name in each.of_line)
    + tuple(f"identifiers.{name}" for name in each.of_claim)
    for kind, each in IDENTIFIERS.items()
}
TITLES |= {"both": tuple(dict.fromkeys((*TITLES["x12"], *TITLES["fhir"]))), "plain": ()}


@pytest.fixture(scope="module")
def rulebase() -> Rulebase:
    return load()


@pytest.fixture
def files(tmp_path: Path, kind: str) -> list[Path]:
    for name, text in FILES[kind].items():
        (tmp_path / name).write_text(text)
    return [tmp_path / name for name in FILES[kind]]


Row = dict[str, object]


def decided(rulebase: Rulebase, files: list[Path], out: Path, columns: str) -> list[Row]:
    adjudicate_files(rulebase, files, out, payer="blue-cross", known_on="2026-11-29", columns=columns)
    if out.suffix == ".jsonl":
        return [json.loads(each) for each in out.read_text().splitlines()]
    if out.suffix == ".csv":
        with out.open(encoding="utf-8", newline="") as stream:
            return [dict(each) for each in csv.DictReader(stream)]
    with duckdb.connect() as connection:
        rows = connection.execute(f"SELECT * FROM '{out}'")  # noqa: S608 - our own path
        names = [name for name, *_ in rows.description or ()]
        return [dict(zip(names, row, strict=True)) for row in rows.fetchall()]


def told(rows: list[Row]) -> Iterator[Row]:
    """Give the identifiers that full rows hold as JSON under the titles that narrow rows have, without empty ones."""
    for row in rows:
        sent = json.loads(str(row["identifiers"] or "{}"))
        line = sent.get("lines", {}).get(str(row["line"]), {})
        found = {f"line.identifiers.{name}": value for name, value in line.items()}
        yield found | {f"identifiers.{name}": value for name, value in sent.get("claim", {}).items()}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "form"),
    [
        *(("x12", form) for form in ("csv", "jsonl", "parquet")),
        *(("fhir", "parquet"), ("both", "jsonl"), ("plain", "csv")),
    ],
)
def test_a_narrow_row_has_the_identifiers_of_a_full_one(
    rulebase: Rulebase, files: list[Path], kind: str, form: str, tmp_path: Path
) -> None:
    full = decided(rulebase, files, tmp_path / "full.jsonl", "full")
    narrow = decided(rulebase, files, tmp_path / f"narrow.{form}", "narrow")
    assert {tuple(row) for row in narrow} == {(*NARROW, *TITLES[kind])}
    found = [{name: value for name, value in row.items() if name in TITLES[kind] and value} for row in narrow]
    wanted = [*told(full)]
    if form == "csv":
        wanted = [{name: guarded(str(value)) for name, value in row.items()} for row in wanted]
    assert found == wanted
    kept = [{name: row[name] for name in NARROW} for row in full]
    if form == "csv":
        kept = [{name: guarded(str(value or "")) for name, value in row.items()} for row in kept]
    assert [{name: row[name] for name in NARROW} for row in narrow] == kept


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["x12"])
def test_narrow_csv_has_the_cells_of_a_full_one(rulebase: Rulebase, files: list[Path], tmp_path: Path) -> None:
    full, narrow = (decided(rulebase, files, tmp_path / f"{each}.csv", each) for each in ("full", "narrow"))
    assert narrow == [{name: row[name] for name in narrow[0]} for row in full]
    said = {str(row[name]) for row in narrow for name in row}
    assert {"'=T-1", "L-1", "L-2", "'@R", "A-1"} <= said


@pytest.mark.parametrize("kind", ["x12"])
def test_claims_that_are_all_rejected_leave_the_columns_as_they_are(
    rulebase: Rulebase, files: list[Path], tmp_path: Path
) -> None:
    files[0].write_text(X12.replace("HI*ABK", "HI*ZZ").replace("*130***", "*131***").replace("*65***", "*66***", 2))
    out = tmp_path / "narrow.csv"
    rows = decided(rulebase, files, out, "narrow")
    assert {row["disposition"] for row in rows} <= {""}
    assert out.read_text().splitlines()[0] == ",".join((*NARROW, *TITLES["x12"]))
