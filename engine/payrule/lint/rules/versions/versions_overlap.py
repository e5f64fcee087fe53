"""Find versions in force that apply on the same dates."""

from collections.abc import Iterator
from itertools import pairwise

from payrule.lint.rule import CheckContext, Results, lint_rule, problem
from payrule.model.policy import Policy, semantic


def in_force(context: CheckContext) -> Iterator[list[Policy]]:
    """List the versions in force of each policy that is checked, in the order in which they begin to apply."""
    for name in sorted({policy.id for policy in context.policies}):
        versions = [each for each in context.documents.policies[name] if each.status == "in-force"]
        yield sorted(versions, key=lambda each: (each.effective.first or "", semantic(each.version)))


def run(context: CheckContext) -> Results:
    """Find versions in force that begin on or before the last day of the one before, or on its first.

    One without a last day ends when the next begins, and overlaps nothing. Neither does one that was published later
    and corrects the one before; a version without a day of publication was always known.

    >>> from payrule.lint.rule import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    for versions in in_force(context):
        for older, newer in pairwise(versions):
            first, last = newer.effective.first, older.effective.last
            if (older.published or "") < (newer.published or ""):
                continue
            if first == older.effective.first:
                since = f"on {first}" if first else "with the first date of service"
                message = (
                    f"`{older.version}` and `{newer.version}` both start {since}, so `{older.version}` never applies"
                )
                help_text = f"give one of them another first day, or retire `{older.version}`"
            elif last is not None and first is not None and first <= last:
                message = f"`{older.version}` applies until {last}, but `{newer.version}` starts on {first}"
                help_text = "end the older version on the day before the newer one starts"
            else:
                continue
            yield problem(newer.name, ("effective",), message, help_text, key=True)


CHECK = lint_rule(run, needs="rulebase")
