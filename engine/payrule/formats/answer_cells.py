"""The columns of a sheet of answers, one row a line of a claim, whichever execution has decided it."""

import re
from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from typing import Any, Literal, NamedTuple

import msgspec
from msgspec import UNSET, UnsetType

from payrule.formats.csv_cells import FORMULA
from payrule.results.determination import Determination, LineDetermination, adjustment_words, paid

Source = Literal["claim", "terms", "line", "answer"]
"""What a column says something of: a claim and the terms under which it is decided, or one line of it and the answer
that lines may share."""


class AnswerColumn(msgspec.Struct, frozen=True):
    """A column of a sheet of answers: what it says something of, and what its cell says.

    The cell is told from the determination of the claim for `claim` and `terms`, else from that of the line.
    """

    source: Source
    cell: Callable[[Any], str]


def shared(answer: LineDetermination) -> bytes:
    """Write what all lines of an answer share: the determination of a line without what is of this line alone."""
    return msgspec.json.encode(
        {k: v for k, v in msgspec.structs.asdict(answer).items() if k not in _OF_ONE_LINE and v is not UNSET}
    )


_OF_ONE_LINE = frozenset({"number", "code", "identifiers", "sent"})


def explanation_key(written: bytes) -> str:
    """Give the key of an explanation, by what lines share: alike wherever and however a line was decided.

    >>> explanation_key(b"{}")
    '44136fa355b3678a'
    """
    return sha256(written).hexdigest()[:16]


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
    return "".join(f"{cells_text(tuple(row))}\n" for row in rows).encode()


def cells_text(cells: Sequence[str]) -> str:
    """Write some cells of a row of CSV, quoted where they must be.

    >>> print(cells_text(["a", "b, c", ""]))
    a,"b, c",
    """
    if _must_be_quoted("".join(cells)) is None:
        return ",".join(cells)
    return ",".join('"' + each.replace('"', '""') + '"' if _must_be_quoted(each) else each for each in cells)


QUOTED = '",\r\n'
"""What a cell must be quoted for."""

_must_be_quoted = re.compile(f"[{QUOTED}]").search


def _presumptions(determination: Determination) -> str:
    assumed = determination.presumptions
    return "" if assumed is UNSET else msgspec.json.encode(assumed).decode()


def _allowed_units(line: LineDetermination) -> str:
    if line.allowed_units is UNSET:
        return ""
    return "unknown" if line.allowed_units is None else str(line.allowed_units)


def _other_lines(line: LineDetermination) -> str:
    others = {each for reason in line.reasons for each in reason.other_lines or ()}
    return " ".join(
        f"{each.number}:{each.code or ''}" for each in sorted(others, key=lambda each: (each.number, each.code or ""))
    )


def _number(number: float | None) -> str:
    return "" if number is None else str(number)


def _json(held: dict[str, Any] | UnsetType) -> str:
    return "" if held is UNSET else msgspec.json.encode(held).decode()


def _identifier(name: str) -> Callable[[Determination | LineDetermination], str]:
    return lambda answer: "" if answer.identifiers is UNSET else answer.identifiers.get(name, "")


def _columns(source: Source, cells: dict[str, Callable[[Any], str]]) -> dict[str, AnswerColumn]:
    return {name: AnswerColumn(source, cell) for name, cell in cells.items()}


def _answer(**cells: Callable[[LineDetermination], str]) -> dict[str, AnswerColumn]:
    return _columns("answer", dict(cells))


def _line(**cells: Callable[[LineDetermination], str]) -> dict[str, AnswerColumn]:
    return _columns("line", dict(cells))


def _claim(**cells: Callable[[Determination], str]) -> dict[str, AnswerColumn]:
    return _columns("claim", dict(cells))


def _terms(**cells: Callable[[Determination], str]) -> dict[str, AnswerColumn]:
    return _columns("terms", dict(cells))


