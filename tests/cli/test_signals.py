"""A command that is stopped leaves no half-written file, and ends with the exit code that shells know."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.cli.conftest import PATIENCE, laid_out, surroundings
from tests.cli.processes import CALL

CLAIM = {"id": "E-1", "payer": "plain-plan", "lines": [{"number": 1, "code": "00010", "date": "2016-03-01"}]}


@pytest.mark.parametrize(
    ("sent", "code", "said"),
    [(signal.SIGINT, 130, "payrule: interrupted"), (signal.SIGTERM, 143, "")],
    ids=["interrupted", "terminated"],
)
def test_stopped_command_leaves_nothing_behind(sent: signal.Signals, code: int, said: str, tmp_path: Path) -> None:
    folder = laid_out(tmp_path)
    answers = folder / "answers"
    answers.mkdir()
    (answers / "all.jsonl").write_text("old")
    choices = ("--rulebase", "rulebase", "--format", "jsonl", "--out", "answers/all.jsonl")
    with subprocess.Popen(
        [sys.executable, "-c", CALL, "adjudicate", "-", *choices],
        cwd=folder,
        env=surroundings(),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        # Whoever runs the tests in the background has interrupts ignored, and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509 - no threads here
    ) as running:
        assert running.stdin
        running.stdin.write(json.dumps(CLAIM) + "\n")
        running.stdin.flush()
        _wait_until_it_writes(answers, running)
        os.kill(running.pid, sent)
        # Standard input stays open: it is not its end that ends the command.
        assert running.wait(PATIENCE) == code
        assert running.stderr
        assert running.stderr.read().strip() == said
    assert [path.name for path in answers.iterdir()] == ["all.jsonl"]
    assert (answers / "all.jsonl").read_text() == "old"


def _wait_until_it_writes(folder: Path, running: subprocess.Popen[str]) -> None:
    """Wait for the file beside the one that is asked for."""
    end = time.monotonic() + PATIENCE
    while len(list(folder.iterdir())) < 2:
        assert running.poll() is None
        assert time.monotonic() < end
        time.sleep(0.01)
