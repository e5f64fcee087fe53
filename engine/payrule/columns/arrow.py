"""Claims in Arrow batches, decided as a Parquet file: what Spark and other engines hand over and take back."""

import json
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from warnings import warn

import msgspec

from payrule.columns.decide_files import adjudicate_files
from payrule.columns.writer import CLAIM_COLUMNS, COLUMNS, Decider
from payrule.formats.encounters import cell_of
from payrule.rulebase.rulebase import Rulebase
from payrule.source.diagnostics import DocumentError, InputError, RequestError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pyarrow import RecordBatch, Schema

REJECTED = ("rejected", "column", "finding", "cure")
"""What is wrong with what is not decided, in which column, the code of that, and how to fix it."""

_KINDS = {
    **dict.fromkeys(("encounter", "payer"), "VARCHAR"),
    "line": "BIGINT",
    "code": "VARCHAR",
    **{name: column.kind for name, column in COLUMNS.items()},
    **dict.fromkeys(("explanation", *Decider.__struct_fields__[1:], *CLAIM_COLUMNS, "explained", *REJECTED), "VARCHAR"),
}


def schema() -> "Schema":
    """Give the columns of a file of decisions but the digest, each explanation, and those of what is not decided.

    Raises RequestError where PyArrow is not installed.
    """
    pa = _arrow()
    types = {"VARCHAR": pa.string(), "VARCHAR[]": pa.list_(pa.string()), "BIGINT": pa.int64(), "BOOLEAN": pa.bool_()}
    types["DOUBLE"] = pa.float64()
    return pa.schema([(name, types[kind]) for name, kind in _KINDS.items()])


def decide_batches(
    rulebase: Rulebase, batches: "Iterable[RecordBatch]", payer: str, *, known_on: str
) -> "Iterator[RecordBatch]":
    """Decide the lines of some batches, in which no encounter is parted; their columns are those of a file of claims.

    A row is a line as in a file of decisions, with its explanation as JSON in `explained`; or one thing wrong with an
    encounter that is not decided, in the columns of `REJECTED`. Without a batch there is no row.

    Raises RequestError where PyArrow or DuckDB is not installed, or for a payer that the rulebase does not have, and
    InputError for columns that cannot be used. What there is to say beside that is warned of.
    """
    pa, columns, held = _arrow(), schema(), iter(batches)
    if (first := next(held, None)) is None:
        return
    with TemporaryDirectory() as folder:
        claims, out = Path(folder, "claims.parquet"), Path(folder, "decided.parquet")
        with pa.parquet.ParquetWriter(claims, first.schema) as written:
            for batch in chain([first], held):
                written.write_batch(batch)
        try:
            tally = adjudicate_files(rulebase, claims, out, payer=payer, known_on=known_on, threads=1)
        except DocumentError:
            raise
        except InputError as fault:  # of a file that is there for as long as this takes
            raise type(fault)(msgspec.structs.replace(each, file=None) for each in fault.findings) from None
        for each in tally.warnings:
            warn(str(msgspec.structs.replace(each, file=None)), stacklevel=2)
        lines = out.with_name(f"{out.name}.explanations.jsonl").read_text(encoding="utf-8").splitlines()
        explained = {json.loads(line)["explanation"]: line for line in lines}
        for batch in pa.parquet.ParquetFile(out).iter_batches():
            texts = pa.array([key and explained[key] for key in batch["explanation"].to_pylist()], pa.string())
            empty = {name: pa.nulls(batch.num_rows, pa.string()) for name in REJECTED}
            row = {name: batch[name] for name in batch.schema.names} | empty | {"explained": texts}
            yield pa.RecordBatch.from_arrays([row[field.name].cast(field.type) for field in columns], schema=columns)
    wrong = [(x.claim or None, x.message, cell_of(x)[1], x.code, x.help) for group in tally.rejected for x in group]
    yield pa.RecordBatch.from_pylist([dict(zip(("encounter", *REJECTED), x, strict=True)) for x in wrong], columns)


def check_columns(rulebase: Rulebase, columns: "Schema", payer: str, *, known_on: str) -> None:
    """Raise, or warn, as `decide_batches` would for a payer, a date or columns before there is a line."""
    empty = _arrow().RecordBatch.from_pylist([], schema=columns)
    for _ in decide_batches(rulebase, [empty], payer, known_on=known_on):
        pass


def _arrow() -> Any:
    try:
        import pyarrow.parquet  # noqa: PLC0415 - an extra, which the rest of payrule does without
    except ModuleNotFoundError:
        message, help_text = "Arrow batches need PyArrow, which is not installed", "run `pip install 'payrule[arrow]'`"
        raise RequestError.of("no-pyarrow", message, help_text) from None
    return pyarrow
