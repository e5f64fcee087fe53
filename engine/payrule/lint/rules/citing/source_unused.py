"""Find sources that nothing cites."""

from payrule.citations.passages import cited
from payrule.lint.rule import CheckContext, Results, lint_rule, unused


def run(context: CheckContext) -> Results:
    """Find sources that no rule, definition or note of their policy cites.

    >>> from payrule.lint.rule import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    return unused(
        context,
        "sources",
        lambda policy: {cite.source for _, cite in cited(policy)},
        "source `{}`",
        "nothing in this policy cites",
    )


CHECK = lint_rule(run)
