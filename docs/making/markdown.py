r"""Write pieces of Markdown as the pages of the documentation have them.

>>> print("\n".join(table(("key", "value"), [("`a`", "b | c")])))
| key | value |
| --- | --- |
| `a` | b \| c |
"""

import re
from collections.abc import Iterable, Iterator


def table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """Write a table; nothing of a cell is taken for the end of it."""
    yield _row(heads)
    yield _row(("---",) * len(heads))
    yield from (_row(tuple(cell.replace("|", "\\|") for cell in row)) for row in rows)


def _row(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |".replace("  |", " |")


def code(text: str) -> str:
    """Write a text as code, with as many marks as it needs.

    >>> code("a"), code("a `b`")
    ('`a`', '`` a `b` ``')
    """
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def anchor(heading: str) -> str:
    """Give the name by which a heading is linked, as code hosts make it.

    >>> anchor("Condition on another line")
    'condition-on-another-line'
    """
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def page(origin: str, lines: Iterable[str]) -> str:
    """Make the text of a page that is written: where it comes from, and its lines."""
    return "\n".join([f"<!-- Written by `make pages` from {origin}; edit that. -->", "", *lines]).rstrip() + "\n"
