"""`payrule coverage`: what the examples exercise of the rules."""

import sys
from contextlib import suppress
from datetime import date
from pathlib import Path

import click

from payrule.cli.commands.test import example_files_in
from payrule.cli.support.errors import unusable_input
from payrule.cli.support.options import (
    PAGE_FORMS,
    format_option,
    known_on_option,
    meant_rulebase,
    out_option,
    rulebase_option,
    sources_option,
)
from payrule.cli.support.output import say, write_page
from payrule.model.choices import MEASURES, Measure

ALL = 100


def to_shares(value: str) -> dict[Measure, float]:
    """Read measures with the share that is required, in percent, as `rules=100,leaves=90`; raises ValueError."""
    from payrule.source.diagnostics import did_you_mean

    wanted: dict[Measure, float] = {}
    for part in value.split(","):
        name, equals, percent = part.strip().partition("=")
        measure = next((each for each in MEASURES if each == name), None)
        if measure is None:
            raise ValueError(f"there is no measure `{name}`; {did_you_mean(name, MEASURES)}")
        if not equals:
            raise ValueError(f"give the percentage required for `{name}`, as in {name}=90")
        with suppress(ValueError):
            wanted[measure] = float(percent.removesuffix("%"))
        if not 0 <= wanted.get(measure, -1) <= ALL:
            raise ValueError(f"`{percent}` is no percentage from 0 to 100; write {name}=90")
    return wanted


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH...]")
@click.option("--policy", "policies", multiple=True, metavar="ID", help="Report on this policy only; may be repeated.")
@click.option(
    "--fail-under",
    "wanted",
    type=to_shares,
    metavar="MEASURE=PERCENT,...",
    help=f"End with exit code 1 when less is exercised. MEASURE is one of {', '.join(MEASURES)}.",
)
@sources_option(
    "Show which rules cite each source sentence of your own copies of the sources. HTML shows the whole text."
)
@known_on_option
@format_option(*PAGE_FORMS)
@out_option
@rulebase_option
def command(  # noqa: PLR0913 - one argument an option
    *,
    paths: tuple[Path, ...],
    policies: tuple[str, ...],
    wanted: dict[Measure, float] | None,
    sources: Path | None,
    known_on: date,
    form: str,
    out: Path | None,
    rulebase: Path | None,
) -> None:
    """Show which source sentences, rules, conditions and exceptions the examples exercise, and what they miss.

    PATH names example files, or folders with examples, as for `payrule test`; without it all of the rulebase counts.
    """
    from payrule.citations.copies import Copies
    from payrule.examples.coverage import coverage
    from payrule.reports.pages.coverage import coverage_page, shortfall
    from payrule.rulebase.rulebase import load

    with unusable_input():
        loaded = load(meant_rulebase(rulebase, *paths))
        files = example_files_in(paths or (loaded.documents.folder,))
        copies = Copies(sources) if sources else None
        found = coverage(loaded, files, known_on=known_on, policies=policies or None, copies=copies)
        write_page(found, lambda: coverage_page(found, whole=form == "html"), form, out)
    short = list(shortfall(found, wanted or {}))
    for each in short:
        say(f"too little is exercised: {each}", err=True)
    sys.exit(1 if short else 0)
