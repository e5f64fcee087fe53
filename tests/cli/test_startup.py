"""Help and completion answer at once: nothing is imported that only deciding and checking need."""

import json
from pathlib import Path

import pytest
from tests.cli.processes import process

HEAVY = ("durable_rules_engine", "jsonschema", "msgspec", "referencing", "rich", "x12sdk")

LIST = f"""
import atexit, json, sys
atexit.register(lambda: print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]), file=sys.stderr))
"""


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], []], ids=["help", "version", "nothing"])
def test_help_imports_nothing_heavy(arguments: list[str], tmp_path: Path) -> None:
    done = process(tmp_path, *arguments, before=LIST)
    assert json.loads(done.stderr.splitlines()[-1]) == []


def test_completion_imports_nothing_heavy(tmp_path: Path) -> None:
    asked = {"_PAYRULE_COMPLETE": "bash_complete", "COMP_WORDS": "payrule adj", "COMP_CWORD": "1"}
    done = process(tmp_path, before=LIST, **asked)
    assert done.stdout == "plain,adjudicate\n"
    assert json.loads(done.stderr.splitlines()[-1]) == []


@pytest.mark.parametrize("command", ["adjudicate", "check", "test", "schema"])
def test_help_of_a_command_does_not_start_the_engine(command: str, tmp_path: Path) -> None:
    done = process(tmp_path, command, "--help", before=LIST)
    assert done.returncode == 0
    assert not {"durable_rules_engine", "x12sdk"} & set(json.loads(done.stderr.splitlines()[-1]))
