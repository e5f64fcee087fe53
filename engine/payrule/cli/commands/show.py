"""What a name stands for that is to be shown, and how it is said in words."""

import sys
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import click

from payrule.cli.support.options import Day, Word, rulebase_option, today, unusable_input
from payrule.cli.support.output import say, terminal
from payrule.compare.operands import operand
from payrule.model.policy import Payer, Policy, Rule
from payrule.model.versions import semantic
from payrule.reports.document_words import payer_words, policy_words, rule_words
from payrule.rulebase.load import Documents, read_documents, usable
from payrule.source.diagnostics import RequestError
from payrule.source.suggest import did_you_mean

Document = Policy | Payer | Rule
"""What has a name, and can be shown."""


def meant(name: str, rulebase: Path | None) -> tuple[Documents, tuple[Document, ...]]:
    """Find what a name stands for, in its file or in the rulebase; raises InputError when that is nothing."""
    documents, found = _in_file(name, rulebase) if Path(name).is_file() else _named(name, rulebase)
    return documents, tuple(found)


def _in_file(name: str, rulebase: Path | None) -> tuple[Documents, Iterator[Document]]:
    """Read the policy or the payer of a file; raises InputError when it cannot be used."""
    found = operand(name, rulebase)
    meant = found.policy or (found.documents.payers[found.payer] if found.payer is not None else None)
    return found.documents, iter([meant] if meant is not None else [])


def _named(name: str, rulebase: Path | None) -> tuple[Documents, Iterator[Document]]:
    """Find what a name stands for in the rulebase."""
    documents = usable(read_documents(rulebase))
    return documents, _of_name(documents, name)


def _of_name(documents: Documents, name: str) -> Iterator[Document]:
    """List what has a name; raises RequestError when nothing has."""
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
        message = f"there is no policy, rule or payer `{name}`"
        cure = did_you_mean(name, known, otherwise="`payrule list` names them")
        raise RequestError.of("unknown-name", message, cure)


def words(
    document: Document, policies: Mapping[str, tuple[Policy, ...]], service: date, known_on: date
) -> Iterator[str]:
    """Say in words what a document holds; of a payer, what binds it on a date."""
    if isinstance(document, Policy):
        return policy_words(document)
    if isinstance(document, Rule):
        return rule_words(document)
    return payer_words(document, policies, service, known_on)


@click.command()
@click.argument("name", metavar="NAME")
@click.option(
    "--on",
    "service",
    type=Day(),
    default=today,
    metavar="DATE",
    help="Date of service for what binds a payer; today without it.",
)
@click.option(
    "--known-on",
    type=Day(),
    default=today,
    metavar="DATE",
    help="Use the versions known on this day; today without it.",
)
@click.option("--format", "form", type=Word(["text", "json"]), default="text", show_default=True, help="How to answer.")
@rulebase_option
def command(*, name: str, service: date, known_on: date, form: str, rulebase: Path | None) -> None:
    """Show NAME in words: `policy`, `policy@version`, `policy/rule`, a payer, or the file of a policy or payer.

    A condition is read as a sentence; a payer shows who binds what on a date. A name of both a policy and a payer shows
    both.
    """
    import msgspec

    from payrule.reports.text import folded, indent_of

    with unusable_input():
        documents, found = meant(name, rulebase)
    if form == "json":
        click.echo(msgspec.json.format(msgspec.json.encode(found[0] if len(found) == 1 else found), indent=2))
        return
    width = terminal(sys.stdout)["width"]
    for position, document in enumerate(found):
        say("\n" * (position > 0), nl=False, lines=True)
        for line in words(document, documents.policies, service, known_on):
            say("\n".join(folded(line, width, start=indent_of(line) + 2)), lines=True)
