"""What an answer says of a line beside its reasons, in words: lines and rows that a reason names, tests, stages."""

from collections.abc import Iterator
from typing import Any

from msgspec import UNSET

from payrule.results.determination import Because, LineDetermination, Reason

MOST_NAMED = 5
"""Lines that are named in a sentence; of more it is said how many there are."""

BECAUSE: dict[Because, str] = {
    "no-rule": "no binding rule mentions code {code}",
    "none-applies": "rules mention code {code}, and none of them applies",
    "no-version": "rules mention code {code}, but none of a version that binds on its date of service",
}
"""Why no policy applies to a line."""

BY_DEFAULT = "payable by default: no rule denies, returns or holds the line"


def beside_words(line: LineDetermination, reason: Reason) -> str:
    """Name the lines and codes that a reason is about; nothing where it is about the line alone.

    >>> from payrule.results.determination import OtherLine
    >>> import msgspec
    >>> reason = Reason(policy="p", version="1.0.0", rule="r", concern="bundling", value="bundled", liability=None,
    ...     modality="shall", summary="", cites=(), other_lines=(OtherLine(1, "00001"), OtherLine(4, "00004")))
    >>> line = LineDetermination(number=2, code="00002", disposition="denied", liability=None, discretionary=False,
    ...     concern=None, remittance=None, reasons=(reason,), overruled=(), conflicts=(), open=(), advice=())
    >>> beside_words(line, reason)
    'line 2 (00002) beside line 1 (00001) and line 4 (00004)'
    """
    if reason.other_lines is UNSET:
        return ""
    said = [f"line {each.number} ({each.code})" for each in reason.other_lines]
    if len(said) > MOST_NAMED:
        said = [*said[:MOST_NAMED], f"{len(said) - MOST_NAMED} more"]
    others = " and ".join([", ".join(said[:-1]), said[-1]] if len(said) > 1 else said)
    return f"line {line.number} ({line.code}) beside {others}"


def row_words(row: dict[str, Any]) -> str:
    """Read the row of a table that a reason rests on.

    >>> row_words({"table": "pairs", "column_1": "00001", "column_2": "00002", "deletion_date": None, "lines": [2, 1]})
    'row of `pairs` (lines 2, 1): column 1 00001, column 2 00002'
    """
    lines = row.get("lines") or ()
    which = f" ({'lines' if len(lines) > 1 else 'line'} {', '.join(map(str, lines))})" if lines else ""
    cells = [f"{name.replace('_', ' ')} {value}" for name, value in row.items() if value is not None]
    said = (each for each in cells if not each.startswith(("table ", "lines ")))
    return f"row of `{row['table']}`{which}: {', '.join(said)}"


def because_words(line: LineDetermination) -> str:
    """Say why no policy applies to a line; nothing of another line."""
    return "" if line.undecided_because is UNSET else BECAUSE[line.undecided_because].format(code=line.code)


def needs_words(line: LineDetermination) -> str:
    """Say what has to be known of a pending line: sets of facts, any of which is enough.

    >>> import msgspec
    >>> line = LineDetermination(number=2, code="00002", disposition="pending", liability=None, discretionary=False,
    ...     concern=None, remittance=None, reasons=(), overruled=(), conflicts=(), open=(), advice=(),
    ...     needs=(("line.regions",), ("line.minutes", "line.purpose")))
    >>> needs_words(line)
    'line.regions; or line.minutes, line.purpose'
    """
    said = "; or ".join(", ".join(each) for each in line.needs or ())
    return f"{said}; other sets may be enough, too" if said and line.needs_bounded is True else said


def staged(line: LineDetermination) -> Iterator[tuple[str, str]]:
    """Say the answer of the claim alone, and what has to be known, each with its label; of a payable line the tests."""
    if line.claim_level is not UNSET:
        yield "on the claim alone", line.claim_level.summary
    if needed := needs_words(line):
        yield "needs", needed
    if line.by_default is True:
        yield "why", BY_DEFAULT
    if line.tested is not UNSET:
        yield "tested", ", ".join(line.tested)
    if line.not_tested is not UNSET:
        yield "not tested, no rule spoke", ", ".join(line.not_tested)
