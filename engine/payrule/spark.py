"""Decide claims on Spark: each partition holds whole encounters, and is decided as a file of its own, by columns."""

import json
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from payrule.batch.outlet import COLUMNS, Decider
from payrule.documents.findings import DocumentError, InputError

try:
    import pyarrow as pa
    from pyarrow import parquet
    from pyspark.sql import DataFrame
except ModuleNotFoundError as missing:
    message = "deciding on Spark needs PySpark and PyArrow, which are not installed; run `pip install 'payrule[spark]'`"
    raise ModuleNotFoundError(message, name=missing.name) from None

Batches = Iterator[pa.RecordBatch]
REJECTED = ("rejected", "column", "finding", "cure")
"""What is wrong with what is not decided, in which column, the code of that, and how to mend it."""
_TYPES = {"VARCHAR": pa.string(), "VARCHAR[]": pa.list_(pa.string()), "BIGINT": pa.int64(), "BOOLEAN": pa.bool_()}
_KINDS = {"encounter": "VARCHAR", "payer": "VARCHAR", "line": "BIGINT", "code": "VARCHAR"}
_KINDS |= {name: column.kind for name, column in COLUMNS.items()}
_KINDS |= dict.fromkeys(("explanation", *Decider.__struct_fields__[1:], "explained", *REJECTED), "VARCHAR")
SCHEMA = pa.schema([(name, _TYPES[kind]) for name, kind in _KINDS.items()])
"""The columns of a file of decisions, each explanation in words, and those of what is not decided."""


def adjudicate(df: DataFrame, rulebase: str | None, payer: str, *, known_on: str) -> DataFrame:
    """Decide the lines of a frame whose columns are those of a file of claims.

    `rulebase` is a folder that the driver and every worker have, or None for the shipped one; `known_on` a date,
    `YYYY-MM-DD`. A row of the answer is a line as in a file of decisions, with its explanation in `explained`; or one
    thing wrong with an encounter that is not decided, in the columns of `REJECTED`. Raises at once, as
    `payrule.adjudicate_files` does, for a folder, payer, date or column that cannot be used.
    """
    from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_schema  # noqa: PLC0415 - asks for a running Spark

    decide, titles = deciding(rulebase, payer, known_on), df.columns
    try:
        list(decide(iter([pa.RecordBatch.from_pylist([], schema=to_arrow_schema(df.schema, timezone="UTC"))])))
    except DocumentError:
        raise
    except InputError as fault:  # of a file that is there only while a partition is decided
        raise type(fault)(msgspec.structs.replace(each, file=None) for each in fault.findings) from None
    # Spark takes the point in a title for a step into a structure, so that columns have plain names on the way.
    plain = {title: f"c{at}" for at, title in enumerate(titles)}
    ids = [plain[title] for title in ("encounter", "encounter.id") if title in plain]
    numbers = [plain[title] for title in ("number", "line.number") if title in plain]
    whole = df.toDF(*plain.values()).repartition(*ids).sortWithinPartitions(*ids, *numbers)
    titled = lambda batches: decide(batch.rename_columns(titles) for batch in batches)  # noqa: E731
    return whole.mapInArrow(titled, from_arrow_schema(SCHEMA))


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
            tally = adjudicate_files(load(rulebase), claims, out, payer=payer, known_on=known_on, threads=1)
            lines = out.with_name(f"{out.name}.explanations.jsonl").read_text(encoding="utf-8").splitlines()
            explained = {json.loads(line)["explanation"]: line for line in lines}
            for batch in parquet.ParquetFile(out).iter_batches():
                told = pa.array([explained[key] for key in batch["explanation"].to_pylist()], pa.string())
                empty = {name: pa.nulls(batch.num_rows, pa.string()) for name in REJECTED}
                held = {name: batch[name] for name in batch.schema.names} | empty | {"explained": told}
                yield pa.RecordBatch.from_arrays([held[field.name].cast(field.type) for field in SCHEMA], schema=SCHEMA)
        wrong = [(x.encounter, x.message, x.column, x.code, x.cure) for group in tally.rejected for x in group]
        yield pa.RecordBatch.from_pylist([dict(zip(("encounter", *REJECTED), x, strict=True)) for x in wrong], SCHEMA)

    return decided
