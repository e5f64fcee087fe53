"""Ctrl-C at any moment: exit code 130, one line, and nothing left behind."""

import random
import subprocess
from pathlib import Path

import pytest
from tests.cli.interrupting import COMMANDS, ENDED, files, interrupted, lay_out, left_behind
from tests.cli.processes import started
from tests.forks import PATIENCE

MOMENTS = 3
"""Of each command; `make soak-interrupts` tries fifty."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("interrupted")
    lay_out(made)
    return made


# An interrupt comes as the last file of a command takes its name.
AT_THE_END = """
import os, pathlib, signal
replace = pathlib.Path.replace
def interrupted(self, target):
    made = replace(self, target)
    if pathlib.Path(target).name in {names} and not any(each.startswith('.') for each in pathlib.Path(target).parts):
        os.kill(os.getpid(), signal.SIGINT)
    return made
pathlib.Path.replace = interrupted
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("import", ["ncci-mue.json", "ncci-mue.rows", "ncci-mue.parquet"]),
        ("import-codes", ["codes.json"]),
        ("adjudicate", ["answers.jsonl"]),
        ("adjudicate-by-columns", ["decided.csv", "decided.csv.explanations.jsonl", "decided.csv.rejects.csv"]),
    ],
)
def test_interrupt_while_files_take_their_names_finds_nothing_to_interrupt(
    name: str, files: list[str], tmp_path: Path, folder: Path
) -> None:
    for each in ("mue.csv", "codes.csv", "claims.jsonl", "claims.csv"):
        (tmp_path / each).write_text("".join((folder / each).read_text().splitlines(keepends=True)[:50]))
    (tmp_path / "policies").symlink_to(folder / "policies")
    ready = AT_THE_END.replace("{names}", repr(files))
    with started(tmp_path, *COMMANDS[name], before=ready, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as running:
        assert running.stderr
        said = running.stderr.read().decode()
        assert running.wait(PATIENCE) == 0, said
    assert "interrupted" not in said
    assert {path.name for path in tmp_path.rglob("*")} >= {*files}
    assert not [path for path in tmp_path.rglob("*") if "writing" in path.name]


# An interrupt comes before the command line has taken interrupts over: as it says how it is terminated.
AT_THE_BEGINNING = """
import os, signal
import payrule.cli
signal_now = signal.signal
def interrupted(number, handler):
    if number == signal.SIGTERM:
        os.kill(os.getpid(), signal.SIGINT)
    return signal_now(number, handler)
signal.signal = interrupted
"""


def test_interrupt_before_the_command_begins_ends_it_in_one_line(tmp_path: Path) -> None:
    with started(tmp_path, "--version", before=AT_THE_BEGINNING, stderr=subprocess.PIPE) as running:
        assert running.stderr
        said = running.stderr.read().decode()
        assert (running.wait(PATIENCE), said.strip()) == (130, "payrule: interrupted")


@pytest.mark.slow
@pytest.mark.parametrize("name", COMMANDS)
def test_interrupt_at_any_moment_ends_the_command_in_one_line(name: str, folder: Path) -> None:
    before = files(folder)
    chance = random.Random(name)  # noqa: S311 - the same moments each time, as far as a machine allows
    answers = []
    for moment in range(MOMENTS):
        # Some moments are while things are imported, which is where interrupts were lost.
        answer = interrupted(folder, COMMANDS[name], chance.uniform(0, 3 if moment % 2 else 0.5))
        answers += [] if answer is None else [answer]
        assert left_behind(folder, before, answer) == [], (moment, answer)
    assert answers
    # A signal that comes when all is done and written finds nothing to interrupt.
    assert {answer for answer in answers if answer[0] not in (0, 1)} == {ENDED}
    assert all(code == 130 for code, _ in answers[:1])
