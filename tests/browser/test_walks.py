"""Code lists, words, verification, publishing and the page for providers, walked in a browser by keyboard alone."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page
from tests.browser.judged import assert_accessible, assert_fits
from tests.browser.test_changes import until
from tests.command import run
from tests.web.test_publish import ask_for_two, ready_rulebase
from tests.web.workbench_for_tests import served

from payrule.scaffold.edit import FileEdit, save_all
from payrule.web.site import Site

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return ready_rulebase(tmp_path)


@pytest.fixture
def address(folder: Path, tmp_path: Path) -> Iterator[str]:
    with Site(folder, sources=tmp_path) as site, served(site) as opened:
        yield opened


def follow(page: Page, wanted: str) -> None:
    """Go on by a link or a button, with the Enter key."""
    until(page, wanted)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def fill(page: Page, control: str, typed: str) -> None:
    until(page, control)
    page.keyboard.type(typed)


def make_a_code_list(page: Page, folder: Path) -> None:
    """T3: paste a column, see what it becomes, save it, and see where it is used."""
    follow(page, "Code lists")
    for control, typed in (("id", "soft-tissue"), ("title", "Soft tissue work"), ("codes", "97124\n97140\n97124\n")):
        fill(page, control, typed)
    follow(page, "Show what changes")
    page.get_by_text("97124 is in the list twice on every day").wait_for()
    until(page, "codes")
    page.keyboard.press("Control+End")
    for _ in range(len("97124\n")):
        page.keyboard.press("Backspace")
    follow(page, "Show what changes")
    page.get_by_role("heading", name="What changes").wait_for()
    assert not (folder / "code-sets" / "soft-tissue.json").exists()
    follow(page, "Save")
    page.wait_for_url("**/codes/soft-tissue")
    made = json.loads((folder / "code-sets" / "soft-tissue.json").read_text())
    assert [each["code"] for each in made["entries"]] == ["97124", "97140"]


def add_a_word(page: Page, folder: Path) -> None:
    """T4: add an attribute, which a rule can use at once."""
    follow(page, "Words")
    for control, typed in (
        ("where", "each line"),
        ("key", "second_opinion"),
        ("summary", "Whether a second opinion is on file."),
        ("type", "true or false"),
        ("also_called", "2nd opinion"),
    ):
        fill(page, control, typed)
    follow(page, "Add")
    page.get_by_text("line.second_opinion").first.wait_for()
    added = json.loads((folder / "vocabulary.json").read_text())["attributes"]["line.second_opinion"]
    assert (added["type"], added["also_called"]) == ("boolean", ["2nd opinion"])
    page.goto(page.url.replace("/words", "/rules/massage@1.0.0"))
    assert page.locator('#when\\.1\\.attribute option[value="line.second_opinion"]').count() == 1


def verify_a_payer(page: Page, _: Path) -> None:
    """T8: whether the policies of a payer hold together."""
    follow(page, "Does it hold together")
    fill(page, "payer", "trial")
    follow(page, "Verify")
    page.get_by_role("heading", name="Verification").first.wait_for(timeout=120_000)
    page.get_by_text("conflict").first.wait_for()


def publish_with_two(page: Page, folder: Path) -> None:
    """T9: two persons sign, and the version is in force."""
    ask_for_two(folder)
    follow(page, "Publish")
    fill(page, "version", "massage@1.0.0")
    follow(page, "See whether it is ready")
    page.get_by_role("heading", name="Publish massage@1.0.0").wait_for(timeout=120_000)
    fill(page, "by", "A. First")
    follow(page, "Sign")
    page.get_by_text("Signed by A. First").wait_for()
    fill(page, "by", "B. Second")
    follow(page, "Sign, and put it into force")
    page.wait_for_url("**/policies/massage@1.0.0")
    assert json.loads((folder / "massage" / "1.0.0.json").read_text())["status"] == "in-force"
    assert (folder / "lock.json").exists()


def read_as_a_provider(page: Page, _: Path) -> None:
    """T10: the plain text of a policy, with a link for each rule."""
    follow(page, "massage@1.0.0")
    until(page, "Two units are not paid.")
    page.keyboard.press("Enter")
    page.wait_for_url("**/policies/massage@1.0.0#two-units")
    shown = page.locator("main").inner_text()
    for words in ("code is one of 97124, 97140", "CARC 96", "Source"):
        assert words in shown
    assert "line.code" not in shown


def undo_a_save(page: Page, folder: Path) -> None:
    """A save is undone."""
    make_a_code_list(page, folder)
    follow(page, "Worklist")
    follow(page, "Undo a save")
    follow(page, "Undo save 1")
    assert not (folder / "code-sets" / "soft-tissue.json").exists()


WALKS = (make_a_code_list, add_a_word, verify_a_payer, publish_with_two, read_as_a_provider, undo_a_save)


@pytest.mark.parametrize("walk", WALKS, ids=[each.__name__ for each in WALKS])
@pytest.mark.parametrize(("width", "scripts"), [(360, False), (1400, True)])
def test_by_keyboard(  # noqa: PLR0913 - the walk, and where it is walked
    browser: Browser, address: str, folder: Path, walk: Callable[[Page, Path], None], width: int, *, scripts: bool
) -> None:
    context = browser.new_context(java_script_enabled=scripts, viewport={"width": width, "height": 800})
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(address)
    walk(page, folder)
    assert_fits(page)
    assert [each for each in said if "status of 422" not in each] == []
    done = run("payrule check plans --severity error", folder.parent.parent)
    assert done.code == 0, done.stdout
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(browser: Browser, folder: Path, tmp_path: Path, scheme: Literal["light", "dark"]) -> None:
    ask_for_two(folder)
    pages = {"undo": folder, "sources": folder, "codes": folder, "rules/massage@1.0.0": folder, "new": None}
    for path, of in pages.items():
        with Site(of, sources=tmp_path, home=tmp_path) as site, served(site) as address:
            if path == "undo":
                save_all(folder, "a list", site.today(), {folder / "code-sets" / "a.txt": FileEdit("a", "")})
            context = browser.new_context(color_scheme=scheme, bypass_csp=True, viewport={"width": 360, "height": 800})
            page = context.new_page()
            page.goto(address)
            page.goto(f"{page.url}{path}")
            if path in ("codes", "new"):
                page.locator("main button").first.click()
                page.get_by_role("alert").wait_for()
            for each in page.locator("summary").all():
                each.click()
            assert_accessible(page, path)
            assert_fits(page, path)
            context.close()
