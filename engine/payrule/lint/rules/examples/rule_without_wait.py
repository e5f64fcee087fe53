"""Find rules of which no example shows that they wait for a fact that a claim may lack."""

from collections.abc import Iterator

from payrule.lint.attributes_asked import attributes_asked
from payrule.lint.context import CheckContext
from payrule.lint.rule import Check, Found, expected_examples, shown_as


def run(context: CheckContext) -> Iterator[Found]:
    """Find rules of versions that are proposed or in force, that a missing fact can hold up, and no example shows so.

    >>> from payrule.lint.context import shipped_context
    >>> found = list(run(shipped_context()))  # a context without examples
    >>> 0 < len(found) < len(list(shipped_context().rules()))
    True
    """
    attributes = context.documents.vocabulary.attributes
    shown = shown_as(context, "waits")
    for policy, index, rule in context.rules():
        name = f"{policy.id}/{rule.id}"
        if expected_examples(policy) and name not in shown:
            asked = attributes_asked(rule.when, policy, context.documents.vocabulary)
            missing = sorted(
                each for each in asked if attributes[each].default is None and not attributes[each].required
            )
            if missing:
                message = f"no example shows that `{rule.id}` waits for `{missing[0]}`"
                help_text = f"write one without it, whose `shows` names `{name}` with `waits`"
                yield Found(policy.name, ("rules", index, "id"), message, help_text)


CHECK = Check(code="rule-without-wait", family="examples", needs="rulebase", run=run)
