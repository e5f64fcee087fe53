"""Find exceptions that no example shows to prevail."""

from payrule.lint.rule import CheckContext, Results, lint_rule


def run(context: CheckContext) -> Results:
    """Find exceptions of active versions for which no example expects the other rule to be overruled.

    >>> from payrule.lint.rule import shipped_context
    >>> found = list(run(shipped_context()))  # a context without examples
    >>> len(found) == sum(len(each.rule.overrides) for each in shipped_context().rules())
    True
    """
    shown = {
        (reason, overruled)
        for example in context.examples.values()
        for each in example.expect
        for reason in each.reasons or ()
        for overruled in each.overruled or ()
    }
    for each in context.rules(active=True):
        for position, overridden in enumerate(each.rule.overrides):
            other = f"{each.policy.id}/{overridden}"
            if (each.name, other) not in shown:
                message = f"no example shows that `{each.rule.id}` is an exception to `{overridden}`"
                help_text = f"add one that expects `{each.name}` in `reasons` and `{other}` in `overruled`"
                yield each.problem(message, help_text, "overrides", position)


CHECK = lint_rule(run, needs="rulebase")
