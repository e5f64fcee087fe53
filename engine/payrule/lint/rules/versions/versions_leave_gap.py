"""Find dates of service between versions of a policy on which none applies."""

from itertools import pairwise

from payrule.lint.rule import CheckContext, Results, lint_rule, problem
from payrule.lint.rules.versions.versions_overlap import in_force
from payrule.model.values import day_after, read_date


def run(context: CheckContext) -> Results:
    """Find versions in force that begin later than on the day after the last day of every one before.

    >>> from payrule.lint.rule import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    for versions in in_force(context):
        for count, (_, newer) in enumerate(pairwise(versions), start=1):
            ends = [each.effective.last for each in versions[:count]]
            first = newer.effective.first
            if first is None or None in ends:
                continue
            last = max(each for each in ends if each is not None)
            following = day_after(read_date(last))
            if following is not None and following < read_date(first):
                message = f"no version of `{newer.id}` applies after {last} and before {first}"
                help_text = "correct one of the two dates, or write a version for the time between"
                yield problem(newer.name, ("effective", "from"), message, help_text)


CHECK = lint_rule(run, needs="rulebase")
