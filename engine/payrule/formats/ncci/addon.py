"""Add-on codes with their primary codes, as published: the columns, and what a cell may hold.

Of the publication the text with one line of column names is read, tab by tab or comma by comma: add-on code, primary
code, type of the edit, and the dates of the edit and of both codes. Dates are a year and the day in it, as 2024183, or
a day as 20240701. The text of fixed width has no names and is refused.
"""

import re
from collections.abc import Mapping
from datetime import date, timedelta

from payrule.formats.ncci.importing import Publication
from payrule.formats.ncci.ptp import holds_on_no_day, read_day
from payrule.formats.ncci.published import Layout, Wanted, code_column, is_code
from payrule.model.tables import Column

CONTRACTOR = "CCCCC"
"""What stands for a primary code where contractors name them."""

_TYPES = {"1": "1", "2": "2", "3": "3", "I": "1", "II": "2", "III": "3"}


def read_date_of_edit(cell: str) -> str | None:
    """Read a date as `YYYYDDD` or `YYYYMMDD`, and write it as the latter; empty where there is none.

    >>> read_date_of_edit("2024183"), read_date_of_edit("20240701"), read_date_of_edit("0")
    ('20240701', '20240701', '')
    """
    if not cell.strip("0*"):
        return ""
    found = re.fullmatch("([0-9]{4})([0-9]{3})", cell, re.ASCII)
    if found is None:
        return read_day(cell)
    year, day = int(found[1]), int(found[2])
    if year == 0 or day == 0:
        return None
    read = date(year, 1, 1) + timedelta(days=day - 1)
    return f"{read:%Y%m%d}" if read.year == year else None


def _primary(cell: str) -> str | None:
    return "" if cell in {"", CONTRACTOR} else cell if is_code(cell) else None


_DAY = "a day as 2024183 or 20240701, or nothing where there is none"

WANTED = (
    code_column("add_on", r"\badd-? ?on(?! edit)\b.*\bcode\b|^aoc( code)?$"),
    Wanted("primary_code", r"\bprimary\b.*\bcode\b(?!.*\b(del|deletion)\b)", _primary, "a code, or CCCCC"),
    Wanted("type", r"\btype\b", _TYPES.get, "1, 2 or 3"),
    Wanted("effective_date", r"\b(eff|effective)\b", read_date_of_edit, _DAY),
    Wanted("deletion_date", r"\bedit (del|deletion)\b|^deletion( date)?$", read_date_of_edit, _DAY),
    Wanted("add_on_ends", r"\b(aoc|add-? ?on( code)?) (del|deletion)\b", read_date_of_edit, _DAY, optional=True),
    Wanted("primary_ends", r"\bprimary.* (del|deletion)\b", read_date_of_edit, _DAY, optional=True),
)
"""The columns that are read."""

KEPT = ("add_on", "primary_code", "type", "effective_date", "deletion_date")


def ends_with_its_codes(row: Mapping[str, str]) -> dict[str, str]:
    """Let a row end with the first of its edit, its add-on code and its primary code to end.

    >>> row = {"deletion_date": "", "add_on_ends": "20231231", "primary_ends": "20221231", "type": "1"}
    >>> ends_with_its_codes(row)["deletion_date"]
    '20221231'
    """
    ends = [row[name] for name in ("deletion_date", "add_on_ends", "primary_ends") if row[name]]
    return {**row, "deletion_date": min(ends, default="")}


COLUMNS = (
    Column(name="add_on", type="code", summary="The add-on code, which is not paid alone."),
    Column(
        name="primary_code",
        type="code",
        summary="A code beside which it is paid; null where contractors name such codes.",
    ),
    Column(
        name="type", type="code", summary="1 where every primary code is listed, 2 where none is, 3 where some are."
    ),
    Column(name="effective_date", type="date", summary="The first day on which the row holds; null if not known."),
    Column(name="deletion_date", type="date", summary="The last day on which the row holds; null while it does."),
)
"""What is kept of each row."""

ADD_ON = Publication(
    "ncci-addon",
    "Add-on codes with their primary codes",
    Layout(WANTED, 1, holds=holds_on_no_day, made=ends_with_its_codes, kept=KEPT),
    COLUMNS,
    apart=2,
    settings=(),
)
