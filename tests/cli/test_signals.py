"""A command that is stopped leaves no half-written file, and ends with the exit code that shells know."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.cli.conftest import laid_out
from tests.cli.processes import started
from tests.forks import PATIENCE
from tests.property.effort import mostly_slow

CLAIM = {"id": "E-1", "payer": "plain-plan", "lines": [{"number": 1, "code": "00010", "date": "2016-03-01"}]}


# A signal that another thread takes does not end a read of the main thread, and nor does one that comes just before it.
TAKEN_ELSEWHERE = """
import signal, threading
threading.Thread(target=threading.Event().wait, daemon=True).start()
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
"""
INTERRUPTED, TERMINATED = (signal.SIGINT, 130, "payrule: interrupted"), (signal.SIGTERM, 143, "")


@pytest.mark.parametrize(
    ("before", "sent", "code", "said"),
    mostly_slow(
        [("", *INTERRUPTED), ("", *TERMINATED), (TAKEN_ELSEWHERE, *INTERRUPTED), (TAKEN_ELSEWHERE, *TERMINATED)]
    ),
    ids=["interrupted", "terminated", "interrupted-elsewhere", "terminated-elsewhere"],
)
def test_stopped_command_leaves_nothing_behind(
    before: str, sent: signal.Signals, code: int, said: str, tmp_path: Path
) -> None:
    answers = _answers(tmp_path)
    with _reading(answers, before=before, stderr=subprocess.PIPE) as running:
        os.kill(running.pid, sent)
        # Standard input stays open: it is not its end that ends the command.
        assert running.wait(PATIENCE) == code
        assert running.stderr
        assert running.stderr.read().decode().strip() == said
    assert [path.name for path in answers.iterdir()] == ["all.jsonl"]
    assert (answers / "all.jsonl").read_text() == "old"


@pytest.mark.slow
def test_interrupt_is_no_defect_where_nobody_reads_what_is_reported(tmp_path: Path) -> None:
    unread, closed = os.pipe()
    os.close(unread)
    with _reading(_answers(tmp_path), stderr=closed) as running:
        os.close(closed)
        os.kill(running.pid, signal.SIGINT)
        assert running.wait(PATIENCE) == 130


def _answers(folder: Path) -> Path:
    """Make a folder with answers of an earlier run."""
    answers = laid_out(folder) / "answers"
    answers.mkdir()
    (answers / "all.jsonl").write_text("old")
    return answers


@contextmanager
def _reading(answers: Path, *, stderr: int, before: str = "") -> Iterator[subprocess.Popen[bytes]]:
    """Run a command that has decided a claim and waits for more; `before` is Python that it runs first."""
    choices = ("--rulebase", "rulebase", "--format", "jsonl", "--out", "answers/all.jsonl")
    streams = {"stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL, "stderr": stderr}
    with started(answers.parent, "adjudicate", "-", *choices, before=before, **streams) as running:
        assert running.stdin
        running.stdin.write(json.dumps(CLAIM).encode() + b"\n")
        running.stdin.flush()
        _wait_until_it_writes(answers, running)
        yield running


def _wait_until_it_writes(folder: Path, running: subprocess.Popen[bytes]) -> None:
    """Wait for the file beside the one that is asked for, and then until the command can have come to its next read."""
    end = time.monotonic() + PATIENCE
    while len(list(folder.iterdir())) < 2:
        assert running.poll() is None
        assert time.monotonic() < end
        time.sleep(0.01)
    time.sleep(0.5)
