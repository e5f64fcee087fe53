"""How often the conditions of a policy name each fact, for the checks of facts."""

from collections import Counter

from payrule.documents.models import Policy
from payrule.language.condition import conditions
from payrule.language.fact_names import facts_of


def uses(policy: Policy) -> Counter[str]:
    """Count how often the conditions of a policy name each fact."""
    return Counter(name for condition in conditions(policy) for name in facts_of(condition))
