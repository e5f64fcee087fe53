"""The list of checks: by family, each with its severity and what it finds."""

from collections.abc import Iterator
from itertools import groupby

from payrule.authoring.checks.pages import summary
from payrule.authoring.checks.registry import CHECKS
from payrule.reports.rows import aligned


def check_lines(width: int | None = None) -> Iterator[str]:
    """List all checks; with a `width`, in characters, in lines that fit.

    >>> list(check_lines())[:2]
    ['citing', '  rule-without-citation          warning  A rule cites no passage of a source.']
    """
    longest = max(len(check.code) for check in CHECKS)
    for number, (family, checks) in enumerate(groupby(CHECKS, key=lambda check: check.family)):
        if number:
            yield ""
        yield family
        rows = ((f"  {each.code:<{longest}} {each.severity:<7}", summary(each.code)) for each in checks)
        yield from aligned(rows, width)
