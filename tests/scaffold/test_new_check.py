"""A new check is found by the tests that hold checks to their pages, as soon as it is written into a checkout."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.command import run

from payrule.lint import registry
from payrule.scaffold.lint_rule import new_check
from payrule.source.diagnostics import RequestError

ENGINE = Path(registry.__file__).parents[2]
RULEBASE = Path(__file__).parents[1] / "lint" / "rulebase"
CODE = "locator-too-long"


@pytest.mark.slow
def test_a_new_check_finds_what_its_page_avoids(tmp_path: Path) -> None:
    shutil.copytree(ENGINE, tmp_path / "engine", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "pyproject.toml").touch()
    for folder in ("policies", "schemas"):
        shutil.copytree(ENGINE.parent / folder, tmp_path / folder)
    checks = tmp_path / "engine" / Path(registry.__file__).parent.relative_to(ENGINE)
    for path, text in new_check(CODE, checks).files.items():
        path.write_text(text)
    shutil.copytree(RULEBASE, tmp_path / "rulebase")
    policy = tmp_path / "rulebase" / "stretching" / "1.0.0.json"
    policy.write_text(re.sub(r'"summary": "[^"]+"', f'"summary": "{CODE}"', policy.read_text(), count=1))
    command = [sys.executable, "-m", "payrule", "check", "../rulebase", "--format", "json"]
    done = subprocess.run(command, cwd=tmp_path / "engine", capture_output=True, text=True, check=False)
    assert [each["code"] for each in json.loads(done.stdout)["findings"]] == [CODE]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("set-unused", "there is already a check `set-unused`; choose another code"),
        ("Set Unused", "`Set Unused` cannot be the code of a check; use lower-case words"),
    ],
)
def test_a_code_that_cannot_be_given_is_refused_with_its_help(code: str, said: str, tmp_path: Path) -> None:
    answer = run(f"payrule new check '{code}'", tmp_path)
    assert answer.code == 2
    assert answer.stderr.startswith(f"error: {said}")


def test_a_check_is_made_in_a_checkout_alone(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="this payrule is not a checkout"):
        new_check(CODE, tmp_path / "payrule" / "lint" / "deeper")
