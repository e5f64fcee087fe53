"""Find rules that leave the payer a choice where their passages say that something must be."""

import re
from collections.abc import Iterator

from payrule.lint.context import CheckContext
from payrule.lint.rule import Check, Found

_FIRM = re.compile(r"\b(must|shall|is required|are required|will not)\b", re.IGNORECASE)
_MILD = re.compile(r"\b(may|might|can|could|should|usually|generally)\b", re.IGNORECASE)


def run(context: CheckContext) -> Iterator[Found]:
    """Find rules of modality `may` whose passages hold firm words and no mild one; none where no copies are at hand.

    >>> from payrule.lint.context import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    if context.copies is not None:
        for policy, index, rule in context.rules():
            passages = [context.copies.passage(policy, cite) for cite in rule.cites]
            said = " ".join(each for each in passages if each is not None)
            firm = _FIRM.search(said)
            if rule.conclude.modality == "may" and firm and not _MILD.search(said):
                message = f"`{rule.id}` says `may`, and the passages that it cites say `{firm.group()}`"
                help_text = "write `shall`, or cite the sentence that leaves the payer a choice"
                yield Found(policy.name, ("rules", index, "conclude", "modality"), message, help_text)


CHECK = Check(code="may-where-text-is-firm", family="answers", needs="sources", run=run)
