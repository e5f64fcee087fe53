"""From a changed paragraph to a published version, walked in a browser by keyboard alone."""

import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from tests.browser.judged import assert_accessible, assert_fits
from tests.browser.test_changes import until
from tests.browser.test_walks import fill, follow
from tests.command import run
from tests.web.test_sources import NEWER, SENTENCE, in_force, in_force_copy
from tests.web.workbench_for_tests import served

from payrule.model.digests import passage_digest
from payrule.web.site import Site

__all__ = ["in_force"]
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]


@pytest.fixture
def folder(in_force: Path, tmp_path: Path) -> Path:
    return in_force_copy(in_force, tmp_path)


@pytest.fixture
def address(folder: Path, tmp_path: Path) -> Iterator[str]:
    with Site(folder, sources=tmp_path / "texts", today=lambda: date(2026, 11, 29)) as site, served(site) as opened:
        yield opened


def instead(page: Page, control: str, typed: str) -> None:
    """Type over what is in a control."""
    until(page, control)
    page.keyboard.press("Control+A")
    page.keyboard.type(typed)


def publish(page: Page, judged: Callable[[str], None]) -> None:
    """See what changes, approve each kind, and put the version into force."""
    follow(page, "Worklist")
    follow(page, "massage@2.0.0")
    follow(page, "What changes")
    follow(page, "Compare")
    page.get_by_role("heading", name="What changes in answers").wait_for()
    judged("what changes")
    while page.get_by_role("button", name="Approve").count():
        page.locator("input[id^=by-]").first.fill("A. Reviewer")
        follow(page, "Approve")
    follow(page, "Publish massage@2.0.0")
    judged("which version")
    follow(page, "See whether it is ready")
    page.get_by_role("heading", name="Publish massage@2.0.0").wait_for()
    judged("whether it is ready")
    assert "not right" not in page.inner_text("main"), page.inner_text("main")
    fill(page, "by", "A. Publisher")
    follow(page, "Put it into force")
    page.wait_for_url("**/policies/massage@2.0.0")


@pytest.mark.parametrize(("width", "scripts"), [(360, False), (1400, True)])
def test_a_changed_paragraph_becomes_a_published_version(
    browser: Browser, address: str, folder: Path, width: int, *, scripts: bool
) -> None:
    home = folder.parent.parent
    new = home / "manual-2027.txt"
    new.write_text(NEWER)
    context = browser.new_context(
        java_script_enabled=scripts,
        viewport={"width": width, "height": 800},
        color_scheme="dark" if scripts else "light",
        bypass_csp=scripts,
    )
    page = context.new_page()
    page.set_default_timeout(120_000)

    def judged(where: str) -> None:
        assert_fits(page, where)
        if scripts and where not in ("sources", "the edition", "the policy"):  # their parts are judged elsewhere
            assert_accessible(page, where)

    page.goto(address)
    follow(page, "Sources")
    judged("sources")
    page.get_by_label("File").set_input_files(new)  # the picker of files is the system's own
    follow(page, "Add it")
    follow(page, "See what has changed")
    judged("what has changed")
    fill(page, "first", "2027-01-01")
    follow(page, "Make the next version")
    judged("the edition")
    follow(page, "massage@2.0.0 two-units")
    judged("the rule")
    instead(page, "summary", "Three units are not paid.")
    instead(page, "value.2", "3")
    follow(page, "Save the rule")
    page.wait_for_url("**/policies/massage@2.0.0#two-units")
    judged("the policy")
    follow(page, "Tests")
    if page.url.endswith("/tests"):
        follow(page, "massage@2.0.0")
    judged("examples that wait")
    fill(page, "why", "The manual of 2027 says three.")
    follow(page, "The new answers are right")
    assert page.get_by_role("heading", name="Examples that are answered otherwise now").count() == 0
    (rule,) = json.loads((folder / "massage" / "2.0.0.json").read_text())["rules"]
    assert rule["when"]["line.units"] == {"at_least": 3}
    assert rule["cites"][0]["digest"] == passage_digest(SENTENCE.replace("Two", "Three"))
    follow(page, "Propose claims for two-units")
    follow(page, "Accept it as an example (a)")
    publish(page, judged)
    assert json.loads((folder / "massage" / "2.0.0.json").read_text())["status"] == "in-force"
    done = run("payrule check plans --severity error --sources texts", home)
    assert done.code == 0, done.stdout
    context.close()
