"""Every mistake in a document is told to the letter: what is wrong, where, and how to fix it."""

from pathlib import Path

import pytest
from tests.golden.goldens import cases, hold, laid_out


@pytest.mark.parametrize("case", cases("documents"))
def test_broken_document_is_reported_as_written(case: str, tmp_path: Path) -> None:
    hold("documents", case, "payrule check rulebase", laid_out("documents", case, tmp_path))
