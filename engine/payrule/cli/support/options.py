"""Options that subcommands share."""

import gc
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import date, datetime
from functools import cache, wraps
from os.path import relpath
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from payrule.cli import INTERRUPTED
from payrule.cli.support.errors import needing, unusable_input
from payrule.source.memory import Uncollected

if TYPE_CHECKING:
    from payrule.analysis.work import Work
    from payrule.rulebase.request import DecisionRequest

Command = TypeVar("Command", bound=Callable[..., Any])

NEW_FILE = click.Path(path_type=Path, dir_okay=False)
FOLDER = click.Path(path_type=Path, file_okay=False)
EXISTING_FOLDER = click.Path(path_type=Path, file_okay=False, exists=True)


class Word(click.Choice[str]):
    """One of a few words."""

    def get_invalid_choice_message(self, value: Any, ctx: click.Context | None) -> str:  # noqa: ARG002 - click's interface
        """Say "did you mean", or list the words."""
        from payrule.model.choices import also_called_among
        from payrule.source.diagnostics import did_you_mean

        others = also_called_among(self.choices)
        return f"there is no `{value}`; {did_you_mean(str(value), map(str, self.choices), also_called=others)}"


def to_date(value: str | date) -> date:
    """Read a date written as `YYYY-MM-DD`; raises ValueError, in words."""
    from payrule.model.values import read_date

    try:
        return value if isinstance(value, date) else read_date(value)
    except ValueError:
        message = f"`{value}` is not a date; write it as year-month-day, such as 2024-07-01"
        raise ValueError(message) from None


def to_presumption(value: str) -> tuple[str, Any]:
    """Read what is assumed for an attribute, as `presumption_of`; raises ValueError."""
    from payrule.rulebase.request import presumption_of
    from payrule.source.diagnostics import RequestError

    try:
        return presumption_of(value)
    except RequestError as fault:
        (told,) = fault.findings
        raise ValueError(f"{told.message}; {told.help}") from None


def today() -> date:
    """Give the day it is here."""
    return datetime.now().astimezone().date()


def format_option(*forms: str) -> Callable[[Command], Command]:
    """Add `--format`, a choice of forms; without it the name of `--out` tells which, else the first."""
    return click.option(
        "--format",
        "form",
        type=Word(forms),
        default=forms[0],
        show_default=True,
        callback=_said_by_name,
        help="Form of the output.",
    )


def _said_by_name(ctx: click.Context, param: click.Parameter, form: str) -> str:
    """Give the form that the name of `--out` ends with where none is typed; raises UsageError for one there is not."""
    out = ctx.params.get("out")
    if out is None or ctx.get_parameter_source("form") is not ParameterSource.DEFAULT:
        return form
    forms = param.type.choices if isinstance(param.type, click.Choice) else ()
    ending = out.suffix.lower()
    if ENDINGS.get(ending) in forms:
        return str(ENDINGS[ending])
    if ending in ENDINGS:
        known = ", ".join(f"`{each}`" for each, form_said in ENDINGS.items() if form_said in forms)
        help_text = f"end the name with {known} or `.txt`"
        raise click.UsageError(f"`--out`: nothing is written as `{ending}` here; {help_text}", ctx)
    return form


ENDINGS = {
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".xlsx": "xlsx",
    ".parquet": "parquet",
    ".835": "835",
    ".md": "markdown",
    ".html": "html",
    **dict.fromkeys((".htm", ".xls", ".doc", ".docx", ".pdf"), None),
}
"""What the name of a file says of its form; None for forms that nothing is written in."""

PAGE_FORMS = ("text", "json", "markdown", "html")


def _rulebase_here() -> Path | None:
    """Find the rulebase that one is in, this folder or one above it; None where there is none but the shipped one."""
    from payrule.rulebase.folder import rulebase_folder, rulebase_here
    from payrule.source.files import shipped

    folder = rulebase_here()
    if folder is None or rulebase_folder(folder) == shipped("policies").resolve():
        return None
    return Path(relpath(folder))


rulebase_option = click.option(
    "--rulebase",
    type=click.Path(path_type=Path),
    metavar="DIR",
    default=_rulebase_here,
    help="Folder of policies, payers and vocabulary. Default: the one you are in, else the shipped one.",
)

known_on_option = click.option(
    "--known-on",
    type=to_date,
    default=today,
    metavar="DATE",
    help="Use the policy versions as published on this date. Default: today.",
)


