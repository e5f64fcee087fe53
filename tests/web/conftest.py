"""A rulebase with a policy that is a draft, made once for a module and copied for each of its tests."""

import shutil
from pathlib import Path

import pytest
from tests.scaffold.test_built_rule import rulebase


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the rulebase, and the copy of its source."""
    home = tmp_path_factory.mktemp("made")
    rulebase(home)
    return home


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """Copy it, and give the folder of its documents."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return tmp_path / "plans" / "policies"
