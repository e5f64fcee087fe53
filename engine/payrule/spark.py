"""Decide claims on Spark: each partition holds whole encounters, or whole patients, and is decided by columns."""

from typing import TYPE_CHECKING

from payrule.columns.arrow import EARLIER, Parted, check_columns, decide_batches, decide_parted, schema
from payrule.rulebase.rulebase import load

if TYPE_CHECKING:
    from datetime import date

    from pyspark.sql import Column, DataFrame

_PATIENT = "patient.id"
_IDS, _NUMBERS = ("encounter", "encounter.id"), ("number", "line.number")


def adjudicate(  # noqa: PLR0913 - what a caller may choose, each by name
    df: "DataFrame",
    rulebase: str | None,
    payer: str,
    *,
    known_on: str,
    history: "DataFrame | None" = None,
    history_from: "date | str | None" = None,
    link: bool = False,
) -> "DataFrame":
    """Decide the lines of a frame whose columns are those of a file of claims.

    `rulebase` is a folder that the driver and every worker have, or None for the shipped one; `known_on` a date,
    `YYYY-MM-DD`. The rows of `history` are earlier lines, with the columns of a file of histories; they are joined to
    claims by `patient.id`, and complete from `history_from` on. With `link`, claims that were received earlier are
    history of later ones. A partition then holds whole patients, else whole encounters.

    The rows of the answer are those of `payrule.columns.arrow.decide_batches`. Raises at once, as that does, for a
    folder, payer, date or column that cannot be used, or where DuckDB is not installed; a row of earlier lines that
    cannot be read ends the job.
    """
    from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_schema  # noqa: PLC0415 - asks for a running Spark

    earlier = None if history is None else to_arrow_schema(history.schema, timezone="UTC")
    check_columns(
        load(rulebase),
        to_arrow_schema(df.schema, timezone="UTC"),
        payer,
        known_on=known_on,
        history=earlier,
        history_from=history_from,
    )
    # Spark takes the point in a title for a step into a structure, so that columns have plain names on the way.
    plain = {title: f"c{at}" for at, title in enumerate(df.columns)}
    ids = [plain[title] for title in _IDS if title in plain]
    numbers = [plain[title] for title in _NUMBERS if title in plain]
    claims = df.toDF(*plain.values())
    if history is None and history_from is None and not link:
        titles = df.columns
        whole = claims.repartition(*ids).sortWithinPartitions(*ids, *numbers)
        return whole.mapInArrow(
            lambda batches: decide_batches(
                load(rulebase), (each.rename_columns(titles) for each in batches), payer, known_on=known_on
            ),
            from_arrow_schema(schema()),
        )
    both, parted = _by_patient(claims, plain, ids, history)
    whole = both.repartition(_PART).sortWithinPartitions(EARLIER, _PART, *ids, *numbers)
    return whole.mapInArrow(
        lambda batches: decide_parted(
            load(rulebase), batches, parted, payer, known_on=known_on, history_from=history_from, link=link
        ),
        from_arrow_schema(schema()),
    )


_PART = "part"
"""What rows of one partition have in common: the patient, or the encounter of which no row names one."""


def _by_patient(
    claims: "DataFrame", plain: dict[str, str], ids: list[str], history: "DataFrame | None"
) -> "tuple[DataFrame, Parted]":
    """Put claims and earlier lines into one frame, with what parts it; a patient need not be in each row of a claim."""
    from pyspark.sql import Window  # noqa: PLC0415 - an extra
    from pyspark.sql import functions as of  # noqa: PLC0415 - an extra

    def part(prefix: str, *names: "Column") -> "Column":
        return of.concat(of.lit(prefix), *(of.coalesce(each.cast("string"), of.lit("")) for each in names))

    of_claim = part("e", *map(of.col, ids))
    if _PATIENT in plain:
        named = of.max(plain[_PATIENT]).over(Window.partitionBy(*ids))
        of_claim = of.when(named.isNotNull(), part("p", named)).otherwise(of_claim)
    both = claims.withColumns({_PART: of_claim, EARLIER: of.lit(False)})  # noqa: FBT003 - a value
    rows: dict[str, str] = {}
    if history is not None:
        rows = {title: f"h{at}" for at, title in enumerate(history.columns)}
        told = history.toDF(*rows.values())
        of_row = part("p", of.col(rows[_PATIENT])) if _PATIENT in rows else of.lit("p")
        both = both.unionByName(
            told.withColumns({_PART: of_row, EARLIER: of.lit(True)}),  # noqa: FBT003 - a value
            allowMissingColumns=True,
        )
    return both, Parted({name: title for title, name in plain.items()}, {name: title for title, name in rows.items()})
