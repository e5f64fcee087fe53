"""What `diff` and `verify` share: how long they may take, and how what they found is written."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TextIO

import click

from payrule.cli.options import Word, known_on_option, out_option, rulebase_option, sources_option
from payrule.cli.output import binary_output, terminal
from payrule.documents.differences import Difference
from payrule.documents.verifications import Verification
from payrule.reports.json import json_document
from payrule.reports.pages.difference import difference_page
from payrule.reports.pages.html import page_html
from payrule.reports.pages.markdown import page_markdown
from payrule.reports.pages.page import Page
from payrule.reports.pages.text import page_text
from payrule.reports.pages.verification import verification_page

Found = Difference | Verification

FORMATS: dict[str, Callable[[Found, TextIO | None], Iterator[bytes]]] = {
    "text": lambda found, stream: iter([page_text(_page(found), **terminal(stream))]),
    "json": lambda found, _: json_document([found]),
    "markdown": lambda found, _: iter([page_markdown(_page(found))]),
    "html": lambda found, _: iter([page_html(_page(found))]),
}
"""How to answer: on a stream, or without one in a file."""

_OPTIONS = (
    known_on_option,
    click.option("--seconds", type=click.FloatRange(min=0), metavar="N", help="Leave unsettled what takes longer."),
    sources_option,
    click.option(
        "--format", "form", type=Word(list(FORMATS)), default="text", show_default=True, help="How to answer."
    ),
    out_option,
    rulebase_option,
)


def reviewing_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of both commands."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def write(found: Found, form: str, out: Path | None) -> None:
    """Write what was found to standard output or to a file."""
    with binary_output(out) as put:
        for piece in FORMATS[form](found, None if out else sys.stdout):
            put(piece)


def _page(found: Found) -> Page:
    return difference_page(found) if isinstance(found, Difference) else verification_page(found)
