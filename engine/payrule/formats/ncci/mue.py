"""The most units of a code that are likely, as published: the columns, and what a cell may hold."""

import re

from payrule.formats.ncci.importing import Publication
from payrule.formats.ncci.published import SETTING, Layout, Wanted, code_column, text_column
from payrule.model.tables import Column


def read_indicator(cell: str) -> str | None:
    """Read an adjudication indicator, which may be followed by what it means.

    >>> read_indicator("3 Date of Service Edit: Clinical"), read_indicator("2"), read_indicator("4") is None
    ('3', '2', True)
    """
    return cell[:1] if cell[:1] in {"1", "2", "3"} and not cell[1:2].isalnum() else None


def _units(cell: str) -> str | None:
    r"""Read a number of at most nine digits, as kept; None for what is none.

    >>> _units("006"), _units("0"), _units("1.5") is None, _units("9" * 10) is None
    ('6', '0', True, True)
    """
    found = re.fullmatch(r"0*?(0|[1-9][0-9]{0,8})", cell, re.ASCII)
    return None if found is None else found[1]


WANTED = (
    code_column("code", r"\bcode\b"),
    Wanted("units", r"\bmue (values?|units)\b", _units, "a whole number of at most nine digits"),
    Wanted("indicator", r"\b(adjudication indicator|mai)\b", read_indicator, "1, 2 or 3"),
    text_column("rationale", r"\brationale\b"),
    Wanted(SETTING, r"^(mue )?(service|setting)( type)?$", str, "a setting", optional=True),
)
"""The columns that are read, in the order in which they are kept."""

COLUMNS = (
    Column(name="code", type="code", summary="The code whose units are limited."),
    Column(name="units", type="integer", summary="The most units that are paid."),
    Column(
        name="indicator",
        type="code",
        summary="What is held to the limit: 1 each line, 2 and 3 all lines of a date; of 3 a payer may think again.",
    ),
    Column(name="rationale", type="text", summary="Where the limit comes from."),
)
"""What is kept of each row."""

MUE = Publication("ncci-mue", "Medically unlikely edits", Layout(WANTED, 1), COLUMNS, once=True)
