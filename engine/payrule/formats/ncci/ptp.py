"""Code pairs that are not paid together, as published: the columns, and what a cell may hold."""

from collections.abc import Mapping

from payrule.formats.ncci.importing import Publication
from payrule.formats.ncci.published import Layout, Wanted, code_column, text_column
from payrule.model.tables import Column
from payrule.model.values import read_date

NO_DATA = "*"
"""What stands for a date that there is not."""


def read_day(cell: str) -> str | None:
    """Read a date as published, `YYYYMMDD`, and keep it so; None for what is none.

    >>> read_day("20240630"), read_day("*"), read_day("20240631") is None
    ('20240630', '', True)
    """
    if cell in {NO_DATA, ""}:
        return ""
    try:
        read_date(f"{cell[:4]}-{cell[4:6]}-{cell[6:]}")
    except ValueError:
        return None
    return cell


_DAY = "a day as 20240630, or `*` where there is none"


def holds_on_no_day(row: Mapping[str, str]) -> str | None:
    """Say of a row that was deleted before it began why it is dropped.

    >>> holds_on_no_day({"effective_date": "20240701", "deletion_date": "20240630"})
    'deleted before they begin'
    >>> holds_on_no_day({"effective_date": "20240701", "deletion_date": ""}) is None
    True
    """
    begins, ends = row["effective_date"], row["deletion_date"]
    return "deleted before they begin" if begins and ends and ends < begins else None


WANTED = (
    code_column("column_1", r"\bcolumn 1\b"),
    code_column("column_2", r"\bcolumn 2\b"),
    Wanted("effective_date", r"\beffective\b", read_day, _DAY),
    Wanted("deletion_date", r"\bdeletion\b", read_day, _DAY),
    Wanted("modifier_indicator", r"\bmodifier\b", lambda cell: cell if cell in {"0", "1", "9"} else None, "0, 1 or 9"),
    text_column("rationale", r"\brationale\b"),
)
"""The columns that are read, in the order in which they are kept."""

COLUMNS = (
    Column(name="column_1", type="code", summary="The code that is paid."),
    Column(name="column_2", type="code", summary="The code that is not paid beside it."),
    Column(
        name="effective_date", type="date", summary="The first day on which the row holds; null where it is not known."
    ),
    Column(name="deletion_date", type="date", summary="The last day on which the row holds; null while it does."),
    Column(
        name="modifier_indicator",
        type="code",
        summary="Whether a modifier can set the two apart: 0 never, 1 when it fits, 9 does not apply.",
    ),
    Column(name="rationale", type="text", summary="Why the two are not paid together."),
)
"""What is kept of each row."""

PTP = Publication(
    "ncci-ptp",
    "NCCI procedure-to-procedure edits",
    Layout(WANTED, 2, holds_on_no_day),
    COLUMNS,
    settings=("practitioner", "hospital"),
)
