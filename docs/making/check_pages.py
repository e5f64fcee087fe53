"""A page for each check, as the check itself prints it, and the list of all by what they are about."""

from collections.abc import Iterator
from itertools import groupby

from docs.making.markdown import page, table

from payrule.lint import registry as texts
from payrule.lint.registry import CHECKS

_ABOUT = {
    "citing": "Does every rule cite its source, and does the source still say the same?",
    "examples": "Do examples show what each rule does, and which lines it just misses?",
    "conditions": "Can each condition be true, and does each exception matter, for any possible claim?",
    "names": "Do names and codes mean what a reader thinks?",
    "answers": "Do answers state everything that a biller and an auditor need?",
    "versions": "Do the numbers and dates of versions fit together?",
    "suppressing": "Is each suppression still needed?",
}

_INTRODUCTION = """# Checks

`payrule check` runs these checks once it can read the documents. `payrule check --explain CODE` prints the page of a
check. The meaning of a code never changes. [Check in CI](../../how-to/check-in-ci.md) explains how to report, fix and
suppress what a check finds."""


def pages() -> dict[str, str]:
    """Make the text of every page, by the name of its file.

    >>> "set-unused.md" in pages()
    True
    """
    folder = "engine/payrule/lint"
    found = {
        f"{each.code}.md": page(f"`{folder}/rules/{each.family}/{each.code}.md`", [texts.page(each.code)])
        for each in CHECKS
    }
    return found | {"index.md": page(f"`{folder}/registry.py`", _index())}


def _index() -> Iterator[str]:
    yield _INTRODUCTION
    for family, checks in groupby(CHECKS, key=lambda check: check.family):
        yield from ("", f"## {family.capitalize()}", "", _ABOUT[family], "")
        rows = ((f"[`{each.code}`]({each.code}.md)", each.severity, texts.summary(each.code)) for each in checks)
        yield from table(("check", "severity", "finds"), rows)
