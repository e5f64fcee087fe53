"""Find sources that nothing cites."""

from collections.abc import Iterator

from payrule.authoring.checks.check import Check, Found, Mend
from payrule.authoring.checks.desk import Desk
from payrule.authoring.citations import cited


def look(desk: Desk) -> Iterator[Found]:
    """Find sources that no rule, fact or note of their policy cites.

    >>> from payrule.authoring.checks.desk import shipped_desk
    >>> list(look(shipped_desk()))
    []
    """
    for policy in desk.versions():
        used = {cite.source for _, cite in cited(policy)}
        for name in policy.sources:
            if name not in used:
                mend = Mend(path=("sources", name), said=f"removed the source `{name}`, which nothing cites")
                message = f"nothing in this policy cites the source `{name}`"
                yield Found(policy.name, ("sources", name), message, "cite it, or remove it", mend, key=True)


CHECK = Check(code="source-unused", family="citing", look=look)
