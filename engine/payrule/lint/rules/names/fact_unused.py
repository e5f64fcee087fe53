"""Find definitions that no condition of their policy uses."""

from collections import Counter

from payrule.language.condition import conditions
from payrule.language.name_findings import facts_of
from payrule.lint.rule import CheckContext, Results, lint_rule, unused
from payrule.model.policy import Policy


def uses(policy: Policy) -> Counter[str]:
    """Count how often the conditions of a policy use each definition."""
    return Counter(name for condition in conditions(policy) for name in facts_of(condition))


def run(context: CheckContext) -> Results:
    """Find definitions of a policy that no condition of it uses.

    >>> from payrule.lint.rule import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    return unused(context, "facts", uses, "definition `{}`", "no condition of this policy uses")


CHECK = lint_rule(run)
