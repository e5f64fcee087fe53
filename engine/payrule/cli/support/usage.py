"""Say in one line what is wrong with a command as it was typed, as findings are said."""

import re
from collections.abc import Iterable
from typing import NoReturn

import click

from payrule.reports.findings import one_line
from payrule.source.diagnostics import Diagnostic, did_you_mean


def usage_line(fault: click.UsageError) -> str:
    """Say what is wrong with a command, and how to fix it.

    >>> usage_line(click.NoSuchOption("--fromat", possibilities=["--format", "--out"]))
    'error: there is no option `--fromat`; did you mean `--format`?'
    """
    message, help_text = _said(fault)
    asks = f"see `{fault.ctx.command_path} --help`" if fault.ctx is not None else None
    return one_line(Diagnostic(code="usage", message=message, help=help_text or asks))


def refuse_unknown(ctx: click.Context, name: str, known: Iterable[str]) -> NoReturn:
    """Refuse a command that there is not, with the one that may be meant."""
    help_text = did_you_mean(name, known, otherwise=f"see `{ctx.command_path} --help`")
    ctx.fail(f"there is no command `{name}`; {help_text}")


def _said(fault: click.UsageError) -> tuple[str, str | None]:
    if isinstance(fault, click.NoSuchOption):
        known = fault.possibilities or ()
        return f"there is no option `{fault.option_name}`", did_you_mean(fault.option_name, known) if known else None
    if isinstance(fault, click.MissingParameter) and fault.param is not None:
        return f"`{_named(fault.param)}` is missing", None
    if isinstance(fault, click.BadOptionUsage):
        return f"`{fault.option_name}` {_BAD_USES.get(_ending(fault.message), 'cannot be used so')}", None
    message, _, help_text = fault.message.partition("; ")
    if isinstance(fault, click.BadParameter) and fault.param is not None:
        return f"`{_named(fault.param)}`: {_plain(message)}", help_text or None
    return _plain(message), help_text or None


def _named(parameter: click.Parameter) -> str:
    """Name a parameter as it is typed: the long option, or the argument's place holder."""
    if isinstance(parameter, click.Option):
        return max(parameter.opts, key=len)
    return parameter.human_readable_name


def _ending(message: str) -> str:
    return " ".join(message.rstrip(".").split()[-2:])


_BAD_USES = {"an argument": "needs a value", "a value": "takes no value"}
"""How options are misused, by the last words of what click says of it."""


def _plain(message: str) -> str:
    """Bring what click says itself into the form of findings: lower case, back quotes, no final period."""
    return _quoted.sub(r"`\1`", message[:1].lower() + message[1:].rstrip("."))


_quoted = re.compile(r"(?<!\w)'([^']*)'(?!\w)")
