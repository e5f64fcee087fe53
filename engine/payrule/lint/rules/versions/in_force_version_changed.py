"""Find versions in force that have changed since they were locked."""

from payrule.compare.locks import resolved_digest
from payrule.lint.rule import CheckContext, Results, lint_rule, problem


def run(context: CheckContext) -> Results:
    """Find locked versions whose digest, or that of what they use of the vocabulary, has changed.

    >>> from payrule.lint.rule import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    if context.lock is not None:
        for policy in context.versions():
            locked = context.lock.versions.get(policy.name)
            if locked is not None and locked != resolved_digest(policy, context.documents.vocabulary):
                message = f"`{policy.name}` is in force, but it or what it uses of the vocabulary was changed"
                help_text = (
                    "undo the change and write a new version; if it has decided no claim yet, run "
                    f"`payrule lock --renew {policy.name}`"
                )
                yield problem(policy.name, ("version",), message, help_text)


CHECK = lint_rule(run, severity="error", needs="rulebase", suppressible=False)
