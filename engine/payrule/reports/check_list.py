"""The list of checks: by family, each with its severity and what it finds."""

from collections.abc import Iterator
from itertools import groupby

from payrule.authoring.checks.pages import summary
from payrule.authoring.checks.registry import CHECKS


def check_lines() -> Iterator[str]:
    """List all checks.

    >>> list(check_lines())[:2]
    ['citing', '  rule-without-citation          warning  A rule cites no passage of a source.']
    """
    width = max(len(check.code) for check in CHECKS)
    for number, (family, checks) in enumerate(groupby(CHECKS, key=lambda check: check.family)):
        if number:
            yield ""
        yield family
        for check in checks:
            yield f"  {check.code:<{width}} {check.severity:<8} {summary(check.code)}"
