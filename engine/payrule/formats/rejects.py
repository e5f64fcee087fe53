"""Encounters in doubt: the door reads them one by one, and says what is wrong where."""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from payrule.formats.csv_cells import FORMULA
from payrule.source.diagnostics import Diagnostic, RequestError


class Rejected(msgspec.Struct, frozen=True):
    """One thing wrong with an encounter that is not decided, and where: file, row from 1, title of the column.

    `place` says where in words of the format, where that has no rows and columns.
    """

    encounter: str | None
    file: str
    row: int | None
    column: str | None
    code: str
    message: str
    cure: str | None
    place: str | None = None


FORMS = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}

_cell = re.compile(r"row (\d{1,15})(?:, column (.*))?", re.DOTALL).fullmatch


def rejects_form(path: Path) -> str:
    """Tell from the ending of a file of rejects how it is written; raises RequestError for another ending.

    >>> rejects_form(Path("out/rejects.jsonl"))
    'jsonl'
    """
    form = FORMS.get(path.suffix.lower())
    if form is None:
        help_text = f"end its name with {', '.join(f'`{each}`' for each in FORMS)}"
        raise RequestError.of("no-such-format", f"`{path}` does not say by its ending how to write rejects", help_text)
    return form


def reject_of(diagnostic: Diagnostic) -> Rejected:
    """Make a row of a finding.

    Row and column are those of a sheet; a text has its line in place of the row, and the place in it, a JSON path or a
    segment.

    >>> reject_of(Diagnostic(code="x", message="y", file="a.csv", line=4, path="row 3, column units")).column
    'units'
    >>> reject_of(Diagnostic(code="x", message="y", file="a.837", path="segment 28", claim="A-1")).place
    'segment 28'
    """
    cell = _cell(diagnostic.path or "")
    row, column = (int(cell.group(1)), cell.group(2)) if cell else (diagnostic.line, None)
    return Rejected(
        encounter=diagnostic.claim or None,
        file=diagnostic.file or "",
        row=row,
        column=column,
        code=diagnostic.code,
        message=diagnostic.message,
        cure=diagnostic.help,
        place=None if cell else diagnostic.path,
    )


def written_rejects(rejects: Iterable[Rejected], form: str, *, titles: bool = True) -> Iterator[bytes]:
    r"""Write rows as CSV, which begins with titles, or as JSON Lines.

    >>> fault = Rejected("=A-1", "a.837", None, None, "x12-total", "the totals differ", None, "segment 28")
    >>> b"".join(written_rejects([fault], "csv"))
    b"encounter,file,row,column,place,code,message,help\n'=A-1,a.837,,,segment 28,x12-total,the totals differ,\n"
    """
    if form == "csv" and titles:
        yield _line(_TITLES)
    for each in rejects:
        values = msgspec.structs.asdict(each)
        if form == "csv":
            yield _line(_guarded(values[title]) for title in _TITLES)
        else:
            yield json.dumps({title: values[title] for title in _TITLES}, ensure_ascii=True).encode() + b"\n"


_TITLES = ("encounter", "file", "row", "column", "place", "code", "message", "cure")


def _guarded(value: object) -> str:
    """Write a value for a cell, which no spreadsheet takes for a formula."""
    text = "" if value is None else str(value)
    safe = text.encode("utf-8", "replace").decode()
    return f"'{safe}" if safe.startswith(FORMULA) else safe


def _line(cells: Iterable[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue().encode()
