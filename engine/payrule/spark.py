"""Decide claims on Spark: each partition holds whole encounters, and is decided as a file of its own, by columns."""

import json
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

try:
    import pyarrow as pa
    from pyarrow import csv, parquet
    from pyspark.sql import DataFrame
except ModuleNotFoundError as missing:
    message = "deciding on Spark needs PySpark and PyArrow, which are not installed; run `pip install 'payrule[spark]'`"
    raise ModuleNotFoundError(message, name=missing.name) from None

_TEXT, _TEXTS = pa.string(), pa.list_(pa.string())
SCHEMA = pa.schema({
    **dict.fromkeys(("encounter", "payer"), _TEXT), "line": pa.int64(),
    **dict.fromkeys(("code", "disposition", "liability", "concern"), _TEXT),
    "discretionary": pa.bool_(), "allowed_units": pa.int64(), "group": _TEXT, "carc": _TEXT,
    **dict.fromkeys(("rarc", "rules", "open"), _TEXTS),
    **dict.fromkeys(("explanation", "known_on", "rulebase", "engine", "explained", "rejected", "column"), _TEXT),
})  # fmt: skip
"""The columns of a file of decisions, each explanation in words, and what is wrong with what is not decided."""
_REJECTS = csv.ConvertOptions(column_types={"encounter": _TEXT, "column": _TEXT, "message": _TEXT})
Batches = Iterator[pa.RecordBatch]


def adjudicate(df: DataFrame, rulebase: str | None, payer: str, *, known_on: str) -> DataFrame:
    """Decide the lines of a frame whose columns are those of a file of claims.

    `rulebase` is a folder that every worker has, or None for the shipped one; `known_on` a date, `YYYY-MM-DD`. A row
    of the answer is a line as in a file of decisions, with its explanation in `explained`; or one thing wrong with an
    encounter that is not decided, in `rejected` with its `column`. Raises what `payrule.adjudicate_files` raises, once
    the answer is asked for.
    """
    from pyspark.sql.pandas.types import from_arrow_schema  # noqa: PLC0415 - it looks for a running Spark

    whole = df.repartition("encounter").sortWithinPartitions("encounter", *{"number"}.intersection(df.columns))
    return whole.mapInArrow(deciding(rulebase, payer, known_on), from_arrow_schema(SCHEMA))


def deciding(rulebase: str | None, payer: str, known_on: str) -> Callable[[Batches], Batches]:
    """Give the function that decides the batches of one partition, in which no encounter is parted."""

    def decided(batches: Batches) -> Batches:
        from payrule import adjudicate_files, load  # noqa: PLC0415 - on the worker

        if (first := next(batches, None)) is None:
            return
        with TemporaryDirectory() as folder:
            claims, out = Path(folder, "claims.parquet"), Path(folder, "decided.parquet")
            with parquet.ParquetWriter(claims, first.schema) as written:
                for batch in chain([first], batches):
                    written.write_batch(batch)
            adjudicate_files(load(rulebase), claims, out, payer=payer, known_on=known_on, threads=1)
            lines = out.with_suffix(".explanations.jsonl").read_text(encoding="utf-8").splitlines()
            explained = {json.loads(line)["explanation"]: line for line in lines}
            for batch in parquet.ParquetFile(out).iter_batches():
                keys = batch["explanation"].to_pylist()
                yield _whole(batch, {"explained": pa.array([explained[key] for key in keys], _TEXT)})
            for batch in csv.read_csv(out.with_suffix(".rejects.csv"), convert_options=_REJECTS).to_batches():
                yield _whole(batch, {"rejected": batch["message"]})

    return decided


def _whole(batch: pa.RecordBatch, more: dict[str, Any]) -> pa.RecordBatch:
    """Give a batch all columns of the answer, in their order."""
    held = {name: batch[name] for name in batch.schema.names} | more
    columns = [held[f.name].cast(f.type) if f.name in held else pa.nulls(batch.num_rows, f.type) for f in SCHEMA]
    return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)
