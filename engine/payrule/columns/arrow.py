"""Claims in Arrow batches, decided as a Parquet file: what Spark and other engines hand over and take back."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from warnings import warn

import msgspec

from payrule.columns.decide_files import adjudicate_files
from payrule.columns.writer import CLAIM_COLUMNS, COLUMNS, Decider
from payrule.formats.encounters import cell_of
from payrule.rulebase.request import read_day
from payrule.rulebase.rulebase import Rulebase
from payrule.source.diagnostics import DocumentError, InputError, RequestError, install

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

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


def decide_arrow(  # noqa: PLR0913 - what a caller may choose, each by name
    batches: Any,
    rulebase: Rulebase,
    *,
    payer: str,
    known_on: date | str,
    history: Any = (),
    history_from: date | str | None = None,
    link: bool = False,
) -> Iterator[Any]:
    """Decide the lines of Arrow batches, or of a table of any library that hands over Arrow; give batches of answers.

    `batches` are record batches of PyArrow, or one value with `__arrow_c_stream__`, such as a table of PyArrow or a
    data frame of pandas or Polars. Columns are those of a file of claims, a row a line. Answers have the columns of a
    file of decisions; `explained` has the explanation as JSON, and a row with `rejected` says what is wrong with a
    claim that is not decided. `history` are rows of earlier lines, complete from `history_from` on; with `link`, claims
    that were received earlier are history of later ones.

    Raises RequestError where PyArrow or DuckDB is not installed, or for a payer that the rulebase does not have, and
    InputError for columns, or rows of earlier lines, that cannot be used. What there is to say beyond that is warned
    of.

    >>> import pyarrow
    >>> from payrule import load
    >>> rulebase = load()
    >>> lines = pyarrow.table({"encounter": ["E-1"], "code": ["00001"], "date": ["2016-03-01"]})
    >>> for decided in decide_arrow(lines, rulebase, payer="blue-cross", known_on="2026-11-23"):
    ...     for row in decided.select(["encounter", "line", "disposition"]).to_pylist():
    ...         print(row)
    {'encounter': 'E-1', 'line': 1, 'disposition': 'pending'}
    """
    day = read_day(known_on).isoformat()
    made = _batches(batches), _batches(history)
    return decide_batches(rulebase, made[0], payer, known_on=day, history=made[1], history_from=history_from, link=link)


def _batches(given: Any) -> "Iterable[RecordBatch]":
    """Give the batches of what hands over Arrow."""
    batches: Iterable[RecordBatch] = given
    if hasattr(given, "__arrow_c_stream__"):
        batches = _arrow().RecordBatchReader.from_stream(given)
    return batches


def decide_batches(  # noqa: PLR0913 - what a caller may choose, each by name
    rulebase: Rulebase,
    batches: "Iterable[RecordBatch]",
    payer: str,
    *,
    known_on: str,
    history: "Iterable[RecordBatch]" = (),
    history_from: date | str | None = None,
    link: bool = False,
) -> "Iterator[RecordBatch]":
    """Decide the lines of some batches, in which no encounter is parted; their columns are those of a file of claims.

    A row is a line as in a file of decisions, with its explanation as JSON in `explained`; or one thing wrong with an
    encounter that is not decided, in the columns of `REJECTED`. Without a batch there is no row. `history` are rows of
    earlier lines, as in a file of histories; of its patients, and with `link`, all claims must be in these batches.
    From `history_from` on it is complete.

    Raises RequestError where PyArrow or DuckDB is not installed, or for a payer that the rulebase does not have, and
    InputError for columns, or rows of earlier lines, that cannot be used. What there is to say beside that is warned
    of.
    """
    pa, since, held, earlier = (
        _arrow(),
        None if history_from is None else read_day(history_from),
        iter(batches),
        iter(history),
    )
    if (first := next(held, None)) is None:
        return
    with TemporaryDirectory() as folder:
        claims, rows = Path(folder, "claims.parquet"), Path(folder, "history.parquet")
        _write(pa, claims, first, held)
        if (row := next(earlier, None)) is not None:
            _write(pa, rows, row, earlier)
        joined = {"history": (rows,) if row is not None else (), "history_from": since, "link": link}
        yield from _answers(pa, rulebase, claims, {"payer": payer, "known_on": known_on, **joined})


class Parted(msgspec.Struct, frozen=True):
    """The columns of batches that hold claims and earlier lines, by their names there, with their titles in a file.

    The column `EARLIER` is true in rows of earlier lines.
    """

    claims: dict[str, str]
    history: dict[str, str]


EARLIER = "earlier"
"""The column that tells rows of earlier lines from those of claims."""


def decide_parted(  # noqa: PLR0913 - what a caller may choose, each by name
    rulebase: Rulebase,
    batches: "Iterable[RecordBatch]",
    parted: Parted,
    payer: str,
    *,
    known_on: str,
    history_from: date | str | None = None,
    link: bool = False,
) -> "Iterator[RecordBatch]":
    """Decide the claims of batches that hold all claims of some patients, and their earlier lines, in any order.

    Answers and errors are those of `decide_batches`.
    """
    pa, since, held = _arrow(), None if history_from is None else read_day(history_from), iter(batches)
    if (first := next(held, None)) is None:
        return
    with TemporaryDirectory() as folder:
        claims, rows = Path(folder, "claims.parquet"), Path(folder, "history.parquet")
        kinds = ((False, claims, parted.claims), (True, rows, parted.history))
        with ExitStack() as opened:
            writers = [
                opened.enter_context(pa.parquet.ParquetWriter(file, _titled(first, titles).schema))
                for _, file, titles in kinds
            ]
            for batch in chain([first], held):
                is_earlier = pa.compute.fill_null(batch[EARLIER], fill_value=False)
                for writer, (wanted, _, titles) in zip(writers, kinds, strict=True):
                    mask = is_earlier if wanted else pa.compute.invert(is_earlier)
                    writer.write_batch(_titled(batch.filter(mask), titles))
        joined = {"history": (rows,) if parted.history else (), "history_from": since, "link": link}
        yield from _answers(pa, rulebase, claims, {"payer": payer, "known_on": known_on, **joined})


def _titled(batch: "RecordBatch", titles: "Mapping[str, str]") -> "RecordBatch":
    return batch.select(list(titles)).rename_columns(list(titles.values()))


def _write(pa: Any, file: Path, first: "RecordBatch", others: "Iterable[RecordBatch]") -> None:
    with pa.parquet.ParquetWriter(file, first.schema) as written:
        for batch in chain([first], others):
            written.write_batch(batch)


def _answers(pa: Any, rulebase: Rulebase, claims: Path, terms: dict[str, Any]) -> "Iterator[RecordBatch]":
    """Decide a file, and give its answers and what is wrong with others; `terms` are those of `adjudicate_files`."""
    columns, out = schema(), claims.with_name("decided.parquet")
    try:
        tally = adjudicate_files(rulebase, claims, out, threads=1, **terms)
    except DocumentError:
        raise
    except InputError as fault:  # of a file that is there for as long as this takes
        raise type(fault)(msgspec.structs.replace(each, file=None) for each in fault.findings) from None
    for each in tally.warnings:
        warn(str(msgspec.structs.replace(each, file=None)), stacklevel=3)
    lines = out.with_name(f"{out.name}.explanations.jsonl").read_text(encoding="utf-8").splitlines()
    explained = {json.loads(line)["explanation"]: line for line in lines}
    for batch in pa.parquet.ParquetFile(out).iter_batches():
        texts = pa.array([key and explained[key] for key in batch["explanation"].to_pylist()], pa.string())
        empty = {name: pa.nulls(batch.num_rows, pa.string()) for name in REJECTED}
        row = {name: batch[name] for name in batch.schema.names} | empty | {"explained": texts}
        yield pa.RecordBatch.from_arrays([row[field.name].cast(field.type) for field in columns], schema=columns)
    wrong = [(x.claim or None, x.message, cell_of(x)[1], x.code, x.help) for group in tally.rejected for x in group]
    yield pa.RecordBatch.from_pylist([dict(zip(("encounter", *REJECTED), x, strict=True)) for x in wrong], columns)


def check_columns(  # noqa: PLR0913 - what a caller may choose, each by name
    rulebase: Rulebase,
    columns: "Schema",
    payer: str,
    *,
    known_on: str,
    history: "Schema | None" = None,
    history_from: date | str | None = None,
) -> None:
    """Raise, or warn, as `decide_batches` would for a payer, a date or columns before there is a line."""
    pa = _arrow()
    empty = pa.RecordBatch.from_pylist([], schema=columns)
    earlier = () if history is None else (pa.RecordBatch.from_pylist([], schema=history),)
    decided = decide_batches(rulebase, [empty], payer, known_on=known_on, history=earlier, history_from=history_from)
    for _ in decided:
        pass


def _arrow() -> Any:
    try:
        import pyarrow.compute  # noqa: PLC0415 - an extra, which the rest of payrule does without
        import pyarrow.parquet  # noqa: PLC0415 - an extra, which the rest of payrule does without
    except ModuleNotFoundError:
        message, help_text = "Arrow batches need PyArrow, which is not installed", install("arrow")
        raise RequestError.of("no-pyarrow", message, help_text) from None
    return pyarrow
