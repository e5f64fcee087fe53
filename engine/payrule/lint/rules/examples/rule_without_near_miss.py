"""Find rules of which no example shows where they end."""

from collections.abc import Iterator

from payrule.lint.context import CheckContext
from payrule.lint.rule import Check, Found, expected_examples, shown_as


def run(context: CheckContext) -> Iterator[Found]:
    """Find rules of versions that are proposed or in force, and that no example shows to miss a line narrowly.

    >>> from payrule.lint.context import shipped_context
    >>> found = list(run(shipped_context()))  # a context without examples
    >>> len(found) == len(list(shipped_context().rules()))
    True
    """
    shown = shown_as(context, "near-miss")
    for policy, index, rule in context.rules():
        if expected_examples(policy) and f"{policy.id}/{rule.id}" not in shown:
            message = f"no example shows a line that `{rule.id}` narrowly misses"
            help_text = f"write one whose `shows` names `{policy.id}/{rule.id}` with `near-miss`"
            yield Found(policy.name, ("rules", index, "id"), message, help_text)


CHECK = Check(code="rule-without-near-miss", family="examples", needs="rulebase", run=run)
