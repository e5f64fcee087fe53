"""Code pairs that are not paid together, as published for practitioners: the columns, and what a cell may hold."""

from payrule.documents.models import Column
from payrule.documents.values import read_date
from payrule.formats.ncci.importing import Publication
from payrule.formats.ncci.published import Wanted, is_code

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


def _code(cell: str) -> str | None:
    return cell if is_code(cell) else None


_CODE = "a code of five digits or capital letters"
_DAY = "a day as 20240630, or `*` where there is none"

WANTED = (
    Wanted("column_1", r"\bcolumn 1\b", _code, _CODE),
    Wanted("column_2", r"\bcolumn 2\b", _code, _CODE),
    Wanted("effective_date", r"\beffective\b", read_day, _DAY),
    Wanted("deletion_date", r"\bdeletion\b", read_day, _DAY),
    Wanted("modifier_indicator", r"\bmodifier\b", lambda cell: cell if cell in {"0", "1", "9"} else None, "0, 1 or 9"),
    Wanted("rationale", r"\brationale\b", str, "a text", optional=True),
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

PTP = Publication("ncci-ptp", "NCCI procedure-to-procedure edits for practitioners", WANTED, COLUMNS, 2)
