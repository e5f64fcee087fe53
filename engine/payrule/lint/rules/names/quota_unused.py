"""Find quotas that nothing in their policy uses."""

from payrule.lint.rule import CheckContext, Results, lint_rule, quotas_used, unused


def run(context: CheckContext) -> Results:
    """Find quotas of a policy that no rule and no definition of it uses.

    >>> from payrule.lint.rule import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    return unused(context, "quotas", quotas_used, "quota `{}`", "no condition of this policy uses")


CHECK = lint_rule(run)
