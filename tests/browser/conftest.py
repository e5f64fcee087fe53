"""A headless Chromium for the tests of pages: Debian's package, found on the path; without it they are skipped."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--no-sandbox",
]
"""No sandbox, for a container has none to give; and nothing that would go out to the network."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start Chromium once, with a profile of its own that is thrown away."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip("there is no Chromium here: install it with `apt-get install chromium`")
    expect.set_options(timeout=60_000)
    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=found, headless=True, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Open an empty page."""
    opened = browser.new_page()
    yield opened
    opened.close()
