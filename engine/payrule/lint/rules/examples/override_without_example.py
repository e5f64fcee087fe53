"""Find overrides that no example shows at work."""

from collections.abc import Iterator

from payrule.lint.context import CheckContext
from payrule.lint.rule import Check, Found, expected_examples


def run(context: CheckContext) -> Iterator[Found]:
    """Find overrides of versions that are proposed or in force, and that no example expects to have overruled a rule.

    >>> from payrule.lint.context import shipped_context
    >>> found = list(run(shipped_context()))  # a context without examples
    >>> len(found) == sum(len(rule.overrides) for _, _, rule in shipped_context().rules())
    True
    """
    shown = {
        (reason, overruled)
        for example in context.examples.values()
        for each in example.expect
        for reason in each.reasons or ()
        for overruled in each.overruled or ()
    }
    for policy, index, rule in context.rules():
        for position, overridden in enumerate(rule.overrides):
            one, two = f"{policy.id}/{rule.id}", f"{policy.id}/{overridden}"
            if expected_examples(policy) and (one, two) not in shown:
                message = f"no example shows that `{rule.id}` overrides `{overridden}`"
                help_text = f"write one that expects `{one}` among `reasons` and `{two}` among `overruled`"
                yield Found(policy.name, ("rules", index, "overrides", position), message, help_text)


CHECK = Check(code="override-without-example", family="examples", needs="rulebase", run=run)
