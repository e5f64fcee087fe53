"""Find rules that match whatever a claim says."""

from collections.abc import Iterator

from payrule.lint.context import Desk
from payrule.lint.rule import Check, Found


def look(desk: Desk) -> Iterator[Found]:
    """Find rules whose condition nothing that a claim can say makes false; errors as for `Questions.about`.

    >>> from payrule.lint.context import shipped_desk
    >>> list(look(shipped_desk()))
    []
    """
    for policy, index, rule in desk.rules():
        part = desk.questions.about(policy)
        if desk.questions.never(policy, -part.possible[f"{policy.id}/{rule.id}"]):
            message = f"`{rule.id}` speaks of every line: nothing that a claim can say makes its condition false"
            cure = "say which lines the passage speaks of"
            yield Found(policy.name, ("rules", index, "when"), message, cure, key=True)


CHECK = Check(code="condition-always-true", family="conditions", needs="solver", look=look)
