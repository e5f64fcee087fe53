"""Spark answers what a file of claims is answered, however lines lie, and when a worker dies."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from payrule import RequestError, adjudicate_files, load

pytest.importorskip("pyspark", reason="Spark is not installed: pip install 'payrule[spark]'")

from pyspark.errors import PySparkRuntimeError
from pyspark.sql.functions import lit
from tests.spark_sessions import local_session

from payrule.columns.arrow import REJECTED, decide_batches
from payrule.formats.encounters import cell_of
from payrule.spark import adjudicate

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning"),
]

PAYER, KNOWN_ON = "medicare-part-b", "2026-01-01"
LINES = 3_000


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    small = {"sql_adaptive_enabled": "false", "sql_execution_arrow_maxRecordsPerBatch": "7"}
    try:
        session = local_session("local[2,4]", sql_shuffle_partitions="5", **small)
    except PySparkRuntimeError as fault:
        pytest.skip(f"Spark does not start: {fault}")
    yield session
    session.stop()


@pytest.fixture(scope="module")
def claims(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lines of which some are wrong, in no order, so that an encounter is spread over the file."""
    file = tmp_path_factory.mktemp("spark") / "claims.parquet"
    lines = (
        "SELECT 'E-' || i // 3 AS encounter, CASE WHEN i % 97 = 0 THEN 0 ELSE i % 3 + 1 END AS number, "
        "['97124', '97140', '97530', '98941'][1 + (hash(i) % 4)::INTEGER] AS code, "
        "DATE '2024-07-01' + (hash(i // 3) % 90)::INTEGER AS date, (1 + i % 4)::INTEGER AS units, "
        "[10, 15, 23, NULL][1 + (hash(i, 1) % 4)::INTEGER] AS minutes, "
        "CASE WHEN i % 5 = 0 THEN ['59'] ELSE [] END AS modifiers, "
        "CASE WHEN hash(i, 3) % 3 > 0 THEN 'physical-therapist' END AS \"provider.type\" "
        "FROM range(3000) r(i) ORDER BY hash(i, 2)"
    )
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({lines}) TO '{file}' (FORMAT parquet, ROW_GROUP_SIZE 2048)")
    return file


@pytest.fixture(scope="module")
def wanted(claims: Path) -> tuple[list[Any], list[Any]]:
    """What the file is answered: every line with its explanation; and the rows that were rejected."""
    out = claims.with_name("decided.parquet")
    tally = adjudicate_files(load(), claims, out, payer=PAYER, known_on=KNOWN_ON)
    texts = out.with_name(f"{out.name}.explanations.jsonl").read_text(encoding="utf-8").splitlines()
    explained = {json.loads(text)["explanation"]: text for text in texts}
    with duckdb.connect() as connection:
        rows = connection.execute(f"SELECT * FROM '{out}'")  # noqa: S608 - our own path
        names = [column[0] for column in rows.description]
        found = [dict(zip(names, row, strict=True)) for row in rows.fetchall()]
    assert {row.pop("encounter_digest") for row in found} == {None}  # batches of columns leave it out
    wrong = [(x.claim, x.message, cell_of(x)[1], x.code, x.help) for each in tally.rejected for x in each]
    return ordered(row | {"explained": explained[row["explanation"]]} for row in found), sorted(wrong)


def ordered(rows: Any) -> list[Any]:
    return sorted(rows, key=lambda row: (row["encounter"], row["line"]))


def answered(frame: Any) -> tuple[list[Any], list[Any]]:
    """Collect what Spark answers: the lines as a file has them, and what is wrong with others."""
    rows = [row.asDict() for row in frame.collect()]
    decided = [{k: v for k, v in row.items() if k not in REJECTED} for row in rows if row["rejected"] is None]
    wrong = [row for row in rows if row["rejected"] is not None]
    told = ("encounter", *REJECTED)
    assert all(row[name] is None for row in wrong for name in row if name not in told)
    return ordered(decided), sorted(tuple(row[name] for name in told) for row in wrong)


def test_every_line_is_answered_as_in_a_file(spark: Any, claims: Path, wanted: tuple[list[Any], list[Any]]) -> None:
    found, rejected = answered(adjudicate(spark.read.parquet(str(claims)), None, PAYER, known_on=KNOWN_ON))
    assert found == wanted[0]
    assert rejected == wanted[1]
    assert len(found) + 3 * len({each[0] for each in rejected}) == LINES


def test_partitions_without_a_line_are_no_trouble(spark: Any, claims: Path) -> None:
    one = spark.read.parquet(str(claims)).where("encounter = 'E-1'")
    assert len(answered(adjudicate(one, None, PAYER, known_on=KNOWN_ON))[0]) == 3


def test_worker_that_is_killed_changes_no_answer(
    spark: Any, claims: Path, wanted: tuple[list[Any], list[Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    marker, driver, decide = str(tmp_path / "killed"), os.getpid(), decide_batches

    def dying_once(*claims: Any, **terms: Any) -> Any:
        for batch in decide(*claims, **terms):
            yield batch
            if os.getpid() != driver and not Path(marker).exists():
                Path(marker).touch()
                os.kill(os.getpid(), signal.SIGKILL)

    monkeypatch.setattr("payrule.spark.decide_batches", dying_once)
    found, rejected = answered(adjudicate(spark.read.parquet(str(claims)), None, PAYER, known_on=KNOWN_ON))
    assert Path(marker).exists()
    assert found == wanted[0]
    assert rejected == wanted[1]


def test_payer_that_is_not_there_is_reported_before_spark_works(spark: Any, claims: Path) -> None:
    with pytest.raises(RequestError, match=r"^there is no payer `nobody` \(use one of "):
        adjudicate(spark.read.parquet(str(claims)), None, "nobody", known_on=KNOWN_ON)


def test_column_that_nothing_reads_is_warned_of(spark: Any, claims: Path) -> None:
    titled = spark.read.parquet(str(claims)).withColumn("colour", lit("red"))
    with pytest.warns(UserWarning, match="`colour`"):
        adjudicate(titled, None, PAYER, known_on=KNOWN_ON)
