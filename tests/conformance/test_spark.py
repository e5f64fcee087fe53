"""Spark answers what a file of claims is answered, however lines lie, and when a worker dies."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests.cli.conftest import surroundings

from payrule import adjudicate_files, load

pytest.importorskip("pyspark", reason="Spark is not installed: pip install 'payrule[spark]'")

from pyspark.errors import PySparkRuntimeError
from pyspark.sql import SparkSession
from pyspark.sql.pandas.types import from_arrow_schema

from payrule.spark import SCHEMA, adjudicate, deciding

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning"),
]

PAYER, KNOWN_ON = "medicare-part-b", "2026-01-01"
LINES = 3_000


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["PYTHONPATH"] = os.pathsep.join(["engine", os.environ.get("PYTHONPATH", "")])
    try:
        session = (
            SparkSession.builder.master("local[2,4]")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.shuffle.partitions", "5")
            .config("spark.sql.adaptive.enabled", "false")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1")
            .getOrCreate()
        )
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
        "CASE WHEN i % 5 = 0 THEN ['59'] ELSE [] END AS modifiers FROM range(3000) r(i) ORDER BY hash(i, 2)"
    )
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({lines}) TO '{file}' (FORMAT parquet, ROW_GROUP_SIZE 2048)")
    return file


@pytest.fixture(scope="module")
def wanted(claims: Path) -> tuple[list[Any], int]:
    """What the file is answered: every line with its explanation; and the rows that were rejected."""
    out = claims.with_name("decided.parquet")
    adjudicate_files(load(), claims, out, payer=PAYER, known_on=KNOWN_ON)
    texts = out.with_suffix(".explanations.jsonl").read_text(encoding="utf-8").splitlines()
    explained = {json.loads(text)["explanation"]: text for text in texts}
    with duckdb.connect() as connection:
        rows = connection.execute(f"SELECT * FROM '{out}'")  # noqa: S608 - our own path
        names = [column[0] for column in rows.description]
        found = [dict(zip(names, row, strict=True)) for row in rows.fetchall()]
    rejected = {tuple(row.split(",")[:1]) for row in out.with_suffix(".rejects.csv").read_text().splitlines()[1:]}
    return ordered(row | {"explained": explained[row["explanation"]]} for row in found), len(rejected)


def ordered(rows: Any) -> list[Any]:
    return sorted(rows, key=lambda row: (row["encounter"], row["line"]))


def answered(frame: Any) -> tuple[list[Any], set[str]]:
    """Collect what Spark answers: the lines as a file has them, and the encounters that were rejected."""
    rows = [row.asDict() for row in frame.collect()]
    decided = [{k: v for k, v in row.items() if k not in ("rejected", "column")} for row in rows if not row["rejected"]]
    return ordered(decided), {row["encounter"] for row in rows if row["rejected"]}


def test_every_line_is_answered_as_in_a_file(spark: Any, claims: Path, wanted: tuple[list[Any], int]) -> None:
    found, rejected = answered(adjudicate(spark.read.parquet(str(claims)), None, PAYER, known_on=KNOWN_ON))
    assert found == wanted[0]
    assert len(rejected) == wanted[1] > 0
    assert len(found) + 3 * len(rejected) == LINES


def test_partitions_without_a_line_are_no_trouble(spark: Any, claims: Path) -> None:
    one = spark.read.parquet(str(claims)).where("encounter = 'E-1'")
    assert len(answered(adjudicate(one, None, PAYER, known_on=KNOWN_ON))[0]) == 3


def test_worker_that_is_killed_changes_no_answer(
    spark: Any, claims: Path, wanted: tuple[list[Any], int], tmp_path: Path
) -> None:
    marker, decide = str(tmp_path / "killed"), deciding(None, PAYER, KNOWN_ON)

    def dying(batches: Any) -> Any:
        for batch in decide(batches):
            yield batch
            if not Path(marker).exists():
                Path(marker).touch()
                os.kill(os.getpid(), signal.SIGKILL)

    whole = spark.read.parquet(str(claims)).repartition("encounter").sortWithinPartitions("encounter", "number")
    found, rejected = answered(whole.mapInArrow(dying, from_arrow_schema(SCHEMA)))
    assert Path(marker).exists()
    assert found == wanted[0]
    assert len(rejected) == wanted[1]


def test_without_spark_it_is_said_what_to_install() -> None:
    call = "import sys; sys.modules['pyspark'] = None; sys.modules['pyarrow'] = None; import payrule.spark"
    done = subprocess.run(
        [sys.executable, "-c", call], env=surroundings(), capture_output=True, encoding="utf-8", check=False
    )
    assert done.stderr.splitlines()[-1] == (
        "ModuleNotFoundError: deciding on Spark needs PySpark and PyArrow, which are not installed; "
        "run `pip install 'payrule[spark]'`"
    )
