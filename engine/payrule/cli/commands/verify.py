"""`payrule verify`: prove a payer's policies sound, or show what is wrong with them."""

import sys
from datetime import date
from functools import partial
from pathlib import Path

import click

from payrule.cli.support.errors import time_limit, unusable_input
from payrule.cli.support.options import reviewing_options, shared_work
from payrule.cli.support.output import write_page


@click.command()
@click.argument("payer", metavar="PAYER")
@reviewing_options
def command(  # noqa: PLR0913 - one argument an option
    *,
    payer: str,
    known_on: date,
    seconds: float | None,
    no_cache: bool,
    sources: Path | None,
    form: str,
    out: Path | None,
    rulebase: Path | None,
) -> None:
    """Show which conflicts, gaps and useless rules the policies of PAYER have, or prove that there are none.

    Each conflict and gap is shown by a claim as small as possible, with what every other payer answers on it. The exit
    code is 1 when a conflict is not accepted by the payer, or when a rule never matches or never decides.
    """
    from payrule.citations.copies import Copies
    from payrule.citations.passages import in_verification
    from payrule.compare.verification import verify
    from payrule.examples.run import rules_in_examples
    from payrule.model.policy import by_version
    from payrule.reports.pages.verification import verification_page
    from payrule.rulebase.rulebase import load

    with unusable_input(), time_limit(seconds) as expired:
        loaded = load(rulebase)
        asked = partial(rules_in_examples, loaded, known_on, expired)
        work = shared_work(no_cache=no_cache)
        found = verify(loaded, payer, known_on=known_on, exampled=asked, expired=expired, work=work)
        if sources is not None:
            found = in_verification(found, Copies(sources), by_version(loaded.policies))
        write_page(found, lambda: verification_page(found), form, out)
    sys.exit(0 if found.sound else 1)
