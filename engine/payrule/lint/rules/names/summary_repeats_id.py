"""Find rules whose summary says no more than their id."""

import re
from collections.abc import Iterator

from payrule.lint.context import CheckContext
from payrule.lint.rule import Check, Found


def run(context: CheckContext) -> Iterator[Found]:
    """Find rules whose summary has the words of the id and no other.

    >>> from payrule.lint.context import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    for policy, index, rule in context.rules():
        if re.findall(r"[a-z0-9]+", rule.summary.lower()) == rule.id.split("-"):
            message = f"the summary of `{rule.id}` repeats the id, so a reader learns nothing from it"
            help_text = "say in a sentence of your own what the passage says"
            yield Found(policy.name, ("rules", index, "summary"), message, help_text)


CHECK = Check(code="summary-repeats-id", family="names", run=run)
