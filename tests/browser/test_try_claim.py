"""A claim is tried, and kept as an example, as a person does: with keys alone, without scripts, on narrow screens."""

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from tests.browser.judged import SEEN, WIDTHS, assert_accessible, assert_fits
from tests.web.workbench_for_tests import served

from payrule.source.files import shipped
from payrule.web.site import Site

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("own") / "policies"
    shutil.copytree(shipped("policies"), made)
    return made


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    with Site(folder, today=lambda: date(2026, 11, 23)) as site, served(site) as opened:
        yield opened


def opened(page: Page, address: str) -> list[str]:
    """Open the form; give what the console says of it, and what is asked of any other address."""
    said: list[str] = []
    home = address.partition("/?")[0]
    page.on("console", lambda message: said.append(message.text) if "favicon" not in str(message.location) else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: said.append(request.url) if not request.url.startswith(home) else None)
    page.goto(address)
    page.get_by_role("link", name="Try a claim").click()
    return said


def filled(page: Page) -> None:
    """Type a line that a rule denies."""
    page.get_by_label("payer", exact=True).select_option("medicare-part-b")
    line = page.get_by_role("group", name="Line 1", exact=True)
    line.get_by_label("date", exact=True).fill("2016-03-01")
    line.get_by_label("code", exact=True).fill("97124")
    line.get_by_label("charge ($)").fill("$45.00")
    line.get_by_label("provider type").select_option("chiropractor")


def test_the_answer_follows_while_typing(page: Page, address: str) -> None:
    said = opened(page, address)
    filled(page)
    answer = page.get_by_role("region", name="Answer")
    expect(answer.get_by_text("PR-96 N425")).to_be_visible()
    expect(answer.get_by_text("member responsibility (PR)").first).to_be_visible()
    assert page.url.endswith("/try")
    date_field = page.locator('[id="line.1.date"]')
    date_field.fill("1/5/2026")
    page.locator('[id="line.1.code"]').focus()
    page.locator('[id="line.1.code"]').fill("97110")
    expect(page.locator('[id="line.1.date-error"]')).to_contain_text("write 2026-01-05 or 2026-05-01")
    expect(date_field).to_have_attribute("aria-invalid", "true")
    date_field.fill("2016-03-01")
    expect(answer.get_by_role("heading", name="Line 1, 97110")).to_be_visible()
    expect(page.locator('[id="line.1.date-error"]')).to_have_count(0)
    assert said == []


def test_what_is_typed_before_the_script_is_there_is_answered(page: Page, address: str) -> None:
    held: list[Route] = []
    page.route("**/workbench.js*", lambda route: held.append(route))  # noqa: PLW0108 - it sets an attribute of it
    page.goto(address, wait_until="commit")
    page.goto(f"{address.partition('/?')[0]}/try", wait_until="commit")
    filled(page)
    expect(page.locator('[id="line.1.charge"]')).to_have_value("$45.00")
    for each in held:
        each.continue_()
    expect(page.get_by_role("region", name="Answer").get_by_text("PR-96 N425")).to_be_visible()


def test_with_keys_alone_a_claim_is_tried_and_kept(page: Page, address: str, folder: Path) -> None:
    opened(page, address)

    def reach(name: str) -> None:
        for _ in range(400):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.id || document.activeElement.textContent") == name:
                return
        raise AssertionError(name)

    reach("payer")
    page.keyboard.type("Medicare Part B")
    for name, text in (("line.1.date", "2016-03-01"), ("line.1.code", "97124")):
        reach(name)
        page.keyboard.type(text)
    reach("line.1.provider.type")
    page.keyboard.type("chiropractor")
    reach("rule")
    page.keyboard.type("medicare: massage-as-adjunct")
    expect(
        page.get_by_role("region", name="Answer").get_by_text("The rule medicare/massage-as-adjunct")
    ).to_be_visible()
    reach("version")
    page.keyboard.type("medicare-statute 1.0.0")
    for name, text in (("name", "typed-with-keys"), ("summary", "A chiropractor is not paid for massage.")):
        reach(name)
        page.keyboard.type(text)
    reach("Save as an example")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The example is saved.")).to_be_visible(timeout=60_000)
    assert (folder / "medicare-statute" / "examples" / "typed-with-keys.json").is_file()


def test_without_scripts_nothing_is_lost(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    opened(page, address)
    filled(page)
    page.get_by_role("button", name="Add lines").click()
    expect(page.get_by_role("group", name="Line 12", exact=True)).to_be_visible()
    expect(page.locator('[id="line.1.charge"]')).to_have_value("$45.00")
    page.get_by_text("Earlier lines of the patient").click()
    page.get_by_role("button", name="Add earlier lines").click()
    earlier = page.get_by_role("group", name="Earlier line 1", exact=True)
    earlier.get_by_label("date", exact=True).fill("2/1/2016")
    earlier.get_by_label("code", exact=True).fill("97124")
    page.get_by_role("button", name="Decide").last.click()
    expect(page.locator('[id="earlier.1.date-error"]')).to_contain_text("whichever is meant")
    page.locator('[id="earlier.1.date"]').fill("2016-02-01")
    page.get_by_role("button", name="Decide").last.click()
    assert page.url.endswith("/try#answer")
    expect(page.get_by_role("region", name="Answer").get_by_text("PR-96 N425")).to_be_visible()
    context.close()


@pytest.mark.parametrize(("width", "scheme"), SEEN)
def test_axe_finds_nothing(width: int, scheme: Literal["light", "dark"], page: Page, address: str) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)
    opened(page, address)
    filled(page)
    page.get_by_label("rule", exact=True).select_option("medicare/massage-as-adjunct")
    page.locator('[id="line.2.code"]').fill("1")
    expect(page.locator("#answer [data-said]").first).to_be_visible()
    for _ in range(2):
        page.get_by_role("button", name="Decide").first.click()
        page.evaluate("[...document.querySelectorAll('details')].slice(0, 2).forEach(each => each.open = true)")
        assert_accessible(page)
        page.locator('[id="line.2.code"]').fill("")


@pytest.mark.parametrize("width", WIDTHS)
def test_nobody_scrolls_sideways(width: int, page: Page, address: str) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    opened(page, address)
    filled(page)
    page.get_by_role("button", name="Decide").first.click()
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert_fits(page)
    wider = page.evaluate(
        """() => [...document.querySelectorAll("main input, main select, main button, main p, main td, main label")]
            .filter(each => each.getBoundingClientRect().right > innerWidth).map(each => each.id || each.textContent)"""
    )
    assert wider == []


def test_who_saves_second_sees_both_texts(page: Page, address: str) -> None:
    for summary in ("Saved first.", "Saved second."):
        opened(page, address)
        filled(page)
        page.get_by_label("policy and version").select_option("medicare-statute@1.0.0")
        page.get_by_label("name", exact=True).fill("saved-twice")
        page.get_by_label("what it shows").fill(summary)
        page.get_by_role("button", name="Save as an example").click()
        expect(page.get_by_text("The example is saved.").or_(page.get_by_text("Saved first."))).to_be_visible(
            timeout=60_000
        )
    expect(page.get_by_role("heading", name="Two versions of an example")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Go back to the form").click()
    expect(page.locator('[id="line.1.charge"]')).to_have_value("$45.00")
    expect(page.get_by_label("what it shows")).to_have_value("Saved second.")
