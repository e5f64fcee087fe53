"""How often the conditions of a policy name each fact, for the checks of facts."""

from collections import Counter
from collections.abc import Iterator

from payrule.language.condition import conditions
from payrule.language.name_findings import facts_of
from payrule.lint.context import CheckContext
from payrule.lint.rule import Check, Fix, Found
from payrule.model.policy import Policy


def uses(policy: Policy) -> Counter[str]:
    """Count how often the conditions of a policy name each fact."""
    return Counter(name for condition in conditions(policy) for name in facts_of(condition))


def run(context: CheckContext) -> Iterator[Found]:
    """Find facts of a policy that no condition of it names.

    >>> from payrule.lint.context import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    for policy in context.versions():
        used = uses(policy)
        for name in policy.facts:
            if not used[name]:
                fix = Fix(path=("facts", name), said=f"removed the fact `{name}`, which no condition names")
                message = f"no condition of this policy names the fact `{name}`"
                yield Found(policy.name, ("facts", name), message, "use it, or remove it", fix, key=True)


CHECK = Check(code="fact-unused", family="names", run=run)
