"""Decide the lines of tables in PostgreSQL by columns, from a table or files into tables or a file."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from payrule.cli.support.claims import Deciding, decide_by_columns
from payrule.cli.support.errors import refuse
from payrule.columns.postgresql import TableAddress, fetch, refuse_tables_there, store
from payrule.columns.writer import Outputs
from payrule.formats.payer_map import refuse_map_for


def decide_tables(  # noqa: PLR0913 - what the options chose, each by name
    deciding: Deciding,
    files: Sequence[str],
    source: str | None,
    target: str | None,
    out: Path | None,
    *,
    rejects: Path | None,
    form: str,
    width: str | None,
    memory_limit: str | None,
    append: bool,
    quiet: bool,
) -> bool:
    """Decide a table, or files into tables, and tell whether everything was decided; raises InputError.

    What is read and what is written passes through Parquet files in the folder for temporary files.
    """
    if source is not None:
        refuse_map_for(deciding.choice, "a table in PostgreSQL")
    claims = None if source is None else TableAddress.of(source)
    answers = None if target is None else TableAddress.of(target)
    if claims is not None and files:
        refuse("no-file", "both files and a table are named", "give files, or `--from`")
    if answers is not None and (out is not None or rejects is not None or form not in ("table", "parquet")):
        refuse(
            "no-file",
            "answers go to a table or to a file",
            "leave out `--to`, or else `--out`, `--rejects`, `--format`",
        )
    if answers is not None and not append:
        refuse_tables_there(answers)
    with TemporaryDirectory() as folder:
        read = list(files)
        if claims is not None:
            read = [str(Path(folder, "claims.parquet"))]
            fetch(claims, Path(read[0]))
            deciding.called[read[0]] = claims.shown
        if answers is None:
            return decide_by_columns(
                deciding, read, form, out, rejects=rejects, width=width, memory_limit=memory_limit, quiet=quiet
            )

        def then(outputs: Outputs) -> str:
            store(answers, outputs, append=append)
            return f"{answers.shown}_rejects"

        made = Path(folder, "answers.parquet")
        return decide_by_columns(
            deciding,
            read,
            "parquet",
            made,
            rejects=None,
            width=width,
            memory_limit=memory_limit,
            quiet=quiet,
            then=then,
        )
