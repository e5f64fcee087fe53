"""`payrule adjudicate`: decide the claims of files for a payer."""

import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import click

from payrule.adjudication.rulebase import Rulebase, load
from payrule.adjudication.terms import Terms
from payrule.cli.options import Day, Presumption, about, colour, quiet_option, report, rulebase_option, unusable_input
from payrule.cli.output import STANDARD_INPUT, Progress, binary_output, standard_input, terminal
from payrule.documents.determinations import Determination
from payrule.documents.findings import InputError
from payrule.formats.encounters import Read, checked
from payrule.formats.reading import read_file, read_stream
from payrule.reports.count import Count
from payrule.reports.json import json_document, json_lines
from payrule.reports.table import tables

FORMATS: dict[str, Callable[[Iterable[Determination]], Iterator[bytes]]] = {
    "table": lambda determinations: tables(determinations, **terminal(sys.stdout)),
    "json": json_document,
    "jsonl": json_lines,
}


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--payer", metavar="ID", help="Who adjudicates; without it each encounter names its payer.")
@click.option(
    "--known-on", type=Day(), metavar="DATE", help="Use the policy versions known on this day; today without it."
)
@click.option(
    "--format", "form", type=click.Choice(list(FORMATS)), default="table", show_default=True, help="How to answer."
)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write to a file, whole or not at all.")
@click.option(
    "--presume",
    type=Presumption(),
    multiple=True,
    help="Take an attribute as known when it is not; true without a value.",
)
@click.option("--presume-clean-record", is_flag=True, help="Presume what payers do that pay first and audit later.")
@click.option("--consider", metavar="POLICY", help="Bind a proposed policy in place of the one that it replaces.")
@click.option("--strict", is_flag=True, help="Refuse encounters with keys that mean nothing, instead of warning.")
@rulebase_option
@quiet_option
def command(  # noqa: PLR0913, PLR0917 - one argument an option
    files: tuple[str, ...],
    payer: str | None,
    known_on: date | None,
    form: str,
    out: Path | None,
    presume: tuple[tuple[str, Any], ...],
    presume_clean_record: bool,  # noqa: FBT001 - click gives flags by name
    consider: str | None,
    strict: bool,  # noqa: FBT001
    rulebase: Path | None,
    quiet: bool,  # noqa: FBT001
) -> None:
    """Decide the claims of FILEs: JSON, JSON Lines or X12 837P; `-` is standard input.

    A claim that cannot be decided is reported with its place, the others are decided, and the exit code is 2.
    """
    with unusable_input():
        loaded = load(rulebase)
        presumed = dict(loaded.clean_record if presume_clean_record else {}) | dict(presume)
        day = known_on or datetime.now().astimezone().date()

        @cache
        def terms(name: str | None) -> Terms:
            return loaded.terms(payer=name, known_on=day, presume=presumed, consider=consider)

        for name in [payer] if payer is not None else loaded.payers:
            terms(name)
    count = Count()
    shows_progress = not quiet and (out is not None or not sys.stdout.isatty())
    with unusable_input(), binary_output(out) as write, Progress(count, visible=shows_progress):
        reads = _read(files, loaded, strict=strict)
        decided = _decided(loaded, reads, lambda named: terms(payer or named), count, quiet=quiet)
        for piece in FORMATS[form](decided):
            write(piece)
    if not quiet:
        click.secho(count.sentence(), err=True, color=colour())
    sys.exit(2 if count.undecidable else 0)


def _read(files: Iterable[str], rulebase: Rulebase, *, strict: bool) -> Iterator[Read]:
    taxonomies = rulebase.documents.vocabulary.taxonomies
    for file in files:
        if file == "-":
            items, name = read_stream(standard_input(), STANDARD_INPUT, taxonomies), STANDARD_INPUT
        else:
            items, name = read_file(Path(file), taxonomies), file
        yield from checked(items, rulebase.door, name, strict=strict)


def _decided(
    rulebase: Rulebase, reads: Iterable[Read], terms: Callable[[str | None], Terms], count: Count, *, quiet: bool
) -> Iterator[Determination]:
    """Decide what can be decided; report the rest and go on."""
    for read in reads:
        report(finding for finding in read.findings if finding.severity == "error" or not quiet)
        if read.encounter is None:
            count.undecidable += any(finding.severity == "error" for finding in read.findings)
            continue
        try:
            determination = rulebase.decide_under(terms(read.encounter.payer), read.encounter)
        except InputError as fault:
            count.undecidable += 1
            report(about(f"encounter `{read.encounter.id}`", finding) for finding in fault.findings)
        else:
            count.add(determination)
            yield determination
