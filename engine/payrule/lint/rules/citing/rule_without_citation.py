"""Find rules that rest on no passage: nobody can hold them to the text."""

from collections.abc import Iterator

from payrule.lint.context import CheckContext
from payrule.lint.rule import Check, Found


def run(context: CheckContext) -> Iterator[Found]:
    """Find rules without a citation.

    >>> from payrule.lint.context import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    for policy, index, rule in context.rules():
        if not rule.cites:
            message = f"`{rule.id}` cites no passage, so nobody can tell whether the text says this"
            yield Found(policy.name, ("rules", index, "id"), message, "add the passage under `cites`, with its digest")


CHECK = Check(code="rule-without-citation", family="citing", run=run)
