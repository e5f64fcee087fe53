"""What every page is asked, in a browser: that it fits its window, and that axe-core finds nothing."""

from collections.abc import Mapping
from typing import Any, Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

WIDTHS = (360, 1400)
"""Pixels of a telephone and of a desk."""
SEEN: tuple[tuple[int, Literal["light", "dark"]], ...] = ((360, "dark"), (1400, "light"))
"""Widths and colors; neither has a part in what the other does to a page."""
STRICT = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
"""Which rules of axe-core a page must keep."""


def assert_fits(page: Page, where: str = "") -> None:
    """See that nobody scrolls sideways, once the page has all its styles."""
    page.wait_for_load_state()
    width, window = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width <= window, where


def assert_accessible(
    page: Page, where: str = "", options: Mapping[str, Any] = STRICT, part: str | None = None
) -> None:
    """See that axe-core finds nothing in a page, or in the part of it that a selector names."""
    page.wait_for_load_state()
    found = Axe().run(page, context=part, options=dict(options))
    assert found.violations_count == 0, (where, found.generate_report())
    assert found.response["passes"]
