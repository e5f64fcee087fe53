"""The tests of a policy, as a person gets more of them: with keys alone, without scripts, on narrow screens."""

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser.judged import SEEN, WIDTHS, assert_accessible, assert_fits
from tests.web.workbench_for_tests import served

from payrule.source.files import shipped
from payrule.web.site import Site

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]

RULE = "/tests?version=blue-cross%401.0.0&rule=listed-procedures"
PAGES = ("/tests", "/tests?version=blue-cross%401.0.0", RULE)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "policies"
    shutil.copytree(shipped("policies"), made)
    for path in (made / "blue-cross" / "examples").iterdir():
        path.unlink()
    return made


@pytest.fixture
def address(folder: Path) -> Iterator[str]:
    with Site(folder, today=lambda: date(2026, 11, 23)) as site, served(site) as opened:
        yield opened


def test_without_scripts_and_with_keys_alone_claims_are_accepted_and_left_out(
    browser: Browser, address: str, folder: Path
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    for link in ("Tests", "blue-cross@1.0.0", "Propose claims for listed-procedures"):
        page.get_by_role("link", name=link, exact=True).focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
    for button, following in (("Leave it out (l)", "Claim 2 of "), ("Accept it as an example (a)", "Claim 2 of ")):
        page.get_by_role("button", name=button).focus()
        page.keyboard.press("Enter")
        expect(page.get_by_text(following)).to_be_visible()
    (kept,) = (folder / "blue-cross" / "examples").iterdir()
    assert "listed-procedures" in kept.read_text(encoding="utf-8")
    context.close()


@pytest.mark.parametrize(("width", "scheme"), SEEN)
def test_axe_finds_nothing(width: int, scheme: Literal["light", "dark"], page: Page, address: str) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)
    page.goto(address)
    home = address.partition("/?")[0]
    for path in PAGES:
        page.goto(f"{home}{path}")
        assert_accessible(page, path)


@pytest.mark.parametrize("width", WIDTHS)
def test_nobody_scrolls_sideways(width: int, page: Page, address: str) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    asked: list[str] = []
    home = address.partition("/?")[0]
    page.on("request", lambda request: asked.append(request.url) if not request.url.startswith(home) else None)
    page.goto(address)
    for path in PAGES:
        page.goto(f"{home}{path}")
        assert_fits(page, path)
    assert asked == []
