"""What commands share that answer with a page: as text, Markdown or HTML, or with what they found as JSON."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from payrule.cli.support.options import Word, known_on_option, out_option, rulebase_option, sources_option
from payrule.cli.support.output import binary_output, terminal

if TYPE_CHECKING:
    from payrule.reports.pages.page import Page

FORMS = ("text", "json", "markdown", "html")


def form_option(command: Callable[..., None]) -> Callable[..., None]:
    """Add `--format`."""
    return click.option("--format", "form", type=Word(FORMS), default="text", show_default=True, help="How to answer.")(
        command
    )


def write_page(found: Any, page: Callable[[], "Page"], form: str, out: Path | None) -> None:
    """Write what was found to standard output or to a file, as its page or as JSON."""
    from payrule.reports.json import json_document

    with binary_output(out) as put:
        for piece in json_document([found]) if form == "json" else [_written(page(), form, out)]:
            put(piece)


def _written(page: "Page", form: str, out: Path | None) -> bytes:
    if form == "markdown":
        from payrule.reports.pages.markdown import page_markdown

        return page_markdown(page)
    if form == "html":
        from payrule.reports.pages.html import page_html

        return page_html(page)
    from payrule.reports.pages.text import page_text

    return page_text(page, **terminal(None if out else sys.stdout))


_OPTIONS = (
    known_on_option,
    click.option("--seconds", type=click.FloatRange(min=0), metavar="N", help="Leave unsettled what takes longer."),
    sources_option,
    form_option,
    out_option,
    rulebase_option,
)


def reviewing_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of both commands."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command
