"""A bar on a terminal for a long run: how far it has come, lines a second, and how long it will take."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TimeRemainingColumn
from rich.text import Text

from payrule.cli.support.claims import Deciding, claims_of
from payrule.cli.support.options import colour, report
from payrule.columns.decide_files import Tally, decide_files
from payrule.columns.writer import Outputs
from payrule.formats.encounters import Read, rejects_form
from payrule.reports.count import Count, Refused
from payrule.source.diagnostics import RequestError


@contextmanager
def line_progress(*, visible: bool) -> Iterator[Callable[[float, int], None]]:
    """Give what is told which share of the work is done, of how many lines, and shows it meanwhile.

    Nothing is shown when standard error is no terminal, or it is not to be `visible`.
    """
    if not (visible and sys.stderr.isatty()):
        yield lambda *_: None
        return
    columns = ("deciding …", BarColumn(), _Rate(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda share, lines: bar.update(task, total=lines, completed=share * lines)


class _Rate(ProgressColumn):
    """Lines a second since the run began."""

    def render(self, task: Task) -> Text:
        return Text(rate(task.completed, task.elapsed or 0))


def rate(lines: float, seconds: float) -> str:
    """Say how many lines a second were decided; nothing as long as none are.

    >>> rate(500_000, 2), rate(0, 2)
    ('250,000 lines a second', '')
    """
    return f"{lines / seconds:,.0f} lines a second" if lines and seconds else ""


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
        message, help_text = (
            f"columns cannot answer as {form}",
            f"use one of {', '.join(f'`{each}`' for each in FORMS)}",
        )
        raise RequestError.of("no-such-format", message, help_text)
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
