"""From a sentence of a source to a tested rule, walked in a browser: by keyboard, without scripts, on a phone."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page
from tests.browser.judged import assert_accessible, assert_fits
from tests.browser.test_changes import until
from tests.command import run
from tests.scaffold.test_built_rule import rulebase
from tests.web.test_build_rule import cite
from tests.web.workbench_for_tests import served

from payrule.web.site import Site

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]

STEPS: tuple[tuple[str, str], ...] = (
    ("locator", "2.1"),
    ("id", "two-units"),
    ("summary", "Two units are not paid."),
    ("when.1.attribute", "code"),
    ("when.1.test", "is one of"),
    ("when.1.value", "97124 97140"),
    ("when.2.attribute", "units"),
    ("when.2.test", "is at least"),
    ("when.2.value", "2"),
    ("result", "benefit: The payer does not"),
    ("liability", "provider"),
    ("carc", "96"),
    ("rarc", "N130"),
)
"""What is typed or picked, control by control."""


PATHS = ("sources", "sources/manual.txt", "rules/massage@1.0.0", "policies/massage@1.0.0", "verify")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = rulebase(tmp_path)
    cite(made)
    return made


@pytest.fixture
def address(folder: Path, tmp_path: Path) -> Iterator[str]:
    with Site(folder, sources=tmp_path) as site, served(site) as opened:
        yield opened


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
@pytest.mark.parametrize("width", [360, 1400])
def test_a_sentence_becomes_a_tested_rule_by_keyboard(
    browser: Browser, address: str, folder: Path, width: int, *, scripts: bool
) -> None:
    context = browser.new_context(java_script_enabled=scripts, viewport={"width": width, "height": 800})
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(address)
    for link in ("Sources", "manual.txt", "Make a rule"):
        until(page, link)
        with page.expect_navigation():
            page.keyboard.press("Enter")
    for control, typed in STEPS:
        until(page, control)
        page.keyboard.type(typed)
    until(page, "Show what it does")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.get_by_text("The answer is based on two-units.").first.wait_for(timeout=30_000)
    until(page, "Save the rule")
    page.keyboard.press("Enter")
    page.wait_for_url("**/policies/massage@1.0.0#two-units")
    (rule,) = json.loads((folder / "massage" / "1.0.0.json").read_text())["rules"]
    assert rule["when"] == {"line.code": {"in": ["97124", "97140"]}, "line.units": {"at_least": 2}}
    assert rule["cites"][0]["words"] == 13
    home = folder.parent.parent
    for command in ("fmt --check plans", "check plans --severity error", "test plans"):
        done = run(f"payrule {command}", home)
        assert done.code == 0, done.stdout + done.stderr
    assert said == []
    context.close()


VISITS: tuple[tuple[str, str], ...] = (
    ("locator", "4"),
    ("id", "too-many-visits"),
    ("summary", "No more than 12 visits in 90 days."),
    ("when.1.attribute", "code"),
    ("when.1.test", "is one of"),
    ("when.1.value", "97124 97140"),
    ("A limit", "Enter"),
    ("limit.1.kind", "a line that"),
    ("limit.1.most", "12"),
    ("limit.1.of", "visits"),
    ("limit.1.window", "in so many days"),
    ("limit.1.length", "90"),
    ("limit.1.denied", "do not"),
    ("result", "benefit: The payer does not"),
    ("liability", "provider"),
)
"""What is typed or picked for a limit of visits."""


@pytest.mark.parametrize(("width", "scripts"), [(360, False), (1400, True)])
def test_a_limit_of_visits_becomes_a_tested_rule_by_keyboard(
    browser: Browser, address: str, folder: Path, width: int, *, scripts: bool
) -> None:
    context = browser.new_context(java_script_enabled=scripts, viewport={"width": width, "height": 800})
    page = context.new_page()
    page.goto(address)
    page.goto(f"{page.url}rules/massage@1.0.0")
    for control, typed in VISITS:
        until(page, control)
        page.keyboard.press(typed) if typed == "Enter" else page.keyboard.type(typed)
    until(page, "Show what it does")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.get_by_text("The answer is based on too-many-visits.").first.wait_for(timeout=30_000)
    until(page, "Save the rule")
    page.keyboard.press("Enter")
    page.wait_for_url("**/policies/massage@1.0.0#too-many-visits")
    (rule,) = json.loads((folder / "massage" / "1.0.0.json").read_text())["rules"]
    assert rule["when"]["lines"]["dates"] == {"at_least": 13}
    for command in ("fmt --check plans", "check plans --severity error", "test plans"):
        done = run(f"payrule {command}", folder.parent.parent)
        assert done.code == 0, done.stdout + done.stderr
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(browser: Browser, address: str, scheme: Literal["light", "dark"]) -> None:
    context = browser.new_context(color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    page.goto(address)
    at = page.url
    for path in (*PATHS, "publish", "codes", "words"):
        page.goto(f"{at}{path}")
        assert_accessible(page, path)
    page.goto(f"{at}rules/massage@1.0.0")
    page.fill("#id", "Wrong name")
    page.get_by_role("button", name="Show what it does").click()
    page.get_by_text("is no name of a rule").first.wait_for()
    assert_accessible(page, "mistakes")
    context.close()


def test_nobody_scrolls_sideways(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(address)
    at = page.url
    for path in (*PATHS, "changes", "publish", "codes", "words"):
        page.goto(f"{at}{path}")
        assert_fits(page, path)
