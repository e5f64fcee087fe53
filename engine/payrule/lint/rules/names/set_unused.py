"""Find code lists that no condition of their policy uses."""

from payrule.language.condition import Test, conditions, find
from payrule.lint.rule import CheckContext, Results, lint_rule, unused


def run(context: CheckContext) -> Results:
    """Find code lists of a policy that no condition of it uses; those of the vocabulary serve every policy.

    >>> from payrule.lint.rule import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    return unused(
        context,
        "sets",
        lambda policy: {test.set_name for condition in conditions(policy) for test in find(condition, Test)},
        "code list `@{}`",
        "no condition of this policy uses",
    )


CHECK = lint_rule(run)
