"""`payrule list`: the policies and payers of a rulebase."""

from pathlib import Path

import click

from payrule.cli.support.errors import unusable_input
from payrule.cli.support.options import Word, rulebase_option
from payrule.cli.support.output import say, terminal_width


@click.command()
@click.argument("what", type=Word(["policies", "payers"]), required=False)
@rulebase_option
def command(what: str | None, rulebase: Path | None) -> None:
    """List the policy versions, or the payers, or both."""
    from payrule.reports.documents import PAYER_HEAD, POLICY_HEAD, payer_rows, policy_rows
    from payrule.reports.text import aligned
    from payrule.rulebase.rulebase import load

    with unusable_input():
        loaded = load(rulebase)
    width = terminal_width()
    policies = [POLICY_HEAD, *policy_rows(loaded.policies)] if what != "payers" else []
    payers = [PAYER_HEAD, *payer_rows(loaded.payers)] if what != "policies" else []
    for rows in filter(None, (policies, payers)):
        if rows is payers and policies:
            say()
        for row in aligned(rows, width):
            say(row)
