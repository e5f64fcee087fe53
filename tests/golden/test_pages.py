"""Differences and verifications look as they should, to the letter, in every form of output.

`UPDATE_GOLDENS=1` writes what is shown instead of comparing it; read the difference before you keep it.
"""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.reviewed import pages

from payrule.reports.pages.html import page_html
from payrule.reports.pages.markdown import page_markdown
from payrule.reports.pages.page import Page
from payrule.reports.pages.text import page_text

HERE = Path(__file__).parent / "pages"
PAGES = ("coverage", "difference", "equal", "rereading", "unsettled", "verification")
RENDERERS: dict[str, Callable[[Page], bytes]] = {
    "txt": lambda page: page_text(page, width=100, colour=False),
    "narrow.txt": lambda page: page_text(page, width=50, colour=False),
    "colour.txt": lambda page: page_text(page, width=100, colour=True),
    "md": page_markdown,
    "html": page_html,
}


def test_every_page_is_held() -> None:
    assert set(PAGES) == pages().keys()


@pytest.mark.parametrize("form", RENDERERS)
@pytest.mark.parametrize("name", PAGES)
def test_page_looks_as_it_should(name: str, form: str) -> None:
    shown = RENDERERS[form](pages()[name])
    golden = HERE / f"{name}.{form}"
    if os.environ.get("UPDATE_GOLDENS"):
        golden.write_bytes(shown)
    assert shown.decode() == golden.read_bytes().decode()
