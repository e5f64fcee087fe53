"""The options that `diff` and `verify` share."""

from collections.abc import Callable

import click

from payrule.cli.options import known_on_option, out_option, rulebase_option, sources_option
from payrule.cli.pages import form_option

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
