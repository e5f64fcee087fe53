"""Find rules that no claim can match."""

from payrule.lint.rule import CheckContext, Results, VersionRule, attributes_tested, lint_rule


def run(context: CheckContext) -> Results:
    """Find rules whose condition no claim makes true; errors as for `Questions.about`.

    >>> from payrule.lint.rule import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    for each in context.rules():
        literal = context.questions.about(each.policy).definite[each.name]
        if context.questions.never(each.policy, literal):
            yield each.problem(*_why(each, context), "when", key=True)


def _why(each: VersionRule, context: CheckContext) -> tuple[str, str]:
    """Say why nothing matches, and what to look for: where the rule looks up a table, a row may be missing."""
    attributes = context.documents.vocabulary.attributes
    read = attributes_tested(each.rule.when, each.policy, context.documents)
    tables = sorted({attributes[name].table or "" for name in read} - {""})
    if tables:
        return (
            f"no claim can match `{each.rule.id}` with the rows of the table `{tables[0]}`",
            "look for a missing row, or for conditions that exclude each other",
        )
    return (
        f"no claim can match `{each.rule.id}`: its condition contradicts itself",
        "look for conditions that exclude each other, or a value that the attribute cannot have",
    )


CHECK = lint_rule(run, severity="error", needs="solver")
