"""Build HTML from elements: text is escaped where it goes in, so that nothing a document says can become markup."""

from html import escape
from typing import NewType

from payrule.reports.findings import printable

Html = NewType("Html", str)
"""Text that is HTML already."""

VOID = frozenset({"br", "meta"})
"""Elements that hold nothing and have no end."""

INLINE = frozenset({"a", "br", "code", "del", "ins", "span", "strong", "td", "th"})
"""Elements that stand in a line; every other ends its line, so that two pages can be compared."""


def text(words: str) -> Html:
    r"""Escape text; what no reader could see is written out.

    >>> text("a < b & 'c'"), text("\x1b")
    ('a &lt; b &amp; &#x27;c&#x27;', '\\x1b')
    """
    return Html(escape(printable(words)))


def element(name: str, /, *inside: Html, **attributes: str | None) -> Html:
    r"""Build an element; an attribute that is None is left out, and a trailing `_` is no part of its name.

    >>> element("a", text("R&D"), href="#x", class_=None)
    '<a href="#x">R&amp;D</a>'
    >>> element("meta", http_equiv="refresh")
    '<meta http-equiv="refresh">\n'
    """
    written = "".join(
        f' {key.removesuffix("_").replace("_", "-")}="{escape(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    end = "" if name in VOID else f"{''.join(inside)}</{name}>"
    return Html(f"<{name}{written}>{end}" + ("" if name in INLINE else "\n"))


def joined(parts: list[Html], between: Html = Html("")) -> Html:
    """Put pieces of HTML one after the other."""
    return Html(between.join(parts))
