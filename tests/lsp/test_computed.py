"""An editor completes a computed attribute, and says how it is computed."""

import json
import shutil
from pathlib import Path

import pytest
from tests.lsp.test_counts import GOLDEN, at

from payrule.fmt import formatted
from payrule.lsp.completion import choices
from payrule.lsp.documents import OpenDocument, readable
from payrule.lsp.hover import hover


@pytest.fixture
def document(tmp_path: Path) -> OpenDocument:
    """Make a version with a rule on a computed attribute."""
    root = Path(shutil.copytree(GOLDEN, tmp_path / "rulebase"))
    words = json.loads((root / "vocabulary.json").read_text())
    derived = {"minus": ["line.minutes", "line.units"]}
    words["attributes"]["line.rest"] = {"type": "integer", "summary": "The rest.", "derived": derived}
    (root / "vocabulary.json").write_text(json.dumps(words))
    path = root / "stretching" / "1.0.0.json"
    value = json.loads(path.read_text())
    value["rules"][0]["when"]["line.rest"] = {"at_least": 2}
    path.write_text(formatted(value))
    return OpenDocument(root, path, readable(path))


def test_hover_says_how_an_attribute_is_computed(document: OpenDocument) -> None:
    found = hover(document, at(document, '"line.re'))
    assert found is not None
    assert "**`line.rest`**: The rest." in found
    assert found.endswith("minutes less units, unless the claim gives it")


def test_a_computed_attribute_is_completed_with_its_tests(document: OpenDocument) -> None:
    assert "line.rest" in [each.word for each in choices(document, '{"rules": [{"when": {"line.re')]
    tests = [each.word for each in choices(document, '{"rules": [{"when": {"line.rest": {"')]
    assert tests == ["is", "in", "not_in", "at_least", "at_most"]
