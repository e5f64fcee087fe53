"""How a command ends that cannot go on: wrong usage, unusable input, no more time, a package that is missing."""

import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, NoReturn

import click

if TYPE_CHECKING:
    from payrule.source.diagnostics import Diagnostic

UNUSABLE = 2
"""The exit code for input that cannot be used."""

GRACE = 10.0
"""Seconds beyond a time limit that reading the documents may take: without them nothing at all can be reported."""


@contextmanager
def time_limit(seconds: float | None, now: Callable[[], float] = monotonic) -> Iterator[Callable[[], bool]]:
    """Give a function that says whether time has run out; without a limit it never does.

    Raises OutOfTimeError when documents are still read `GRACE` seconds later, and nobody has asked about time yet.

    >>> clock = iter(range(100))
    >>> with time_limit(2, lambda: next(clock)) as expired:
    ...     expired(), expired(), expired()
    (False, True, True)
    """
    from payrule.analysis.solver import Clock
    from payrule.rulebase.folder import looking

    end = None if seconds is None else now() + seconds
    begun = False

    def expired() -> bool:
        nonlocal begun
        begun = True
        return end is not None and now() >= end

    def reads_too_long() -> bool:
        return end is not None and not begun and now() >= end + GRACE

    with looking(Clock(reads_too_long).look):
        yield expired


@contextmanager
def unusable_input() -> Iterator[None]:
    """End with exit code 2 and a line for each diagnostic when input cannot be used, or not be read in time."""
    from payrule.analysis.solver import OutOfTimeError
    from payrule.source.diagnostics import Diagnostic, InputError

    try:
        yield
    except OutOfTimeError:
        message = "time ran out while documents were read, so nothing was checked"
        report([Diagnostic(code="out-of-time", message=message, help="give more `--seconds`")])
        sys.exit(UNUSABLE)
    except InputError as fault:
        report(fault.findings)
        sys.exit(UNUSABLE)


@contextmanager
def needing(extra: str, *packages: str) -> Iterator[None]:
    """Import the packages of an extra here; without them end with exit code 2 and the way to install them."""
    try:
        yield
    except ModuleNotFoundError as fault:
        if fault.name not in packages:
            raise
        from payrule.source.diagnostics import install

        message = f"this needs the package `{fault.name}`, which is not installed"
        with unusable_input():
            refuse("no-package", message, install(extra))


def report(findings: "Iterable[Diagnostic]") -> None:
    """Write diagnostics to standard error, a line each."""
    from payrule.reports.diagnostics import one_line

    for each in findings:
        click.secho(one_line(each), err=True, fg="red" if each.severity == "error" else "yellow", color=color())


def refuse(code: str, message: str, help_text: str | None) -> NoReturn:
    """Raise RequestError for one reason, which `unusable_input` reports."""
    from payrule.source.diagnostics import RequestError

    raise RequestError.of(code, message, help_text) from None


def color() -> bool | None:
    """Say no to color when `NO_COLOR` is set; otherwise leave it to the terminal."""
    return False if os.environ.get("NO_COLOR") else None


def usage_line(fault: click.UsageError) -> str:
    """Say in a line what is wrong with a command as it was typed, and how to fix it.

    >>> usage_line(click.NoSuchOption("--fromat", possibilities=["--format", "--out"]))
    'error: there is no option `--fromat`; did you mean `--format`?'
    """
    from payrule.reports.diagnostics import one_line
    from payrule.source.diagnostics import Diagnostic

    message, help_text = _usage(fault)
    asks = f"see `{fault.ctx.command_path} --help`" if fault.ctx is not None else None
    return one_line(Diagnostic(code="usage", message=message, help=help_text or asks))


