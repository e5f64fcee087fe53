"""A page as one HTML file that holds all it needs: no script, no font, no picture; to be read, sent and printed."""

from collections.abc import Iterator
from importlib.resources import files

from payrule.reports.pages.markup import Html, element, joined, text
from payrule.reports.pages.page import Block, Cell, Listing, Page, Paragraph, Said, Section, Span, Table, Verbatim

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
        element("style", _style()),
    )
    numbered = [(f"section-{number}", section) for number, section in enumerate(page.sections, start=1)]
    main = element(
        "main",
        element("h1", text(page.title)),
        *map(_block, page.blocks),
        *(_section(section, 2, anchor) for anchor, section in numbered),
    )
    document = element("html", head, element("body", _contents(numbered), main), lang="en")
    return f"<!doctype html>\n{document}".encode()


def _style() -> Html:
    return Html((files("payrule.reports.pages") / "page.css").read_text(encoding="utf-8"))


def _contents(sections: list[tuple[str, Section]]) -> Html:
    links = [element("li", element("a", text(section.title), href=f"#{anchor}")) for anchor, section in sections]
    return element("nav", element("ul", *links), aria_label="Contents")


def _section(section: Section, level: int, anchor: str | None) -> Html:
    return element(
        "section",
        element(f"h{level}", text(section.title)),
        *map(_block, section.blocks),
        *(_section(below, level + 1, below.anchor) for below in section.sections),
        id=anchor,
    )


def _block(block: Block) -> Html:
    if isinstance(block, Paragraph):
        return element("p", _said(block.said))
    if isinstance(block, Listing):
        return element("ul", *(element("li", _said(item)) for item in block.items))
    if isinstance(block, Verbatim):
        return element("pre", element("code", joined([text(line) for line in block.text.split("\n")], Html("\n"))))
    return _table(block)


def _table(table: Table) -> Html:
    """Write a table; records become blocks on narrow screens, and the roles keep what they are for who listens."""
    head = [
        element("th", text(name), scope="col", role="columnheader") if name else element("td", role="cell")
        for name in table.head
    ]
    return element(
        "table",
        element("caption", text(table.caption)),
        element("thead", element("tr", *head, role="row"), role="rowgroup"),
        element("tbody", *(element("tr", *_cells(table.head, row), role="row") for row in table.rows), role="rowgroup"),
        role="table",
        class_=f"{'records' if table.of_records else 'facts'}{' of-one' if len(table.head) == _OF_ONE else ''}",
    )


def _cells(head: tuple[str, ...], row: tuple[Cell, ...]) -> Iterator[Html]:
    yield element("th", _lines(row[0]), scope="row", role="rowheader", data_of=head[0] or None)
    for name, cell in zip(head[1:], row[1:], strict=True):
        yield element("td", _lines(cell), role="cell", data_of=name)


def _lines(cell: Cell) -> Html:
    return joined([_said(line) for line in cell], element("br"))


def _said(line: Said) -> Html:
    return joined([_span(span) for span in line])


def _span(span: Span) -> Html:
    inside = text(span.text)
    if span.tone in _ELEMENTS:
        inside = element(_ELEMENTS[span.tone], inside)
    elif span.tone != "plain":
        inside = element("span", inside, class_=span.tone)
    return element("a", inside, href=f"#{span.to}") if span.to else inside
