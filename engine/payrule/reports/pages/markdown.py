"""A page as GitHub-flavoured Markdown, for a comment in a review."""

import re
from collections.abc import Iterator

from msgspec.structs import replace

from payrule.reports.diagnostics import printable
from payrule.reports.pages.html import text as html_text
from payrule.reports.pages.page import Block, Line, Listing, Page, Paragraph, Section, Span, Table, Verbatim, line
from payrule.results.determination import DISPOSITIONS

BOLD = frozenset({"new", "strong", "warning", "proved", "bounded", "unknown", *DISPOSITIONS})
"""Tones that are set in bold."""


LONGEST = 65_536
"""Characters that a comment on GitHub may have."""


def page_markdown(page: Page, longest: int = LONGEST) -> bytes:
    """Write a page as Markdown; the last particulars are left out, and counted, where it would be too long."""
    kept, left_out = page, 0
    while len(written := _page(kept, left_out)) > longest and (shorter := _without_last_particulars(kept)):
        kept, left_out = shorter, left_out + 1
    return written.encode()


def _page(page: Page, left_out: int) -> str:
    if left_out:
        words = f"Too long for one comment: the claims of the last {left_out:,} are left out; the HTML has them."
        page = replace(page, blocks=(*page.blocks, Paragraph(line(words))))
    return "\n\n".join(_section(page, 2)) + "\n"


def _without_last_particulars(page: Page) -> Page | None:
    """Leave out the last folded section; None when there is no more."""
    for position in reversed(range(len(page.sections))):
        section = page.sections[position]
        if section.sections and section.sections[-1].folded:
            shorter = replace(section, sections=section.sections[:-1])
            return replace(page, sections=(*page.sections[:position], shorter, *page.sections[position + 1 :]))
    return None


def _section(section: Section, level: int) -> Iterator[str]:
    if section.folded:
        yield f"<details>\n<summary>{_unlinked(html_text(section.title))}</summary>"
    else:
        yield f"{'#' * level} {escaped(section.title)}"
    yield from _blocks(section.blocks)
    for below in section.sections:
        yield from _section(below, level + 1)
    if section.folded:
        yield "</details>"


def _blocks(blocks: tuple[Block, ...]) -> Iterator[str]:
    for block in blocks:
        if isinstance(block, Paragraph):
            yield _beginning(_line(block.line))
        elif isinstance(block, Listing):
            yield "\n".join(f"- {_beginning(_line(item))}" for item in block.items)
        elif isinstance(block, Verbatim):
            fence = _fence(block.text, 3)
            yield f"{fence}\n{block.text}\n{fence}"
        else:
            yield f"_{escaped(block.caption)}_"
            yield "\n".join(_rows(block))


def _rows(table: Table) -> Iterator[str]:
    yield _row([escaped(name) for name in table.head])
    yield _row(["---"] * len(table.head))
    for row in table.rows:
        yield _row(["<br>".join(_line(each, in_table=True) for each in cell) for cell in row])


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _line(line: Line, *, in_table: bool = False) -> str:
    return "".join(_span(span, in_table=in_table) for span in line)


def _span(span: Span, *, in_table: bool) -> str:
    if span.tone == "name":
        return code(span.text, in_table=in_table)
    words = escaped(span.text)
    outside = "**" if span.tone in BOLD else "_" if span.tone == "passage" else ""
    return re.sub(r"^(\s*)(.*?)(\s*)$", rf"\1{outside}\2{outside}\3", words) if outside and words.strip() else words


def code(words: str, *, in_table: bool) -> str:
    r"""Set a name as code; in a table a bar must be escaped even there.

    >>> code("a/b", in_table=False), code("a`b|c", in_table=True)
    ('`a/b`', '``a`b\\|c``')
    """
    words = printable(words)
    fence = _fence(words, 1)
    blank = " " if words.startswith("`") or words.endswith("`") else ""
    inside = words.replace("|", "\\|") if in_table else words
    return f"{fence}{blank}{inside}{blank}{fence}"


def _fence(words: str, least: int) -> str:
    longest = max((len(run) for run in re.findall("`+", words)), default=0)
    return "`" * max(least, longest + 1)


def escaped(words: str) -> str:
    r"""Write words so that Markdown takes them as they are, and GitHub neither links nor notifies anybody.

    >>> escaped("a_b *c* <d> [e](f) | 1. @set #7")
    'a\\_b \\*c\\* &lt;d&gt; \\[e\\](f) \\| 1. @<!-- -->set #<!-- -->7'
    """
    words = printable(words).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    words = re.sub(r"([\\`*_\[\]|~])", r"\\\1", words)
    return _unlinked(words)


def _beginning(line: str) -> str:
    r"""Let a line begin no list and no heading.

    >>> _beginning("- a"), _beginning("12. a"), _beginning("+ a"), _beginning("a - 1.")
    ('\\- a', '12\\. a', '\\+ a', 'a - 1.')
    """
    return re.sub(r"^(\s*\d*)([-+#=.)])", r"\1\\\2", line)


def _unlinked(words: str) -> str:
    """Part what GitHub would take for a person, an issue or an address."""
    return re.sub(r"(?<!\w)([@#])(?=\w)|(?<=://)(?=\w)|(?<=www\.)(?=\w)", r"\1<!-- -->", words)
