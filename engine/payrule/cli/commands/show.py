"""`payrule show`: show a policy, a rule or a payer in words."""

import sys
from datetime import date
from pathlib import Path

import click

from payrule.cli.support.options import Day, Word, rulebase_option, today, unusable_input
from payrule.cli.support.output import say, terminal


@click.command()
@click.argument("name", metavar="NAME")
@click.option(
    "--on",
    "service",
    type=Day(),
    default=today,
    metavar="DATE",
    help="Date of service for what binds a payer; today without it.",
)
@click.option(
    "--known-on",
    type=Day(),
    default=today,
    metavar="DATE",
    help="Use the versions known on this day; today without it.",
)
@click.option("--format", "form", type=Word(["text", "json"]), default="text", show_default=True, help="How to answer.")
@rulebase_option
def command(*, name: str, service: date, known_on: date, form: str, rulebase: Path | None) -> None:
    """Show NAME in words: `policy`, `policy@version`, `policy/rule`, a payer, or the file of a policy or payer.

    A condition is read as a sentence; a payer shows who binds what on a date. A name of both a policy and a payer shows
    both.
    """
    import msgspec

    from payrule.cli.support.shown import meant, words
    from payrule.reports.text import folded, indent_of

    with unusable_input():
        documents, found = meant(name, rulebase)
    if form == "json":
        click.echo(msgspec.json.format(msgspec.json.encode(found[0] if len(found) == 1 else found), indent=2))
        return
    width = terminal(sys.stdout)["width"]
    for position, document in enumerate(found):
        say("\n" * (position > 0), nl=False, lines=True)
        for line in words(document, documents.policies, service, known_on):
            say("\n".join(folded(line, width, start=indent_of(line) + 2)), lines=True)
