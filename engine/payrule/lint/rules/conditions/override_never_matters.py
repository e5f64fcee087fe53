"""Find overrides of a rule that never matches where the overriding one does."""

from collections.abc import Iterator

from payrule.lint.context import CheckContext
from payrule.lint.rule import Check, Found


def run(context: CheckContext) -> Iterator[Found]:
    """Find overrides between rules that no line can match both, not even possibly; errors as for `Questions.about`.

    >>> from payrule.lint.context import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    for policy, index, rule in context.rules():
        for position, overridden in enumerate(rule.overrides):
            part = context.questions.about(policy)
            one, two = f"{policy.id}/{rule.id}", f"{policy.id}/{overridden}"
            both = part.encoding.graph.all((part.possible[one], part.possible[two]))
            if context.questions.never(policy, both):
                message = f"that `{rule.id}` overrides `{overridden}` never matters: no line can match both"
                help_text = "take the override out, or fix the condition of one of the two"
                yield Found(policy.name, ("rules", index, "overrides", position), message, help_text)


CHECK = Check(code="override-never-matters", family="conditions", needs="solver", run=run)
