"""`payrule reread`: what is different in new copies of the sources, word by word, and which rules rest on it."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from payrule.cli.support.options import out_option, rulebase_option, unusable_input
from payrule.cli.support.output import binary_output, say
from payrule.cli.support.pages import form_option, write_page

if TYPE_CHECKING:
    from payrule.citations.copies import Copies
    from payrule.rulebase.load import Documents

_FOLDER = click.Path(path_type=Path, file_okay=False, exists=True)


@click.command()
@click.argument("sources", type=_FOLDER, metavar="DIR")
@click.option("--old", type=_FOLDER, metavar="DIR", help="Compare with these copies, and show what they said.")
@click.option(
    "--remember", "keep", is_flag=True, help="Keep a mark for each word in `remembered-copies.json`, for the next time."
)
@form_option
@out_option
@rulebase_option
def command(  # noqa: PLR0913 - one argument an option
    *, sources: Path, old: Path | None, keep: bool, form: str, out: Path | None, rulebase: Path | None
) -> None:
    """Say what is different in the copies of the sources in DIR, and which rules, facts and notes rest on it.

    The exit code is 1 when a cited passage does not stand as it was; then nothing is remembered.
    """
    from payrule.citations.copies import Copies
    from payrule.citations.reread import read_remembered, reread
    from payrule.reports.pages.rereading import rereading_page
    from payrule.rulebase.load import read_documents, usable

    with unusable_input():
        documents = usable(read_documents(rulebase))
        copies = Copies(sources)
        found = reread(documents.policies, copies, Copies(old) if old else None, read_remembered(documents.folder))
        write_page(found, lambda: rereading_page(found), form, out)
        if keep and found.stands:
            _remember(documents, copies)
    if keep and not found.stands:
        say("nothing is remembered: cite the passages as they are now, and try again", err=True)
    sys.exit(0 if found.stands else 1)


def _remember(documents: "Documents", copies: "Copies") -> None:
    from payrule.citations.reread import remember, remembered_text
    from payrule.results.rereading import REMEMBERED

    path = documents.folder / REMEMBERED
    with binary_output(path) as put:
        put(remembered_text(remember(documents.policies, copies)).encode())
    say(f"remembered in `{path}`", err=True)
