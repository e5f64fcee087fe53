"""Find rules that deny, and do not say who is responsible for the charge."""

from payrule.lint.rule import CheckContext, Fix, Results, lint_rule


def run(context: CheckContext) -> Results:
    """Find rules with a denying value and no liability.

    >>> from payrule.lint.rule import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    for each in context.rules():
        conclude = each.rule.conclude
        effect = context.documents.vocabulary.concern(conclude.concern).effect(conclude.value)
        if conclude.liability is None and effect == "denied":
            path = ("rules", each.position, "conclude", "liability")
            fix = Fix(
                path=path, done=f"wrote that the liability of `{each.rule.id}` is unspecified", value="unspecified"
            )
            message = f"`{each.rule.id}` denies but does not say who is responsible for the charge"
            help_text = "write `provider` or `subscriber` if the text says so, or `unspecified` if it does not"
            yield each.problem(message, help_text, "conclude", fix=fix)


CHECK = lint_rule(run)
