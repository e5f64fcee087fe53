"""The citations of a policy, each with its place in the document."""

from collections.abc import Iterator

from payrule.documents.models import Cite, Policy
from payrule.documents.places import Path


def cited(policy: Policy) -> Iterator[tuple[Path, Cite]]:
    """List every citation of a policy with its place in the document."""
    for index, rule in enumerate(policy.rules):
        yield from ((("rules", index, "cites", n), cite) for n, cite in enumerate(rule.cites))
    for name, fact in policy.facts.items():
        yield from ((("facts", name, "cites", n), cite) for n, cite in enumerate(fact.cites))
    for index, note in enumerate(policy.notes):
        yield from ((("notes", index, "cites", n), cite) for n, cite in enumerate(note.cites))
