"""What CONTRIBUTING says must be written to add something is what there is of each such thing already."""

import ast
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
LINT_RULE, CONNECTIVE, CLAIM_FORMAT = "## Add a lint rule", "## Add a connective", "## Add a claim format"
READER = "csv_reader"
"""The module of the reader that the list of a claim format goes by."""


def listed(heading: str) -> list[str]:
    """Give the files of a list, as it names them."""
    return [row[0].strip("`") for row in table(PAGE, heading)]


def engine() -> list[Path]:
    return [path for path in ENGINE.rglob("*") if path.suffix in {".py", ".md"}]


def test_the_page_begins_with_what_is_added() -> None:
    assert {LINT_RULE, CONNECTIVE, CLAIM_FORMAT} <= set(ADDING)
    assert re.findall(r"^## .*$", PAGE, re.MULTILINE)[: len(ADDING)] == ADDING


@pytest.mark.parametrize("heading", ADDING)
def test_files_of_a_list_are_there(heading: str) -> None:
    named = listed(heading)
    assert named
    assert [name for name in named if "<" not in name and not (ROOT / name).is_file()] == []


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.code)
def test_every_lint_rule_has_the_files_of_the_list(check: Check) -> None:
    """A rule that finds several things may have one file; its page and what is told of it stand by its own name."""
    named = [
        name.replace("<family>", check.family).replace("<rule>", check.code)
        for name in listed(LINT_RULE)
        if "<rule>.py" not in name
    ]
    assert [name for name in named if not (ROOT / name).is_file()] == []


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.code)
def test_every_lint_rule_is_in_the_registry_of_the_list(check: Check) -> None:
    (registry,) = (ROOT / name for name in listed(LINT_RULE) if name.endswith("registry.py"))
    assert f'"{check.code}"' in registry.read_text()


def test_a_file_that_a_lint_rule_gives_its_name_to_or_that_imports_it_is_in_the_list() -> None:
    expected = {
        name.replace("<family>", "names").replace("<rule>", rule)
        for rule in ("set-unused", "set_unused")
        for name in listed(LINT_RULE)
    }
    files = [path for folder in ("engine", "tests", "docs/reference") for path in (ROOT / folder).rglob("*.*")]
    naming = re.compile(r'^ +"set-unused",$|set_unused import|^from .* import set_unused$', re.MULTILINE)
    found = {
        str(path.relative_to(ROOT))
        for path in files
        if (path.stem in {"set-unused", "set_unused"} and path.suffix != ".pyc")
        or (path.suffix == ".py" and path.name != Path(__file__).name and naming.search(path.read_text()))
    }
    assert found == {name for name in expected if (ROOT / name).is_file()}


CELLS = {
    *(f"engine/payrule/formats/{name}.py" for name in ("claim_form", "column_matching", "mapped_rows", "spreadsheet")),
    "engine/payrule/reports/sheet_answers.py",
}
"""What reads or writes cells as that reader does, and is no reader."""


def test_a_reader_is_named_in_the_engine_only_where_the_list_says() -> None:
    naming = re.compile(rf"\bimport {READER}\b|\.{READER} import\b")
    found = {str(path.relative_to(ROOT)) for path in engine() if naming.search(path.read_text())}
    found -= CELLS
    assert found == {name for name in listed(CLAIM_FORMAT) if name.startswith("engine/") and READER not in name}


def test_every_reader_is_in_the_table_of_the_file_that_the_list_names() -> None:
    (file,) = {each.__code__.co_filename for each in READERS.values() if hasattr(each, "__code__")}
    assert str(Path(file).relative_to(ROOT)) in listed(CLAIM_FORMAT)


def knows_count(file: Path) -> bool:
    """Tell whether a module names the node of `count`, or the class that says what it means."""
    found = list(ast.walk(ast.parse(file.read_text())))
    imports = [each for each in found if isinstance(each, ast.ImportFrom)]
    imported = {f".{each.module}" for each in imports} | {f".{name.name}" for each in imports for name in each.names}
    reads = file.stem == "condition" or any(each.endswith((".condition", ".reference")) for each in imported)
    return reads and "Count" in {getattr(each, "id", getattr(each, "attr", None)) for each in found}


@pytest.mark.slow
def test_modules_that_know_a_connective_are_those_of_the_list() -> None:
    named = listed(CONNECTIVE)
    knowing = {str(path.relative_to(ROOT)) for path in engine() if path.suffix == ".py" and knows_count(path)}
    assert knowing == {name for name in named if name.startswith("engine/")}
    others = {name for name in named if name not in knowing}
    assert {name for name in others if "count" in (ROOT / name).read_text()} == others


def test_folders_are_those_of_the_engine() -> None:
    rows = [row[0].strip("`") for row in table(PAGE, "## Where things are")]
    there = {path.name for path in ENGINE.iterdir() if any(path.glob("*.py"))}
    assert rows == list(folders())
    assert set(rows) == there
