"""What subcommands share: options, and how input that cannot be used ends."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from functools import cache, wraps
from os.path import relpath
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

if TYPE_CHECKING:
    from payrule.rulebase.request import DecisionRequest
    from payrule.source.diagnostics import Diagnostic

Command = TypeVar("Command", bound=Callable[..., Any])

UNUSABLE = 2


class Word(click.Choice[str]):
    """One of a few words."""

    def get_invalid_choice_message(self, value: Any, ctx: click.Context | None) -> str:  # noqa: ARG002 - click's interface
        """Say "did you mean", or list the words."""
        from payrule.source.diagnostics import did_you_mean

        return f"there is no `{value}`; {did_you_mean(str(value), map(str, self.choices))}"


class Day(click.ParamType[date]):
    """A date as `YYYY-MM-DD`."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Read the date, or fail in words."""
        if isinstance(value, date):
            return value
        from payrule.model.values import read_date

        try:
            return read_date(value)
        except ValueError:
            self.fail(f"`{value}` is not a date; write it as year-month-day, such as 2024-07-01", param, ctx)


class Presumption(click.ParamType[tuple[str, Any]]):
    """An attribute and the value taken when it is unknown: `ATTRIBUTE` for true, `ATTRIBUTE=VALUE` with JSON."""

    name = "attribute[=value]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, Any]:
        """Split name and value, or fail in words."""
        if isinstance(value, tuple):
            return value
        name, equals, text = value.partition("=")
        if not equals:
            return name, True
        from payrule.source.diagnostics import InputError
        from payrule.source.json_source import scan

        try:
            return name, scan(text).value
        except InputError:
            self.fail(f"`{text}` is not JSON; write texts in quotation marks, as in {name}='\"{text}\"'", param, ctx)


def today() -> date:
    """Give the day it is here."""
    return datetime.now().astimezone().date()


GRACE = 10.0
"""Seconds beyond a time limit that reading the documents may take: without them nothing at all can be said."""


@contextmanager
def time_limit(seconds: float | None, now: Callable[[], float] = monotonic) -> Iterator[Callable[[], bool]]:
    """Give what tells that time has run out; without a limit it never does.

    Raises OutOfTimeError when documents are read still `GRACE` seconds later, and nobody has asked about time yet.

    >>> clock = iter(range(100))
    >>> with time_limit(2, lambda: next(clock)) as expired:
    ...     expired(), expired(), expired()
    (False, True, True)
    """
    from payrule.analysis.graph import Clock
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


def rulebase_option(command: Command) -> Command:
    """Add `--rulebase DIR`."""
    return click.option(
        "--rulebase",
        type=click.Path(path_type=Path),
        metavar="DIR",
        default=_rulebase_here,
        help="Folder of policies, payers and vocabulary; without this the one you are in, else the shipped one.",
    )(command)


def _rulebase_here() -> Path | None:
    """Find the rulebase that one is in, this folder or one above it; None where there is none but the shipped one."""
    from payrule.rulebase.folder import is_rulebase
    from payrule.source.files import shipped

    here = Path.cwd()
    for folder in (here, *here.parents):
        for candidate in (folder, folder / "policies"):
            if is_rulebase(candidate):
                return None if candidate == shipped("policies").resolve() else Path(relpath(folder, here))
    return None


def meant_rulebase(rulebase: Path | None, *paths: Path) -> Path | None:
    """Give the rulebase that a path is, or has in `policies`, or stands in: a document means what its own words say.

    One that `--rulebase` names comes before that, and the one that one is in behind it.
    """
    from payrule.rulebase.folder import is_rulebase, rulebase_of

    chosen = click.get_current_context().get_parameter_source("rulebase") is not ParameterSource.DEFAULT
    if chosen or not paths:
        return rulebase
    found = {path if any(map(is_rulebase, (path, path / "policies"))) else rulebase_of(path) for path in paths}
    return (found.pop() if len(found) == 1 else None) or rulebase


def sources_option(command: Command) -> Command:
    """Add `--sources DIR`."""
    return click.option(
        "--sources",
        type=click.Path(path_type=Path, file_okay=False, exists=True),
        metavar="DIR",
        help="Show each cited passage from your own copies of the sources.",
    )(command)


def known_on_option(command: Command) -> Command:
    """Add `--known-on DATE`."""
    return click.option(
        "--known-on",
        type=Day(),
        default=today,
        metavar="DATE",
        help="Use the policy versions known on this day; today without it.",
    )(command)


def out_option(command: Command) -> Command:
    """Add `--out FILE`."""
    return click.option(
        "--out", type=click.Path(path_type=Path, dir_okay=False), help="Write to a file, whole or not at all."
    )(command)


def quiet_option(command: Command) -> Command:
    """Add `--quiet`."""
    return click.option("-q", "--quiet", is_flag=True, help="Say nothing on standard error but errors.")(command)


@contextmanager
def unusable_input() -> Iterator[None]:
    """End with exit code 2 and a line for each finding when input cannot be used, or not be read in time."""
    from payrule.analysis.graph import OutOfTimeError
    from payrule.source.diagnostics import Diagnostic, InputError

    try:
        yield
    except OutOfTimeError:
        message = "time ran out while documents were read, so nothing was looked at"
        report([Diagnostic(code="out-of-time", message=message, help="give more `--seconds`")])
        sys.exit(UNUSABLE)
    except InputError as fault:
        report(fault.findings)
        sys.exit(UNUSABLE)


def report(findings: "Iterable[Diagnostic]") -> None:
    """Write findings to standard error, a line each."""
    from payrule.reports.findings import one_line

    for diagnostic in findings:
        click.secho(
            one_line(diagnostic), err=True, fg="red" if diagnostic.severity == "error" else "yellow", color=colour()
        )


def colour() -> bool | None:
    """Say no to colour when `NO_COLOR` is set; otherwise leave it to the terminal."""
    return False if os.environ.get("NO_COLOR") else None


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
        from payrule.cli.support.claims import Deciding, refuse_what_no_payer_takes
        from payrule.rulebase.rulebase import load

        with unusable_input():
            loaded = load(rulebase)
            presumed = dict(loaded.clean_record if presume_clean_record else {}) | dict(presume)

            @cache
            def terms(named: str | None) -> "DecisionRequest":
                return loaded.terms(
                    payer=named if payer is None else payer, known_on=known_on, presume=presumed, consider=consider
                )

            refuse_what_no_payer_takes(loaded.payers, terms)
        command(deciding=Deciding(loaded, terms, strict=strict, considers=consider is not None), **others)

    for option in reversed(_OPTIONS):
        decided = option(decided)
    return decided
