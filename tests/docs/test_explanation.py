"""What the explanations say of versions, layers and limits is what the project files and the code say."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from tests.docs.pages import ROOT, blocks, table

from payrule.execute import sizes
from payrule.execute.forward import limits

DOCS = ROOT / "docs"
DEPENDENCIES = (DOCS / "explanation" / "dependencies.md").read_text()
HEADINGS = ("## What an installed payrule needs", "## What work on payrule needs")
IMPORTED_AS = {
    "adbc-driver-postgresql": "adbc_driver_postgresql",
    "durable_rules": "durable_rules_engine",
    "jsonschema-rs": "jsonschema_rs",
    "prometheus-client": "prometheus_client",
    "python-calamine": "python_calamine",
    "python-multipart": "python_multipart",
    "python-sat": "pysat",
}
BY_ANOTHER = {"httptools", "python-multipart"}
"""Packages that another one imports."""


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def locked() -> dict[str, tuple[str, str]]:
    """Give the version of each package in the lock, and the month of its release."""
    packages = tomllib.loads((ROOT / "uv.lock").read_text())["package"]
    return {each["name"]: (each["version"], each["sdist"]["upload-time"][:7]) for each in packages if "sdist" in each}


def test_every_dependency_is_reported() -> None:
    declared = project()["project"]
    extras = declared["optional-dependencies"]
    told = [{row[0].partition(" ")[0] for row in table(DEPENDENCIES, heading)} for heading in HEADINGS]
    installed = [*declared["dependencies"], *(each for name in extras if name != "dev" for each in extras[name])]
    needed = [{re.split(r"[^\w-]", each)[0] for each in installed} - {"payrule"}]
    needed += [{re.split(r"[^\w-]", each)[0] for each in extras["dev"]} - {"payrule"}]
    assert told == needed


def test_versions_are_those_of_the_lock() -> None:
    rows = [row for heading in HEADINGS for row in table(DEPENDENCIES, heading)]
    found = locked()
    assert {row[0]: (row[2], row[3]) for row in rows} == {
        row[0]: found[row[0].partition(" ")[0].replace("_", "-")] for row in rows
    }


def importing(package: str) -> set[str]:
    """Give the modules of the engine that import a package, or its name as a text to import it by."""
    engine = ROOT / "engine" / "payrule"
    pattern = re.compile(rf"""^\s*(?:from|import) {package}\b|import_module\("{package}\b""", re.MULTILINE)
    return {str(path.relative_to(engine)) for path in engine.rglob("*.py") if pattern.search(path.read_text())}


@pytest.mark.slow
def test_packages_are_imported_only_where_the_page_says() -> None:
    for name, *_, places in table(DEPENDENCIES, HEADINGS[0]):
        package = name.partition(" ")[0]
        found = importing(IMPORTED_AS.get(package, package))
        allowed = re.findall(r"`([\w/.]+)`", places)
        assert found or package in BY_ANOTHER, package
        if allowed:
            assert all(each in allowed or f"{Path(each).parts[0]}/" in allowed for each in found), (package, found)


def test_folders_are_the_layers_that_are_enforced() -> None:
    contracts = project()["tool"]["importlinter"]["contracts"]
    (layers,) = (each["layers"] for each in contracts if each["type"] == "layers")
    page = (DOCS / "explanation" / "how-a-claim-is-decided.md").read_text()
    modules = [name.strip("()") for each in layers for name in each.split(" | ")]
    folders = [name for name in modules if (ROOT / "engine" / "payrule" / name).is_dir()]
    assert [row[0].strip("`") for row in table(page, "## The folders of the engine")] == folders


def test_limits_are_those_of_the_code() -> None:
    (page,) = (each.read_text() for each in (DOCS / "decisions").glob("0010-*.md"))
    assert [int(row[1]) for row in table(page, "## Decision")] == [
        limits.MOST_WAITING,
        limits.MOST_FLAGS,
        limits.MOST_JOINS,
        limits.MOST_PRODUCTIONS,
        limits.MOST_RULESETS,
        sizes.MOST_LINES,
    ]


def test_rule_in_the_readme_is_the_one_that_is_shipped() -> None:
    (block,) = (each for each in blocks((ROOT / "README.md").read_text()) if each.text.startswith('"when"'))
    left = [re.split(r"(?<=\S) {3,}", line)[0] for line in block.text.splitlines()]
    shown = json.loads("\n".join(["{", *left, "}"]))
    policy = json.loads((ROOT / "policies" / "blue-cross" / "1.0.0.json").read_text())
    assert [rule["id"] for rule in policy["rules"] if shown.items() <= rule.items()] == ["preparation-is-integral"]


def test_decisions_are_numbered_without_a_gap_and_have_three_parts() -> None:
    pages = sorted((DOCS / "decisions").glob("*.md"))
    assert [page.name[:4] for page in pages] == [f"{number:04d}" for number in range(1, len(pages) + 1)]
    for page in pages:
        text = page.read_text()
        assert text.startswith(f"# {int(page.name[:4])}. ")
        assert re.findall(r"^## (.*)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences"]
