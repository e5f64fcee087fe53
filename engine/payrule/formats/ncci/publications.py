"""The published tables: code pairs, most units of a code, add-on codes; their columns, and what a cell may hold.

Of add-on codes the text with one line of column names is read; the text of fixed width has no names and is refused.
"""

import re
from datetime import date, timedelta

from payrule.formats.ncci.published import SETTING, Cells, Publication, Wanted, read_code, read_text
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


def holds_on_no_day(row: Cells) -> str | None:
    """Say of a row that was deleted before it began why it is dropped.

    >>> holds_on_no_day({"effective_date": "20240701", "deletion_date": "20240630"})
    'deleted before they begin'
    >>> holds_on_no_day({"effective_date": "20240701", "deletion_date": ""}) is None
    True
    """
    begins, ends = row["effective_date"], row["deletion_date"]
    return "deleted before they begin" if begins and ends and ends < begins else None


_DAY_OR_STAR = "a day as 20240630, or `*` where there is none"
_ENDS = "The last day on which the row holds; null while it does."

PTP = Publication(
    "ncci-ptp",
    "NCCI procedure-to-procedure edits",
    (
        Wanted("column_1", r"\bcolumn 1\b", "The code that is paid."),
        Wanted("column_2", r"\bcolumn 2\b", "The code that is not paid beside it."),
        Wanted(
            "effective_date",
            r"\beffective\b",
            "The first day on which the row holds; null where it is not known.",
            read_day,
            _DAY_OR_STAR,
            "date",
        ),
        Wanted("deletion_date", r"\bdeletion\b", _ENDS, read_day, _DAY_OR_STAR, "date"),
        Wanted(
            "modifier_indicator",
            r"\bmodifier\b",
            "Whether a modifier can set the two apart: 0 never, 1 when it fits, 9 does not apply.",
            lambda cell: cell if cell in {"0", "1", "9"} else None,
            "0, 1 or 9",
        ),
        read_text("rationale", r"\brationale\b", "Why the two are not paid together."),
    ),
    keys=2,
    holds=holds_on_no_day,
    settings=("practitioner", "hospital"),
)


def read_indicator(cell: str) -> str | None:
    """Read an adjudication indicator, which may be followed by what it means.

    >>> read_indicator("3 Date of Service Edit: Clinical"), read_indicator("2"), read_indicator("4") is None
    ('3', '2', True)
    """
    return cell[:1] if cell[:1] in {"1", "2", "3"} and not cell[1:2].isalnum() else None


def _units(cell: str) -> str | None:
    """Read a number of at most nine digits, as kept, without zeros before it; None for what is none."""
    found = re.fullmatch(r"0*?(0|[1-9][0-9]{0,8})", cell, re.ASCII)
    return None if found is None else found[1]


MUE = Publication(
    "ncci-mue",
    "Medically unlikely edits",
    (
        Wanted("code", r"\bcode\b", "The code whose units are limited."),
        Wanted(
            "units",
            r"\bmue (values?|units)\b",
            "The most units that are paid.",
            _units,
            "a whole number of at most nine digits",
            "integer",
        ),
        Wanted(
            "indicator",
            r"\b(adjudication indicator|mai)\b",
            "What is held to the limit: 1 each line, 2 and 3 all lines of a date; of 3 a payer may think again.",
            read_indicator,
            "1, 2 or 3",
        ),
        read_text("rationale", r"\brationale\b", "Where the limit comes from."),
        Wanted(SETTING, r"^(mue )?(service|setting)( type)?$", "", str, "a setting", optional=True),
    ),
    keys=1,
    once=True,
)

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
    return "" if cell in {"", CONTRACTOR} else read_code(cell)


def _date_of_edit(name: str, header: str, summary: str = "", *, optional: bool = False) -> Wanted:
    expected = "a day as 2024183 or 20240701, or nothing where there is none"
    return Wanted(name, header, summary, read_date_of_edit, expected, "date", optional=optional)


def ends_with_its_codes(row: Cells) -> Cells:
    """Let a row end with the first of its edit, its add-on code and its primary code to end.

    >>> row = {"deletion_date": "", "add_on_ends": "20231231", "primary_ends": "20221231", "type": "1"}
    >>> ends_with_its_codes(row)["deletion_date"]
    '20221231'
    """
    ends = [row[name] for name in ("deletion_date", "add_on_ends", "primary_ends") if row[name]]
    return {**row, "deletion_date": min(ends, default="")}


ADD_ON = Publication(
    "ncci-addon",
    "Add-on codes with their primary codes",
    (
        Wanted(
            "add_on", r"\badd-? ?on(?! edit)\b.*\bcode\b|^aoc( code)?$", "The add-on code, which is not paid alone."
        ),
        Wanted(
            "primary_code",
            r"\bprimary\b.*\bcode\b(?!.*\b(del|deletion)\b)",
            "A code beside which it is paid; null where contractors name such codes.",
            _primary,
            "a code, or CCCCC",
        ),
        Wanted(
            "type",
            r"\btype\b",
            "1 where every primary code is listed, 2 where none is, 3 where some are.",
            _TYPES.get,
            "1, 2 or 3",
        ),
        _date_of_edit(
            "effective_date", r"\b(eff|effective)\b", "The first day on which the row holds; null if not known."
        ),
        _date_of_edit("deletion_date", r"\bedit (del|deletion)\b|^deletion( date)?$", _ENDS),
        _date_of_edit("add_on_ends", r"\b(aoc|add-? ?on( code)?) (del|deletion)\b", optional=True),
        _date_of_edit("primary_ends", r"\bprimary.* (del|deletion)\b", optional=True),
    ),
    keys=1,
    holds=holds_on_no_day,
    made=ends_with_its_codes,
    apart=2,
    settings=(),
)
