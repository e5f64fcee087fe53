"""Find exceptions to a rule that never matches the same line."""

from payrule.lint.rule import CheckContext, Results, lint_rule


def run(context: CheckContext) -> Results:
    """Find exceptions between rules of which no line matches both, not even possibly; errors as for `Questions.about`.

    >>> from payrule.lint.rule import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    for each in context.rules():
        for position, overridden in enumerate(each.rule.overrides):
            part = context.questions.about(each.policy)
            both = (part.possible[each.name], part.possible[f"{each.policy.id}/{overridden}"])
            if context.questions.never(each.policy, part.encoding.graph.all(both)):
                message = f"`{each.rule.id}` is an exception to `{overridden}`, but no line can match both"
                yield each.problem(
                    message, "remove the exception, or fix one of the two conditions", "overrides", position
                )


CHECK = lint_rule(run, needs="solver")
