"""Find rules for which no example shows a claim with missing information."""

from payrule.lint.rule import CheckContext, Results, attributes_needed, lint_rule, shown_as


def run(context: CheckContext) -> Results:
    """Find rules of active versions that need what a claim may not say, and that no example shows without it.

    >>> from payrule.lint.rule import shipped_context
    >>> found = list(run(shipped_context()))  # a context without examples
    >>> 0 < len(found) < len(list(shipped_context().rules()))
    True
    """
    attributes = context.documents.vocabulary.attributes
    shown = shown_as(context, "waits")
    for each in context.rules(active=True):
        if each.name not in shown:
            needed = attributes_needed(each.rule.when, each.policy, context.documents)
            missing = sorted(
                name for name in needed if attributes[name].default is None and not attributes[name].required
            )
            if missing:
                message = f"no example shows what `{each.rule.id}` does when `{missing[0]}` is missing"
                help_text = f"add one without it that lists `{each.name}` under `shows` with `waits`"
                yield each.problem(message, help_text, "id")


CHECK = lint_rule(run, needs="rulebase")
