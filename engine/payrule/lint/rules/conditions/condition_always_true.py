"""Find rules that match whatever a claim says."""

from collections.abc import Iterator

from payrule.lint.context import CheckContext
from payrule.lint.rule import Check, Found


def run(context: CheckContext) -> Iterator[Found]:
    """Find rules whose condition nothing that a claim can say makes false; errors as for `Questions.about`.

    >>> from payrule.lint.context import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    for policy, index, rule in context.rules():
        part = context.questions.about(policy)
        if context.questions.never(policy, -part.possible[f"{policy.id}/{rule.id}"]):
            message = f"`{rule.id}` speaks of every line: nothing that a claim can say makes its condition false"
            help_text = "say which lines the passage speaks of"
            yield Found(policy.name, ("rules", index, "when"), message, help_text, key=True)


CHECK = Check(code="condition-always-true", family="conditions", needs="solver", run=run)
