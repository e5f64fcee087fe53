"""What `adjudicate` and `explain` share: the options that say under which terms to decide."""

from collections.abc import Callable
from datetime import date
from functools import cache, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from payrule.cli.options import Presumption, known_on_option, rulebase_option, unusable_input

if TYPE_CHECKING:
    from payrule.adjudication.terms import Terms

_OPTIONS = (
    click.option("--payer", metavar="ID", help="Who adjudicates; without it each encounter names its payer."),
    known_on_option,
    click.option(
        "--presume",
        type=Presumption(),
        multiple=True,
        help="Take an attribute as known when it is not; true without a value.",
    ),
    click.option("--presume-clean-record", is_flag=True, help="Presume what payers do that pay first and audit later."),
    click.option(
        "--consider",
        metavar="POLICY",
        help="Say what a proposed policy would change, in place of the one that it replaces.",
    ),
    click.option("--strict", is_flag=True, help="Refuse encounters with keys that mean nothing, instead of warning."),
    rulebase_option,
)


def deciding_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say how to decide, and give the command a `deciding` made from them."""

    @wraps(command)
    def decided(  # noqa: PLR0913 - one argument an option
        *,
        payer: str | None,
        known_on: date,
        presume: tuple[tuple[str, Any], ...],
        presume_clean_record: bool,
        consider: str | None,
        strict: bool,
        rulebase: Path | None,
        **others: Any,
    ) -> None:
        from payrule.adjudication.rulebase import load
        from payrule.cli.claims import Deciding, refuse_what_no_payer_takes

        with unusable_input():
            loaded = load(rulebase)
            presumed = dict(loaded.clean_record if presume_clean_record else {}) | dict(presume)

            @cache
            def terms(named: str | None) -> "Terms":
                return loaded.terms(
                    payer=named if payer is None else payer, known_on=known_on, presume=presumed, consider=consider
                )

            refuse_what_no_payer_takes(loaded.payers, terms)
        command(deciding=Deciding(loaded, terms, strict=strict, considers=consider is not None), **others)

    for option in reversed(_OPTIONS):
        decided = option(decided)
    return decided
