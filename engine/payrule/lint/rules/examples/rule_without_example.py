"""Find rules that no example shows."""

from collections.abc import Iterator

from payrule.lint.context import CheckContext
from payrule.lint.rule import Check, Found, expected_examples, shown_as


def run(context: CheckContext) -> Iterator[Found]:
    """Find rules of versions that are proposed or in force, and that no example shows to decide or apply.

    >>> from payrule.lint.context import shipped_context
    >>> found = list(run(shipped_context()))  # a context without examples
    >>> len(found) == len(list(shipped_context().rules()))
    True
    """
    shown = shown_as(context, "decides", "applies")
    for policy, index, rule in context.rules():
        concern = context.documents.vocabulary.concern(rule.conclude.concern)
        can_be_shown = concern.effect(rule.conclude.value) != "neutral"
        if can_be_shown and expected_examples(policy) and f"{policy.id}/{rule.id}" not in shown:
            message = f"no example shows that `{rule.id}` does what it says"
            help_text = f"write one whose `shows` names `{policy.id}/{rule.id}` with `decides` or `applies`"
            yield Found(policy.name, ("rules", index, "id"), message, help_text)


CHECK = Check(code="rule-without-example", family="examples", needs="rulebase", run=run)
