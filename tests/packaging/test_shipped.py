"""Where payrule looks for the documents it comes with."""

from pathlib import Path

import pytest

from payrule.source import files as module
from payrule.source.files import Kind, shipped

KINDS: list[Kind] = ["policies", "schemas"]


def place_package(monkeypatch: pytest.MonkeyPatch, checkout: Path) -> Path:
    """Let the package appear to lie in another checkout."""
    package = checkout / "engine" / "payrule"
    monkeypatch.setattr(module, "__file__", str(package / "source" / "files.py"))
    return package


@pytest.mark.parametrize("kind", KINDS)
def test_checkout_is_read_where_the_package_has_no_folder(
    kind: Kind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place_package(monkeypatch, tmp_path)
    (tmp_path / kind).mkdir()
    assert shipped(kind) == tmp_path / kind


@pytest.mark.parametrize("kind", KINDS)
def test_folder_in_the_package_comes_first(kind: Kind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = place_package(monkeypatch, tmp_path) / "_data" / kind
    own.mkdir(parents=True)
    (tmp_path / kind).mkdir()
    assert shipped(kind) == own


@pytest.mark.parametrize("kind", KINDS)
def test_missing_folder_is_reported_with_both_places(
    kind: Kind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = place_package(monkeypatch, tmp_path)
    with pytest.raises(FileNotFoundError) as told:
        shipped(kind)
    assert str(package / "_data" / kind) in str(told.value)
    assert str(tmp_path / kind) in str(told.value)
