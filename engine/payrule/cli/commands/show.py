"""`payrule show`: show a policy, a rule or a payer in words."""

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from payrule.cli.support.errors import refuse, unusable_input
from payrule.cli.support.options import format_option, known_on_option, rulebase_option, to_date, today
from payrule.cli.support.output import say, terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from payrule.model.code_sets import CodeSet
    from payrule.model.payer import Payer
    from payrule.model.policy import Policy, Rule
    from payrule.rulebase.load import Documents

    Shown = Policy | Payer | Rule | CodeSet


@click.command()
@click.argument("name", metavar="NAME")
@click.option(
    "--on",
    "service",
    type=to_date,
    default=today,
    metavar="DATE",
    help="Date of service for which the policies of a payer are shown. Default: today.",
)
@known_on_option
@format_option("text", "json")
@rulebase_option
def command(*, name: str, service: date, known_on: date, form: str, rulebase: Path | None) -> None:
    """Show NAME in words: `policy`, `policy@version`, `policy/rule`, a payer, a file of these, or a code list, `@id`.

    Conditions are shown as sentences, a payer with the policies that apply on a date. The name of both a policy and a
    payer shows both.
    """
    import msgspec

    from payrule.reports.text import folded, indent_of

    with unusable_input():
        documents, found = _meant(name, rulebase)
    if form == "json":
        click.echo(msgspec.json.format(msgspec.json.encode(found[0] if len(found) == 1 else found), indent=2))
        return
    width = terminal(sys.stdout)["width"]
    for position, document in enumerate(found):
        say("\n" * (position > 0), nl=False, lines=True)
        for line in _words(document, documents, service, known_on):
            say("\n".join(folded(line, width, start=indent_of(line) + 2)), lines=True)


def _meant(name: str, rulebase: Path | None) -> "tuple[Documents, list[Shown]]":
    """Find what a name is the name of, in its file or in the rulebase; raises InputError when that is nothing."""
    from payrule.compare.operands import operand
    from payrule.rulebase.load import read_documents, usable

    if not Path(name).is_file():
        documents = usable(read_documents(rulebase))
        return documents, list(_named(documents, name))
    found = operand(name, rulebase)
    meant = found.policy or (found.documents.payers[found.payer] if found.payer is not None else None)
    return found.documents, [meant] if meant is not None else []


def _named(documents: "Documents", name: str) -> "Iterator[Shown]":
    """List what has a name; raises RequestError when nothing has."""
    from payrule.model.policy import semantic
    from payrule.source.diagnostics import did_you_mean

    if name.startswith("@"):
        lists = documents.vocabulary.dated_sets
        if name[1:] not in lists:
            help_text = did_you_mean(name, [f"@{each}" for each in lists], otherwise="name a file in `code-sets`")
            refuse("unknown-name", f"no document is the code list `{name}`", help_text)
        yield lists[name[1:]]
        return
    policy, _, rule = name.partition("/")
    policy_id, _, version = policy.partition("@")
    versions = sorted(documents.policies.get(policy_id, ()), key=lambda each: semantic(each.version))
    chosen = [each for each in versions if each.version == version] if version else versions[-1:]
    if rule:
        yield from (each for one in chosen for each in one.rules if each.id == rule)
        known = [f"{one.id}/{each.id}" for one in versions for each in one.rules]
        nothing = not any(each.id == rule for one in chosen for each in one.rules)
    else:
        yield from chosen
        yield from [documents.payers[name]] if name in documents.payers else []
        known = [*documents.policies, *documents.payers, *(each.name for each in versions)]
        nothing = not chosen and name not in documents.payers
    if nothing:
        help_text = did_you_mean(name, known, otherwise="`payrule list` names them")
        refuse("unknown-name", f"there is no policy, rule or payer `{name}`", help_text)


def _words(document: "Shown", documents: "Documents", service: date, known_on: date) -> "Iterator[str]":
    """Say in words what a document holds; for a payer, which policies apply on a date."""
    from payrule.model.code_sets import CodeSet
    from payrule.model.policy import Policy, Rule
    from payrule.reports.documents import code_set_words, payer_words, policy_words, rule_words

    if isinstance(document, CodeSet):
        return code_set_words(document)
    if isinstance(document, Policy):
        return policy_words(document, documents.vocabulary)
    if isinstance(document, Rule):
        return rule_words(document, documents.vocabulary)
    return payer_words(document, documents.policies, service, known_on)
