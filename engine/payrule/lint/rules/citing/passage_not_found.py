"""Find citations of a sentence that the payer has changed."""

from pathlib import Path

from payrule.lint.rule import CheckContext, Results, lint_rule, problem


def run(context: CheckContext) -> Results:
    """Find citations whose words are not in the copy of their source, whatever its white space.

    >>> from payrule.lint.rule import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    for policy, path, cite in context.lacking("passage-not-found"):
        folder = context.copies.folder if context.copies is not None else Path()
        help_text = (
            f"`payrule reread {folder}{_rulebase(context)}` shows what changed and which rules cite it; "
            "if the rule is still right, cite the new text"
        )
        message = f"`{policy.sources[cite.source].file}` does not contain the sentence cited at `{cite.locator}`"
        yield problem(policy.name, (*path, "digest"), message, help_text)


def _rulebase(context: CheckContext) -> str:
    """Name the rulebase on a command line, unless it is known by itself."""
    folder = context.documents.folder
    return "" if folder.is_absolute() or folder == Path() else f" --rulebase {folder}"


CHECK = lint_rule(run, severity="error", needs="sources")
