"""Help and completion answer at once: nothing is imported that only deciding and checking need."""

import json
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from tests.cli.processes import process
from tests.property.effort import mostly_slow

from payrule.cli.main import COMMANDS, command_named

HEAVY = (
    "duckdb",
    "durable_rules_engine",
    "hypothesis",
    "jsonschema",
    "jsonschema_rs",
    "lsprotocol",
    "msgspec",
    "pygls",
    "pysat",
    "referencing",
    "rich",
    "watchfiles",
)

LIST = f"""
import atexit, json, sys
atexit.register(lambda: print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]), file=sys.stderr))
"""


def commands() -> Iterator[tuple[str, ...]]:
    """List every command, and those below a command that has some."""
    for name in COMMANDS:
        yield (name,)
        command = command_named(name)
        if isinstance(command, click.Group):
            yield from ((name, below) for below in command.commands)


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], []], ids=["help", "version", "nothing"])
def test_help_imports_nothing_heavy(arguments: list[str], tmp_path: Path) -> None:
    done = process(tmp_path, *arguments, before=LIST, anew=True)
    assert json.loads(done.stderr.splitlines()[-1]) == []


@pytest.mark.parametrize("words", mostly_slow([(each,) for each in commands()], quick=4), ids=" ".join)
def test_help_of_a_command_imports_nothing_heavy(words: tuple[str, ...], tmp_path: Path) -> None:
    done = process(tmp_path, *words, "--help", before=LIST, anew=True)
    assert done.returncode == 0
    assert json.loads(done.stderr.splitlines()[-1]) == []


def test_a_command_that_works_imports_what_it_needs(tmp_path: Path) -> None:
    done = process(tmp_path, "list", before=LIST, anew=True)
    assert {"jsonschema_rs", "msgspec"} <= set(json.loads(done.stderr.splitlines()[-1]))


def test_completion_imports_nothing_heavy(tmp_path: Path) -> None:
    asked = {"_PAYRULE_COMPLETE": "bash_complete", "COMP_WORDS": "payrule adj", "COMP_CWORD": "1"}
    done = process(tmp_path, before=LIST, **asked, anew=True)
    assert done.stdout == "plain,adjudicate\n"
    assert json.loads(done.stderr.splitlines()[-1]) == []
