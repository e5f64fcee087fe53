"""Hold Spark to columns on many lines: `python -m tests.soak_spark`.

Two million lines are decided for a shipped payer as a file, and on Spark; every field of every line is compared,
with its explanation. Prints what was counted; ends with 1 when a line differs.
"""

import sys
from argparse import ArgumentParser
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import duckdb
from tests.spark_sessions import local_session

from payrule import adjudicate_files, load
from payrule.spark import adjudicate

PAYER, KNOWN_ON = "medicare-part-b", "2026-01-01"


def main() -> int:
    """Compare, and give the exit code."""
    parser = ArgumentParser(prog="python -m tests.soak_spark")
    parser.add_argument("--lines", type=int, default=2_000_000)
    lines = parser.parse_args().lines
    with TemporaryDirectory() as folder, duckdb.connect() as connection:
        claims, decided, sparked = (Path(folder, name) for name in ("claims.parquet", "decided.parquet", "spark"))
        drawn = (
            "SELECT 'E-' || 3 * i // 10 AS encounter, i - (10 * (3 * i // 10) + 2) // 3 + 1 AS number, "
            "['97110', '97124', '97140', '97530', '98940', '98941', '98943'][1 + (hash(i, 1) % 7)::INTEGER] AS code, "
            "DATE '2024-01-01' + (hash(3 * i // 10) % 366)::INTEGER AS date, (1 + i % 4)::INTEGER AS units, "
            "[10, 15, 23, NULL][1 + (hash(i, 2) % 4)::INTEGER] AS minutes, "
            "CASE WHEN i % 5 = 0 THEN ['59'] WHEN i % 7 = 0 THEN ['XS', 'GP'] ELSE [] END AS modifiers, "
            "CASE WHEN hash(i, 3) % 3 > 0 THEN 'physical-therapist' END AS \"provider.type\" "
            "FROM range($lines) r(i)"
        )
        connection.sql(drawn, params={"lines": lines}).write_parquet(str(claims))
        started = perf_counter()
        adjudicate_files(load(), claims, decided, payer=PAYER, known_on=KNOWN_ON)
        by_columns, started = perf_counter() - started, perf_counter()
        session = local_session("local[2]", sql_shuffle_partitions="8")
        answer = adjudicate(session.read.parquet(str(claims)), None, PAYER, known_on=KNOWN_ON)
        answer.write.parquet(str(sparked))
        session.stop()
        on_spark = perf_counter() - started
        explanations = decided.with_name(f"{decided.name}.explanations.jsonl")
        connection.read_parquet(str(decided)).create_view("decided")
        connection.read_parquet(f"{sparked}/*.parquet").create_view("sparked")
        connection.execute(
            "CREATE TEMP TABLE explained AS SELECT json->>'explanation' AS key, json::VARCHAR AS explained "
            "FROM read_ndjson_objects($file)",
            {"file": str(explanations)},
        )
        connection.execute(
            "CREATE VIEW wanted AS SELECT d.*, x.explained FROM decided d JOIN explained x ON x.key = d.explanation"
        )
        connection.execute(
            'CREATE VIEW found AS SELECT * EXCLUDE (rejected, "column", finding, cure) FROM sparked '
            "WHERE rejected IS NULL"
        )
        ((differ,),) = connection.execute(
            "SELECT (SELECT count(*) FROM (FROM wanted EXCEPT ALL FROM found)) "
            "+ (SELECT count(*) FROM (FROM found EXCEPT ALL FROM wanted))"
        ).fetchall()
        ((count,),) = connection.execute("SELECT count(*) FROM found").fetchall()
    sys.stdout.write(
        f"{count:,} lines by columns in {by_columns:.1f} s and on Spark in {on_spark:.1f} s: {differ} differ\n"
    )
    return int(differ > 0 or count != lines)


if __name__ == "__main__":
    sys.exit(main())
