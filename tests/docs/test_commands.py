"""Every command, session and file of the documentation does what its page says.

`UPDATE_DOCS=1 pytest tests/docs/test_commands.py` writes what the commands print into the pages instead.
"""

import os
import shutil
from pathlib import Path

import pytest
from tests.docs.pages import PAGES, ROOT, blocks, name_of
from tests.docs.transcripts import Transcript

pytestmark = pytest.mark.slow

RUNNING = tuple(
    page
    for page in PAGES
    if any(each.language in {"console", "python"} or each.title for each in blocks(page.read_text()))
)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Make a folder with what a reader of the documentation has at hand."""
    for name in ("examples", "policies", "schemas"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


@pytest.mark.parametrize("page", RUNNING, ids=name_of)
def test_page_does_what_it_says(page: Path, checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(checkout)
    transcript = Transcript(page.read_text(), checkout)
    as_it_should_be = transcript.run()
    if os.environ.get("UPDATE_DOCS"):
        page.write_text(as_it_should_be)
    else:
        assert not transcript.differences, "\n\n".join(transcript.differences)
