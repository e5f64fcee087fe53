"""Spark answers what a file of claims is answered, however lines lie, and when a worker dies."""

import json
import os
import signal
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from payrule import InputError, RequestError, adjudicate_files, load

pytest.importorskip("pyspark", reason="Spark is not installed: pip install 'payrule[spark]'")

from pyspark.errors import PySparkRuntimeError
from pyspark.sql.functions import lit
from tests.examples.test_plans import PLANS
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


@pytest.fixture(scope="module")
def visits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Claims of patients, whom not every row names, and earlier lines of some, with what a file of them is answered."""
    folder = tmp_path_factory.mktemp("visits")
    claims = (
        "SELECT 'E-' || i // 3 AS encounter, i % 3 + 1 AS number, ['97810', '97811', '97813'][1 + i % 3] AS code, "
        "DATE '2024-07-01' + (hash(i // 3) % 60)::INTEGER AS date, (1 + i % 4)::INTEGER AS units, ['M54.50'] AS "
        '"encounter.diagnoses", CASE WHEN i % 3 = 1 OR i % 30 < 27 THEN \'P-\' || (i // 3) % 40 END AS "patient.id" '
        "FROM range(600) r(i) ORDER BY hash(i, 2)"
    )
    earlier = (
        "SELECT 'P-' || i % 50 AS \"patient.id\", 'C-' || i AS claim, 1 AS number, '97810' AS code, "
        "DATE '2024-06-30' - (hash(i) % 120)::INTEGER AS date, ['paid', 'denied'][1 + i % 2] AS status "
        "FROM range(700) r(i)"
    )
    with duckdb.connect() as connection:
        for name, rows in (("claims", claims), ("history", earlier)):
            connection.execute(f"COPY ({rows}) TO '{folder / name}.parquet' (FORMAT parquet)")
    return folder


@pytest.mark.parametrize(("since", "link"), [(None, False), ("2024-01-01", False), ("2024-01-01", True)])
def test_earlier_lines_are_joined_by_patient_as_in_a_file(
    since: str | None,
    link: bool,  # noqa: FBT001 - a case of the table
    spark: Any,
    visits: Path,
    tmp_path: Path,
) -> None:
    claims, rows, payer = visits / "claims.parquet", visits / "history.parquet", "acupuncture-plan"
    out, alone, plan = tmp_path / "decided.jsonl", tmp_path / "alone.jsonl", load(PLANS)
    day = None if since is None else date.fromisoformat(since)
    adjudicate_files(plan, claims, out, payer=payer, known_on=KNOWN_ON, history=rows, history_from=day, link=link)
    adjudicate_files(plan, claims, alone, payer=payer, known_on=KNOWN_ON)
    wanted, without = (
        [json.loads(text) for text in each.read_text(encoding="utf-8").splitlines()] for each in (out, alone)
    )
    frame, history = (spark.read.parquet(str(each)) for each in (claims, rows))
    terms = {"known_on": KNOWN_ON, "history": history, "history_from": since, "link": link}
    found, rejected = answered(adjudicate(frame, str(PLANS), payer, **terms))
    assert rejected == []
    told = wanted[0].keys() - {"encounter_digest"}
    assert [{name: row[name] for name in told} for row in found] == ordered(
        {name: row[name] for name in told} for row in wanted
    )
    assert [(row["rules"], row["open"]) for row in wanted] != [(row["rules"], row["open"]) for row in without]


def test_history_that_cannot_be_used_is_reported_before_spark_works(spark: Any, visits: Path) -> None:
    frame = spark.read.parquet(str(visits / "claims.parquet"))
    with pytest.raises(InputError, match="patient"):
        adjudicate(frame, str(PLANS), "acupuncture-plan", known_on=KNOWN_ON, history=frame.drop("patient.id"))
