"""Build HTML from elements: text is escaped where it goes in, so that nothing a document says can become markup."""

from html import escape
from importlib.resources import files
from typing import NewType

from payrule.reports.diagnostics import printable
from payrule.reports.pages.page import Block, Cell, Line, Listing, Page, Paragraph, Section, Span, Table, Verbatim

Html = NewType("Html", str)
"""Text that is already HTML."""

VOID = frozenset({"br", "input", "link", "meta"})
"""Elements that hold nothing and have no end."""

INLINE = frozenset({"a", "br", "code", "del", "ins", "option", "span", "strong", "td", "th"})
"""Elements that belong in a line; every other ends its line, so that two pages can be compared."""


def text(words: str) -> Html:
    r"""Escape text; what no reader could see is written out.

    >>> text("a < b & 'c'"), text("\x1b")
    ('a &lt; b &amp; &#x27;c&#x27;', '\\x1b')
    """
    return Html(escape(printable(words)))


def prose(words: str) -> Html:
    """Escape text in which names and values stand between backticks, and write these as code.

    >>> prose("there is no rule `a<b`"), prose("a lone `")
    ('there is no rule <code>a&lt;b</code>', 'a lone `')
    """
    pieces = words.split("`")
    if len(pieces) % 2 == 0:
        return text(words)
    return joined([element("code", text(each)) if at % 2 else text(each) for at, each in enumerate(pieces)])


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


_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""What a browser may load for the page: nothing but the style inside it."""

_ELEMENTS = {"strong": "strong", "name": "code", "new": "ins", "gone": "del"}
"""Tones that have an element of their own; the others are a class of one."""


_OF_ONE = 2
"""Columns of a table that gives the facts of one thing only, or one fact of each record."""


def page_html(page: Page) -> bytes:
    """Write a page as an HTML document."""
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("title", text(page.title)),
        element("style", Html((files("payrule.reports.pages") / "page.css").read_text(encoding="utf-8"))),
    )
    numbered = [(f"section-{number}", section) for number, section in enumerate(page.sections, start=1)]
    main = element(
        "main",
        element("h1", text(page.title)),
        *map(block_html, page.blocks),
        *(section_html(section, 2, anchor) for anchor, section in numbered),
    )
    links = [element("li", element("a", text(section.title), href=f"#{anchor}")) for anchor, section in numbered]
    contents = element("nav", element("ul", *links), aria_label="Contents")
    document = element("html", head, element("body", contents, main), lang="en")
    return f"<!doctype html>\n{document}".encode()


def section_html(section: Section, level: int, anchor: str | None) -> Html:
    """Write a section under a heading of a level, 1 to 6."""
    return element(
        "section",
        element(f"h{level}", text(section.title)),
        *map(block_html, section.blocks),
        *(section_html(below, level + 1, below.anchor) for below in section.sections),
        id=anchor,
    )


def block_html(block: Block) -> Html:
    """Write a block: a paragraph, a list, text as it is, or a table."""
    if isinstance(block, Paragraph):
        return element("p", line_html(block.line))
    if isinstance(block, Listing):
        return element("ul", *(element("li", line_html(item)) for item in block.items))
    if isinstance(block, Verbatim):
        return element("pre", element("code", joined([text(line) for line in block.text.split("\n")], Html("\n"))))
    return _table(block)


def _table(table: Table) -> Html:
    """Write a table; records become blocks on narrow screens, and the roles keep what they are for who listens."""
    head = [
        element("th", text(name), scope="col", role="columnheader") if name else element("td", role="cell")
        for name in table.head
    ]
    rows = [
        element(
            "tr",
            element("th", _lines(row[0]), scope="row", role="rowheader", data_of=table.head[0] or None),
            *(
                element("td", _lines(each), role="cell", data_of=name)
                for name, each in zip(table.head[1:], row[1:], strict=True)
            ),
            role="row",
        )
        for row in table.rows
    ]
    return element(
        "table",
        element("caption", text(table.caption)),
        element("thead", element("tr", *head, role="row"), role="rowgroup"),
        element("tbody", *rows, role="rowgroup"),
        role="table",
        class_=f"{'records' if table.of_records else 'facts'}{' of-one' if len(table.head) == _OF_ONE else ''}",
    )


def _lines(cell: Cell) -> Html:
    return joined([line_html(line) for line in cell], element("br"))


def line_html(line: Line) -> Html:
    """Write a line of text."""
    return joined([_span(span) for span in line])


def _span(span: Span) -> Html:
    inside = text(span.text)
    if span.tone in _ELEMENTS:
        inside = element(_ELEMENTS[span.tone], inside)
    elif span.tone != "plain":
        inside = element("span", inside, class_=span.tone)
    return element("a", inside, href=f"#{span.to}") if span.to else inside
