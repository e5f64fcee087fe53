"""The page of each check: what is wrong, an example of it, how it is better, why, and where it does not hold.

A page lies beside its check, so that whatever is installed can print it; the reference of the documentation is made
from it.
"""

from functools import cache
from pathlib import Path


@cache
def page(code: str) -> str:
    """Read the page of a check.

    >>> page("set-unused").splitlines()[0]
    '# set-unused'
    """
    return Path(__file__).with_name(f"{code}.md").read_text(encoding="utf-8")


def summary(code: str) -> str:
    """Give the first paragraph of a page, which says in one sentence what is wrong.

    >>> summary("set-unused")
    'A set of the policy is named by no condition.'
    """
    return " ".join(page(code).split("\n\n")[1].split())
