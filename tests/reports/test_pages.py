"""A page says the same in every form of output, and nothing that a document says becomes more than words."""

import itertools
import re
from collections.abc import Callable, Iterator
from functools import partial
from html.parser import HTMLParser
from typing import Any

import msgspec
import pytest
from markdown_it import MarkdownIt
from msgspec import UNSET
from rich.cells import cell_len
from tests.property.effort import mostly_slow
from tests.reviewed import HOSTILE, difference, pages

from payrule.compare.difference import diff
from payrule.reports.pages.difference import difference_page
from payrule.reports.pages.html import page_html
from payrule.reports.pages.markdown import page_markdown
from payrule.reports.pages.page import Listing, Page, Section, Table, line
from payrule.reports.pages.text import page_text

NARROWEST = 30


class Read(HTMLParser):
    """Read a page as a browser does: what it says, and with which elements."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.words: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[str] = []
        self.feed(page.decode())
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in ("br", "meta"):
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self._open:
            self.words.append(data)

    def named(self, *tags: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.elements if tag in tags]


def texts(page: Page) -> Iterator[str]:
    """List every text of a page."""
    yield page.title
    stack: list[Page | Section] = [page]
    while stack:
        part = stack.pop()
        yield part.title
        stack += part.sections
        for block in part.blocks:
            if isinstance(block, Table):
                yield block.caption
                lines = [line for row in block.rows for cell in row for line in cell]
                yield from (span.text for line in lines for span in line)


def folded(words: str) -> str:
    return re.sub(r"\s+", "", words)


@pytest.mark.parametrize("name", ["coverage", "difference", "equal", "rereading", "unsettled", "verification"])
def test_html_says_all_that_the_page_says(name: str) -> None:
    read = folded("".join(Read(page_html(pages()[name])).words))
    for text in texts(pages()[name]):
        assert folded(text) in read


@pytest.mark.parametrize("width", mostly_slow([NARROWEST, 50, 72, 100, 200], quick=2))
def test_text_keeps_to_the_width_and_leaves_no_answer_out(width: int) -> None:
    shown = page_text(pages()["difference"], width=width, colour=False).decode()
    assert max(map(len, shown.splitlines())) <= width
    assert all(line == line.rstrip() for line in shown.splitlines())
    for number in range(1, len(difference().answers.changes) + 1):
        assert re.search(rf"^{number}\. ", shown, re.MULTILINE)


def test_colour_changes_no_word() -> None:
    page = pages()["verification"]
    coloured = page_text(page, width=100, colour=True).decode()
    assert "\x1b[" in coloured
    plain = "\n".join(line.rstrip() for line in re.sub(r"\x1b\[[\d;]*m", "", coloured).splitlines())
    assert plain == page_text(page, width=100, colour=False).decode().removesuffix("\n")


def test_answers_come_first_then_rules_text_claims_and_the_number() -> None:
    assert [section.title for section in pages()["difference"].sections] == [
        "What changes in answers",
        "What changes in rules",
        "What changes in text",
        "What changes in the claims of the file",
        "Which version number it needs",
    ]


@pytest.mark.parametrize("width", [20, 60])
def test_wide_letters_in_a_list_are_folded_and_none_is_cut(width: int) -> None:
    words = ["two", *["\u754c" * 4] * 6, "end"]
    text = page_text(Page(title="t", blocks=(Listing((line(" ".join(words)),)),)), width=width, colour=False).decode()
    assert text.split() == ["t", "-", *words]
    assert max(map(cell_len, text.split("\n"))) <= width


def hostile() -> Page:
    return difference_page(difference(HOSTILE))


@pytest.mark.slow
def test_nothing_that_a_document_says_becomes_html() -> None:
    kinds = {tag for tag, _ in Read(page_html(pages()["difference"])).elements}
    shown = Read(page_html(hostile()))
    assert {tag for tag, _ in shown.elements} == kinds
    assert not shown.named("b", "script", "img")
    assert folded("<b>&amp;</b> | *a* _b_ `c` [d](http://e) @f #7") in folded("".join(shown.words))


def read_markdown(page: Page) -> Read:
    """Read Markdown as GitHub does: tables, HTML, addresses without markup."""
    return Read(MarkdownIt("gfm-like", {"linkify": False}).render(page_markdown(page).decode()).encode())


def test_nothing_that_a_document_says_becomes_markdown() -> None:
    kinds = {tag for tag, _ in read_markdown(pages()["difference"]).elements}
    shown = read_markdown(hostile())
    assert {tag for tag, _ in shown.elements} == kinds
    assert not shown.named("a", "b")
    assert folded("Massage is not paid for: <b>&amp;</b> | *a* _b_ `c` [d](http://e) @f #7") in folded(
        "".join(shown.words)
    )


def test_markdown_notifies_nobody_and_points_at_no_issue() -> None:
    outside_code = re.sub(r"(`+).*?(?<!`)\1(?!`)", "", page_markdown(hostile()).decode())
    assert "@<!-- -->f #<!-- -->7" in outside_code
    assert not re.search(r"(?<!\w)@\w|#\d", outside_code)


def test_markdown_that_is_too_long_leaves_out_the_last_claims_and_says_so() -> None:
    whole = page_markdown(pages()["difference"]).decode()
    shortened = page_markdown(pages()["difference"], longest=len(whole) - 1).decode()
    assert len(shortened) < len(whole)
    assert shortened.count("<details>") == whole.count("<details>") - 1
    assert "the claims of the last 1 are left out" in shortened
    assert page_markdown(pages()["difference"], longest=0).decode().count("<details>") == 0


@pytest.mark.parametrize("name", ["difference", "equal", "unsettled", "verification"])
def test_markdown_says_all_that_the_page_says(name: str) -> None:
    read = folded("".join(read_markdown(pages()[name]).words))
    for text in texts(pages()[name]):
        assert folded(text) in read


def test_nothing_that_a_document_says_reaches_the_terminal_but_words() -> None:
    shown = page_text(hostile(), width=100, colour=False).decode()
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert r"\x1b[31m" in folded(shown)


def test_page_needs_nothing_but_itself() -> None:
    shown = page_html(pages()["difference"]).decode()
    assert "<script" not in shown
    assert not re.search(r"url\(|@import|https?:|\bsrc=", shown)
    for attributes in Read(shown.encode()).named("a"):
        assert f'id="{(attributes["href"] or "").removeprefix("#")}"' in shown


def test_headings_go_down_one_level_at_a_time() -> None:
    read = Read(page_html(pages()["difference"]))
    levels = [int(tag[1]) for tag, _ in read.elements if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(below - above <= 1 for above, below in itertools.pairwise(levels))


@pytest.mark.parametrize("name", ["difference", "verification"])
def test_every_table_has_a_caption_and_every_heading_a_scope(name: str) -> None:
    read = Read(page_html(pages()[name]))
    assert read.named("table")
    assert len(read.named("caption")) == len(read.named("table"))
    assert {attributes.get("scope") for attributes in read.named("th")} == {"row", "col"}


@pytest.mark.slow
def test_what_was_set_aside_is_reported_as_one_sentence() -> None:
    told = page_text(difference_page(diff("ncci@1.0.0", "ncci@2.0.0", known_on="2026-11-25")), width=100, colour=False)
    assert b"\nBoth are compared as if they were in effect on every date of service.\n" in told


@pytest.mark.parametrize("render", [page_html, page_markdown, partial(page_text, width=300, colour=False)])
@pytest.mark.parametrize(
    ("dates", "outside", "told"),
    [
        ("in-effect", 0, ["The claims are decided by the dates on which each version is in effect."]),
        ("in-effect", 1, ["1 line is not compared", "To compare all lines, add"]),
        ("in-effect", 2, ["2 lines are not compared"]),
        ("as-if-in-effect", UNSET, ["The claims are decided as if both versions were in effect on every date"]),
        (UNSET, UNSET, []),
    ],
)
def test_how_claims_meet_versions_of_different_dates_is_reported(
    render: Callable[[Page], bytes], dates: Any, outside: Any, told: list[str]
) -> None:
    found = difference()
    assert found.impact
    counted = msgspec.structs.replace(found.impact, dates=dates, lines_outside=outside)
    page = " ".join(render(difference_page(msgspec.structs.replace(found, impact=counted))).decode().split())
    page = page.replace("\\-", "-")
    assert [each for each in told if each not in page] == []
    assert ("The claims are decided" in page) == bool(told)
