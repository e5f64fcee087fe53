"""Find code lists and definitions with a name from the vocabulary that means something else here."""

from payrule.lint.rule import CheckContext, Results, lint_rule, problem


def run(context: CheckContext) -> Results:
    """Find code lists and definitions of a policy that hide those of the vocabulary.

    >>> from payrule.lint.rule import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    words = context.documents.vocabulary
    for policy in context.versions():
        hidden = [("sets", name, f"code list `@{name}`") for name in policy.sets if name in words.sets]
        hidden += [("facts", name, f"definition `{name}`") for name in policy.facts if name in words.facts]
        for key, name, described in hidden:
            message = f"the {described} hides the one of the vocabulary, and readers will take it for that one"
            yield problem(policy.name, (key, name), message, "choose another name", key=True)


CHECK = lint_rule(run)
