"""Find rules for which no example shows a line that they just miss."""

from payrule.lint.rule import CheckContext, Results, lint_rule, shown_as


def run(context: CheckContext) -> Results:
    """Find rules of active versions that no example shows to just miss a line.

    >>> from payrule.lint.rule import shipped_context
    >>> found = list(run(shipped_context()))  # a context without examples
    >>> len(found) == len(list(shipped_context().rules()))
    True
    """
    shown = shown_as(context, "near-miss")
    for each in context.rules(active=True):
        if each.name not in shown:
            message = f"no example shows a line that `{each.rule.id}` just misses"
            yield each.problem(message, f"add one that lists `{each.name}` under `shows` with `near-miss`", "id")


CHECK = lint_rule(run, needs="rulebase")
