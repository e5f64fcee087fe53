"""What was saved in the workbench is undone, save by save, unless somebody has changed it since."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from tests.web.test_build_rule import document, keep
from tests.web.workbench_for_tests import Client, client_of, sent, words_of

from payrule.rulebase.folder import CODE_SETS
from payrule.scaffold import edit as editing
from payrule.scaffold.edit import UNDO, FileEdit, save_all, saves
from payrule.web.site import Site

DAY = date(2026, 11, 29)
LIST = {"id": "some", "title": "Some codes", "codes": "97124\n97140", "way": "save"}


@pytest.fixture
def client(folder: Path, tmp_path: Path) -> Iterator[Client]:
    with Site(folder, sources=tmp_path, today=lambda: DAY) as site:
        yield client_of(site)


def undo(client: Client, number: int) -> str:
    return " ".join(words_of(sent(client, "/undo", {"number": str(number)}).text))


@pytest.mark.slow
def test_a_rule_and_its_examples_are_taken_back_together_and_brought_again(client: Client, folder: Path) -> None:
    before = {path: path.read_text() for path in folder.rglob("*.json")}
    assert keep(client).status_code == 303
    after = {path: path.read_text() for path in folder.rglob("*.json")}
    assert "1 save can be undone." in " ".join(words_of(client.get("/").text))
    assert "1. rule two-units of massage@1.0.0" in undo_page(client)
    undo(client, 1)
    assert {path: path.read_text() for path in folder.rglob("*.json")} == before
    undo(client, 2)
    assert {path: path.read_text() for path in folder.rglob("*.json")} == after


def undo_page(client: Client) -> list[str]:
    return words_of(client.get("/undo").text)


def test_what_was_changed_since_is_not_undone(client: Client, folder: Path) -> None:
    sent(client, "/codes", LIST)
    path = folder / CODE_SETS / "some.json"
    path.write_text(path.read_text().replace("97140", "97139"))
    assert "One of its files was changed since." in undo_page(client)
    assert "was changed since, so this save cannot be undone" in undo(client, 1)
    assert "97139" in path.read_text()


@pytest.mark.slow
def test_what_a_rule_uses_is_not_undone(client: Client, folder: Path) -> None:
    sent(client, "/codes", LIST)
    assert (folder / CODE_SETS / "some.json").exists()
    keep(client, **{"when.1.value": "@some"})
    assert document(folder)["rules"][0]["when"]["line.code"] == {"in": "@some"}
    assert "some" in undo(client, 1)
    assert (folder / CODE_SETS / "some.json").exists()


def test_only_so_many_saves_are_kept_and_git_keeps_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(editing, "KEPT", 2)
    for number in range(5):
        save_all(tmp_path, f"save {number}", DAY, {tmp_path / f"{number}.txt": FileEdit("", "")})
    assert [each.number for each in saves(tmp_path)] == [5, 4]
    assert (tmp_path / UNDO / ".gitignore").read_text() == "*\n"


def test_a_save_of_a_file_elsewhere_is_no_save(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    save_all(root, "mine", DAY, {root / "a.txt": FileEdit("", "")})
    kept = root / UNDO / "1.save"
    kept.write_text(kept.read_text().replace("a.txt", "../a.txt"))
    assert list(saves(root)) == []


def test_nothing_is_undone_where_documents_are_only_shown() -> None:
    with Site(None) as site:
        assert client_of(site).get("/undo").status_code == 422
