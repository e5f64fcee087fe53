"""Every mistake in a claim file is told to the letter, and what can be decided is decided."""

from pathlib import Path

import pytest
from tests.golden.goldens import cases, hold, laid_out


@pytest.mark.parametrize("case", cases("claims"))
def test_broken_claims_are_told_as_written(case: str, tmp_path: Path) -> None:
    command = "payrule adjudicate claims.json --payer plain-plan --rulebase rulebase"
    hold("claims", case, command, laid_out("claims", case, tmp_path))
