"""Find citations that cannot be looked up in a copy of their source."""

from collections.abc import Iterator

from payrule.citations.passages import cited
from payrule.lint.context import CheckContext
from payrule.lint.rule import Check, Found


def run(context: CheckContext) -> Iterator[Found]:
    """Find citations of a text at hand that have no digest; none where no copies are.

    >>> from payrule.lint.context import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    if context.copies is not None:
        for policy in context.versions():
            for path, cite in cited(policy):
                if context.copies.lack(policy, cite) == "no-digest":
                    message = (
                        f"the passage at `{cite.locator}` has no digest, so nobody can tell whether it was reworded"
                    )
                    yield Found(
                        policy.name,
                        (*path, "locator"),
                        message,
                        "add what `payrule cite` gives: its digest and number of words",
                    )


CHECK = Check(code="no-digest", family="citing", severity="error", needs="sources", run=run)
