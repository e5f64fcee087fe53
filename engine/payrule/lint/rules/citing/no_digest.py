"""Find citations that cannot be found in a copy of their source."""

from payrule.lint.rule import CheckContext, Results, lint_rule, problem


def run(context: CheckContext) -> Results:
    """Find citations without a digest of a source that has a copy.

    >>> from payrule.lint.rule import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    for policy, path, cite in context.lacking("no-digest"):
        message = f"the citation of `{cite.locator}` has no digest, so payrule cannot tell whether the text changed"
        help_text = "add the digest and the number of words that `payrule cite` prints"
        yield problem(policy.name, (*path, "locator"), message, help_text)


CHECK = lint_rule(run, severity="error", needs="sources")
