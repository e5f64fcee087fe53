"""Run a file, as a person does it: with the keyboard alone, without scripts, on narrow and wide screens."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page
from pypdf import PdfReader
from tests.browser.judged import assert_accessible, assert_fits
from tests.web.workbench_for_tests import served

from payrule.reports.sheet_answers import TITLES
from payrule.web.site import Site

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]

SEEN: tuple[tuple[int, Literal["light", "dark"]], ...] = (
    (360, "dark"),
    (1400, "light"),
    (1400, "dark"),
    (360, "light"),
)

SHEET = """Claims of March;;;;;;;
claim #;cpt;dx 1;dx 2;pos;qty;svc date;billed
7;97110;M5450;M62.830;11;1;1/5/2016;$45.00
8;97124;M5450;;11;one;1/6/2016;30
"""


@pytest.fixture
def address() -> Iterator[str]:
    with Site(None) as site, served(site) as opened:
        yield opened


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    path = tmp_path / "march.csv"
    path.write_text(SHEET)
    return path


def chosen(page: Page, address: str, sheet: Path) -> None:
    """Choose the file and the payer, and send it."""
    page.goto(address)
    page.get_by_role("link", name="Run a file").click()
    page.get_by_label("File").set_input_files(sheet)
    page.get_by_label("Payer").select_option("blue-cross")
    page.get_by_role("button", name="Decide").click()


def checked(page: Page) -> None:
    """See that nobody scrolls sideways but in the region of rows, and that axe finds nothing."""
    assert_fits(page)
    assert_accessible(page)


@pytest.mark.parametrize(("width", "scheme"), SEEN)
def test_file_is_run_and_every_page_can_be_read_by_everybody(
    width: int, scheme: Literal["light", "dark"], page: Page, address: str, sheet: Path
) -> None:
    elsewhere: list[str] = []
    page.on("request", lambda request: elsewhere.append(request.url) if "127.0.0.1" not in request.url else None)
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    page.goto(address)
    page.get_by_role("link", name="Run a file").click()
    checked(page)
    chosen(page, address, sheet)
    page.get_by_role("button", name="Decide").click()
    assert page.get_by_role("alert").is_visible()
    checked(page)
    page.get_by_label("dates of svc date").select_option("month-first")
    page.get_by_role("button", name="Decide").click()
    checked(page)
    page.get_by_role("link", name=re.compile("why")).first.click()
    checked(page)
    assert elsewhere == []


def press(page: Page, key: str, until: str) -> None:
    """Press a key until the element that has the focus matches a selector."""
    for _ in range(200):
        if page.evaluate("selector => document.activeElement.matches(selector)", until):
            return
        page.keyboard.press(key)
    pytest.fail(f"the keyboard does not reach {until}")


def choose(page: Page, sheet: Path) -> None:
    """Open the dialog of files with Enter; a browser whose page was not drawn yet drops the key, and gets it again."""
    page.on("filechooser", lambda chooser: chooser.set_files(sheet))
    for _ in range(20):
        page.keyboard.press("Enter")
        page.wait_for_timeout(500)
        if page.evaluate("document.activeElement.files?.length"):
            return
    pytest.fail("Enter opens no dialog")


def test_file_is_run_and_mended_with_the_keyboard_alone(page: Page, address: str, sheet: Path) -> None:
    page.goto(address)
    press(page, "Tab", "a[href='/files']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/files")
    press(page, "Tab", "#file")
    choose(page, sheet)
    press(page, "Tab", "#payer")
    page.keyboard.type("blue")
    press(page, "Tab", "form[enctype] button")
    page.keyboard.press("Enter")
    page.wait_for_url("**/columns")
    press(page, "Tab", "#dates-6")
    page.keyboard.type("month")
    press(page, "Tab", "form[action$='columns'][method='post'] button")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/files/[0-9a-f]{32}$"))
    press(page, "Tab", "#typed-4-5")
    page.keyboard.press("Control+A")
    page.keyboard.type("1")
    page.keyboard.press("Enter")
    page.get_by_text("Rows 1 to 2 of 2").wait_for()
    page.get_by_text("4: why").wait_for()
    assert page.locator(".warning").count() == 0


def test_file_is_run_and_taken_away_without_scripts(browser: Browser, address: str, sheet: Path) -> None:
    context = browser.new_context(java_script_enabled=False, accept_downloads=True)
    page = context.new_page()
    chosen(page, address, sheet)
    page.get_by_label("dates of svc date").select_option("month-first")
    page.get_by_role("button", name="Decide").click()
    page.get_by_label("Show").select_option("mistakes")
    page.get_by_role("button", name="Show").click()
    page.get_by_label("qty in row 4").fill("2")
    page.get_by_role("button", name="Correct").click()
    with page.expect_download() as taken:
        page.get_by_role("link", name="Download .csv").click()
    lines = taken.value.path().read_text().splitlines()
    assert [line[: len(own)] for line, own in zip(lines, SHEET.splitlines(), strict=True)] == SHEET.splitlines()
    assert "qty: 2" in lines[3]
    context.close()


def test_every_column_is_on_paper(page: Page, address: str, sheet: Path, tmp_path: Path) -> None:
    chosen(page, address, sheet)
    page.get_by_label("dates of svc date").select_option("month-first")
    page.get_by_role("button", name="Decide").click()
    page.locator(".sheet-rows").wait_for()
    paper = tmp_path / "paper.pdf"
    page.pdf(path=paper, prefer_css_page_size=True)
    printed = PdfReader(paper).pages
    words = " ".join(" ".join(each.extract_text() for each in printed).split())
    assert all(each.mediabox.width > each.mediabox.height for each in printed)
    for heading in ("claim #", "svc date", "billed", *TITLES):
        assert heading in words
