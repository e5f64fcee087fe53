"""`payrule list`: the policies and payers of a rulebase."""

from pathlib import Path

import click

from payrule.cli.support.options import Word, rulebase_option, unusable_input
from payrule.cli.support.output import say, terminal_width


@click.command()
@click.argument("what", type=Word(["policies", "payers"]), required=False)
@rulebase_option
def command(what: str | None, rulebase: Path | None) -> None:
    """List the policies in their versions, or the payers, or both."""
    from payrule.reports.document_words import payer_rows, policy_rows
    from payrule.reports.text import aligned
    from payrule.rulebase.rulebase import load

    with unusable_input():
        loaded = load(rulebase)
    width = terminal_width()
    if what != "payers":
        for row in aligned(policy_rows(loaded.policies), width):
            say(row)
    if what is None:
        say()
    if what != "policies":
        for row in aligned(payer_rows(loaded.payers), width):
            say(row)
