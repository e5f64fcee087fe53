"""`payrule reread`: what is different in new copies of the sources, word by word, and which rules rest on it."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TextIO

import click

from payrule.adjudication.loading import Documents, read_documents, usable
from payrule.authoring.copies import Copies
from payrule.authoring.remembering import read_remembered, remembered_text
from payrule.authoring.rereading import remember, reread
from payrule.cli.options import Word, out_option, rulebase_option, unusable_input
from payrule.cli.output import binary_output, terminal
from payrule.documents.remembered import REMEMBERED
from payrule.documents.rereadings import Rereading
from payrule.reports.json import json_document
from payrule.reports.pages.html import page_html
from payrule.reports.pages.markdown import page_markdown
from payrule.reports.pages.rereading import rereading_page
from payrule.reports.pages.text import page_text

FORMATS: dict[str, Callable[[Rereading, TextIO | None], Iterator[bytes]]] = {
    "text": lambda found, stream: iter([page_text(rereading_page(found), **terminal(stream))]),
    "json": lambda found, _: json_document([found]),
    "markdown": lambda found, _: iter([page_markdown(rereading_page(found))]),
    "html": lambda found, _: iter([page_html(rereading_page(found))]),
}
"""How to answer: on a stream, or without one in a file."""

_FOLDER = click.Path(path_type=Path, file_okay=False, exists=True)


@click.command()
@click.argument("sources", type=_FOLDER, metavar="DIR")
@click.option("--old", type=_FOLDER, metavar="DIR", help="Compare with these copies, and show what they said.")
@click.option(
    "--remember", "keep", is_flag=True, help=f"Keep a mark for each word in `{REMEMBERED}`, for the next time."
)
@click.option("--format", "form", type=Word(list(FORMATS)), default="text", show_default=True, help="How to answer.")
@out_option
@rulebase_option
def command(  # noqa: PLR0913 - one argument an option
    *, sources: Path, old: Path | None, keep: bool, form: str, out: Path | None, rulebase: Path | None
) -> None:
    """Say what is different in the copies of the sources in DIR, and which rules, facts and notes rest on it.

    The exit code is 1 when a cited passage does not stand as it was; then nothing is remembered.
    """
    with unusable_input():
        documents = usable(read_documents(rulebase))
        copies = Copies(sources)
        found = reread(documents.policies, copies, Copies(old) if old else None, read_remembered(documents.folder))
        with binary_output(out) as put:
            for piece in FORMATS[form](found, None if out else sys.stdout):
                put(piece)
        if keep and found.stands:
            _remember(documents, copies)
    if keep and not found.stands:
        click.echo("nothing is remembered: cite the passages as they are now, and try again", err=True)
    sys.exit(0 if found.stands else 1)


def _remember(documents: Documents, copies: Copies) -> None:
    path = documents.folder / REMEMBERED
    with binary_output(path) as put:
        put(remembered_text(remember(documents.policies, copies)).encode())
    click.echo(f"remembered in `{path}`", err=True)
