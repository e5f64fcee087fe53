"""Find versions whose number promises that fewer answers differ than do."""

from collections.abc import Iterator
from datetime import date

from payrule.analysis.graph import OutOfTimeError
from payrule.compare.difference import bumps
from payrule.compare.edits import predecessor
from payrule.lint.context import CheckContext
from payrule.lint.rule import Check, Found

_WHENEVER = date.max
"""Versions are compared whenever they were published."""


def run(context: CheckContext) -> Iterator[Found]:
    """Find versions with a number that is too low for their difference from the one before.

    Raises RequestError when python-sat is not installed, and there are versions to compare, OutOfTimeError when time
    has run out.

    >>> from payrule.lint.context import shipped_context
    >>> {found.path for found in run(shipped_context())}  # one version that says why its number is kept
    {('version',)}
    """
    documents = context.documents
    for policy in context.versions():
        older = predecessor(policy, documents.policies[policy.id])
        if older is not None:
            if context.questions.expired():
                raise OutOfTimeError
            for bump in bumps((documents, older), (documents, policy), _WHENEVER, context.questions.expired):
                if bump.certainty == "unknown" and context.questions.expired():
                    raise OutOfTimeError
                if not bump.enough:
                    message = f"`{policy.version}` is too low a number after `{older.version}`: {bump.because}"
                    help_text = f"call it `{bump.demanded}` or higher"
                    if policy.status in ("draft", "proposed"):
                        help_text = f"{help_text}; `payrule new version {policy.id} --part {bump.bump}` does that"
                    yield Found(policy.name, ("version",), message, help_text)


CHECK = Check(code="version-too-low", family="versions", severity="error", needs="solver", run=run)
