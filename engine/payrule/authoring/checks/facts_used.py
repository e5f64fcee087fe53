"""How often the conditions of a policy name each fact, for the checks of facts."""

from collections import Counter

from payrule.documents.models import Policy
from payrule.language.fact_names import facts_of
from payrule.language.walk import conditions


def uses(policy: Policy) -> Counter[str]:
    """Count how often the conditions of a policy name each fact."""
    return Counter(name for _, condition in conditions(policy) for name in facts_of(condition))
