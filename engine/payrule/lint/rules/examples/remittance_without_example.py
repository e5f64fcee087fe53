"""Find rules of which no example expects the remittance codes."""

from collections.abc import Iterator

from payrule.lint.context import CheckContext
from payrule.lint.rule import Check, Found, expected_examples


def run(context: CheckContext) -> Iterator[Found]:
    """Find rules with remittance codes of their own that no example expects of a line which they decide.

    >>> from payrule.lint.context import shipped_context
    >>> found = list(run(shipped_context()))  # a context without examples
    >>> len(found) == sum(rule.remittance is not None for _, _, rule in shipped_context().rules())
    True
    """
    shown = {
        each.reasons[0]
        for example in context.examples.values()
        for each in example.expect
        if each.reasons and each.remittance is not None
    }
    for policy, index, rule in context.rules():
        name = f"{policy.id}/{rule.id}"
        if rule.remittance is not None and expected_examples(policy) and name not in shown:
            message = f"no example expects the remittance codes of `{rule.id}`"
            help_text = f"add `remittance` to an expectation whose first reason is `{name}`"
            yield Found(policy.name, ("rules", index, "remittance"), message, help_text, key=True)


CHECK = Check(code="remittance-without-example", family="examples", needs="rulebase", run=run)
