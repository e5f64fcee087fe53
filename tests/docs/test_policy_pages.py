"""The pages of policies say what the documents say today."""

from pathlib import Path

import payrule
from payrule.reports.policy_pages import pages

FOLDER = Path(__file__).parents[2] / "docs" / "reference" / "policies"


def test_every_page_is_as_the_documents_make_it() -> None:
    """`make pages` brings them up to date."""
    written = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")}
    assert written == pages(payrule.load())
