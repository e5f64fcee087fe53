"""Find policies that no payer binds."""

from collections.abc import Iterator

from payrule.lint.context import Desk
from payrule.lint.rule import Check, Found, expected_examples


def look(desk: Desk) -> Iterator[Found]:
    """Find versions that are proposed or in force, and that no payer binds, not even one of what-if.

    >>> from payrule.lint.context import shipped_desk
    >>> list(look(shipped_desk()))
    []
    """
    bound = {member for payer in desk.documents.payers.values() for tier in payer.tiers for member in tier}
    for policy in desk.versions():
        if policy.id not in bound and expected_examples(policy):
            message = f"no payer binds `{policy.id}`, so that no claim is decided by it"
            cure = "name it in a tier of a payer; of a proposed version the payer's `purpose` is `what-if`"
            yield Found(policy.name, ("id",), message, cure)


CHECK = Check(code="policy-not-bound", family="versions", needs="rulebase", look=look)
