"""Find citations whose passage the payer has reworded."""

from collections.abc import Iterator

from payrule.authoring.checks.check import Check, Found
from payrule.authoring.checks.desk import Desk
from payrule.authoring.citations import cited


def look(desk: Desk) -> Iterator[Found]:
    """Find citations whose words are not in the copy of their source, whatever its white space.

    >>> from payrule.authoring.checks.desk import shipped_desk
    >>> list(look(shipped_desk()))
    []
    """
    if desk.copies is not None:
        cure = "`payrule reread` shows what became of it; when the rule still holds, cite the new wording"
        for policy in desk.policies:
            for path, cite in cited(policy):
                if desk.copies.lack(policy, cite) == "passage-not-found":
                    file = policy.sources[cite.source].file
                    message = f"the passage at `{cite.locator}` is not in `{file}` as it was cited"
                    yield Found(policy.name, (*path, "digest"), message, cure)


CHECK = Check(code="passage-not-found", family="citing", severity="error", needs="sources", look=look)
