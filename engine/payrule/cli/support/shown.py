"""What a name stands for that is to be shown, and how it is said in words."""

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

from payrule.compare.operands import operand
from payrule.model.payer import Payer
from payrule.model.policy import Policy, Rule, semantic
from payrule.reports.document_words import payer_words, policy_words, rule_words
from payrule.rulebase.load import Documents, read_documents, usable
from payrule.source.diagnostics import RequestError, did_you_mean

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
        help_text = did_you_mean(name, known, otherwise="`payrule list` names them")
        raise RequestError.of("unknown-name", message, help_text)


def words(
    document: Document, policies: Mapping[str, tuple[Policy, ...]], service: date, known_on: date
) -> Iterator[str]:
    """Say in words what a document holds; of a payer, what binds it on a date."""
    if isinstance(document, Policy):
        return policy_words(document)
    if isinstance(document, Rule):
        return rule_words(document)
    return payer_words(document, policies, service, known_on)
