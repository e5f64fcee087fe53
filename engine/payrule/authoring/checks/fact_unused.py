"""Find facts that no condition of their policy names."""

from collections.abc import Iterator

from payrule.authoring.checks.check import Check, Found, Mend
from payrule.authoring.checks.desk import Desk
from payrule.authoring.checks.facts_used import uses


def look(desk: Desk) -> Iterator[Found]:
    """Find facts of a policy that no condition of it names.

    >>> from payrule.authoring.checks.desk import shipped_desk
    >>> list(look(shipped_desk()))
    []
    """
    for policy in desk.versions():
        used = uses(policy)
        for name in policy.facts:
            if not used[name]:
                mend = Mend(path=("facts", name), said=f"removed the fact `{name}`, which no condition names")
                message = f"no condition of this policy names the fact `{name}`"
                yield Found(policy.name, ("facts", name), message, "use it, or remove it", mend, key=True)


CHECK = Check(code="fact-unused", family="names", look=look)
