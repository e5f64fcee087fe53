"""A version to begin with: a copy of the latest one with the next number, as a draft."""

from datetime import date
from typing import Any

from payrule.adjudication.folder import policy_file, read_text
from payrule.adjudication.loading import Documents
from payrule.authoring.scaffolds.scaffold import Scaffold, document, named, there
from payrule.documents.choices import Part
from payrule.documents.findings import RequestError
from payrule.review.bump import raised
from payrule.review.operands import latest


def new_version(documents: Documents, policy: str, part: Part, first: date | None, published: date | None) -> Scaffold:
    """Copy the latest version of a policy, raise its number, and mark it a draft.

    `first` is the first date of service that it applies to, and `published` the day since which it can be known; where
    they are None, the dates of service stay as they were, and it is not published.
    """
    older = latest(documents.policies[named("policy", policy, documents.policies)])
    if older.status == "draft":
        message = f"`{older.name}` is a draft still, so there is nothing to copy that anybody rests on"
        raise RequestError.of("draft-version", message, "change that one")
    number = raised(older.version, part)
    value: dict[str, Any] = dict(read_text(policy_file(documents.folder, older)).value)
    value |= {"version": number, "status": "draft", "published": published.isoformat() if published else None}
    value.pop("replaces", None)
    if first is not None:
        value["effective"] = {"from": first.isoformat(), "to": None}
    path = documents.folder / policy / f"{number}.json"
    return Scaffold(
        {path: document(documents.folder, path, value)},
        then=(
            f"change in `{path}` what the payer changed",
            f"add what is new: `payrule new rule {policy} NAME-OF-THE-RULE {there(documents)}`",
            f"see what that changes: `payrule diff {older.name} {policy}@{number} {there(documents)}`",
            "when the payer puts it into force, say so in `status`, `published` and `effective`",
        ),
    )
