"""Decide claims on Spark: each partition holds whole encounters, and is decided as a file of its own, by columns."""

from typing import TYPE_CHECKING

from payrule.columns.arrow import check_columns, decide_batches, schema
from payrule.rulebase.rulebase import load

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def adjudicate(df: "DataFrame", rulebase: str | None, payer: str, *, known_on: str) -> "DataFrame":
    """Decide the lines of a frame whose columns are those of a file of claims.

    `rulebase` is a folder that the driver and every worker have, or None for the shipped one; `known_on` a date,
    `YYYY-MM-DD`. The rows of the answer are those of `payrule.columns.arrow.decide_batches`. Raises at once, as that
    does, for a folder, payer, date or column that cannot be used, or where DuckDB is not installed.
    """
    from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_schema  # noqa: PLC0415 - asks for a running Spark

    check_columns(load(rulebase), to_arrow_schema(df.schema, timezone="UTC"), payer, known_on=known_on)
    # Spark takes the point in a title for a step into a structure, so that columns have plain names on the way.
    titles = df.columns
    plain = {title: f"c{at}" for at, title in enumerate(titles)}
    ids = [plain[title] for title in ("encounter", "encounter.id") if title in plain]
    numbers = [plain[title] for title in ("number", "line.number") if title in plain]
    whole = df.toDF(*plain.values()).repartition(*ids).sortWithinPartitions(*ids, *numbers)
    return whole.mapInArrow(
        lambda batches: decide_batches(
            load(rulebase), (each.rename_columns(titles) for each in batches), payer, known_on=known_on
        ),
        from_arrow_schema(schema()),
    )
