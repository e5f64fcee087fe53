"""Find what a policy still has to say: placeholders for a summary, a locator, a title and the like."""

from collections.abc import Iterator

from payrule.lint.context import CheckContext
from payrule.lint.rule import Check, Found
from payrule.model.policy import placeholders

HELP = "write what the text says, in your own words"
"""How a placeholder is fixed."""


def run(context: CheckContext) -> Iterator[Found]:
    """Find placeholders of policies: errors in a version that is in force, warnings in one that is still written.

    >>> from payrule.lint.context import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    for policy in context.versions():
        in_force = policy.status == "in-force"
        for path, text in placeholders(policy):
            state = "is in force and still" if in_force else "still"
            message = f"`{policy.name}` {state} has a placeholder: `{text}`"
            yield Found(policy.name, path, message, HELP, severity=None if in_force else "warning")


CHECK = Check(code="placeholder", family="names", severity="error", run=run, suppressible=False)
