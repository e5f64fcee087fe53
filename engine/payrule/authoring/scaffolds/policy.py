"""A policy to begin with: its first version, a draft without rules."""

import re
from typing import Any

from payrule.adjudication.folder import PAYERS
from payrule.adjudication.loading import Documents
from payrule.authoring.scaffolds.scaffold import NAME, Scaffold, document, there
from payrule.documents.findings import RequestError
from payrule.documents.models import Source

FIRST = "1.0.0"


def free_name(kind: str, name: str, taken: bool) -> str:  # noqa: FBT001 - reads as a sentence where it is called
    """Give a name that can be given to something new; raises RequestError otherwise.

    >>> free_name("policy", "hand-therapy", False)
    'hand-therapy'
    """
    if re.fullmatch(NAME, name) is None or name in (PAYERS, "tables"):
        message = f"`{name}` is no name for a {kind}"
        raise RequestError.of("bad-name", message, "write lower-case words joined by hyphens, such as `hand-therapy`")
    if taken:
        raise RequestError.of(f"{kind}-exists", f"there is a {kind} `{name}` already", "give another name")
    return name


def new_policy(  # noqa: PLR0913 - what an analyst may say of it, each by name
    documents: Documents, name: str, *, title: str, issuer: str, authority: str, source: str, cited: Source
) -> Scaffold:
    """Make the first version of a policy, which cites one text under the name `source`."""
    free_name("policy", name, name in documents.policies)
    path = documents.folder / name / f"{FIRST}.json"
    text = {"title": cited.title} | ({"file": cited.file} if cited.file else {})
    value: dict[str, Any] = {
        "kind": "policy",
        "id": name,
        "version": FIRST,
        "title": title,
        "issuer": issuer,
        "authority": authority,
        "status": "draft",
        "effective": {"from": None, "to": None},
        "published": None,
        "sources": {source: text},
        "rules": [],
    }
    return Scaffold(
        {path: document(documents.folder, path, value)},
        then=(
            f"let somebody try it: `payrule new payer {name}-trial --policy {name} --what-if {there(documents)}`",
            f"then add its first rule: `payrule new rule {name} NAME-OF-THE-RULE {there(documents)}`",
        ),
    )
