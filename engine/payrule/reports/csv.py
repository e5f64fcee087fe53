"""Determinations as a sheet: one row a line of a claim, for people who sort and filter; JSON Lines hold more."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from payrule.formats.csv_cells import FORMULA
from payrule.results.determination import Determination, LineDetermination, adjustment_words, paid


def sheet(determinations: Iterable[Determination]) -> Iterator[bytes]:
    r"""Write determinations as rows below a row of titles, claim by claim: UTF-8, commas, `\n`.

    Blanks separate the items of a list. What is not there is an empty cell. A claim that voids another has one row,
    without a line.

    >>> next(sheet([]))[:44]
    b'encounter,payer,line,code,disposition,liabil'
    """
    yield rows_text([[*COLUMNS, *LINE_COLUMNS, *CLAIM_COLUMNS]])
    of_line = COLUMNS | LINE_COLUMNS
    for determination in determinations:
        of_claim = [guarded(cell(determination)) for cell in CLAIM_COLUMNS.values()]
        rows = [[guarded(cell(determination, line)) for cell in of_line.values()] for line in determination.lines]
        if determination.is_void:
            about = {name: str(getattr(determination, name) or "") for name in _ABOUT_CLAIM}
            about["presumptions"] = _presumptions(determination)
            rows = [[guarded(about.get(name, "")) for name in of_line]]
        yield rows_text([*row, *of_claim] for row in rows)


_ABOUT_CLAIM = ("encounter", "payer", "known_on", "rulebase", "payrule", "encounter_digest")


def guarded(text: str) -> str:
    """Keep a spreadsheet from taking a text for a formula, which could then read and send what else is in the sheet.

    An apostrophe is put before a text that begins as formulas do; ids of encounters are other people's texts.

    >>> guarded("=1+1"), guarded("E-1")
    ("'=1+1", 'E-1')
    """
    return f"'{text}" if text.startswith(FORMULA) else text


def rows_text(rows: Iterable[Iterable[str]]) -> bytes:
    r"""Write rows of cells as CSV.

    >>> rows_text([["E-1", "a,b"]])
    b'E-1,"a,b"\n'
    """
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def _presumptions(determination: Determination) -> str:
    assumed = determination.presumptions
    return "" if assumed is UNSET else msgspec.json.encode(assumed).decode()


def _allowed_units(line: LineDetermination) -> str:
    if line.allowed_units is UNSET:
        return ""
    return "unknown" if line.allowed_units is None else str(line.allowed_units)


def _number(number: float | None) -> str:
    return "" if number is None else str(number)


COLUMNS: dict[str, Callable[[Determination, LineDetermination], str]] = {
    "encounter": lambda determination, _: determination.encounter,
    "payer": lambda determination, _: determination.payer,
    "line": lambda _, line: str(line.number),
    "code": lambda _, line: line.code,
    "disposition": lambda _, line: line.disposition,
    "liability": lambda _, line: line.liability or "",
    "concern": lambda _, line: line.concern or "",
    "discretionary": lambda _, line: "true" if line.discretionary else "false",
    "allowed_units": lambda _, line: _allowed_units(line),
    "group": lambda _, line: line.remittance.group if line.remittance else "",
    "carc": lambda _, line: line.remittance.carc if line.remittance else "",
    "rarc": lambda _, line: " ".join(line.remittance.rarc) if line.remittance else "",
    "rules": lambda _, line: " ".join(reason.name for reason in line.reasons),
    "summary": lambda _, line: line.reasons[0].summary if line.reasons else "",
    "open": lambda _, line: " ".join(line.open),
    "conflicts": lambda _, line: " ".join("|".join(each.rules) for each in line.conflicts),
    "advice": lambda _, line: " ".join(line.advice),
    "presumed": lambda _, line: "" if line.presumed is UNSET else " ".join(line.presumed),
    "known_on": lambda determination, _: determination.known_on,
    "rulebase": lambda determination, _: determination.rulebase,
    "payrule": lambda determination, _: determination.payrule or "",
    "presumptions": lambda determination, _: _presumptions(determination),
    "encounter_digest": lambda determination, _: determination.encounter_digest or "",
    "other_lines": lambda _, line: " ".join(
        f"{each.number}:{each.code}"
        for each in sorted({each for reason in line.reasons for each in reason.other_lines or ()})
    ),
    "claim_level": lambda _, line: "" if line.claim_level is UNSET else line.claim_level.disposition,
    "claim_level_summary": lambda _, line: "" if line.claim_level is UNSET else line.claim_level.summary,
    "needs": lambda _, line: " | ".join(" ".join(each) for each in line.needs or ()),
    "undecided_because": lambda _, line: line.undecided_because or "",
    "tested": lambda _, line: " ".join(line.tested or ()),
    "not_tested": lambda _, line: " ".join(line.not_tested or ()),
    "by_default": lambda _, line: "true" if line.by_default is True else "",
    "pays_units": lambda _, line: _number(paid(line, "units")[0]),
    "pays_units_most": lambda _, line: _number(paid(line, "units")[1]),
    "pays_percent": lambda _, line: _number(paid(line, "percent")[0]),
    "pays_percent_most": lambda _, line: _number(paid(line, "percent")[1]),
    "adjustments": lambda _, line: adjustment_words(line),
}
"""The columns in their order, each with what its cells say."""

_OF_LINES = ("line_control", "referral")
_OF_CLAIMS = (
    *("file", "interchange", "group", "transaction", "segment", "claim", "trace", "referral", "payer_name", "payer_id"),
    *("subscriber", "dependent", "resource", "identifier", "patient", "insurer", "requestor", "use", "type"),
    "authorization",
)
"""The identifiers of X12 and FHIR, of a line and of a claim."""


def _json(held: dict[str, Any] | UnsetType) -> str:
    return "" if held is UNSET else msgspec.json.encode(held).decode()


def _identifier(name: str) -> Callable[[Determination | LineDetermination], str]:
    return lambda answer: "" if answer.identifiers is UNSET else answer.identifiers.get(name, "")


def _of_line(cell: Callable[[LineDetermination], str]) -> Callable[[Determination, LineDetermination], str]:
    return lambda _, line: cell(line)


LINE_COLUMNS: dict[str, Callable[[Determination, LineDetermination], str]] = {
    **{f"line.identifiers.{name}": _of_line(_identifier(name)) for name in _OF_LINES},
    "line.sent": lambda _, line: _json(line.sent),
    "unreadable": lambda _, line: " | ".join(line.unreadable or ()),
}
"""The columns after them: how the sender knows a line, what else the claim says of it, and what cannot be read."""

CLAIM_COLUMNS: dict[str, Callable[[Determination], str]] = {
    "answer": lambda determination: determination.answer or "",
    "voids": lambda determination: determination.voids or "",
    "replaces": lambda determination: determination.replaces or "",
    "warnings": lambda determination: " | ".join(map(str, determination.warnings or ())),
    **{f"identifiers.{name}": _identifier(name) for name in _OF_CLAIMS},
    "sent": lambda determination: _json(determination.sent),
}
"""The last columns, which say the same in each row of a claim; warnings are parted by bars."""
