"""The settings for editors and hooks name what there is."""

import json
import re
from fnmatch import fnmatchcase
from importlib import import_module
from pathlib import Path

import pytest
from tests.docs.pages import ROOT

from payrule.examples.run import document_files
from payrule.scaffold.rulebase import vscode_settings

BINDINGS = vscode_settings()["json.schemas"]


def fits(path: str, pattern: str) -> bool:
    """Tell whether a path fits a pattern name by name, as editors have it."""
    one, two = path.split("/"), pattern.split("/")
    return len(one) == len(two) and all(map(fnmatchcase, one, two))


def schemas_of(path: str) -> list[str]:
    """Give the schemas that an editor holds a file to; a later pattern that leaves it out wins."""
    found = []
    for each in BINDINGS:
        held = False
        for pattern in each["fileMatch"]:
            if fits(path, pattern.removeprefix("!")):
                held = not pattern.startswith("!")
        found += [each["url"]] if held else []
    return found


def test_settings_of_the_checkout_are_those_that_are_made() -> None:
    assert json.loads((ROOT / ".vscode" / "settings.json").read_text()) == vscode_settings()


@pytest.mark.parametrize("binding", BINDINGS, ids=lambda each: each["url"])
def test_schema_that_is_bound_exists(binding: dict[str, str]) -> None:
    assert (ROOT / binding["url"]).is_file()


def test_each_document_is_held_to_the_schema_of_its_kind() -> None:
    for file in document_files(ROOT / "policies"):
        kind = json.loads(file.read_text())["kind"]
        (bound,) = schemas_of(f"/{file.relative_to(ROOT).as_posix()}")
        assert Path(bound).name == f"{kind}.schema.json", file


def test_hooks_run_commands_that_there_are() -> None:
    text = (ROOT / ".pre-commit-hooks.yaml").read_text()
    names = re.findall(r"^  entry: payrule (\w+)$", text, re.MULTILINE)
    assert re.findall(r"^- id: payrule-(\w+)$", text, re.MULTILINE) == names == ["fmt", "check", "test"]
    for name in names:
        assert import_module(f"payrule.cli.commands.{name}").command
