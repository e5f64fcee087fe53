"""`payrule check` says first which rulebase it looked at, in every format."""

import json
import shlex
import shutil
from pathlib import Path

import pytest
from tests.command import Answer, run
from tests.golden.goldens import laid_out

SHIPPED = "the rulebase that payrule ships"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a folder with a rulebase and a folder beside it that belongs to none."""
    laid_out("claims", "sound", tmp_path)
    (tmp_path / "elsewhere").mkdir()
    shutil.copy(tmp_path / "rulebase/stretching/1.0.0.json", tmp_path / "elsewhere/draft.json")
    shutil.copytree(tmp_path / "rulebase", tmp_path / "other")
    return tmp_path


def check(folder: Path, *arguments: str) -> Answer:
    return run(shlex.join(("payrule", "check", *arguments)), folder)


CASES: dict[str, tuple[str, tuple[str, ...], str | None]] = {
    "the one that one is in": ("rulebase", (), "."),
    "the one above": ("rulebase/stretching", (), ".."),
    "the one that is named": (".", ("rulebase",), "rulebase"),
    "the one that an option names": (".", ("--rulebase", "other"), "other"),
    "a folder in one": (".", ("rulebase/stretching",), "rulebase"),
    "a document in one": (".", ("rulebase/stretching/1.0.0.json",), "rulebase"),
    "a document and the names of another": (".", ("--rulebase", "other", "rulebase/stretching/1.0.0.json"), "other"),
    "a payer": (".", ("rulebase/payers/plain-plan.json",), "rulebase"),
    "an example": (".", ("rulebase/stretching/examples/preparation.json",), "rulebase"),
    "several": (".", ("rulebase", "other/stretching/1.0.0.json", "other"), "rulebase, other"),
    "a document that stands alone": (".", ("rulebase/vocabulary.json",), None),
}


@pytest.mark.parametrize("what", CASES)
def test_rulebase_is_reported_first(what: str, folder: Path) -> None:
    at, arguments, expected = CASES[what]
    answer = check(folder / at, *arguments)
    assert answer.stdout.splitlines()[0] == f"rulebase: {expected or 'none; the document was checked by itself'}"
    assert json.loads(check(folder / at, *arguments, "--format", "json").stdout)["rulebase"] == expected


@pytest.mark.slow
def test_shipped_rulebase_is_reported_where_one_is_in_none(tmp_path: Path) -> None:
    assert check(tmp_path, "--quiet").stdout.splitlines() == [f"rulebase: {SHIPPED}"]


def test_shipped_rulebase_is_reported_for_a_document_of_none(folder: Path) -> None:
    answer = check(folder / "elsewhere", "draft.json")
    assert answer.code == 1
    assert answer.stdout.startswith(f"rulebase: {SHIPPED}\n")


def test_rulebase_is_reported_with_what_keeps_it_from_being_used(folder: Path) -> None:
    (folder / "rulebase/vocabulary.json").write_text("{")
    assert check(folder, "rulebase").stdout.startswith("rulebase: rulebase\n")


def test_code_scanning_and_workflows_are_reported_the_rulebase(folder: Path) -> None:
    sarif = json.loads(check(folder, "rulebase", "--format", "sarif").stdout)
    assert sarif["runs"][0]["properties"] == {"rulebase": "rulebase"}
    workflow = check(folder, "rulebase", "--format", "github").stdout
    assert workflow.startswith("::notice title=rulebase::rulebase\n")


def test_folder_that_looks_like_a_command_is_no_command(folder: Path) -> None:
    (folder / "rulebase").rename(folder / "a\n::error::b")
    for form in ("text", "github"):
        lines = check(folder, "a\n::error::b", "--format", form).stdout.splitlines()
        assert not any(line.startswith("::error") for line in lines)
