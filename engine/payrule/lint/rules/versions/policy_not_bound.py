"""Find policies that no payer binds."""

from collections.abc import Iterator

from payrule.lint.context import CheckContext
from payrule.lint.rule import Check, Found, expected_examples


def run(context: CheckContext) -> Iterator[Found]:
    """Find versions that are proposed or in force, and that no payer binds, not even one of what-if.

    >>> from payrule.lint.context import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    bound = {member for payer in context.documents.payers.values() for tier in payer.tiers for member in tier}
    for policy in context.versions():
        if policy.id not in bound and expected_examples(policy):
            message = f"no payer binds `{policy.id}`, so that no claim is decided by it"
            help_text = "name it in a tier of a payer; of a proposed version the payer's `purpose` is `what-if`"
            yield Found(policy.name, ("id",), message, help_text)


CHECK = Check(code="policy-not-bound", family="versions", needs="rulebase", run=run)
