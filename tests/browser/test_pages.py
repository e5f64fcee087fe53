"""The HTML of differences and verifications, as a browser shows it and as somebody hears it who cannot see it."""

import re
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Page
from tests.browser.judged import SEEN, WIDTHS, assert_accessible, assert_fits
from tests.docs.site import SITE
from tests.reviewed import HOSTILE, difference, pages

from payrule.reports.pages.difference import difference_page
from payrule.reports.pages.html import page_html

pytestmark = [pytest.mark.slow, SITE]

NAMES = ("coverage", "difference", "equal", "rereading", "unsettled", "verification")


def opened(page: Page, html: bytes, folder: Path) -> list[str]:
    """Open a page from a file, as a reviewer does; give what the console says of it."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: said.append(request.url) if not request.url.startswith("file:") else None)
    path = folder / "page.html"
    path.write_bytes(html)
    page.goto(path.as_uri())
    return said


def test_one_process_looks_at_all_pages(request: pytest.FixtureRequest) -> None:
    """Where pytest-xdist cannot keep tests of a group on one process, it does not say so."""
    if getattr(request.config.option, "loadgroup", False):
        assert request.node.nodeid.endswith("@browser")


@pytest.mark.parametrize("name", NAMES)
def test_console_says_nothing_and_nothing_is_loaded(name: str, page: Page, tmp_path: Path) -> None:
    assert opened(page, page_html(pages()[name]), tmp_path) == []


@pytest.mark.parametrize(("width", "scheme"), SEEN)
@pytest.mark.parametrize("name", NAMES)
def test_axe_finds_nothing(name: str, width: int, scheme: Literal["light", "dark"], page: Page, tmp_path: Path) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)
    opened(page, page_html(pages()[name]), tmp_path)
    assert_accessible(page)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", NAMES)
def test_nobody_scrolls_sideways(name: str, width: int, page: Page, tmp_path: Path) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    opened(page, page_html(pages()[name]), tmp_path)
    wider: list[str] = page.evaluate(
        """() => [...document.querySelectorAll("main *")].filter(each => !each.closest("thead") || innerWidth > 704)
            .filter(each => each.getBoundingClientRect().right > innerWidth || (
                each.matches("td, th, p, li, pre, caption, h1, h2, h3") && each.scrollWidth > each.clientWidth + 1))
            .map(each => each.outerHTML.slice(0, 99))"""
    )
    assert wider == []
    assert_fits(page)


def test_records_stay_a_table_for_who_listens_on_a_narrow_screen(page: Page, tmp_path: Path) -> None:
    page.set_viewport_size({"width": 360, "height": 800})
    opened(page, page_html(pages()["difference"]), tmp_path)
    table = page.get_by_role("table", name="Kinds of changed answers")
    assert table.get_by_role("columnheader").all_inner_texts() == ["before", "after", "numbers, by deciding rule"]
    assert table.get_by_role("rowheader").count() == table.get_by_role("row").count() - 1


def test_kind_leads_to_its_claim(page: Page, tmp_path: Path) -> None:
    opened(page, page_html(pages()["difference"]), tmp_path)
    page.get_by_role("link", name="2", exact=True).click()
    assert page.url.endswith("#kind-2")
    heading = page.locator("#kind-2").get_by_role("heading")
    assert re.match(r"2\. ", heading.inner_text())
    assert heading.is_visible()


def test_print_leaves_out_what_cannot_be_clicked_and_is_dark_on_light(page: Page, tmp_path: Path) -> None:
    page.emulate_media(media="print", color_scheme="dark")
    opened(page, page_html(pages()["difference"]), tmp_path)
    assert not page.get_by_role("navigation").is_visible()
    ground, ink = page.evaluate(
        """() => ["backgroundColor", "color"].map(each => getComputedStyle(document.documentElement)[each])"""
    )
    assert sum(map(int, re.findall(r"\d+", ground)[:3])) > sum(map(int, re.findall(r"\d+", ink)[:3]))


def test_names_in_documents_are_words_and_nothing_else(page: Page, tmp_path: Path) -> None:
    assert opened(page, page_html(difference_page(difference(HOSTILE))), tmp_path) == []
    assert page.locator("b, script, img").count() == 0
    assert page.get_by_text("<b>&amp;</b> | *a* _b_").count() > 0
