"""`payrule adjudicate` for files of millions of lines: decided by columns, written to files."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import msgspec

from payrule.cli.claims import Deciding, claims_of
from payrule.cli.line_progress import line_progress
from payrule.cli.options import colour, report
from payrule.documents.findings import RequestError
from payrule.formats.columnar import Tally, decide_files
from payrule.formats.encounters import Read
from payrule.formats.outputs import Outputs
from payrule.formats.rejects import rejects_form
from payrule.reports.count import Count, Refused

FORMS = {"table": None, "csv": "csv", "jsonl": "jsonl", "parquet": "parquet"}
"""The formats that can be asked for; without one the ending of the file says."""


class Told(msgspec.Struct, frozen=True):
    """What the options say of a run by columns: how quiet it is, how much memory it takes, where rejects go."""

    quiet: bool = False
    memory_limit: str | None = None
    rejects: Path | None = None


def decide_by_columns(deciding: Deciding, files: Sequence[str], form: str, out: Path | None, told: Told) -> bool:
    """Decide files, write the answers, say how many there are, and tell whether everything was decided.

    Raises InputError for files or options that cannot be used.
    """
    if deciding.considers:
        raise RequestError.of(
            "no-such-format", "`--consider` does not decide by columns", "leave out `--engine columns`"
        )
    if out is None:
        raise RequestError.of("no-file", "columns are written to files, and none is named", "name one with `--out`")
    if form not in FORMS:
        message, cure = f"columns cannot answer as {form}", f"use one of {', '.join(f'`{each}`' for each in FORMS)}"
        raise RequestError.of("no-such-format", message, cure)
    if told.rejects is not None:
        rejects_form(told.rejects)
    outputs = Outputs.beside(out, FORMS[form], rejects=told.rejects)

    def reads() -> Iterator[Read]:
        for file in files:
            yield from claims_of(
                file, deciding.rulebase.documents.vocabulary, deciding.rulebase.door, strict=deciding.strict
            )

    with line_progress(visible=not told.quiet) as heard:
        tally = decide_files(
            deciding.rulebase,
            [Path(file) for file in files],
            outputs,
            deciding.terms,
            reads=reads,
            memory_limit=told.memory_limit,
            told=heard,
        )
    if not told.quiet:
        report(tally.warnings)
        click.secho(_sentence(tally, outputs), err=True, color=colour())
    return not tally.rejected


def _sentence(tally: Tally, outputs: Outputs) -> str:
    count = Count()
    count.encounters, count.voids, count.dispositions = tally.decided, tally.voids, tally.dispositions
    rejects = f"; see `{outputs.rejects}`" if tally.rejected else ""
    return count.sentence(Refused(tally.claims, tally.refused, tally.elsewhere)) + rejects
