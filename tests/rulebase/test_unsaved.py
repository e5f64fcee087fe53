"""Whatever reads documents reads those that stand unsaved, and only while they do."""

import shutil
from pathlib import Path

import pytest
from tests.docs.pages import ROOT

from payrule.lint.check import check_rulebase
from payrule.rulebase.folder import Memory, once, payer_files, read_text, unsaved
from payrule.rulebase.load import read_documents


@pytest.fixture
def rulebase(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "tests" / "golden" / "rulebase", tmp_path / "rulebase"))


def test_unsaved_text_stands_in_place_of_its_file(rulebase: Path) -> None:
    path = rulebase / "payers" / "plain-plan.json"
    text = path.read_text().replace("The plain plan", "Another plan")
    with unsaved({path: text}):
        assert read_documents(rulebase).payers["plain-plan"].title == "Another plan"
    assert read_documents(rulebase).payers["plain-plan"].title == "The plain plan"


def test_what_is_wrong_with_an_unsaved_text_is_found_at_its_place(rulebase: Path) -> None:
    path = rulebase / "stretching" / "1.0.0.json"
    with unsaved({path: path.read_text().replace("@stretches", "@streches", 1)}):
        (found,) = check_rulebase(rulebase).findings
    assert (found.code, found.file, found.line) == ("unknown-set", str(path), 15)


def test_document_without_a_file_is_read_too(rulebase: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(rulebase)
    text = (rulebase / "payers" / "plain-plan.json").read_text().replace('"plain-plan"', '"other"')
    with unsaved({rulebase / "payers" / "other.json": text, rulebase / "payers" / "deeper" / "other.json": "{"}):
        assert payer_files(Path()) == (Path("payers/other.json"), Path("payers/plain-plan.json"))
        assert sorted(read_documents(Path()).payers) == ["other", "plain-plan"]


@pytest.mark.parametrize("folder", [".vscode", ".idea", "payers/.cache"])
def test_folders_of_other_programs_hold_no_documents(folder: str, rulebase: Path) -> None:
    before = check_rulebase(rulebase)
    (rulebase / folder).mkdir(parents=True)
    (rulebase / folder / "settings.json").write_text("{}")
    (rulebase / "payers" / ".kept.json").write_text("{}")
    after = check_rulebase(rulebase)
    assert (after.findings, after.documents) == (before.findings, before.documents)


def test_unchanged_text_is_read_once(rulebase: Path) -> None:
    path, memory = rulebase / "payers" / "plain-plan.json", Memory()
    with unsaved({}, memory):
        first = read_text(path)
    with unsaved({path: first.text}, memory):
        assert read_text(path) is first
    with unsaved({path: first.text + " "}, memory):
        assert read_text(path) is not first


def test_memory_forgets_what_the_last_reading_did_not_ask_for() -> None:
    memory, made = Memory(), []
    for asked in ("a", "b", "a"):
        with unsaved({}, memory):
            once(asked, lambda name=asked: made.append(name))  # type: ignore[misc]
    assert made == ["a", "b", "a"]
