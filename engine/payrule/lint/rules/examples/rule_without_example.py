"""Find rules that no example shows."""

from payrule.lint.rule import CheckContext, Results, lint_rule, shown_as


def run(context: CheckContext) -> Results:
    """Find rules of active versions that no example shows to decide or apply.

    >>> from payrule.lint.rule import shipped_context
    >>> found = list(run(shipped_context()))  # a context without examples
    >>> len(found) == len(list(shipped_context().rules()))
    True
    """
    shown = shown_as(context, "decides", "applies")
    for each in context.rules(active=True):
        conclude = each.rule.conclude
        effect = context.documents.vocabulary.concern(conclude.concern).effect(conclude.value)
        if effect != "neutral" and each.name not in shown:
            message = f"no example shows what `{each.rule.id}` does when it matches"
            help_text = f"add one that lists `{each.name}` under `shows` with `decides` or `applies`"
            yield each.problem(message, help_text, "id")


CHECK = lint_rule(run, needs="rulebase")
