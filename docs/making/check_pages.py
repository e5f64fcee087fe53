"""A page for each check, as the check itself prints it, and the list of all by what they are about."""

from collections.abc import Iterator
from itertools import groupby

from docs.making.markdown import page, table

from payrule.lint import registry as texts
from payrule.lint.registry import CHECKS

_ABOUT = {
    "citing": "Whether rules rest on the text, and on the text as it is now.",
    "examples": "Whether examples show what rules do, and where they end.",
    "conditions": "Whether conditions can be true, and overrides can matter: asked of every claim at once.",
    "names": "Whether names and codes are what a reader takes them for.",
    "answers": "Whether answers say all that a biller and an auditor need.",
    "versions": "Whether versions follow each other as their numbers and dates say.",
    "suppressing": "Whether what documents keep quiet is still there.",
}

_INTRODUCTION = """# Checks

`payrule check` looks for what is listed here, once the documents can be used at all; `payrule check --explain CODE`
prints the page of one. A code never changes its meaning. [Check in CI](../../how-to/check-in-ci.md) tells how to
report, fix and suppress what is found."""


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
