"""Find sources of which the analyst has no copy."""

from collections.abc import Iterator

from payrule.authoring.checks.check import Check, Found
from payrule.authoring.checks.desk import Desk


def look(desk: Desk) -> Iterator[Found]:
    """Find sources whose file is not in the folder of copies; none where there is no such folder.

    >>> from payrule.authoring.checks.desk import shipped_desk
    >>> list(look(shipped_desk()))
    []
    """
    if desk.copies is not None:
        for policy in desk.policies:
            for name, source in policy.sources.items():
                if source.file is not None and desk.copies.of(source) is None:
                    message = f"there is no copy of `{name}` in `{desk.copies.folder}`"
                    yield Found(policy.name, ("sources", name), message, f"put the text there as `{source.file}`")


CHECK = Check(code="no-copy", family="citing", severity="error", needs="sources", look=look)