def sources_option(words: str) -> Callable[[Command], Command]:
    """Add `--sources DIR`, the folder of one's own copies of the sources, with what they are for."""
    return click.option("--sources", type=EXISTING_FOLDER, metavar="DIR", help=words)


SHOW_SOURCES = "Show each cited source sentence from your own copies of the sources, in this folder."


def flag(name: str, words: str, into: str | None = None) -> Callable[[Command], Command]:
    """Add an option without a value."""
    return click.option(name, *filter(None, [into]), is_flag=True, help=words)


claim_option = click.option(
    "--claim", "--encounter", "encounter", metavar="ID", help="Which claim of the file; needed when it has several."
)

_OUT = "Write to this file, whole or not at all"

out_option = click.option("--out", type=NEW_FILE, help=f"{_OUT}. Without `--format` its ending says the form.")

plain_out_option = click.option("--out", type=NEW_FILE, help=f"{_OUT}.")

quiet_option = click.option("-q", "--quiet", is_flag=True, help="Write nothing but errors to standard error.")


def meant_rulebase(rulebase: Path | None, *paths: Path) -> Path | None:
    """Give the rulebase of a path: the path itself, its folder `policies`, or the rulebase that it is in.

    A rulebase that `--rulebase` names comes before that; the one of the current folder comes after it.
    """
    from payrule.rulebase.folder import is_rulebase, rulebase_of

    chosen = click.get_current_context().get_parameter_source("rulebase") is not ParameterSource.DEFAULT
    if chosen or not paths:
        return rulebase
    found = {path if any(map(is_rulebase, (path, path / "policies"))) else rulebase_of(path) for path in paths}
    return (found.pop() if len(found) == 1 else None) or rulebase


def seconds_option(words: str, default: float | None = None) -> Callable[[Command], Command]:
    """Add `--seconds N`, a time limit whose effect is said in words."""
    limit = click.FloatRange(min=0)
    return click.option(
        "--seconds", type=limit, default=default, show_default=default is not None, metavar="N", help=words
    )


