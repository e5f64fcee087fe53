"""A payer to begin with: the policies that bind, highest authority first."""

from collections.abc import Sequence

from payrule.adjudication.folder import PAYERS
from payrule.adjudication.loading import Documents
from payrule.authoring.scaffolds.policy import free_name
from payrule.authoring.scaffolds.scaffold import Scaffold, document, named, there
from payrule.documents.findings import RequestError


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
