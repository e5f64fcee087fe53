"""`payrule recompute`: decide claims again, and say what is the same as in earlier answers and what differs."""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from payrule.cli.support.errors import UNUSABLE, refuse, report, unusable_input
from payrule.cli.support.options import format_option, history_options, rulebase_option
from payrule.cli.support.output import say

if TYPE_CHECKING:
    from payrule.cli.support.claims import Earlier
    from payrule.encounter.encounter import Encounter
    from payrule.results.difference import Recomputation
    from payrule.rulebase.rulebase import Rulebase


@click.command()
@click.argument("determination", type=click.Path(path_type=Path, dir_okay=False), metavar="DETERMINATION")
@click.option(
    "--claim",
    "claims",
    multiple=True,
    required=True,
    metavar="FILE",
    help="The claims that were decided, in any format; may be repeated.",
)
@history_options
@format_option("text", "json")
@rulebase_option
def command(
    *, determination: Path, claims: tuple[str, ...], earlier: "Earlier | None", form: str, rulebase: Path | None
) -> None:
    """Decide the claims of a file of DETERMINATIONs again, and compare with the answers in it.

    Publication date, assumed values and considered policy are those of each determination. The exit code is 0 when all
    is the same, 1 when an answer, the claim or the rulebase differs, and 2 when a claim cannot be decided again. A
    different version of payrule is reported, and is not a difference. Earlier lines that were joined to the claims are
    part of them: give the same files and dates again.
    """
    import msgspec

    from payrule.formats.json_reader import read_determinations
    from payrule.reports.json import json_document
    from payrule.rulebase.recompute import recompute
    from payrule.rulebase.rulebase import load
    from payrule.source.diagnostics import InputError

    with unusable_input():
        listed = read_determinations(determination)
        loaded = load(rulebase)
        known = _encounters(claims, loaded, earlier)
    found, unable = [], 0
    for place, each in listed:
        try:
            found.append(recompute(loaded, each, _claim_of(each, known, loaded)))
        except InputError as fault:
            unable += 1
            report(msgspec.structs.replace(error, file=error.file or place) for error in fault.findings)
    if form == "json":
        click.echo(b"".join(json_document(found)), nl=False)
    else:
        for line in (line for one in found for line in recomputation_lines(one)):
            say(line)
    sys.exit(UNUSABLE if unable else 0 if all(each.same for each in found) else 1)


def _encounters(
    files: tuple[str, ...], rulebase: "Rulebase", earlier: "Earlier | None"
) -> "dict[str, list[Encounter]]":
    """Read the encounters of claim files, with their earlier lines, by their id; report what is wrong with others."""
    from payrule.cli.support.claims import Earlier, joined_claims

    known: dict[str, list[Encounter]] = {}
    _, reads = joined_claims(files, rulebase, earlier or Earlier((), None, links=False))
    for read in reads:
        report(diagnostic for diagnostic in read.findings if diagnostic.severity == "error")
        if read.encounter is not None:
            for name in {read.encounter.id, read.encounter.claim}:
                known.setdefault(name, []).append(read.encounter)
    return known


def _claim_of(
    determination: Mapping[str, Any], known: "Mapping[str, list[Encounter]]", rulebase: "Rulebase"
) -> "Encounter":
    """Find the claim that a determination is about: of several with its id the one with its digest."""
    sent = determination.get("identifiers", {}).get("claim", "")
    named = known.get(determination["encounter"]) or known.get(sent, [])
    if not named:
        message = f"there is no claim `{determination['encounter']}` in the files, or it cannot be decided"
        refuse("no-encounter", message, "give the file that it was decided from with `--claim`")
    digest = determination.get("encounter_digest")
    return next((each for each in named if rulebase.encounter_digest(each) == digest), named[0])


_LONGEST = 60


def recomputation_lines(found: "Recomputation") -> Iterator[str]:
    """Say what is the same and what differs, a line each.

    >>> from payrule.results.difference import Recomputation
    >>> *recomputation_lines(Recomputation(
    ...     encounter="E-1", payer="plan", rulebase=True, encounter_digest=None, answers=True)),
    ('claim E-1, payer plan: the same', '  claim: not compared, for the determination has no digest of it')
    """
    yield f"claim {found.encounter}, payer {found.payer}: {'the same' if found.same else 'differs'}"
    if not found.rulebase:
        yield "  rulebase: its digest differs"
    if found.encounter_digest is None:
        yield "  claim: not compared, for the determination has no digest of it"
    elif not found.encounter_digest:
        yield "  claim: its digest differs, so the claim that was decided was not the same"
    if not found.same and found.answers:
        yield "  answers: the same, field by field"
    yield from (f"  {each.path}: was {_shown(each.was)}, is {_shown(each.now)}" for each in found.differences)
    yield from (f"  note: {note}" for note in found.notes)


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"`{text}`" if len(text) <= _LONGEST else f"`{text[:_LONGEST]}…`"
