"""Decide files, and tables in PostgreSQL, by columns: into files, or into tables."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import msgspec

from payrule.cli.support.answers import refuse_format
from payrule.cli.support.claims import Deciding, say_history
from payrule.cli.support.errors import color, refuse, report
from payrule.cli.support.output import all_written, line_progress
from payrule.columns.decide_files import Tally, decide_files
from payrule.columns.earlier import EarlierFiles
from payrule.columns.postgresql import TableAddress, fetch, refuse_tables_there, store
from payrule.columns.writer import Outputs
from payrule.formats.encounters import Read, rejects_form
from payrule.formats.mapped_parquet import are_by_map
from payrule.formats.payer_map import refuse_map_for
from payrule.reports.text import Count, Refused
from payrule.rulebase.request import DecisionRequest
from payrule.source.diagnostics import Diagnostic, RequestError

COLUMN_FORMATS = {"table": None, "csv": "csv", "jsonl": "jsonl", "parquet": "parquet"}
"""The forms of answers by columns; without one the ending of the file says."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What is decided and what is written.

    `source` and `target` are addresses of tables, `append` adds to the tables of the target. Rows of a `width` go to
    the file `out` in its `form`, what is rejected to the file `rejects`. `memory_limit` is what DuckDB may use; `quiet`
    says nothing of how it went.
    """

    source: str | None
    target: str | None
    append: bool
    out: Path | None
    form: str
    width: str | None
    rejects: Path | None
    memory_limit: str | None
    quiet: bool


def decide_by_columns(deciding: Deciding, files: Sequence[str], wanted: Wanted) -> bool:
    """Decide files, or a table, by columns, and tell whether everything was decided.

    What is read of a table, or written to one, passes through Parquet files in the folder for temporary files. Raises
    InputError for what cannot be used.
    """
    claims = None if wanted.source is None else TableAddress.of(wanted.source)
    answers = None if wanted.target is None else TableAddress.of(wanted.target)
    if claims is not None:
        refuse_map_for(deciding.choice, "a table in PostgreSQL")
        if files:
            refuse("no-file", "both files and a table are named", "give files, or `--from`")
    if answers is not None:
        if wanted.out is not None or wanted.rejects is not None or wanted.form not in ("table", "parquet"):
            message = "answers go to a table or to a file"
            refuse("no-file", message, "leave out `--to`, or else `--out`, `--rejects`, `--format`")
        if not wanted.append:
            refuse_tables_there(answers)
    if claims is None and answers is None:
        return _decide_files(deciding, files, wanted)
    with TemporaryDirectory() as folder:
        read = list(files)
        if claims is not None:
            read = [str(Path(folder, "claims.parquet"))]
            fetch(claims, Path(read[0]))
            deciding.called[read[0]] = claims.shown
        if answers is None:
            return _decide_files(deciding, read, wanted)

        def then(outputs: Outputs) -> str:
            store(answers, outputs, append=wanted.append)
            return f"{answers.shown}_rejects"

        made = msgspec.structs.replace(wanted, form="parquet", out=Path(folder, "answers.parquet"))
        return _decide_files(deciding, read, made, then)


def _decide_files(
    deciding: Deciding, files: Sequence[str], wanted: Wanted, then: Callable[[Outputs], str] | None = None
) -> bool:
    """Decide files into files; `then` is called with what was written, and names where what was rejected has gone."""
    if deciding.considers:
        message = "`--consider` does not decide by columns"
        refuse("no-such-format", message, "leave out `--engine columns`")
    if wanted.out is None:
        message = "answers by columns are written to files, and none is named"
        refuse("no-file", message, "name one with `--out`")
    refuse_format("columns", wanted.form, COLUMN_FORMATS)
    if wanted.rejects is not None:
        rejects_form(wanted.rejects)
    is_parquet = any(Path(file).suffix.lower() == ".parquet" for file in files)
    by_map = are_by_map(map(Path, files), deciding.rulebase.documents, deciding.map)
    earlier = deciding.earlier if is_parquet and not by_map else None
    if is_parquet and not by_map:
        refuse_map_for(deciding.choice, "Parquet")
    outputs = Outputs.beside(
        wanted.out, COLUMN_FORMATS[wanted.form], columns=wanted.width or "full", rejects=wanted.rejects
    )
    doubts: dict[str | None, Diagnostic] = {}

    def terms(named: str | None) -> DecisionRequest:
        doubt = deciding.choice.doubt_of(named)
        if doubt is not None and deciding.strict:
            raise RequestError([doubt])
        doubts.update({} if doubt is None else {named: doubt})
        return deciding.terms(named)

    with line_progress(visible=not wanted.quiet) as show:
        tally = decide_files(
            deciding.rulebase,
            [Path(file) for file in files],
            outputs,
            terms,
            reads=lambda: _called(deciding.read(files), deciding.called),
            history=None if earlier is None else EarlierFiles(earlier.files, earlier.history_from, earlier.links),
            memory_limit=wanted.memory_limit,
            progress=show,
            written=all_written if then is None else None,
            by_map=by_map,
            called=[deciding.called.get(file, file) for file in files],
        )
    elsewhere = str(outputs.rejects) if then is None else then(outputs)
    if not wanted.quiet:
        report((*doubts.values(), *tally.warnings))
        click.secho(_sentence(tally, elsewhere), err=True, color=color())
        if earlier is not None and tally.joined is not None:
            click.secho(tally.joined.sentence(map(str, earlier.files), links=earlier.links), err=True, color=color())
        say_history(deciding)
    return not tally.rejected


def _called(reads: Iterable[Read], names: Mapping[str, str]) -> Iterator[Read]:
    """Speak of files as the user knows them."""
    for read in reads:
        if (name := names.get(read.file or "")) is None:
            yield read
        else:
            findings = tuple(msgspec.structs.replace(each, file=name) for each in read.findings)
            yield msgspec.structs.replace(read, file=name, findings=findings)


def _sentence(tally: Tally, rejects: str) -> str:
    count = Count()
    count.encounters, count.voids, count.dispositions = tally.decided, tally.voids, tally.dispositions
    count.unreadable = tally.unreadable
    where = f"; see `{rejects}`" if tally.rejected else ""
    return count.sentence(Refused(tally.claims, tally.refused, tally.elsewhere)) + where
