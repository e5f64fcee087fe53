"""Find quotas that do not say which of the lines of a date come first."""

from payrule.lint.rule import CheckContext, Results, lint_rule, problem, quotas_used


def run(context: CheckContext) -> Results:
    """Find quotas that rules use, that leave something to share, and that order the lines of a date by number alone.

    >>> from payrule.lint.rule import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    for policy in context.versions():
        used = quotas_used(policy)
        for name, quota in policy.limits.items():
            if name in used and quota.at_most > 0 and not quota.first:
                message = f"the quota `{name}` does not say which of the lines of a date come first"
                help_text = (
                    "add `first`, such as the highest charge; if the order of the claim is meant, suppress this with "
                    "the reason"
                )
                yield problem(policy.name, ("quotas", name), message, help_text, key=True)


CHECK = lint_rule(run)
