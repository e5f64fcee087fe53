"""The site of the documentation, as it is seen on a telephone and on a desk, by day and by night."""

from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Page
from tests.browser.judged import SEEN, assert_accessible, assert_fits
from tests.docs.site import SITE, of_this_checkout

pytestmark = [pytest.mark.slow, SITE]

PAGES = (
    "README",
    "docs/index",
    "docs/tutorial/from-a-paragraph-to-a-rule",
    "docs/how-to/resolve-a-conflict",
    "docs/reference/commands/diff",
    "docs/reference/documents/policy",
    "docs/reference/language",
    "docs/reference/library/index",
    "docs/explanation/how-a-claim-is-decided",
)
"""A page of each kind, among them those with the widest tables and drawings; by turns on a telephone and on a desk."""

OURS = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"],
    "rules": {"scrollable-region-focusable": {"enabled": False}},
}
"""Rules of axe-core for what we write; that keys scroll a wide block is left to the browser."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return of_this_checkout(tmp_path_factory)


def opened(page: Page, site: Path, name: str, width: int, scheme: Literal["light", "dark"]) -> list[str]:
    """Open a page from a file, and give whatever it wants from elsewhere."""
    wanted: list[str] = []
    page.on("request", lambda request: wanted.append(request.url) if not request.url.startswith("file:") else None)
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    page.goto((site / f"{name}.html").as_uri())
    return wanted


@pytest.mark.parametrize(("name", "width", "scheme"), [(name, *SEEN[at % 2]) for at, name in enumerate(PAGES)])
def test_page_fits_and_axe_finds_nothing_in_what_we_write(
    name: str, width: int, scheme: Literal["light", "dark"], page: Page, site: Path
) -> None:
    """The frame around the article is the theme's."""
    assert opened(page, site, name, width, scheme) == []
    assert_fits(page)
    assert_accessible(page, options=OURS, part="#furo-main-content")


def test_front_leads_to_the_list_of_all_pages(page: Page, site: Path) -> None:
    page.goto((site / "index.html").as_uri())
    page.wait_for_url("**/docs/index.html")
    assert page.get_by_role("heading", level=1).inner_text().startswith("payrule, all pages")
