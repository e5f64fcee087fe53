"""Find policies that no payer uses."""

from payrule.lint.rule import CheckContext, Results, is_active, lint_rule, problem


def run(context: CheckContext) -> Results:
    """Find active versions that no payer uses, not even one of what-if.

    >>> from payrule.lint.rule import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    bound = {policy for payer in context.documents.payers.values() for policy in payer.policies}
    for policy in context.versions():
        if policy.id not in bound and is_active(policy):
            message = f"no payer uses `{policy.id}`, so it decides no claim"
            help_text = "list it in the `tiers` of a payer; for a proposed version, of one whose `purpose` is `what-if`"
            yield problem(policy.name, ("id",), message, help_text)


CHECK = lint_rule(run, needs="rulebase")
