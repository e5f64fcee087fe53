"""`payrule adjudicate`: decide the claims of files for a payer."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from payrule.cli.support.errors import color, unusable_input
from payrule.cli.support.options import NEW_FILE, Word, deciding_options, format_option, out_option, quiet_option
from payrule.cli.support.output import all_written, binary_output, claim_progress

if TYPE_CHECKING:
    from payrule.cli.support.claims import Deciding


@click.command()
@click.argument("files", nargs=-1, metavar="FILE...")
@format_option("table", "json", "jsonl", "csv", "xlsx", "parquet", "fhir", "cas-csv", "835")
@out_option
@click.option(
    "--rejects",
    type=NEW_FILE,
    metavar="FILE",
    help="Write what cannot be decided to this file, CSV or JSON Lines by its ending: a row for each error.",
)
@click.option(
    "--engine",
    type=Word(["lines", "plan", "columns"]),
    help="Decide claim by claim, by forward chaining (`lines`) or by the `plan`, which takes less time, or many lines "
    "at once in DuckDB (`columns`). Parquet needs `columns`.",
)
@click.option(
    "--columns",
    type=Word(["full", "narrow"]),
    help="What a row of answers by columns says: everything (`full`), or the claim, line, code, disposition, the key "
    "of the explanation, which says the rest, and the identifiers of X12 and FHIR (`narrow`).",
)
@click.option(
    "--memory-limit",
    metavar="SIZE",
    help="Memory that DuckDB may use, such as 4GB, before it uses disk. Python needs some in addition.",
)
@click.option(
    "--map",
    "map_name",
    metavar="NAME",
    help="Read a workbook, CSV, Parquet or PostgreSQL by this column map of the rulebase: the file NAME.json in "
    "`column-maps`. Without it, by the one that its headings fit.",
)
@click.option(
    "--from",
    "source",
    metavar="ADDRESS",
    help="Read the claims of a table in PostgreSQL, postgresql://user@host/database/table, in the place of files.",
)
@click.option(
    "--to",
    "target",
    metavar="ADDRESS",
    help="Write the answers to a new table in PostgreSQL, and explanations and rejects to two more; all or none.",
)
@click.option(
    "--append",
    is_flag=True,
    help="With `--to`: add rows to tables that are there, which must have the same columns.",
)
@click.option(
    "--fee",
    metavar="ATTRIBUTE",
    help="For `cas-csv` and `835`: the attribute of a line that holds the fee of one unit in cents.",
)
@click.option(
    "--above-fee",
    metavar="GROUP-CARC",
    help="For `cas-csv` and `835`: the codes by which the charge above the fee is adjusted, such as CO-45.",
)
@click.option(
    "--payment",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="For `835`: the document that says who pays whom, when and by which number.",
)
@deciding_options
@quiet_option
def command(  # noqa: C901, PLR0913 - one argument an option
    *,
    files: tuple[str, ...],
    form: str,
    out: Path | None,
    rejects: Path | None,
    engine: str | None,
    columns: str | None,
    memory_limit: str | None,
    map_name: str | None,
    source: str | None,
    target: str | None,
    append: bool,
    fee: str | None,
    above_fee: str | None,
    payment: Path | None,
    quiet: bool,
    deciding: "Deciding",
) -> None:
    """Decide the claims of FILEs: JSON, JSON Lines, CSV, .xlsx, Parquet, X12 837P or FHIR R4; `-` is standard input.

    A claim that cannot be decided is reported with its place, the others are decided, and the exit code is 2. Every run
    ends with a count of the claims decided, rejected and void, and of their lines by answer.
    """
    if not files and source is None:
        context = click.get_current_context()
        raise click.MissingParameter(ctx=context, param=context.command.params[0])
    if append and target is None:
        _refuse_append()
    if map_name is not None:
        _use_map(deciding, map_name)
    of_tables = source is not None or target is not None
    if of_tables or engine == "columns" or _is_parquet(files, form, out):
        _refuse_seconds()
        from payrule.cli.support.columns import Wanted, decide_by_columns

        wanted = Wanted(
            source=source,
            target=target,
            append=append,
            out=out,
            form=form,
            width=columns,
            rejects=rejects,
            memory_limit=memory_limit,
            quiet=quiet,
        )
        with unusable_input():
            sys.exit(0 if decide_by_columns(deciding, files, wanted) else 2)
    if columns is not None:
        _refuse_width()
    if form == "xlsx" or (out is not None and out.suffix.lower() == ".xlsx" and form == "table"):
        sys.exit(0 if _write_workbook(deciding, files, out, rejects, quiet=quiet) else 2)
    from payrule.cli.support.answers import Amounts, pieces
    from payrule.cli.support.claims import rejects_output, say_history
    from payrule.reports.text import Changes, Count

    count = Changes() if deciding.considers else Count()
    on_screen = out is None and sys.stdout.isatty() and sys.stderr.isatty()
    deciding.shows_warnings = on_screen and form == "table" and not deciding.considers
    shows_progress = not quiet and (out is not None or not sys.stdout.isatty())
    if out or rejects:
        from payrule.columns.writer import refuse_one_for_both, refuse_what_is_read

        with unusable_input():
            refuse_one_for_both(out, rejects)
            for written in filter(None, (out, rejects)):
                refuse_what_is_read(written, (*map(Path, files), *(deciding.earlier.files if deciding.earlier else ())))
    with (
        unusable_input(),
        binary_output(out, all_written) as write,
        rejects_output(rejects, deciding),
        claim_progress(count, visible=shows_progress),
    ):
        stream, amounts = None if out else sys.stdout, Amounts(fee, above_fee, payment)
        for piece in pieces(deciding, files, form, count, stream=stream, quiet=quiet, amounts=amounts):
            write(piece)
    if not quiet:
        click.secho(count.sentence(deciding.refused), err=True, color=color())
        say_history(deciding)
    sys.exit(0 if deciding.is_complete else 2)


def _write_workbook(
    deciding: "Deciding", files: tuple[str, ...], out: Path | None, rejects: Path | None, *, quiet: bool
) -> bool:
    """Write a table as a workbook with its answers, and tell whether everything was decided."""
    from payrule.cli.support.answers import workbook
    from payrule.cli.support.claims import rejects_output
    from payrule.cli.support.errors import refuse
    from payrule.columns.writer import refuse_one_for_both, refuse_what_is_read
    from payrule.reports.text import Count

    count = Count()
    with unusable_input():
        if out is None or deciding.considers:
            refuse(
                "no-file", "a workbook of answers is written to a file", "name one with `--out`, without `--consider`"
            )
        refuse_one_for_both(out, rejects)
        for written in filter(None, (out, rejects)):
            refuse_what_is_read(written, tuple(map(Path, files)))
        with binary_output(out, all_written) as write, rejects_output(rejects, deciding):
            write(workbook(deciding, files, count, quiet=quiet))
    if not quiet:
        click.secho(count.sentence(deciding.refused), err=True, color=color())
    return deciding.is_complete


def _refuse_seconds() -> None:
    """Say that what decides many lines at once knows no time of a claim."""
    from payrule.cli.support.errors import refuse

    if click.get_current_context().params["seconds"] is not None:
        with unusable_input():
            refuse("no-limit", "`--seconds` is for claims that are decided one by one", "leave it out in columns")


def _refuse_width() -> None:
    """Say that claims that are decided one by one have no rows to choose columns for."""
    from payrule.cli.support.errors import refuse

    with unusable_input():
        refuse("no-such-format", "`--columns` is for answers by columns", "add `--engine columns`, or leave it out")


def _refuse_append() -> None:
    """Say that rows are added to tables alone: files are written whole."""
    from payrule.cli.support.errors import refuse

    with unusable_input():
        refuse("no-such-format", "`--append` is for `--to`", "name a table with `--to`, or leave it out")


def _use_map(deciding: "Deciding", name: str) -> None:
    """Read files by a column map."""
    from payrule.formats.column_maps import column_map_called

    with unusable_input():
        deciding.map = column_map_called(deciding.rulebase.documents.folder, name)


def _is_parquet(files: Iterable[str], form: str, out: Path | None) -> bool:
    """Tell whether a Parquet file is read or written, which columns alone can do."""
    named = [*map(Path, files), *([out] if out else [])]
    return form == "parquet" or any(each.suffix.lower() == ".parquet" for each in named)