class Commands(click.Group):
    """Commands below a command: each listed with a whole sentence; "did you mean" for a misspelled one."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands; click would cut their sentences off."""
        known = {name: self.get_command(ctx, name) for name in self.list_commands(ctx)}
        with formatter.section("Commands"):
            formatter.write_dl([(name, each.get_short_help_str(limit=300)) for name, each in known.items() if each])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Refuse a command that does not exist, with the one that may be meant."""
        name, known = args[0], self.list_commands(ctx)
        if name not in known and not name.startswith("-"):
            from payrule.source.diagnostics import did_you_mean

            help_text = did_you_mean(name, known, otherwise=f"see `{ctx.command_path} --help`")
            ctx.fail(f"there is no command `{name}`; {help_text}")
        return super().resolve_command(ctx, args)


def _usage(fault: click.UsageError) -> tuple[str, str | None]:
    """Give the message and the help for a usage error of click."""
    if isinstance(fault, click.NoSuchOption):
        from payrule.source.diagnostics import closest

        near = closest(fault.option_name, fault.possibilities or ())
        return f"there is no option `{fault.option_name}`", f"did you mean `{near}`?" if near else None
    if isinstance(fault, click.MissingParameter) and fault.param is not None:
        return f"`{_named(fault.param)}` is missing", None
    if isinstance(fault, click.BadOptionUsage):
        ending = " ".join(fault.message.rstrip(".").split()[-2:])
        return f"`{fault.option_name}` {_BAD_USES.get(ending, 'cannot be used so')}", None
    words, _, more = fault.message.partition("; ")
    message, help_text = _as_given(fault.message) or (_plain(words), more or None)
    if isinstance(fault, click.BadParameter) and isinstance(fault.param, click.Option):
        message = f"`{_named(fault.param)}`: {message}"
    return message, help_text


def _as_given(message: str) -> tuple[str, str] | None:
    """Give the message and the help for what click says of a value or a path; None for anything else.

    >>> _as_given("'abc' is not a valid integer range.")
    ('`abc` is not a whole number', 'write digits alone, such as 5')
    >>> _as_given("70000 is not in the range 0<=x<=65535.")
    ('`70000` is out of range', 'give a number from 0 to 65535')
    """
    for pattern, words, help_text in _GIVEN:
        found = pattern.fullmatch(message)
        if found is not None:
            return found.expand(words), found.expand(help_text)
    return None


_GIVEN = [
    (re.compile(pattern), words, help_text)
    for pattern, words, help_text in (
        (r"'(.*)' is not a valid integer(?: range)?\.", r"`\1` is not a whole number", "write digits alone, such as 5"),
        (r"'(.*)' is not a valid float(?: range)?\.", r"`\1` is not a number", "write digits, such as 5 or 0.5"),
        (r"(\S+) is not in the range (\S+)<=x<=(\S+)\.", r"`\1` is out of range", r"give a number from \2 to \3"),
        (r"(\S+) is not in the range x>=(\S+)\.", r"`\1` is too small", r"give \2 or more"),
        (r"Path '(.*)' does not exist\.", r"there is no file or folder `\1`", "check the path"),
        (r"File '(.*)' does not exist\.", r"there is no file `\1`", "check the path"),
        (r"Directory '(.*)' does not exist\.", r"there is no folder `\1`", "check the path"),
        (r"File '(.*)' is a directory\.", r"`\1` is a folder", "name a file"),
        (r"Directory '(.*)' is a file\.", r"`\1` is a file", "name a folder"),
        (
            r"Got unexpected extra arguments? \((.*)\)",
            r"`\1` is more than the command takes",
            "write words that belong together in quotation marks",
        ),
    )
]
"""What click says of what was typed, and how it is said here."""


def _named(parameter: click.Parameter) -> str:
    """Name a parameter as it is typed: the long option, or the argument's placeholder."""
    if isinstance(parameter, click.Option):
        return max(parameter.opts, key=len)
    return parameter.human_readable_name


_BAD_USES = {"an argument": "needs a value", "a value": "takes no value"}
"""How options are misused, by the last words of click's message."""


def _plain(message: str) -> str:
    """Give a message of click the form of diagnostics: lower case, backticks, no final period."""
    return _quoted.sub(r"`\1`", message[:1].lower() + message[1:].rstrip("."))


_quoted = re.compile(r"(?<!\w)'([^']*)'(?!\w)")
