"""What changes between two versions, walked in a browser: by keyboard, without scripts, on a phone."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page
from tests.browser.judged import assert_accessible
from tests.compare.test_review import copied, write
from tests.web.workbench_for_tests import served

from payrule.compare.review import read_review
from payrule.web.site import Site

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = copied(tmp_path)
    write(made)
    return made


@pytest.fixture
def address(folder: Path) -> Iterator[str]:
    with Site(folder) as site, served(site) as opened:
        yield opened


def review(page: Page, address: str) -> None:
    """Compare two versions and approve the first kind of change, with the keyboard alone."""
    page.goto(address)
    until(page, "What changes")
    page.keyboard.press("Enter")
    page.wait_for_url("**/changes")
    until(page, "old")
    page.keyboard.type("ncci@1.0.0")
    page.keyboard.press("Tab")
    page.keyboard.type("ncci@1.0.1")
    until(page, "Compare")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="What changes in answers").wait_for(timeout=60_000)
    until(page, "by-1")
    page.keyboard.type("A. Reviewer")
    until(page, "Approve")
    page.keyboard.press("Enter")
    page.wait_for_url("**#kind-2")


def until(page: Page, wanted: str) -> None:
    """Press the tab key until a link, a button or a field has the focus: by its text, or its id."""
    for _ in range(200):
        page.keyboard.press("Tab")
        found = page.evaluate("[document.activeElement.textContent.trim(), document.activeElement.id]")
        if wanted in found:
            return
    raise AssertionError(f"nothing of the page is `{wanted}`")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
@pytest.mark.parametrize("width", [360, 1400])
def test_two_versions_are_compared_and_a_change_is_approved_by_keyboard(
    browser: Browser, address: str, folder: Path, width: int, *, scripts: bool
) -> None:
    context = browser.new_context(java_script_enabled=scripts, viewport={"width": width, "height": 800})
    page = context.new_page()
    elsewhere: list[str] = []
    page.on("request", lambda request: elsewhere.append(request.url) if "//127.0.0.1:" not in request.url else None)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    review(page, address)
    assert "1 kind approved, 1 to review." in page.inner_text("main")
    kept = read_review(folder / "ncci" / "reviews" / "1.0.1-after-1.0.0.json")
    assert [(each.decision, each.by) for each in kept.kinds] == [("approved", "A. Reviewer")]
    assert (elsewhere, said) == ([], [])
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(browser: Browser, address: str, scheme: Literal["light", "dark"]) -> None:
    context = browser.new_context(color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    page.goto(address)
    assert_accessible(page, "worklist")
    page.goto(f"{page.url}changes")
    assert_accessible(page, "choice")
    page.select_option("#old", "ncci@1.0.0")
    page.select_option("#new", "ncci@1.0.1")
    page.get_by_role("button", name="Compare").click()
    page.get_by_role("heading", name="What changes in answers").wait_for(timeout=60_000)
    assert_accessible(page, "comparison")
    context.close()
