"""The pages that follow from documents, schemas and commands say what those say today."""

import pytest
from docs.make_pages import REFERENCE, WRITTEN


@pytest.mark.parametrize("folder", WRITTEN)
def test_every_page_is_as_it_would_be_written(folder: str) -> None:
    """`make pages` brings them up to date."""
    written = {path.name: path.read_text(encoding="utf-8") for path in (REFERENCE / folder).glob("*.md")}
    assert written == WRITTEN[folder]()
