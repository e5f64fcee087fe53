"""How `adjudicate` writes what was decided, or what would change, in the form that is asked for."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from payrule.cli.claims import Deciding
from payrule.cli.output import binary_output, terminal
from payrule.documents.comparisons import Comparison
from payrule.documents.determinations import Determination
from payrule.documents.findings import Finding, RequestError
from payrule.formats.rejects import reject_of, rejects_form, written_rejects
from payrule.reports.comparison import comparison_tables
from payrule.reports.count import Changes, Count
from payrule.reports.csv import sheet
from payrule.reports.json import json_document, json_lines
from payrule.reports.table import tables

FORMATS: dict[str, Callable[[Iterable[Determination], TextIO | None], Iterator[bytes]]] = {
    "table": lambda determinations, stream: tables(determinations, **terminal(stream)),
    "json": lambda determinations, _: json_document(determinations),
    "jsonl": lambda determinations, _: json_lines(determinations),
    "csv": lambda determinations, _: sheet(determinations),
}
"""How to answer: on a stream, or without one in a file."""

COMPARISONS: dict[str, Callable[[Iterable[Comparison], TextIO | None], Iterator[bytes]]] = {
    "table": lambda comparisons, stream: comparison_tables(comparisons, **terminal(stream)),
    "json": lambda comparisons, _: json_document(comparisons),
    "jsonl": lambda comparisons, _: json_lines(comparisons),
}
"""How to answer when a policy is considered: what would change."""


@contextmanager
def rejects_output(path: Path | None, deciding: Deciding) -> Iterator[None]:
    """Write what is not decided to a file, which appears whole or not at all; raises RequestError for its ending."""
    if path is None:
        yield
        return
    form = rejects_form(path)
    with binary_output(path) as write:
        write(b"".join(written_rejects((), form)))

        def rejecting(findings: tuple[Finding, ...]) -> None:
            write(b"".join(written_rejects(map(reject_of, findings), form, titles=False)))

        deciding.rejecting = rejecting
        yield


def pieces(  # noqa: PLR0913 - what the options chose, each by name
    deciding: Deciding, files: Iterable[str], form: str, count: Count | Changes, *, stream: TextIO | None, quiet: bool
) -> Iterator[bytes]:
    """Write what was decided, or what would change, in the form that is asked for."""
    if isinstance(count, Count):
        return FORMATS[form](count.each(deciding.decided(files, quiet=quiet)), stream)
    if form not in COMPARISONS:
        cure = f"use one of {', '.join(f'`{each}`' for each in COMPARISONS)}"
        message = f"`--consider` cannot answer as {form}"
        raise RequestError.of("no-such-format", message, cure)
    return COMPARISONS[form](count.each(deciding.compared(files, quiet=quiet)), stream)
