"""Find rules that no claim can match."""

from collections.abc import Iterator

from payrule.lint.attributes_asked import tested
from payrule.lint.context import CheckContext
from payrule.lint.rule import Check, Found
from payrule.model.policy import Policy, Rule


def run(context: CheckContext) -> Iterator[Found]:
    """Find rules whose condition nothing that a claim can say makes true; errors as for `Questions.about`.

    >>> from payrule.lint.context import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    for policy, index, rule in context.rules():
        part = context.questions.about(policy)
        if context.questions.never(policy, part.definite[f"{policy.id}/{rule.id}"]):
            message, help_text = _told(rule, policy, context)
            yield Found(policy.name, ("rules", index, "when"), message, help_text, key=True)


def _told(rule: Rule, policy: Policy, context: CheckContext) -> tuple[str, str]:
    """Say why nothing matches, and what to look for: where rows of a table are asked for, one may be missing."""
    vocabulary = context.documents.vocabulary
    tables = sorted({vocabulary.attributes[name].table or "" for name in tested(rule.when, policy, vocabulary)} - {""})
    if tables:
        message = f"no claim can match `{rule.id}` with the rows that the table `{tables[0]}` holds"
        help_text = "look for the row that is missing, or for entries of the condition that exclude each other"
    else:
        message = f"no claim can match `{rule.id}`: its condition contradicts itself"
        help_text = "look for two entries that exclude each other, or a value that the attribute cannot have"
    return message, help_text


CHECK = Check(code="condition-never-true", family="conditions", severity="error", needs="solver", run=run)