COLUMNS: dict[str, AnswerColumn] = {
    **_claim(encounter=lambda claim: claim.encounter),
    **_terms(payer=lambda claim: claim.payer),
    **_line(line=lambda line: str(line.number), code=lambda line: line.code or ""),
    **_answer(
        disposition=lambda line: line.disposition,
        liability=lambda line: line.liability or "",
        concern=lambda line: line.concern or "",
        discretionary=lambda line: "true" if line.discretionary else "false",
        allowed_units=_allowed_units,
        group=lambda line: line.remittance.group if line.remittance else "",
        carc=lambda line: line.remittance.carc if line.remittance else "",
        rarc=lambda line: " ".join(line.remittance.rarc) if line.remittance else "",
        rules=lambda line: " ".join(reason.name for reason in line.reasons),
        summary=lambda line: line.reasons[0].summary if line.reasons else "",
        open=lambda line: " ".join(line.open),
        conflicts=lambda line: " ".join("|".join(each.rules) for each in line.conflicts),
        advice=lambda line: " ".join(line.advice),
        presumed=lambda line: "" if line.presumed is UNSET else " ".join(line.presumed),
    ),
    **_terms(
        known_on=lambda claim: claim.known_on,
        rulebase=lambda claim: claim.rulebase,
        payrule=lambda claim: claim.payrule or "",
        presumptions=_presumptions,
    ),
    **_claim(encounter_digest=lambda claim: claim.encounter_digest or ""),
    **_answer(
        other_lines=_other_lines,
        claim_level=lambda line: "" if line.claim_level is UNSET else line.claim_level.disposition,
        claim_level_summary=lambda line: "" if line.claim_level is UNSET else line.claim_level.summary,
        needs=lambda line: " | ".join(" ".join(each) for each in line.needs or ()),
        undecided_because=lambda line: line.undecided_because or "",
        tested=lambda line: " ".join(line.tested or ()),
        not_tested=lambda line: " ".join(line.not_tested or ()),
        by_default=lambda line: "true" if line.by_default is True else "",
        pays_units=lambda line: _number(paid(line, "units")[0]),
        pays_units_most=lambda line: _number(paid(line, "units")[1]),
        pays_percent=lambda line: _number(paid(line, "percent")[0]),
        pays_percent_most=lambda line: _number(paid(line, "percent")[1]),
        adjustments=adjustment_words,
        explanation=lambda line: explanation_key(shared(line)),
    ),
}
"""The columns in their order."""


class FormatIdentifiers(NamedTuple):
    """The identifiers that a format has of a claim, and of a line."""

    of_claim: tuple[str, ...]
    of_line: tuple[str, ...] = ()


IDENTIFIERS: dict[str, FormatIdentifiers] = {
    "x12": FormatIdentifiers(
        (
            *("file", "interchange", "group", "transaction", "segment", "claim", "trace", "referral"),
            *("payer_name", "payer_id", "subscriber", "dependent"),
        ),
        ("line_control", "referral"),
    ),
    "fhir": FormatIdentifiers(
        ("file", "resource", "identifier", "patient", "insurer", "requestor", "use", "type", "authorization")
    ),
}
"""The identifiers of each format that has any."""


def merged(formats: Iterable[FormatIdentifiers]) -> FormatIdentifiers:
    """Put identifiers of some formats together, each once.

    >>> merged(IDENTIFIERS.values()).of_line
    ('line_control', 'referral')
    """
    listed = [*formats]
    return FormatIdentifiers(
        tuple(dict.fromkeys(name for each in listed for name in each.of_claim)),
        tuple(dict.fromkeys(name for each in listed for name in each.of_line)),
    )


_EVERY = merged(IDENTIFIERS.values())

LINE_COLUMNS: dict[str, AnswerColumn] = {
    **_columns("line", {f"line.identifiers.{name}": _identifier(name) for name in _EVERY.of_line}),
    **_columns("line", {"line.sent": lambda line: _json(line.sent)}),
    **_answer(unreadable=lambda line: " | ".join(line.unreadable or ())),
}
"""The columns after them: how the sender knows a line, what else the claim says of it, and what cannot be read."""

CLAIM_COLUMNS: dict[str, AnswerColumn] = {
    **_claim(
        answer=lambda claim: claim.answer or "",
        voids=lambda claim: claim.voids or "",
        replaces=lambda claim: claim.replaces or "",
        warnings=lambda claim: " | ".join(map(str, claim.warnings or ())),
    ),
    **_columns("claim", {f"identifiers.{name}": _identifier(name) for name in _EVERY.of_claim}),
    **_claim(sent=lambda claim: _json(claim.sent)),
}
"""The last columns, which say the same in each row of a claim; warnings are parted by bars."""

SHEET = COLUMNS | LINE_COLUMNS | CLAIM_COLUMNS
"""All columns of a sheet."""
