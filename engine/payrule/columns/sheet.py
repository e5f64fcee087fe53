"""Write answers as a sheet: the columns, and the bytes, that a claim decided by itself has in CSV.

Columns that stand together and are told of the same are one text, with its commas and quotation marks: one for each
answer, payer, code, and thing said of a claim. A line is put together of those that are its own.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from msgspec import UNSET

from payrule.columns.answer_key import ANSWERED
from payrule.columns.lines import Lines
from payrule.columns.single_claims import ClaimNotes
from payrule.columns.writer import (
    Decider,
    add_claims,
    as_list,
    at_number,
    guarded_id,
    join_lines,
    keep_list,
    put_in_order,
)
from payrule.encounter.encounter import CODE
from payrule.formats.answer_cells import QUOTED, SHEET, cells_text, guarded
from payrule.results.determination import LineDetermination
from payrule.source.database import Columns, Store, literal, quoted
from payrule.source.diagnostics import ClaimWarning


class _Run(NamedTuple):
    """Columns that stand together and are told of the same; `part` is what the text of their cells is called."""

    source: str
    part: str
    names: tuple[str, ...]


def _runs() -> tuple[_Run, ...]:
    """Part the columns; what each line has for itself is alone."""
    own = {"encounter": "id", "encounter_digest": "digest", "line": "number", "code": "code"}
    grouped = groupby(SHEET, lambda name: own.get(name) or SHEET[name].source)
    return tuple(_Run(source, f"part{at}", tuple(names)) for at, (source, names) in enumerate(grouped))


_RUNS = _runs()
_NUMBERS = {"answer": "answer", "terms": "payer", "code": "code", "claim": "note"}
"""By which number of a line its own text is found, in the table of what the text is of."""

_LINES = "cells_of_line"
"""The table of what a sender says of single lines, by the note and the number of the line."""


class _Told(msgspec.Struct, frozen=True):
    """What is said of a claim or a line beside its answer, as determinations say it."""

    answer: str | None = None
    voids: str | None = None
    replaces: str | None = None
    warnings: tuple[ClaimWarning, ...] = ()
    identifiers: Any = UNSET
    sent: Any = UNSET


def keep_cells(  # noqa: PLR0913, PLR0917 - what answers are told from
    store: Store,
    lines: Lines,
    answers: Sequence[LineDetermination],
    deciders: Mapping[int, Decider],
    notes: Sequence[ClaimNotes],
    unsaid: Iterable[str],
) -> None:
    """Make the tables that a sheet is written from; the cells of columns that are `unsaid` are empty.

    `notes` are in the order of their numbers.
    """
    identifiers = [each.sent for each in notes]
    claims = [
        _Told(
            each.answer,
            each.voids,
            each.replaces,
            msgspec.json.decode(each.warnings or "[]", type=tuple[ClaimWarning, ...]),
            sent.claim or UNSET,
            sent.sent or UNSET,
        )
        for each, sent in zip(notes, identifiers, strict=True)
    ]
    terms = [_terms(deciders.get(p)) for p in range(len(lines.payers))]
    _keep(store, "answer", _parts("answer", answers, frozenset(unsaid)))
    _keep(store, "terms", _parts("terms", terms))
    _keep(store, "claim", _parts("claim", claims))
    codes = ["" if value is None else cells_text([guarded(str(value))]) for value in lines.values[CODE]]
    _keep(store, "code", {"part": codes})
    named = [(n, line) for n, sent in enumerate(identifiers) for line in sorted({*sent.lines, *sent.sent_lines})]
    told = [
        _Told(
            identifiers=identifiers[n].lines.get(line, UNSET),
            sent=identifiers[n].sent_lines.get(line, UNSET),
        )
        for n, line in named
    ]
    parts = {name: ("VARCHAR", texts) for name, texts in _parts("line", told).items()}
    numbers: Columns = {"note": ("UINTEGER", [n for n, _ in named]), "number": ("BIGINT", [line for _, line in named])}
    store.table(_LINES, {**numbers, **parts})


def _terms(decider: Decider | None) -> Any:
    """Give terms as a determination has them; of a payer that decides nothing there are none to write."""
    if decider is None:
        return None
    assumed = UNSET if decider.presumptions is None else msgspec.json.decode(decider.presumptions)
    return msgspec.structs.replace(decider, presumptions=assumed)


def _parts(source: str, told: Sequence[Any], unsaid: frozenset[str] = frozenset()) -> dict[str, list[str]]:
    """Write the cells of the columns that are told of a source, a text for each run of them."""

    def text(run: _Run, each: Any) -> str:
        if each is None:
            return _nothing(run)
        return cells_text(["" if name in unsaid else guarded(SHEET[name].cell(each)) for name in run.names])

    return {run.part: [text(run, each) for each in told] for run in _RUNS if run.source == source}


def _nothing(run: _Run) -> str:
    return "," * (len(run.names) - 1)


def _keep(store: Store, source: str, parts: Mapping[str, Sequence[str]]) -> None:
    keep_list(store, f"cells_of_{source}", {name: ("VARCHAR", texts) for name, texts in parts.items()})


def write_sheet(store: Store, path: Path) -> None:
    """Write the answers as CSV; raises OSError where the file cannot be written."""
    add_claims(store)
    join_lines(store, _LINES, [run.part for run in _RUNS if run.source == "line"])
    put_in_order(store)
    own = {
        "id": _quoted_where_needed(guarded_id()),
        "digest": "l.digest",
        "number": "l.number::VARCHAR",
        "code": at_number("cells_of_code", "code", "part"),
    }
    cells = []
    for run in _RUNS:
        found = own.get(run.source, f"l.{run.part}")
        if run.source in _NUMBERS and run.source not in own:
            found = at_number(f"cells_of_{run.source}", _NUMBERS[run.source], run.part)
        cells.append(f"coalesce({found}, {literal(_nothing(run))})")
    line = " || ',' || ".join(cells)
    tables = ", ".join(as_list(store, f"cells_of_{source}") for source in _NUMBERS)
    # The text of a line is written as it is: no cell holds the character that is said to part cells.
    options = "FORMAT csv, HEADER, QUOTE '', ESCAPE '', DELIMITER E'\\x01', PRESERVE_ORDER"
    query = f"SELECT {line} AS {quoted(cells_text(tuple(SHEET)))} FROM {ANSWERED} l, {tables}"
    store.copy(query, path, options)


def _quoted_where_needed(text: str) -> str:
    special = " || ".join(f"chr({ord(each)})" for each in QUOTED)
    doubled = f"chr(34) || replace({text}, chr(34), chr(34) || chr(34)) || chr(34)"
    return f"CASE WHEN translate({text}, {special}, '') <> {text} THEN {doubled} ELSE {text} END"
