"""Find rules that cite no source sentence, so that nobody can check them against the text."""

from payrule.lint.rule import CheckContext, Results, lint_rule


def run(context: CheckContext) -> Results:
    """Find rules without a citation.

    >>> from payrule.lint.rule import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    for each in context.rules():
        if not each.rule.cites:
            message = f"`{each.rule.id}` cites no source sentence, so nobody can check it against the text"
            yield each.problem(message, "add the sentence under `cites`, with its digest", "id")


CHECK = lint_rule(run)
