"""`payrule explain`: why a line was answered as it was."""

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from payrule.cli.support.errors import refuse, unusable_input
from payrule.cli.support.options import (
    SHOW_SOURCES,
    claim_option,
    deciding_options,
    flag,
    format_option,
    sources_option,
    to_date,
)
from payrule.cli.support.output import terminal

if TYPE_CHECKING:
    from payrule.cli.support.claims import Deciding
    from payrule.results.determination import Determination


@click.command()
@click.argument("file", metavar="FILE")
@click.option("--line", "number", type=int, required=True, metavar="N", help="Number of the line to explain.")
@click.option(
    "--day", type=to_date, metavar="DATE", help="Which day, for a line of several days. Default: the day that decides."
)
@claim_option
@flag("--all", "List every rule, also those that do not name the line's code.", "whole")
@click.option("--why-not", "rule", metavar="RULE", help="Explain one rule only, `policy/rule`: why it does not match.")
@sources_option(SHOW_SOURCES)
@format_option("text", "json")
@deciding_options
def command(  # noqa: PLR0913 - one argument an option
    *,
    file: str,
    number: int,
    day: date | None,
    encounter: str | None,
    whole: bool,
    rule: str | None,
    sources: Path | None,
    form: str,
    deciding: "Deciding",
) -> None:
    """Explain the answer for line N of a claim in FILE.

    Listed are the payer's rules that name its code, that match, or that need missing information. For a rule that does
    not match, the part of its condition that failed is shown with the value found. Versions that do not apply are named
    at the end. A claim that voids another is not decided, so there is nothing to explain.
    """
    import msgspec

    from payrule.citations.copies import Copies
    from payrule.citations.passages import in_explanation
    from payrule.model.policy import by_version
    from payrule.reports.explanation import explanation_text, rule_text
    from payrule.rulebase.explain import explained, explained_rule, why_unexplained

    with unusable_input():
        determination = _chosen(list(deciding.decided([file])), encounter, file)
        if determination.is_void:
            click.echo(
                msgspec.json.format(determination.to_json(), indent=2)
                if form == "json"
                else why_unexplained(determination)
            )
            return
        explanation = explained(determination, number, day, None, deciding.rulebase.policies)
        if sources is not None:
            versions = by_version(deciding.rulebase.policies)
            explanation = in_explanation(explanation, Copies(sources), versions)
        asked = None if rule is None else explained_rule(explanation, rule, deciding.rulebase.policies)
        if form == "json":
            shown = explanation if asked is None else msgspec.structs.replace(explanation, rules=(asked,))
            click.echo(msgspec.json.format(shown.to_json(), indent=2))
        elif asked is not None:
            sys.stdout.buffer.write(rule_text(explanation, asked, **terminal(sys.stdout)))
        else:
            sys.stdout.buffer.write(explanation_text(explanation, **terminal(sys.stdout), whole=whole))


def _chosen(determinations: "list[Determination]", encounter: str | None, file: str) -> "Determination":
    """Choose the claim that is meant; raises RequestError when there is none, or several."""
    from payrule.source.diagnostics import did_you_mean

    names = [each.encounter for each in determinations]
    if not determinations:
        refuse("no-encounter", f"no claim of `{file}` could be decided", "fix what is reported above")
    if encounter is None and len(determinations) > 1:
        listed = ", ".join(f"`{name}`" for name in names[:5]) + (" …" if len(names) > 5 else "")  # noqa: PLR2004
        refuse("which-encounter", f"`{file}` has several claims: {listed}", "choose one with `--claim`")
    if encounter is not None and encounter not in names:
        refuse("unknown-encounter", f"there is no claim `{encounter}` in `{file}`", did_you_mean(encounter, names))
    return next(each for each in determinations if encounter is None or each.encounter == encounter)
