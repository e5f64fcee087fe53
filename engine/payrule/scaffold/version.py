"""A version to begin with: a copy of the latest one with the next number, as a draft."""

from datetime import date
from typing import Any

from payrule.compare.edits import predecessor
from payrule.compare.operands import latest
from payrule.compare.version_bump import raised
from payrule.model.choices import Part
from payrule.model.policy import Policy, semantic
from payrule.rulebase.folder import policy_file, read_text
from payrule.rulebase.load import Documents
from payrule.scaffold.carry import renamed
from payrule.scaffold.scaffold import Scaffold, document, named, there
from payrule.source.diagnostics import RequestError


def new_version(documents: Documents, policy: str, part: Part, first: date | None, published: date | None) -> Scaffold:
    """Copy the latest version of a policy, raise its number, and mark it a draft.

    `first` is the first date of service that it applies to, and `published` the day since which it can be known; where
    they are None, the dates of service stay as they were, and it is not published. A version that is not in force yet,
    and whose number is lower than the part asks for, is not copied: it gets that number.
    """
    older = latest(documents.policies[named("policy", policy, documents.policies)])
    before = predecessor(older, documents.policies[policy])
    if older.status in ("draft", "proposed") and before is not None:
        number = raised(before.version, part)
        if semantic(number) > semantic(older.version):
            return _renumbered(documents, older, before, number, _dates(first, published))
    if older.status == "draft":
        message = f"`{older.name}` is a draft still, so there is nothing to copy that anybody rests on"
        raise RequestError.of("draft-version", message, "change that one")
    number = raised(older.version, part)
    value = dict(read_text(policy_file(documents.folder, older)).value) | {"status": "draft", "published": None}
    value.pop("replaces", None)
    path = documents.folder / policy / f"{number}.json"
    return Scaffold(
        {path: document(documents.folder, path, value | _dates(first, published) | {"version": number})},
        then=(
            f"change in `{path}` what the payer changed",
            f"add what is new: `payrule new rule {policy} NAME-OF-THE-RULE {there(documents)}`",
            f"see what that changes: `payrule diff {older.name} {policy}@{number} {there(documents)}`",
            "when the payer puts it into force, say so in `status`, `published` and `effective`",
        ),
    )


def _renumbered(documents: Documents, old: Policy, before: Policy, number: str, dates: dict[str, Any]) -> Scaffold:
    """Give a version that nobody rests on another number, and so another file."""
    path, was = documents.folder / old.id / f"{number}.json", policy_file(documents.folder, old)
    value = dict(read_text(was).value) | dates | {"version": number}
    examples, renumbered = renamed(documents, old.name, number)
    return Scaffold(
        {path: document(documents.folder, path, value), **examples},
        gone=frozenset([was, *renumbered]),
        then=(f"see what it changes: `payrule diff {before.name} {old.id}@{number} {there(documents)}`",),
    )


def _dates(first: date | None, published: date | None) -> dict[str, Any]:
    effective = {"effective": {"from": first.isoformat(), "to": None}} if first else {}
    return effective | ({"published": published.isoformat()} if published else {})
