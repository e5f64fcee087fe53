"""Policies in force whose rules alone matter."""

from payrule.model.policy import Policy, Rule


def policy(name: str, *rules: Rule) -> Policy:
    """Make a policy of rules."""
    return Policy(
        kind="policy",
        id=name,
        version="1.0.0",
        title=name,
        issuer=name,
        authority="lcd",
        status="in-force",
        rules=rules,
    )
