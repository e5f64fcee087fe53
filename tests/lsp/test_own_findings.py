"""A document that somebody types in is looked at by itself first; what that does to others is told later."""

import shutil
from pathlib import Path

import pytest

from payrule.lsp.server import all_findings, own_findings
from payrule.rulebase.folder import unsaved

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "rulebase"


@pytest.fixture
def rulebase(tmp_path: Path) -> Path:
    """Give a small rulebase of one's own."""
    return Path(shutil.copytree(GOLDEN, tmp_path / "rulebase"))


def test_a_vocabulary_that_policies_do_not_fit_is_sound_by_itself(rulebase: Path) -> None:
    path = rulebase / "vocabulary.json"
    typed = path.read_text(encoding="utf-8").replace('"line.purpose"', '"line.reason"', 1)
    with unsaved({path: typed}):
        assert own_findings(rulebase, path) == ()
        told = all_findings(rulebase)
    assert "unknown-key" in {each.code for each in told if each.file == str(rulebase / "stretching" / "1.0.0.json")}


def test_what_is_wrong_with_a_vocabulary_is_reported_at_once(rulebase: Path) -> None:
    path = rulebase / "vocabulary.json"
    typed = path.read_text(encoding="utf-8").replace('"attributes"', '"atributes"', 1)
    with unsaved({path: typed}):
        (diagnostic,) = own_findings(rulebase, path)
    assert (diagnostic.code, diagnostic.help) == ("unknown-key", "did you mean `attributes`?")
