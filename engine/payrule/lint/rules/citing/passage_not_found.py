"""Find citations whose passage the payer has reworded."""

from collections.abc import Iterator
from pathlib import Path

from payrule.citations.passages import cited
from payrule.lint.context import CheckContext
from payrule.lint.rule import Check, Found


def run(context: CheckContext) -> Iterator[Found]:
    """Find citations whose words are not in the copy of their source, whatever its white space.

    >>> from payrule.lint.context import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    if context.copies is not None:
        help_text = (
            f"`payrule reread {context.copies.folder}{_of(context)}` shows it word by word, with all that rests on it; "
            "when the rule still holds, cite the new wording"
        )
        for policy in context.versions():
            for path, cite in cited(policy):
                if context.copies.lack(policy, cite) == "passage-not-found":
                    file = policy.sources[cite.source].file
                    message = f"the passage at `{cite.locator}` is not in `{file}` as it was cited"
                    yield Found(policy.name, (*path, "digest"), message, help_text)


def _of(context: CheckContext) -> str:
    """Name the rulebase on a command line, unless it is known by itself."""
    folder = context.documents.folder
    return "" if folder.is_absolute() or folder == Path() else f" --rulebase {folder}"


CHECK = Check(code="passage-not-found", family="citing", severity="error", needs="sources", run=run)
