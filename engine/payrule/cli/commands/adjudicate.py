"""`payrule adjudicate`: decide the claims of files for a payer."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from payrule.cli.support.options import (
    Word,
    colour,
    deciding_options,
    out_option,
    quiet_option,
    unusable_input,
)
from payrule.cli.support.output import Progress, binary_output

if TYPE_CHECKING:
    from payrule.cli.support.claims import Deciding


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--format",
    "form",
    type=Word(["table", "json", "jsonl", "csv", "parquet"]),
    default="table",
    show_default=True,
    help="How to answer.",
)
@out_option
@click.option(
    "--rejects",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write what is not decided to a file, CSV or JSON Lines by its ending: a row for each thing wrong.",
)
@click.option(
    "--engine",
    type=Word(["lines", "columns"]),
    help="Decide claim by claim, or by columns; Parquet is always decided by columns.",
)
@click.option(
    "--memory-limit",
    metavar="SIZE",
    help="How much memory DuckDB may take, such as 4GB, before it uses disk; what Python holds comes on top.",
)
@deciding_options
@quiet_option
def command(  # noqa: PLR0913 - one argument an option
    *,
    files: tuple[str, ...],
    form: str,
    out: Path | None,
    rejects: Path | None,
    engine: str | None,
    memory_limit: str | None,
    quiet: bool,
    deciding: "Deciding",
) -> None:
    """Decide the claims of FILEs: JSON, JSON Lines, CSV, Parquet or X12 837P; `-` is standard input.

    A claim that cannot be decided is reported with its place, the others are decided, and the exit code is 2. Every run
    ends with a count: the claims that came in are those decided, rejected, and void.
    """
    if engine == "columns" or _is_parquet(files, form, out):
        from payrule.cli.support.by_columns import Told, decide_by_columns

        with unusable_input():
            told = Told(quiet=quiet, memory_limit=memory_limit, rejects=rejects)
            is_complete = decide_by_columns(deciding, files, form, out, told)
        sys.exit(0 if is_complete else 2)
    from payrule.cli.support.claims import pieces, rejects_output
    from payrule.columns.writer import refuse_one_for_both, refuse_what_is_read
    from payrule.reports.count import Changes, Count

    count = Changes() if deciding.considers else Count()
    shows_progress = not quiet and (out is not None or not sys.stdout.isatty())
    with unusable_input():
        refuse_one_for_both(out, rejects)
        for written in filter(None, (out, rejects)):
            refuse_what_is_read(written, map(Path, files))
    with (
        unusable_input(),
        binary_output(out) as write,
        rejects_output(rejects, deciding),
        Progress(count, visible=shows_progress),
    ):
        for piece in pieces(deciding, files, form, count, stream=None if out else sys.stdout, quiet=quiet):
            write(piece)
    if not quiet:
        click.secho(count.sentence(deciding.refused), err=True, color=colour())
    sys.exit(0 if deciding.is_complete else 2)


def _is_parquet(files: Iterable[str], form: str, out: Path | None) -> bool:
    """Tell whether a Parquet file is read or written, which columns alone can do."""
    named = [*map(Path, files), *([out] if out else [])]
    return form == "parquet" or any(each.suffix.lower() == ".parquet" for each in named)
