"""Find rules that match whatever a claim says."""

from payrule.lint.rule import CheckContext, Results, lint_rule


def run(context: CheckContext) -> Results:
    """Find rules whose condition no claim makes false; errors as for `Questions.about`.

    >>> from payrule.lint.rule import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    for each in context.rules():
        literal = context.questions.about(each.policy).possible[each.name]
        if context.questions.never(each.policy, -literal):
            message = f"`{each.rule.id}` matches every line: no claim makes its condition false"
            yield each.problem(
                message, "add the condition that says which lines the sentence is about", "when", key=True
            )


CHECK = lint_rule(run, needs="solver")
