"""Find rules whose remittance codes no example expects."""

from msgspec import UNSET

from payrule.lint.rule import CheckContext, Results, lint_rule


def run(context: CheckContext) -> Results:
    """Find rules with remittance codes of their own that no example expects of a line which they decide.

    >>> from payrule.lint.rule import shipped_context
    >>> found = list(run(shipped_context()))  # a context without examples
    >>> len(found) == sum(each.rule.remittance is not None for each in shipped_context().rules())
    True
    """
    shown = {
        each.reasons[0]
        for example in context.examples.values()
        for each in example.expect
        if each.reasons and each.remittance is not None
    } | {
        each["rule"]
        for example in context.examples.values()
        for expected in example.expect
        for each in expected.adjustments or ()
    }
    for each in context.rules(active=True):
        if each.rule.remittance is not None and each.name not in shown:
            message = f"no example expects the remittance codes of `{each.rule.id}`"
            help_text = f"add `remittance` where an example expects `{each.name}` as the first of `reasons`"
            if each.rule.conclude.pay is not UNSET:
                help_text = f"add `adjustments` where an example expects what `{each.name}` does not pay"
            yield each.problem(message, help_text, "remittance", key=True)


CHECK = lint_rule(run, needs="rulebase")
