"""Find sources that nothing cites."""

from collections.abc import Iterator

from payrule.citations.passages import cited
from payrule.lint.context import CheckContext
from payrule.lint.rule import Check, Fix, Found


def run(context: CheckContext) -> Iterator[Found]:
    """Find sources that no rule, fact or note of their policy cites.

    >>> from payrule.lint.context import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    for policy in context.versions():
        used = {cite.source for _, cite in cited(policy)}
        for name in policy.sources:
            if name not in used:
                fix = Fix(path=("sources", name), said=f"removed the source `{name}`, which nothing cites")
                message = f"nothing in this policy cites the source `{name}`"
                yield Found(policy.name, ("sources", name), message, "cite it, or remove it", fix, key=True)


CHECK = Check(code="source-unused", family="citing", run=run)
