"""A forked command, a command called in a shell, and a process of its own answer alike."""

from pathlib import Path

import pytest
from tests.cli.conftest import laid_out
from tests.cli.processes import process
from tests.forks import Answer, typed
from tests.property.effort import mostly_slow

COMMANDS = (
    ("--version",),
    ("list", "--rulebase", "rulebase"),
    ("adjudicate", "examples/contract.json", "--payer", "blue-cross", "--format", "jsonl"),
    ("adjudicate", "no-such.json"),
    ("check", "--no-such-option"),
)


@pytest.mark.parametrize("arguments", mostly_slow([(each,) for each in COMMANDS]), ids=" ".join)
def test_all_three_ways_answer_alike(arguments: tuple[str, ...], tmp_path: Path) -> None:
    folder = laid_out(tmp_path)
    done = process(folder, *arguments, anew=True)
    own = Answer(done.stdout, done.stderr, done.returncode)
    command = " ".join(["payrule", *arguments])
    assert typed(command, folder) == own
    assert typed(f"true && {command}", folder) == own


def test_commands_know_nothing_of_each_other(tmp_path: Path) -> None:
    folder = laid_out(tmp_path)
    before = typed("payrule list --rulebase rulebase", folder)
    (folder / "rulebase" / "vocabulary.json").write_text("{}")
    assert typed("payrule list --rulebase rulebase", folder).code == 2
    assert typed("payrule list", folder).stdout != before.stdout


def test_both_ends_of_a_pipe_run_at_once(tmp_path: Path) -> None:
    folder = laid_out(tmp_path)
    piped = "payrule schema policy | payrule adjudicate - --payer blue-cross; echo ended"
    assert typed(piped, folder).stdout.endswith("ended\n")
