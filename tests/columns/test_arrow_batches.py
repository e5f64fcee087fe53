"""Arrow batches are answered what a file of claims is answered."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import csv
from tests.forks import surroundings

from payrule import InputError, RequestError, adjudicate_files, load
from payrule.columns.arrow import REJECTED, decide_batches, schema
from payrule.rulebase.rulebase import Rulebase

PAYER, KNOWN_ON = "medicare-part-b", "2026-01-01"
LINES = [
    {"encounter": f"E-{at // 2}", "number": at % 2 + 1, "code": code, "date": "2024-08-01", "units": 1}
    for at, code in enumerate(["97140", "97124", "97140", "97530", "98941", "nonsense"])
]


@pytest.fixture(scope="module")
def rulebase() -> Rulebase:
    return load()


def answered(rulebase: Rulebase, *batches: Any) -> list[dict[str, Any]]:
    found = decide_batches(rulebase, batches, PAYER, known_on=KNOWN_ON)
    return [row for batch in found for row in batch.to_pylist()]


@pytest.fixture
def batches() -> list[Any]:
    return [pa.RecordBatch.from_pylist(LINES[:3]), pa.RecordBatch.from_pylist(LINES[3:])]


@pytest.mark.slow
def test_lines_are_answered_as_in_a_file(rulebase: Rulebase, batches: list[Any], tmp_path: Path) -> None:
    claims, out = tmp_path / "claims.csv", tmp_path / "decided.jsonl"
    csv.write_csv(pa.Table.from_batches(batches), claims)
    adjudicate_files(rulebase, claims, out, payer=PAYER, known_on=KNOWN_ON)
    wanted = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    found = [row for row in answered(rulebase, *batches) if row["rejected"] is None]
    assert all(row.pop("encounter_digest") for row in wanted)  # batches are read as Parquet is: not every column
    assert [{name: row[name] for name in wanted[0]} for row in found] == wanted
    assert [json.loads(row["explained"])["explanation"] for row in found] == [row["explanation"] for row in wanted]


@pytest.mark.slow
def test_encounter_that_is_not_decided_has_a_row_for_what_is_wrong(rulebase: Rulebase, batches: list[Any]) -> None:
    (row,) = [row for row in answered(rulebase, *batches) if row["rejected"] is not None]
    assert {name for name in row if row[name] is not None} == {"encounter", *REJECTED}
    assert (row["encounter"], row["column"]) == ("E-2", "code")


def test_nothing_is_answered_nothing(rulebase: Rulebase) -> None:
    assert answered(rulebase) == []
    assert answered(rulebase, pa.RecordBatch.from_pylist([], pa.RecordBatch.from_pylist(LINES).schema)) == []


def test_every_batch_has_the_columns_that_are_promised(rulebase: Rulebase, batches: list[Any]) -> None:
    assert {batch.schema for batch in decide_batches(rulebase, batches, PAYER, known_on=KNOWN_ON)} == {schema()}


def test_column_that_cannot_be_used_is_named_without_a_file(rulebase: Rulebase) -> None:
    with pytest.raises(InputError) as raised:
        answered(rulebase, pa.RecordBatch.from_pylist([{"encounter": "E-1", "colour": "red"}]))
    assert {diagnostic.file for diagnostic in raised.value.findings} == {None}


@pytest.mark.slow
def test_column_that_nothing_reads_is_warned_of(rulebase: Rulebase) -> None:
    with pytest.warns(UserWarning, match="`colour`"):
        answered(rulebase, pa.RecordBatch.from_pylist([{**line, "colour": "red"} for line in LINES]))


def test_payer_that_is_not_there_is_reported(rulebase: Rulebase, batches: list[Any]) -> None:
    with pytest.raises(RequestError, match=r"^there is no payer `nobody`"):
        list(decide_batches(rulebase, batches, "nobody", known_on=KNOWN_ON))


@pytest.mark.slow
def test_without_pyarrow_it_is_reported_what_to_install() -> None:
    call = "import sys; sys.modules['pyarrow'] = None; import payrule.spark; payrule.spark.schema()"
    done = subprocess.run(
        [sys.executable, "-c", call], env=surroundings(), capture_output=True, encoding="utf-8", check=False
    )
    assert done.stderr.splitlines()[-1].endswith(
        "Arrow batches need PyArrow, which is not installed (run `pip install 'payrule[arrow]'`)"
    )
