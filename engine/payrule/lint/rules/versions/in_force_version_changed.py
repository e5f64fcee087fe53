"""Find versions in force that are not as they were when they were locked."""

from collections.abc import Iterator

from payrule.compare.locks import resolved_digest
from payrule.lint.context import CheckContext
from payrule.lint.rule import Check, Found


def run(context: CheckContext) -> Iterator[Found]:
    """Find versions in the lock whose digest, or that of what they use of the vocabulary, is another one now.

    >>> from payrule.lint.context import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    if context.lock is not None:
        for policy in context.versions():
            locked = context.lock.versions.get(policy.name)
            if locked is not None and locked != resolved_digest(policy, context.documents.vocabulary):
                message = f"`{policy.name}` is in force, and it or what it uses of the vocabulary was changed"
                help_text = (
                    "undo the change and write a new version; nothing decided by it yet? `payrule lock --renew` it"
                )
                yield Found(policy.name, ("version",), message, help_text)


CHECK = Check(
    code="in-force-version-changed",
    family="versions",
    severity="error",
    needs="rulebase",
    run=run,
    suppressible=False,
)
