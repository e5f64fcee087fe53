"""Which version number the difference between two versions of a policy deserves."""

from payrule.model.policy import Policy, semantic
from payrule.results.difference import AnswerDifference, Bump, Edit, VersionBump

_WHEN = frozenset({"version", "status", "effective", "published"})
"""What says which version a policy is, and when it binds, and nothing of what it answers then."""


def version_bump(older: Policy, newer: Policy, answers: AnswerDifference, edits: tuple[Edit, ...]) -> VersionBump:
    """Compute the least number that a newer version may bear, from the answers of each version bound alone.

    None: only its number, dates or status was edited. Patch: no answer differs. Minor: answers differ only where the
    older version left the line undecided. Major: any other answer differs. What is not settled counts as what was
    found, and `certainty` tells.
    """
    bump, because = _bump(answers, edits)
    demanded = raised(older.version, bump)
    return VersionBump(
        policy=newer.id,
        older=older.version,
        given=newer.version,
        bump=bump,
        demanded=demanded,
        enough=semantic(newer.version) >= semantic(demanded),
        certainty=answers.certainty,
        because=because,
    )


def raised(version: str, bump: Bump) -> str:
    """Raise a version number.

    >>> raised("1.4.2", "minor"), raised("1.4.2", "major"), raised("1.4.2", "none")
    ('1.5.0', '2.0.0', '1.4.2')
    """
    major, minor, patch = semantic(version)
    numbers = {
        "none": (major, minor, patch),
        "patch": (major, minor, patch + 1),
        "minor": (major, minor + 1, 0),
        "major": (major + 1, 0, 0),
    }
    return ".".join(map(str, numbers[bump]))


def _bump(answers: AnswerDifference, edits: tuple[Edit, ...]) -> tuple[Bump, str]:
    decided = [change for change in answers.changes if change.before.disposition != "undecided"]
    if decided:
        if len(decided) == 1:
            return "major", "one kind of answer that the older version gave changes"
        return "major", f"{len(decided)} kinds of answers that the older version gave change"
    if answers.changes:
        return "minor", "answers change only where the older version left lines undecided"
    if any(edit.of != "policy" or edit.key not in _WHEN for edit in edits):
        return "patch", "no answer changes"
    return "none", "only its number, dates or status changes" if edits else "nothing changes"
