"""The versions of each policy that are in force, one after the other, for the checks of versions."""

from collections.abc import Iterator
from itertools import pairwise

from payrule.lint.context import CheckContext
from payrule.lint.rule import Check, Found
from payrule.model.policy import Policy, semantic


def in_force(context: CheckContext) -> Iterator[list[Policy]]:
    """List the versions in force of each policy that is checked, in the order in which they begin to apply."""
    for name in sorted({policy.id for policy in context.policies}):
        versions = [each for each in context.documents.policies[name] if each.status == "in-force"]
        yield sorted(versions, key=lambda each: (each.effective.first or "", semantic(each.version)))


def published(policy: Policy) -> str:
    """Give the day from which a version was known, in a form that sorts; one without a day always was."""
    return policy.published or ""


def run(context: CheckContext) -> Iterator[Found]:
    """Find versions in force that begin on or before the last day of the one before, or on its first.

    One without a last day is followed by the next and overlaps nothing. Neither does one that was published later and
    corrects what had been known.

    >>> from payrule.lint.context import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    for versions in in_force(context):
        for older, newer in pairwise(versions):
            if published(older) < published(newer):
                continue
            first, last = newer.effective.first, older.effective.last
            if first == older.effective.first:
                since = f"on {first}" if first else "with the first date of service"
                message = (
                    f"`{older.version}` and `{newer.version}` both begin {since}, so `{older.version}` never binds"
                )
                help_text = f"give one of them another first day, or retire `{older.version}`"
            elif last is not None and first is not None and first <= last:
                message = f"`{older.version}` says that it holds until {last}, and `{newer.version}` begins on {first}"
                help_text = "end the older version on the day before the newer one begins"
            else:
                continue
            yield Found(newer.name, ("effective",), message, help_text, key=True)


CHECK = Check(code="versions-overlap", family="versions", needs="rulebase", run=run)
