"""`payrule diff`: what changed between two versions, with claims that show it."""

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from payrule.cli.support.errors import UNUSABLE, refuse, report, time_limit, unusable_input
from payrule.cli.support.options import FOLDER, flag, reviewing_options, shared_work
from payrule.cli.support.output import binary_output, write_page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from payrule.compare.operands import Operand
    from payrule.encounter.encounter import Encounter
    from payrule.model.policy import Policy
    from payrule.results.difference import Difference


@click.command()
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option(
    "--payer", metavar="ID", help="Compare the answers of this payer. Without it, a policy is compared by itself."
)
@click.option(
    "--claims",
    metavar="FILE",
    help="Count the lines, and their charges in dollars, of a claim file that are answered differently.",
)
@flag(
    "--as-if-in-effect",
    "Decide the claims as if both versions were in effect on every date, not only on their own dates.",
)
@click.option(
    "--save-examples",
    "folder",
    type=FOLDER,
    metavar="DIR",
    help="Write each claim that shows a change as an example, for `payrule test`.",
)
@click.option(
    "--review",
    "review_path",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Show only the kinds of change that this review has not approved. The workbench writes it.",
)
@flag(
    "--exit-code",
    "End with exit code 1 when something differs, or when time ran out before equality was proved. With `--review`: "
    "when a kind of change is not approved, or time ran out.",
)
@reviewing_options
def command(  # noqa: PLR0913 - one argument an option
    *,
    old: str,
    new: str,
    payer: str | None,
    claims: str | None,
    as_if_in_effect: bool,
    folder: Path | None,
    review_path: Path | None,
    exit_code: bool,
    known_on: date,
    seconds: float | None,
    no_cache: bool,
    sources: Path | None,
    form: str,
    out: Path | None,
    rulebase: Path | None,
) -> None:
    """Show what changes from OLD to NEW: in answers, in rules, in text, and which version number NEW needs.

    OLD and NEW are each a policy, `policy@version`, a payer, a file, a folder, or `REVISION:PATH` in a git repository.
    Each kind of changed answer is shown by the smallest claim, decided under both versions.
    """
    from payrule.citations.copies import Copies
    from payrule.citations.passages import in_difference
    from payrule.compare.difference import diff
    from payrule.compare.operands import operand
    from payrule.compare.review import read_review, reviewed
    from payrule.reports.pages.difference import difference_page

    with unusable_input(), time_limit(seconds) as expired:
        if as_if_in_effect and claims is None:
            refuse("no-claims", "`--as-if-in-effect` needs claims", "add `--claims FILE`, or leave it out")
        review = read_review(review_path) if review_path is not None else None
        one, two = operand(old, rulebase), operand(new, rulebase)
        found = diff(
            one,
            two,
            known_on=known_on,
            payer=payer,
            claims=_claims(claims, two) if claims is not None else None,
            as_if_in_effect=as_if_in_effect,
            rulebase=rulebase,
            expired=expired,
            unfit=report,
            work=shared_work(no_cache=no_cache),
        )
        if folder is not None:
            _save(found, two, folder)
        if review is not None:
            found = reviewed(found, review, one, two)
        if sources is not None:
            found = in_difference(found, Copies(sources), _versions(one), _versions(two))
        write_page(found, lambda: difference_page(found), form, out)
    if found.impact is not None and found.impact.undecidable:
        sys.exit(UNUSABLE)
    differs = found.waiting if review is not None else found.differs
    sys.exit(1 if exit_code and (differs or not found.settled) else 0)


def _claims(file: str, of: "Operand") -> "Iterator[Encounter | None]":
    """Read the claims of a file, reporting what is wrong with them; None for one that cannot be decided."""
    from payrule.cli.support.claims import claims_of
    from payrule.encounter.validator import EncounterValidator

    for read in claims_of([file], of.documents, EncounterValidator(of.documents.vocabulary)):
        report(read.findings)
        if read.encounter is not None or any(diagnostic.severity == "error" for diagnostic in read.findings):
            yield read.encounter


def _save(found: "Difference", of: "Operand", folder: Path) -> None:
    """Write the claims that show changes as examples; one that would fail is named instead."""
    from payrule.fmt import formatted
    from payrule.model.values import read_date
    from payrule.rulebase.rulebase import Rulebase
    from payrule.scaffold.solver_examples import witness_examples
    from payrule.source.diagnostics import Diagnostic

    rulebase = Rulebase(of.documents)
    if any(change.witness.after.payer not in rulebase.payers for change in found.answers.changes):
        help_text = "add `--payer ID`: an example says what a payer answers"
        refuse("no-payer", "a policy alone makes no examples", help_text)
    folder.mkdir(parents=True, exist_ok=True)
    proposed = of.policy.id if of.policy is not None and of.policy.replaces else None
    first = read_date(of.policy.effective.first) if of.policy is not None and of.policy.effective.first else None
    for name, example in witness_examples(found, rulebase, proposed, first):
        path = folder / f"{name}.json"
        if example is None:
            message = f"`{path}` is not written: `{found.payer}` does not answer so as the documents stand"
            help_text = "let the new version apply for the payer first"
            report([Diagnostic(code="no-example", message=message, help=help_text, severity="warning")])
        elif path.exists():
            refuse("file-exists", f"`{path}` exists", "name another folder")
        else:
            with binary_output(path) as put:
                put(formatted(example).encode())


def _versions(of: "Operand") -> "dict[str, Policy]":
    """Give the policies of an operand by name; one that is read from a file comes before others of its name."""
    from payrule.model.policy import by_version

    return by_version(of.documents.policies) | ({of.policy.name: of.policy} if of.policy is not None else {})
