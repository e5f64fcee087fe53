"""Find quotas that nothing in their policy uses."""

import msgspec

from payrule.language.condition import Quota, conditions, find
from payrule.lint.rule import CheckContext, Results, lint_rule, unused
from payrule.model.policy import OfQuota, Policy


def uses(policy: Policy) -> frozenset[str]:
    """Name the quotas that conditions of a policy ask about, or by which rules pay."""
    asked = {each.name for condition in conditions(policy) for each in find(condition, Quota)}
    pays = (rule.conclude.pay for rule in policy.rules if rule.conclude.pay is not msgspec.UNSET)
    return frozenset(asked | {pay.units.quota for pay in pays if isinstance(pay.units, OfQuota)})


def run(context: CheckContext) -> Results:
    """Find quotas of a policy that no rule and no definition of it uses.

    >>> from payrule.lint.rule import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    return unused(context, "quotas", uses, "quota `{}`", "no condition of this policy uses")


CHECK = lint_rule(run)
