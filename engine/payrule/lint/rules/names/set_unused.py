"""Find sets that no condition of their policy names."""

from collections.abc import Iterator

from payrule.language.condition import Test, conditions, find
from payrule.lint.context import CheckContext
from payrule.lint.rule import Check, Fix, Found
from payrule.model.policy import Policy


def run(context: CheckContext) -> Iterator[Found]:
    """Find sets of a policy that no condition of it names; those of the vocabulary serve every policy.

    >>> from payrule.lint.context import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    for policy in context.versions():
        used = sets_used(policy)
        for name in policy.sets:
            if name not in used:
                fix = Fix(path=("sets", name), said=f"removed the set `@{name}`, which no condition names")
                message = f"no condition of this policy names the set `@{name}`"
                yield Found(policy.name, ("sets", name), message, "use it, or remove it", fix, key=True)


def sets_used(policy: Policy) -> frozenset[str]:
    """Name the sets that the conditions of a policy name."""
    found = (test.set_name for condition in conditions(policy) for test in find(condition, Test))
    return frozenset(name for name in found if name is not None)


CHECK = Check(code="set-unused", family="names", run=run)
