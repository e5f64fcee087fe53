"""`payrule explain`: why a line was answered as it was."""

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from payrule.cli.support.errors import refuse, unusable_input
from payrule.cli.support.options import SHOW_SOURCES, deciding_options, flag, format_option, sources_option, to_date
from payrule.cli.support.output import terminal

if TYPE_CHECKING:
    from payrule.cli.support.claims import Deciding
    from payrule.results.determination import Determination, Explanation, RuleExplanation


@click.command()
@click.argument("file", metavar="FILE")
@click.option("--line", "number", type=int, required=True, metavar="N", help="Number of the line to explain.")
@click.option(
    "--day", type=to_date, metavar="DATE", help="Which day, for a line of several days. Default: the day that decides."
)
@click.option("--encounter", metavar="ID", help="Which claim of the file; needed when it has several.")
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

    with unusable_input():
        determination = _chosen(list(deciding.decided([file])), encounter, file)
        if determination.is_void:
            click.echo(
                msgspec.json.format(determination.to_json(), indent=2) if form == "json" else _void(determination)
            )
            return
        try:
            explanation = determination.explain(number, day)
        except KeyError:
            if day is not None and any(line.number == number for line in determination.lines):
                message = f"line {number} of claim `{determination.encounter}` does not cover {day}"
                refuse("unknown-day", message, "name a day of the line, or leave out `--day`")
            numbers = ", ".join(str(line.number) for line in determination.lines)
            message = f"claim `{determination.encounter}` has no line {number}"
            refuse("unknown-line", message, f"its lines are {numbers}")
        if sources is not None:
            versions = by_version(deciding.rulebase.policies)
            explanation = in_explanation(explanation, Copies(sources), versions)
        asked = None if rule is None else _rule(explanation, rule, deciding)
        if form == "json":
            shown = explanation if asked is None else msgspec.structs.replace(explanation, rules=(asked,))
            click.echo(msgspec.json.format(shown.to_json(), indent=2))
        elif asked is not None:
            sys.stdout.buffer.write(rule_text(explanation, asked, **terminal(sys.stdout)))
        else:
            sys.stdout.buffer.write(explanation_text(explanation, **terminal(sys.stdout), whole=whole))


def _rule(explanation: "Explanation", name: str, deciding: "Deciding") -> "RuleExplanation":
    """Find what became of a rule; raises RequestError for one that does not apply, or does not exist."""
    from payrule.source.diagnostics import RequestError, did_you_mean

    names = [name for each in explanation.rules for name in (each.name, each.rule)]
    if name in names:
        return explanation.rule(name)
    policy, _, rule = name.rpartition("/")
    versions = [each for listed in deciding.rulebase.policies.values() for each in listed]
    holding = [each.name for each in versions if policy in ("", each.id) and any(x.id == rule for x in each.rules)]
    if holding:
        why = {each.version: each.why for each in explanation.left_out}
        reasons = "; ".join(f"{each}: {why.get(each, f'no policy of `{explanation.payer}`')}" for each in holding)
        refuse("unbound-rule", f"`{name}` is a rule of no version that applies to the line", reasons)
    raise RequestError.of("unknown-rule", f"there is no rule `{name}`", did_you_mean(name, names))


def _void(determination: "Determination") -> str:
    """Say why there is nothing to explain."""
    of = f"claim `{determination.voids}`" if determination.voids else "an earlier claim that it does not name"
    return f"claim `{determination.encounter}` voids {of}: it is not decided, so there is nothing to explain"


def _chosen(determinations: "list[Determination]", encounter: str | None, file: str) -> "Determination":
    """Choose the claim that is meant; raises RequestError when there is none, or several."""
    from payrule.source.diagnostics import did_you_mean

    names = [each.encounter for each in determinations]
    if not determinations:
        refuse("no-encounter", f"no claim of `{file}` could be decided", "fix what is reported above")
    if encounter is None and len(determinations) > 1:
        listed = ", ".join(f"`{name}`" for name in names[:5]) + (" …" if len(names) > 5 else "")  # noqa: PLR2004
        refuse("which-encounter", f"`{file}` has several claims: {listed}", "choose one with `--encounter`")
    if encounter is not None and encounter not in names:
        refuse("unknown-encounter", f"there is no claim `{encounter}` in `{file}`", did_you_mean(encounter, names))
    return next(each for each in determinations if encounter is None or each.encounter == encounter)
