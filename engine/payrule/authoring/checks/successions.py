"""The versions of each policy that are in force, one after the other, for the checks of versions."""

from collections.abc import Iterator

from payrule.authoring.checks.desk import Desk
from payrule.documents.models import Policy
from payrule.documents.versions import semantic


def in_force(desk: Desk) -> Iterator[list[Policy]]:
    """List the versions in force of each policy that is checked, in the order in which they begin to apply."""
    for name in sorted({policy.id for policy in desk.policies}):
        versions = [each for each in desk.documents.policies[name] if each.status == "in-force"]
        yield sorted(versions, key=lambda each: (each.effective.first or "", semantic(each.version)))


def published(policy: Policy) -> str:
    """Give the day from which a version was known, in a form that sorts; one without a day always was."""
    return policy.published or ""
