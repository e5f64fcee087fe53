"""Arrow batches are answered what a file of claims is answered."""

import json
import random
import re
import subprocess
import sys
import zlib
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import csv, parquet
from tests.columns.test_parquet_history import by_columns, drawn
from tests.columns.test_parquet_history import rulebase as counting
from tests.forks import surroundings
from tests.property.documents import KNOWN_ON as KNOWN
from tests.property.documents import PAYER as COUNTED

from payrule import InputError, RequestError, adjudicate_files, load
from payrule.columns.arrow import EARLIER, REJECTED, Parted, decide_arrow, decide_batches, decide_parted, schema
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
    for row in wanted:  # the first row of a CSV has the headings
        row["warnings"] = row["warnings"] and row["warnings"].replace("row 7", "row 6")
    assert [{name: row[name] for name in wanted[0]} for row in found] == wanted
    assert [json.loads(row["explained"])["explanation"] for row in found] == [row["explanation"] for row in wanted]


def test_a_table_of_any_library_is_answered_as_its_batches(rulebase: Rulebase, batches: list[Any]) -> None:
    table = pa.Table.from_batches(batches)
    whole = decide_arrow(table, rulebase, payer=PAYER, known_on=date.fromisoformat(KNOWN_ON))
    assert [row for batch in whole for row in batch.to_pylist()] == answered(rulebase, *batches)


@pytest.mark.slow
def test_line_that_cannot_be_read_has_a_row_for_what_is_wrong_besides(rulebase: Rulebase, batches: list[Any]) -> None:
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


def batches_of(file: Path) -> list[Any]:
    """Give a Parquet file in small batches."""
    return list(parquet.ParquetFile(file).iter_batches(batch_size=7))


def by_file(folder: Path, since: date | None, *, link: bool) -> list[dict[str, Any]]:
    """Give what was written for a file of claims, without what batches leave out."""
    by_columns(counting(), *drawn(3, odd=0.05), folder, since, link=link)
    rows = parquet.read_table(folder / "out.parquet").to_pylist()
    return in_turn({name: each for name, each in row.items() if name != "encounter_digest"} for row in rows)


def in_turn(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: (row["encounter"], row["line"]))


def answered_by(batches: Iterable[Any], wanted: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give the lines that batches decide, in the columns of a file."""
    rows = (row for batch in batches for row in batch.to_pylist() if row["rejected"] is None)
    return in_turn({name: row[name] for name in wanted[0]} for row in rows)


def in_any_row(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out of the doubts about claims in which rows they are."""
    return [row | {"warnings": row["warnings"] and re.sub(r"row \d+", "a row", row["warnings"])} for row in rows]


@pytest.mark.slow
@pytest.mark.parametrize(("since", "link"), [(None, False), (date(2023, 6, 1), False), (None, True)])
def test_batches_with_a_history_are_answered_as_a_file(since: date | None, link: bool, tmp_path: Path) -> None:  # noqa: FBT001 - a case of the table
    wanted = by_file(tmp_path, since, link=link)
    claims, rows = (batches_of(tmp_path / name) for name in ("claims.parquet", "history.parquet"))
    terms: dict[str, Any] = {"known_on": str(KNOWN), "history_from": since and str(since), "link": link}
    assert answered_by(decide_batches(counting(), claims, COUNTED, history=rows, **terms), wanted) == wanted


@pytest.mark.slow
@pytest.mark.parametrize(("since", "link"), [(None, False), (date(2023, 6, 1), False), (None, True)])
@pytest.mark.parametrize("parts", [1, 4])
def test_whole_patients_in_any_order_are_answered_as_a_file(
    since: date | None,
    link: bool,  # noqa: FBT001 - a case of the table
    parts: int,
    tmp_path: Path,
) -> None:
    wanted = by_file(tmp_path, since, link=link)
    claims, rows = (parquet.read_table(tmp_path / name) for name in ("claims.parquet", "history.parquet"))
    titles = [
        {f"{mark}{at}": title for at, title in enumerate(each.column_names)}
        for mark, each in (("c", claims), ("h", rows))
    ]
    fields = [
        pa.field(f"{mark}{at}", each.type)
        for mark, of in (("c", claims), ("h", rows))
        for at, each in enumerate(of.schema)
    ]
    columns = pa.schema([*fields, pa.field(EARLIER, pa.bool_())])
    mixed: list[list[dict[str, Any]]] = [[] for _ in range(parts)]
    for is_earlier, table, named in zip((False, True), (claims, rows), titles, strict=True):
        for row in table.to_pylist():
            whose = row["patient.id"] or row["encounter"]
            known = {name: row[title] for name, title in named.items()}
            mixed[zlib.crc32(whose.encode()) % parts].append(known | {EARLIER: is_earlier})
    found: list[Any] = []
    for each in mixed:
        random.Random(parts).shuffle(each)  # noqa: S311 - the same order each time, no secret
        batches = pa.Table.from_pylist(each, columns).to_batches(max_chunksize=5)
        terms: dict[str, Any] = {"known_on": str(KNOWN), "history_from": since and str(since), "link": link}
        found += decide_parted(counting(), batches, Parted(*titles), COUNTED, **terms)
    assert in_any_row(answered_by(found, wanted)) == in_any_row(wanted)


def test_a_date_that_is_none_is_reported_before_anything_is_answered_by() -> None:
    batch = pa.RecordBatch.from_pylist([{"encounter": "E1", "code": "A0001", "date": "2024-01-01"}])
    with pytest.raises(RequestError, match="2024-02-30"):
        list(decide_batches(counting(), [batch], COUNTED, known_on=str(KNOWN), history_from="2024-02-30"))