def _all(options: Sequence[Callable[[Any], Any]], command: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(options):
        command = option(command)
    return command


def reviewing_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of commands that ask about every possible claim, and answer with a page."""
    seconds = seconds_option("Stop after this time; what is not settled by then is reported as such.")
    words = "Do not use answers that were kept in the folder `.payrule-cache`, and keep none."
    options = (
        known_on_option,
        seconds,
        flag("--no-cache", words),
        sources_option(SHOW_SOURCES),
        format_option(*PAGE_FORMS),
        out_option,
        rulebase_option,
    )
    return _all(options, command)


def shared_work(*, no_cache: bool) -> "Work":
    """Say how questions about every possible claim are worked through here: on two cores, with answers kept."""
    from payrule.analysis.work import Work, usable_processes

    return Work(usable_processes(), None if no_cache else Path(".payrule-cache").absolute())


_HISTORY = (
    click.option(
        "--history",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        multiple=True,
        help="Add earlier lines of the patients from this file, rows or claims, in any format, by `patient.id`.",
    ),
    click.option(
        "--history-from",
        type=to_date,
        metavar="DATE",
        help="Earlier lines are complete from this date on, unless a row of the history says another for its patient.",
    ),
    flag("--link", "Add the patient's claims of the file itself that were received earlier."),
)


def history_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say where earlier lines are, and give the command an `earlier` made from them."""

    @wraps(command)
    def joined(*, history: tuple[Path, ...], history_from: date | None, link: bool, **others: Any) -> None:
        from payrule.cli.support.claims import Earlier

        earlier = Earlier(history, history_from, link) if history or history_from or link else None
        command(earlier=earlier, **others)

    return _all(_HISTORY, joined)


_PAYER = "Payer that decides. Default: the payer that each claim names."

_HOW = (
    known_on_option,
    click.option(
        "--presume",
        type=to_presumption,
        metavar="ATTRIBUTE[=VALUE]",
        multiple=True,
        help="Assume this value when an attribute is missing; true when no value is given.",
    ),
    flag(
        "--presume-clean-record",
        "Assume complete documentation when it is missing, as payers do that pay first and audit later.",
    ),
)

_TERMS = (click.option("--payer", metavar="ID", help=_PAYER), *_HOW)

_DECIDING = (
    click.option(
        "--payer",
        metavar="ID|FILE",
        help=f"{_PAYER} A file `.json` is a payer map: which payer decides claims by the payer id (NM1*PR) and the "
        "claim filing indicator (SBR09) in them.",
    ),
    *_HOW,
    click.option(
        "--consider",
        metavar="POLICY",
        help="Show what a proposed policy would change if it applied instead of the one that it replaces.",
    ),
    *_HISTORY,
    flag("--strict", "Reject claims with unknown keys, or plainly for another payer, instead of warning."),
    seconds_option("Refuse a claim that would take longer than this, as counted before it is decided. Default: 10."),
    rulebase_option,
)


def terms_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say for which payer, as known when, and give the command the `rulebase` and the `terms`."""

    @wraps(command)
    def chosen(
        *,
        payer: str | None,
        known_on: date,
        presume: tuple[tuple[str, Any], ...],
        presume_clean_record: bool,
        rulebase: Path | None,
        **others: Any,
    ) -> None:
        with unusable_input(), Uncollected():
            from payrule.rulebase.rulebase import load

            loaded = load(rulebase)
            presumed = dict(loaded.clean_record if presume_clean_record else {}) | dict(presume)
            gc.freeze()  # what is there by now stays until the command ends

        def terms(named: str | None) -> "DecisionRequest":
            return loaded.terms(payer=named if payer is None else payer, known_on=known_on, presume=presumed)

        command(rulebase=loaded, terms=terms, **others)

    return _all((*_TERMS, rulebase_option), chosen)


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
        history: tuple[Path, ...],
        history_from: date | None,
        link: bool,
        strict: bool,
        rulebase: Path | None,
        seconds: float | None,
        **others: Any,
    ) -> None:
        with unusable_input(), Uncollected():
            from payrule.cli.support.claims import Deciding, Earlier, refuse_what_no_payer_takes
            from payrule.formats.payer_map import payer_choice
            from payrule.rulebase.rulebase import load

            limit = {} if seconds is None else {"seconds": seconds}
            loaded = load(rulebase, engine="plan" if others.get("engine") == "plan" else "forward", **limit)
            presumed = dict(loaded.clean_record if presume_clean_record else {}) | dict(presume)
            choice = payer_choice(payer, loaded.payers, strict=strict)

            @cache
            def terms(named: str | None) -> "DecisionRequest":
                return loaded.terms(
                    payer=named if choice.payer is None else choice.payer,
                    known_on=known_on,
                    presume=presumed,
                    consider=consider,
                )

            refuse_what_no_payer_takes(loaded.payers, terms)
            gc.freeze()  # what is there by now stays until the command ends
        earlier = Earlier(history, history_from, link) if history or history_from or link else None
        deciding = Deciding(
            loaded,
            terms,
            choice=choice,
            known_on=known_on,
            strict=strict,
            considers=consider is not None,
            earlier=earlier,
        )
        command(deciding=deciding, **others)

    return _all(_DECIDING, decided)


SETTLED, STEP, LOOK = 200, 50, 500
"""Milliseconds for which changes are collected, between steps, and of a check that finds none.

An editor saves a file in more than one step.
"""


def watchable(run: Callable[..., None]) -> Callable[..., None]:
    """Add `--watch` to a command of paths and a rulebase: it runs again on each change, until it is interrupted."""

    @flag("--watch", "Run again whenever a document changes; Ctrl-C ends it.")
    @wraps(run)
    def command(*, watch: bool, **choices: Any) -> None:
        if not watch:
            run(**choices)
            return
        with unusable_input():
            folders = _folders(choices["paths"], choices["rulebase"])
        with needing("watch", "watchfiles"):
            import watchfiles
        try:
            # The first look comes before the first run, so that what changes during the run is not overlooked.
            looks = watchfiles.watch(
                *folders, debounce=SETTLED, step=STEP, rust_timeout=LOOK, yield_on_timeout=True, raise_interrupt=True
            )
            for number, changes in enumerate(looks):
                if changes or number == 0:
                    _once(run, choices)
        except KeyboardInterrupt:
            sys.exit(INTERRUPTED)

    return command


def _once(run: Callable[..., None], choices: dict[str, Any]) -> None:
    """Run once on a clean screen, which a pipe or a file does not have; its output says how it ended."""
    if sys.stdout.isatty():
        click.clear()
    with suppress(SystemExit):
        run(**choices)
    sys.stdout.flush()
    click.echo("waiting for changes; Ctrl-C ends it", err=True)


def _folders(paths: Iterable[Path], rulebase: Path | None) -> set[Path]:
    """Give the folders to watch: those of what is named, and the rulebase whose names are used; raises InputError."""
    from payrule.rulebase.folder import rulebase_folder

    named = {path.parent if path.is_file() else path for path in paths}
    return named if named and rulebase is None else named | {rulebase_folder(rulebase)}
