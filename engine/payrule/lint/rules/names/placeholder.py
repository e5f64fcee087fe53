"""Find texts of a policy that are still to be written, such as a summary or a locator."""

from payrule.lint.rule import CheckContext, Results, lint_rule, problem
from payrule.model.policy import placeholders

HELP = "write what the text says, in your own words"
"""How a placeholder is fixed."""


def run(context: CheckContext) -> Results:
    """Find placeholders of policies: errors in a version that is in force, warnings in one that is still written.

    >>> from payrule.lint.rule import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    for policy in context.versions():
        in_force = policy.status == "in-force"
        for path, text in placeholders(policy):
            state = "is in force and still" if in_force else "still"
            message = f"`{policy.name}` {state} has a placeholder: `{text}`"
            yield problem(policy.name, path, message, HELP, severity="error" if in_force else "warning")


CHECK = lint_rule(run, severity="error", suppressible=False)
