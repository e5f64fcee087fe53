"""`payrule reread`: what differs in new copies of the sources, word by word, and which rules rest on it."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from payrule.cli.support.errors import unusable_input
from payrule.cli.support.options import EXISTING_FOLDER, PAGE_FORMS, flag, format_option, out_option, rulebase_option
from payrule.cli.support.output import binary_output, say, write_page

if TYPE_CHECKING:
    from payrule.citations.copies import Copies
    from payrule.rulebase.load import Documents


@click.command()
@click.argument("sources", type=EXISTING_FOLDER, metavar="DIR")
@click.option(
    "--old", type=EXISTING_FOLDER, metavar="DIR", help="Compare with these older copies, and show their words."
)
@flag(
    "--remember", "Record a digest of each word in `remembered-copies.json`, to compare the next copies with.", "keep"
)
@format_option(*PAGE_FORMS)
@out_option
@rulebase_option
def command(  # noqa: PLR0913 - one argument an option
    *, sources: Path, old: Path | None, keep: bool, form: str, out: Path | None, rulebase: Path | None
) -> None:
    """Show what differs in the copies of the sources in DIR, and which rules, definitions and notes rest on it.

    The exit code is 1 when a cited source sentence was changed; then nothing is recorded.
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
        say("nothing is recorded: cite the source sentences as they are now, and try again", err=True)
    sys.exit(0 if found.stands else 1)


def _remember(documents: "Documents", copies: "Copies") -> None:
    from payrule.citations.reread import remember, remembered_text
    from payrule.results.rereading import REMEMBERED

    path = documents.folder / REMEMBERED
    with binary_output(path) as put:
        put(remembered_text(remember(documents.policies, copies)).encode())
    say(f"recorded in `{path}`", err=True)
