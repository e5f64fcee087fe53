"""The shipped documents after an edit, for tests that compare them with what they were."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from payrule.analysis.difference import answer_of, difference
from payrule.compare.comparison_side import Side, regimes, side
from payrule.model.payer import Payer
from payrule.model.policy import Policy
from payrule.model.vocabulary import Vocabulary
from payrule.results.difference import AnswerChange, AnswerDifference
from payrule.rulebase.load import Documents, read_documents
from payrule.rulebase.rulebase import load
from payrule.source.files import shipped

Json = dict[str, Any]
Edit = Callable[[Json], None]

KNOWN_ON = date(2026, 11, 25)


def edited(document: str, edit: Edit) -> Documents:
    """Read the shipped documents with one of them edited; it is named by its file, without the ending."""
    documents = load().documents
    data = json.loads((shipped("policies") / f"{document}.json").read_text())
    edit(data)
    if document == "vocabulary":
        return msgspec.structs.replace(documents, vocabulary=msgspec.convert(data, Vocabulary))
    if document.startswith("payers/"):
        payer = msgspec.convert(data, Payer)
        return msgspec.structs.replace(documents, payers={**documents.payers, payer.id: payer})
    policy = msgspec.convert(data, Policy)
    others = [each for each in documents.policies[policy.id] if each.version != policy.version]
    return msgspec.structs.replace(documents, policies={**documents.policies, policy.id: (*others, policy)})


def rule(document: Json, name: str) -> Json:
    """Find a rule of a policy."""
    found: Json = next(each for each in document["rules"] if each["id"] == name)
    return found


def rename(old: str, new: str) -> Edit:
    """Make an edit that gives a set, a fact or a rule another name wherever it is named."""

    def edit(document: Json) -> None:
        text = json.dumps(document).replace(f'"{old}"', f'"{new}"').replace(f'"@{old}"', f'"@{new}"')
        document.clear()
        document.update(json.loads(text))

    return edit


def sides(document: str, edit: Edit, payer: str) -> tuple[Side, Side]:
    """Take a payer as shipped, and with one document edited."""
    return side(read_documents(), payer, KNOWN_ON), side(edited(document, edit), payer, KNOWN_ON)


def compared(old: Side, new: Side) -> AnswerDifference:
    """Find every kind of changed answer between two sides."""
    return difference(regimes(old, new), lambda encounter: (old.decide(encounter), new.decide(encounter)))


def shows(change: AnswerChange, encounter: Json, old: Side, new: Side) -> bool:
    """Tell whether an encounter shows the same kind of change on the same line."""
    number = change.witness.line
    found = tuple(answer_of(each.decide(encounter).line(number)) for each in (old, new))
    return found == (change.before, change.after)


def alone(policy: Json, vocabulary: Vocabulary) -> Side:
    """Bind a policy that is all that its payer has."""
    name = policy["id"]
    payer = Payer(kind="payer", id=name, title=name, tiers=((name,),))
    policies: dict[str, tuple[Policy, ...]] = {name: (msgspec.convert(policy, Policy),)}
    return side(Documents(Path(), vocabulary, policies, {name: payer}, ()), name, KNOWN_ON)
