"""Find rules that leave the payer a choice where the cited sentences say that something is required."""

import re

from payrule.lint.rule import CheckContext, Results, lint_rule

_FIRM = re.compile(r"\b(must|shall|is required|are required|will not)\b", re.IGNORECASE)
_MILD = re.compile(r"\b(may|might|can|could|should|usually|generally)\b", re.IGNORECASE)


def run(context: CheckContext) -> Results:
    """Find rules with the wording `may` whose sentences hold firm words and no mild one; none without copies.

    >>> from payrule.lint.rule import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    if context.copies is not None:
        for each in context.rules():
            sentences = [context.copies.passage(each.policy, cite) for cite in each.rule.cites]
            text = " ".join(sentence for sentence in sentences if sentence is not None)
            firm = _FIRM.search(text)
            if each.rule.conclude.modality == "may" and firm and not _MILD.search(text):
                message = (
                    f"`{each.rule.id}` has the wording `may`, but the sentences that it cites say `{firm.group()}`"
                )
                help_text = "write `shall`, or cite the sentence that leaves the payer a choice"
                yield each.problem(message, help_text, "conclude", "modality")


CHECK = lint_rule(run, needs="sources")
