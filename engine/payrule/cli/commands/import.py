"""`payrule import`: published tables, and lists of codes, into the folders of a rulebase."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from payrule.cli.support.errors import Commands, refuse, unusable_input
from payrule.cli.support.options import FOLDER, quiet_option, to_date
from payrule.cli.support.output import all_written, say

if TYPE_CHECKING:
    from payrule.formats.ncci.importing import Quarter
    from payrule.formats.own_tables import Wanted


def to_quarter(value: str) -> "Quarter":
    """Read a quarter, as `2024q3`; raises ValueError, in words, and ends where DuckDB is not installed."""
    _need_duckdb()
    from payrule.formats.ncci.importing import Quarter

    try:
        return Quarter.read(value)
    except ValueError:
        message = f"`{value}` is not a quarter; write the year and the quarter, such as 2024q3"
        raise ValueError(message) from None


def _need_duckdb() -> None:
    if find_spec("duckdb") is None:
        from payrule.source.diagnostics import install

        with unusable_input():
            refuse("no-duckdb", "tables are imported with DuckDB, which is not installed", install("batch"))


def _refuse_no_file(path: Path) -> None:
    if path.is_dir():
        refuse("no-file", f"`{path}` is a folder", "name a file")
    if not path.exists():
        refuse("no-file", f"there is no file `{path}`", "check the path")


def _chosen(name: str | None, file: Path, what: str) -> str:
    """Give the name of what is made, else that of the file in words; raises RequestError for one that is none."""
    from payrule.scaffold.scaffold import NAME

    chosen = name or "-".join(re.findall(r"[a-z0-9]+", file.stem.lower()))
    if not re.fullmatch(NAME, chosen):
        refuse("bad-name", f"`{chosen}` is no name of a {what}", "write lower-case words joined by hyphens")
    return chosen


@contextmanager
def _folder_written(out: Path, help_text: str = "name a folder that you may write to") -> Iterator[None]:
    """Make a folder that is written to; raises RequestError where it cannot be."""
    from payrule.cli.support.output import folder_made

    try:
        with folder_made(out):
            yield
    except OSError as fault:
        refuse("unwritable", f"`{out}` cannot be written: {(fault.strerror or str(fault)).lower()}", help_text)


_ROOM = "name a folder that you may write to, with room for the table"


@click.group(cls=Commands)
def command() -> None:
    """Turn published edit files into a table that policies look up, and files of codes into a code list."""


@command.command("codes")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option(
    "--out",
    required=True,
    type=FOLDER,
    metavar="DIR",
    help="Folder of code lists, such as `policies/code-sets`, made if missing.",
)
@click.option("--id", "name", metavar="ID", help="Name of the list. Default: the name of the file, in words.")
@click.option("--title", metavar="TEXT", help="What the codes have in common. A new list needs it.")
@click.option("--source", metavar="TEXT", help="Title of the publication. Default: the name of FILE.")
@click.option("--citation", metavar="TEXT", help="Where in the source the codes are.")
@click.option(
    "--from",
    "first",
    type=to_date,
    metavar="DATE",
    help="Date of service from which FILE is the list: what it leaves out ends the day before, new codes begin then.",
)
@quiet_option
def codes(  # noqa: PLR0913 - one argument an option
    *,
    file: Path,
    out: Path,
    name: str | None,
    title: str | None,
    source: str | None,
    citation: str | None,
    first: date | None,
    quiet: bool,
) -> None:
    """Make a code list of FILE, or renew it, and show which codes were added, removed or ended.

    FILE is a workbook (`.xlsx`) or CSV with a column `code`, and `from` and `to` where codes have dates; or text with a
    code on each line; or JSON. Without `--from` the list holds what FILE says, and nothing else. A row that cannot be
    placed is refused, and nothing is written then.
    """
    from payrule.formats.code_lists import import_codes, write_code_set
    from payrule.rulebase.load import read_code_set

    with unusable_input():
        _refuse_no_file(file)
        chosen = _chosen(name, file, "code list")
        there = out / f"{chosen}.json"
        before = read_code_set(there) if there.exists() else None
        if before is None and title is None:
            refuse(
                "no-title", f"there is no code list `{chosen}` yet, and a new one needs a title", "add `--title TEXT`"
            )
        made = import_codes(file, chosen, before, title=title, source=source, citation=citation, first=first)
        with _folder_written(out):
            path = write_code_set(made.code_set, out, written=all_written)
    say(path)
    if not quiet:
        say(made.account(), err=True, lines=True)


def to_wanted(value: str) -> "Wanted":
    """Read `COLUMN:KIND`; raises ValueError, in words, and ends where DuckDB is not installed."""
    _need_duckdb()
    from payrule.formats.own_tables import KINDS, read_wanted

    try:
        return read_wanted(value)
    except ValueError:
        kinds = ", ".join(f"`{each}`" for each in KINDS)
        help_text = f"write COLUMN:KIND, such as `fee:dollars`, where KIND is one of {kinds}"
        message = f"`{value}` does not say what the column holds; {help_text}"
        raise ValueError(message) from None


@command.command("table")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option(
    "--key",
    "keys",
    required=True,
    multiple=True,
    metavar="COLUMN",
    help="Column of codes by which rows are looked up; give it again for each further one.",
)
@click.option("--from", "first", metavar="COLUMN", help="Column of the first day on which a row holds.")
@click.option("--to", "last", metavar="COLUMN", help="Column of the last day on which a row holds.")
@click.option(
    "--value",
    "values",
    required=True,
    multiple=True,
    type=to_wanted,
    metavar="COLUMN:KIND",
    help="Column of values and what it holds: code, integer, date, text or dollars, which are kept as cents.",
)
@click.option(
    "--out",
    required=True,
    type=FOLDER,
    metavar="DIR",
    help="Folder of tables, such as `policies/tables`, made if missing. A table of this name in it is replaced.",
)
@click.option("--id", "name", metavar="ID", help="Name of the table. Default: the name of the file, in words.")
@click.option("--title", metavar="TEXT", help="Title of the table. Default: the name of FILE.")
@click.option("--issuer", metavar="TEXT", help="Who published it. Default: the name of FILE.")
@quiet_option
def table(  # noqa: PLR0913 - one argument an option
    *,
    file: Path,
    keys: tuple[str, ...],
    first: str | None,
    last: str | None,
    values: "tuple[Wanted, ...]",
    out: Path,
    name: str | None,
    title: str | None,
    issuer: str | None,
    quiet: bool,
) -> None:
    """Make a table of your own of FILE, such as a fee schedule, in which attributes are looked up.

    FILE is CSV. Two rows of a key on one day, a date that is none, a column that nothing names and a code that has lost
    its zeros are refused with their row, and nothing is written then.
    """
    from payrule.formats.own_tables import Layout, Wanted, import_own_table

    with unusable_input():
        _refuse_no_file(file)
        chosen = _chosen(name, file, "table")
        if last is not None and first is None:
            refuse("no-first-day", "`--to` names the last day, and nothing the first", "add `--from COLUMN`")
        layout = Layout(tuple(Wanted(each, "code") for each in keys), first, last, values)
        titles = {"title": title or file.name, "issuer": issuer or file.name}
        with _folder_written(out, _ROOM):
            made = import_own_table(file, chosen, layout, out, **titles, written=all_written)
    say(out / f"{chosen}.json")
    if not quiet:
        say(made.account(), err=True, lines=True)


def _importing(name: str, what: str, settings: tuple[str, ...] = ()) -> click.Command:
    """Make the command that imports one kind of publication, which is published for some settings."""

    @command.command(name, help=f"Import {what}. FILE is the text as published, or the archive that holds it.")
    @click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
    @click.option(
        "--quarter",
        required=True,
        type=to_quarter,
        metavar="YEARqN",
        help="Quarter of the publication, such as 2024q3. The table covers dates from its first day.",
    )
    @click.option(
        "--out",
        required=True,
        type=FOLDER,
        metavar="DIR",
        help="Folder of tables, made if missing. A table of this kind in it is replaced.",
    )
    @quiet_option
    def imported(
        files: tuple[Path, ...],
        quarter: "Quarter",
        out: Path,
        quiet: bool,  # noqa: FBT001 - click gives flags by name
        setting: str | None = None,
    ) -> None:
        from payrule.formats.ncci.importing import import_table
        from payrule.formats.ncci.publications import ADD_ON, MUE, PTP
        from payrule.formats.ncci.published import PRACTITIONER, Setting

        with unusable_input():
            publication = next(each for each in (PTP, MUE, ADD_ON) if each.id == name)
            wanted = Setting(setting or PRACTITIONER, asked=setting is not None)
            with _folder_written(out, _ROOM):
                made = import_table(publication, files, quarter, out, wanted, written=all_written)
        say(out / f"{made.table.id}.json")
        if not quiet:
            say(made.account(), err=True, lines=True)

    if settings:
        words = "Setting that the table is for; each setting has its own table. Default: practitioner."
        imported.params.insert(-1, click.Option(["--setting"], type=click.Choice(settings), help=words))
    return imported


_importing(
    "ncci-ptp",
    "code pairs that are not paid together (NCCI procedure-to-procedure edits)",
    ("practitioner", "hospital"),
)
_importing(
    "ncci-mue",
    "the highest number of units of a code (NCCI medically unlikely edits)",
    ("practitioner", "hospital", "dme"),
)
_importing("ncci-addon", "add-on codes with their primary codes (NCCI add-on code edits)")
