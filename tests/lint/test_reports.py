"""What other programs read: SARIF as its schema has it, JSON as ours has it, and the choice of what is reported."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, Draft202012Validator
from tests.command import run
from tests.lint.laid import laid
from tests.property.effort import mostly_slow

from payrule.lint.registry import CHECKS, page
from payrule.model.schema_validator import schema

CODES = [check.code for check in CHECKS]


def reported(form: str, folder: Path, code: str = "set-unused", heading: str = "Avoid") -> Any:
    return json.loads(run(f"payrule check rulebase --format {form}", laid(code, heading, folder)).stdout)


@pytest.mark.parametrize("heading", mostly_slow(["Avoid", "Prefer"]))
@pytest.mark.parametrize("code", mostly_slow(CODES, quick=6))
def test_json_is_as_its_schema_says(code: str, heading: str, tmp_path: Path) -> None:
    Draft202012Validator(schema("findings")).validate(reported("json", tmp_path, code, heading))


@pytest.mark.parametrize("code", CODES)
def test_sarif_is_as_its_published_schema_says(code: str, tmp_path: Path) -> None:
    """No package of Python has the schema; `SARIF_SCHEMA` names a copy, such as the one in jest-sarif, of npm."""
    published = os.environ.get("SARIF_SCHEMA")
    if published is None:
        pytest.skip("SARIF_SCHEMA names no copy of the published schema; `npm pack @microsoft/jest-sarif` has one")
    Draft7Validator(json.loads(Path(published).read_bytes())).validate(reported("sarif", tmp_path, code))


def test_sarif_brings_the_whole_page_of_every_check(tmp_path: Path) -> None:
    rules = reported("sarif", tmp_path)["runs"][0]["tool"]["driver"]["rules"]
    assert [(rule["id"], rule["help"]["markdown"]) for rule in rules] == [(code, page(code)) for code in CODES]


def test_sarif_tells_what_is_suppressed_and_why(tmp_path: Path) -> None:
    (result,) = reported("sarif", tmp_path, "suppression-without-effect", "Prefer")["runs"][0]["results"]
    assert result["suppressions"] == [{"kind": "inSource", "justification": "The sentence was withdrawn."}]


def test_sarif_names_files_relative_to_where_the_command_runs(tmp_path: Path) -> None:
    folder = laid("set-unused", "Avoid", tmp_path)
    (folder / "rulebase").rename(folder / "my rules é")
    for name, command in {"relative": "'my rules é'", "absolute": f"'{folder}/my rules é'"}.items():
        log = json.loads(run(f"payrule check {command} --format sarif", folder).stdout)
        place = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
        assert place == {"uri": "my%20rules%20%C3%A9/stretching/1.0.0.json"}, name


def test_fault_that_keeps_a_document_from_being_used_is_in_every_report(tmp_path: Path) -> None:
    folder = laid("set-unused", "Prefer", tmp_path)
    (folder / "rulebase/payers/plain-plan.json").write_text("{,}")
    (result,) = json.loads(run("payrule check rulebase --format sarif", folder).stdout)["runs"][0]["results"]
    assert (result["ruleId"], result["level"], "ruleIndex" in result) == ("json", "error", False)
    _, command = run("payrule check rulebase --format github -q", folder).stdout.splitlines()
    assert command.startswith("::error title=json,file=rulebase/payers/plain-plan.json,line=1,col=2::")


@pytest.mark.parametrize(
    ("severity", "code", "expected"),
    [("error", "set-unused", 0), ("warning", "set-unused", 1), ("error", "version-too-low", 1)],
)
def test_exit_code_is_of_what_is_reported(severity: str, code: str, expected: int, tmp_path: Path) -> None:
    answer = run(f"payrule check rulebase --severity {severity}", laid(code, "Avoid", tmp_path))
    assert answer.code == expected
    assert (f"[{code}]" in answer.stdout) == bool(expected)


@pytest.mark.parametrize("code", CODES)
def test_page_is_printed_as_it_is_written(code: str, tmp_path: Path) -> None:
    assert run(f"payrule check --explain {code}", tmp_path).transcript() == page(code)


def test_unknown_check_is_not_explained(tmp_path: Path) -> None:
    answer = run("payrule check --explain set-unsed", tmp_path).transcript()
    assert answer == "! error: there is no check `set-unsed`; did you mean `set-unused`?\n[exit code 2]\n"
    assert "`payrule check --list` lists them" in run("payrule check --explain zzzz", tmp_path).stderr


def test_list_names_every_check_once(tmp_path: Path) -> None:
    lines = run("payrule check --list", tmp_path).stdout.splitlines()
    assert [line.split()[0] for line in lines if line.startswith("  ") and not line.startswith("   ")] == CODES
