"""Find rules whose summary only repeats their id."""

import re

from payrule.lint.rule import CheckContext, Results, lint_rule


def run(context: CheckContext) -> Results:
    """Find rules whose summary has the words of the id and no other.

    >>> from payrule.lint.rule import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    for each in context.rules():
        if re.findall(r"[a-z0-9]+", each.rule.summary.lower()) == each.rule.id.split("-"):
            message = f"the summary of `{each.rule.id}` only repeats the id"
            yield each.problem(message, "say in your own words what the source sentence says", "summary")


CHECK = lint_rule(run)
