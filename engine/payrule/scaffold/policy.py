"""A policy to begin with: its first version, a draft without rules."""

import re
from collections.abc import Sequence
from typing import Any

from payrule.model.policy import Source
from payrule.rulebase.folder import PAYERS
from payrule.rulebase.load import Documents
from payrule.scaffold.scaffold import NAME, Scaffold, document, named, there
from payrule.source.diagnostics import RequestError

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


def new_payer(
    documents: Documents, name: str, *, title: str, policies: Sequence[str], what_if: bool = False
) -> Scaffold:
    """Make a payer that policies bind, each in a tier of its own; for `what_if` proposed versions bind too."""
    free_name("payer", name, name in documents.payers)
    if not policies:
        known = ", ".join(f"`{each}`" for each in documents.policies) or "none yet: `payrule new policy` makes one"
        raise RequestError.of(
            "no-policy", f"no policy is named that binds `{name}`", f"add `--policy POLICY`; there is {known}"
        )
    for policy in policies:
        versions = documents.policies[named("policy", policy, documents.policies)]
        if not what_if and not any(each.status == "in-force" for each in versions):
            message = f"no version of `{policy}` is in force, so it cannot bind"
            raise RequestError.of("not-in-force", message, "add `--what-if` to ask what would happen if it were")
    path = documents.folder / PAYERS / f"{name}.json"
    value = {
        "kind": "payer",
        "id": name,
        "title": title,
        "purpose": "what-if" if what_if else "adjudication",
        "tiers": [[policy] for policy in policies],
    }
    return Scaffold(
        {path: document(documents.folder, path, value)},
        then=(
            f"see what binds it: `payrule show {name} {there(documents)}`",
            "put policies into one tier where neither yields to the other",
        ),
    )
