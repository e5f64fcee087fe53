"""All checks, by family; a check that is not listed here does not exist.

Each is a module of `rules`, in the folder of its family, with its page next to it: whatever is installed can print the
page, and the reference of the documentation is made from it.
"""

from functools import cache
from importlib import import_module
from pathlib import Path

from payrule.lint.rule import Check

FAMILIES = {
    "citing": (
        "rule-without-citation",
        "source-unused",
        "no-copy",
        "no-digest",
        "passage-not-found",
    ),
    "examples": (
        "rule-without-example",
        "rule-without-near-miss",
        "rule-without-wait",
        "override-without-example",
        "remittance-without-example",
        "value-without-example",
        "expectation-without-liability",
        "line-without-expectation",
        "presumption-without-effect",
        "statement-not-named",
        "example-summary-repeated",
        "carried-example-not-settled",
        "window-before-history",
        "version-without-examples",
    ),
    "conditions": (
        "condition-never-true",
        "condition-always-true",
        "override-never-matters",
        "condition-repeated",
        "other-line-counted-twice",
        "limit-never-binds",
        "quota-without-order",
    ),
    "names": (
        "bad-form",
        "placeholder",
        "placeholder-elsewhere",
        "summary-repeats-id",
        "set-unused",
        "code-set-unused",
        "code-set-ended",
        "fact-unused",
        "fact-used-once",
        "quota-unused",
        "lookup-unused",
        "lookup-without-row",
        "lookup-outside-dates",
        "name-hides-vocabulary",
        "code-outside-known-ranges",
        "retired-code",
    ),
    "answers": (
        "liability-missing",
        "liability-without-denial",
        "no-remittance",
        "rarc-missing",
        "remittance-code-out-of-use",
        "reading-without-interpretation",
        "may-where-text-is-firm",
    ),
    "versions": (
        "version-too-low",
        "versions-overlap",
        "versions-leave-gap",
        "policy-not-bound",
        "in-force-version-changed",
        "version-not-signed",
        "code-set-changed",
    ),
    "suppressing": ("suppression-without-effect",),
}
"""The codes of all checks by family, in the order in which they are listed."""


_ON_READING = ("bad-form", "liability-without-denial", "no-remittance", "rarc-missing", "remittance-code-out-of-use")
"""Reported when a document is read."""

_BY_RUN = "suppression-without-effect"
"""Reported by `lint.check`, when all other checks have run."""


def _check(family: str, code: str) -> Check:
    elsewhere = lambda _: iter(())  # noqa: E731 - another part of payrule reports it under the code of the check
    if code in _ON_READING:
        return Check(code=code, family=family, severity="error", needs="reading", run=elsewhere)
    if code == _BY_RUN:
        return Check(code=code, family=family, run=elsewhere, suppressible=False)
    check: Check = import_module(f"payrule.lint.rules.{family}.{code.replace('-', '_')}").CHECK
    return check


CHECKS = tuple(_check(family, code) for family, codes in FAMILIES.items() for code in codes)
"""All checks, in the order in which they are listed."""

BY_CODE = {check.code: check for check in CHECKS}
"""All checks by their code."""

SUPPRESSION_WITHOUT_EFFECT = BY_CODE[_BY_RUN]


@cache
def page(code: str) -> str:
    """Read the page of a check.

    >>> page("set-unused").splitlines()[0]
    '# set-unused'
    """
    return (Path(__file__).parent / "rules" / BY_CODE[code].family / f"{code}.md").read_text(encoding="utf-8")


def summary(code: str) -> str:
    """Give the first paragraph of a page, which says in one sentence what is wrong.

    >>> summary("set-unused")
    'No condition of the policy uses this code list.'
    """
    return " ".join(page(code).split("\n\n")[1].split())
