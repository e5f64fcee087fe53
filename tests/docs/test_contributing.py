"""What CONTRIBUTING says must be written to add something is what there is of each such thing already."""

import re
from pathlib import Path

import pytest
from tests.docs.pages import ROOT, table
from tests.of_folder import ENGINE, folders

from payrule.formats.reading import READERS
from payrule.lint.registry import CHECKS
from payrule.lint.rule import Check

PAGE = (ROOT / "CONTRIBUTING.md").read_text()
ADDING = re.findall(r"^## Add an? .*$", PAGE, re.MULTILINE)
LINT_RULE, CLAIM_FORMAT = "## Add a lint rule", "## Add a claim format"
READER = "csv_reader"
"""The module of the reader that the list of a claim format goes by."""


def listed(heading: str) -> list[str]:
    """Give the files of a list, as it names them."""
    return [row[0].strip("`") for row in table(PAGE, heading)]


def files(name: str, rule: str, family: str) -> Path:
    """Give the file of a lint rule that a name in the list stands for."""
    written = rule.replace("-", "_") if name.endswith(".py") else rule
    return ROOT / name.replace("<rule>", written).replace("<family>", family)


def engine() -> list[Path]:
    return [path for path in ENGINE.rglob("*") if path.suffix in {".py", ".md"}]


def test_the_page_begins_with_what_is_added() -> None:
    assert {LINT_RULE, CLAIM_FORMAT} <= set(ADDING)
    assert re.findall(r"^## .*$", PAGE, re.MULTILINE)[: len(ADDING)] == ADDING


@pytest.mark.parametrize("heading", ADDING)
def test_files_of_a_list_are_there(heading: str) -> None:
    named = listed(heading)
    assert named
    assert [name for name in named if "<" not in name and not (ROOT / name).is_file()] == []


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.code)
def test_every_lint_rule_has_the_files_of_the_list(check: Check) -> None:
    """What a reader of documents finds, and what becomes of suppressions, has a page and no module of its own."""
    has_module = check.needs != "reading" and check.family != "suppressing"
    named = [files(name, check.code, check.family) for name in listed(LINT_RULE)]
    assert [str(path) for path in named if not path.is_file() and (has_module or path.suffix != ".py")] == []
    (registry,) = (path for path in named if path.name == "registry.py")
    assert check.code.replace("-", "_") in registry.read_text() or not has_module


def test_a_file_that_a_lint_rule_gives_its_name_to_or_that_imports_it_is_in_the_list() -> None:
    expected = {files(name, "set-unused", "names") for name in listed(LINT_RULE)}
    naming = re.compile(r"import set_unused\b|^    set_unused,$|set_unused import", re.MULTILINE)
    looked_at = [path for folder in ("engine", "tests", "docs/reference") for path in (ROOT / folder).rglob("*.*")]
    found = {
        path
        for path in looked_at
        if (path.stem in {"set-unused", "set_unused"} and path.suffix != ".pyc")
        or (path.suffix == ".py" and path.name != Path(__file__).name and naming.search(path.read_text()))
    }
    assert found == expected


def test_a_reader_is_named_in_the_engine_only_where_the_list_says() -> None:
    naming = re.compile(rf"\bimport {READER}\b|\.{READER} import\b")
    found = {str(path.relative_to(ROOT)) for path in engine() if naming.search(path.read_text())}
    assert found == {name for name in listed(CLAIM_FORMAT) if name.startswith("engine/") and READER not in name}


def test_every_reader_is_in_the_table_of_the_file_that_the_list_names() -> None:
    (file,) = {each.__code__.co_filename for each in READERS.values() if hasattr(each, "__code__")}
    assert str(Path(file).relative_to(ROOT)) in listed(CLAIM_FORMAT)


def test_folders_are_those_of_the_engine() -> None:
    rows = [row[0].strip("`") for row in table(PAGE, "## Where things are")]
    there = {path.name for path in ENGINE.iterdir() if path.is_dir() and not path.name.startswith("_")}
    assert rows == list(folders())
    assert set(rows) == there
