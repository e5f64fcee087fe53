"""Find rules that no claim can match."""

from collections.abc import Iterator

from payrule.authoring.checks.check import Check, Found
from payrule.authoring.checks.desk import Desk


def look(desk: Desk) -> Iterator[Found]:
    """Find rules whose condition nothing that a claim can say makes true; errors as for `Questions.about`.

    >>> from payrule.authoring.checks.desk import shipped_desk
    >>> list(look(shipped_desk()))
    []
    """
    for policy, index, rule in desk.rules():
        part = desk.questions.about(policy)
        if desk.questions.never(policy, part.definite[f"{policy.id}/{rule.id}"]):
            message = f"no claim can match `{rule.id}`: its condition contradicts itself"
            cure = "look for two entries that exclude each other, or a value that the attribute cannot have"
            yield Found(policy.name, ("rules", index, "when"), message, cure, key=True)


CHECK = Check(code="condition-never-true", family="conditions", severity="error", needs="solver", look=look)
