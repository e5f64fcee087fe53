"""`--watch` runs again on each change, writes nothing to a pipe but what the command says, and ends on Ctrl-C."""

import signal
import subprocess
from pathlib import Path
from threading import Timer
from typing import IO, Any

import pytest
from tests.cli.conftest import laid_out
from tests.cli.processes import process, started
from tests.forks import PATIENCE

REFUSE = """
import sys

class Refusing:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.partition(".")[0] == "{package}":
            raise ModuleNotFoundError(name, name="{package}")

sys.meta_path.insert(0, Refusing)
"""
"""Keep a package from being imported, as if it were not installed."""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "before", "after"),
    [
        ("check", "4 documents checked: nothing to fix", "4 documents checked: 1 error"),
        ("test", "1 example of 2 rules: all as expected", ""),
    ],
)
def test_watched_command_runs_again_until_it_is_interrupted(
    command: str, before: str, after: str, tmp_path: Path
) -> None:
    folder = laid_out(tmp_path)
    policy = folder / "rulebase" / "stretching" / "1.0.0.json"
    streams: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "encoding": "utf-8"}
    with started(folder, command, "rulebase", "--watch", **streams) as running:
        assert running.stdout
        guard = Timer(PATIENCE, running.kill)
        guard.start()
        assert _until_it_waits(running.stdout)[-1] == before
        policy.write_text(policy.read_text().replace("@stretches", "@streches", 1))
        said = _until_it_waits(running.stdout)
        assert any("there is no code list `@streches`" in line for line in said)
        assert not after or said[-1] == after
        assert "\x1b" not in "".join(said)
        running.send_signal(signal.SIGINT)
        assert running.wait(PATIENCE) == 130
        assert running.stdout.read() == ""
        guard.cancel()


def _until_it_waits(stream: IO[str]) -> list[str]:
    """Read what is said until the command waits for changes."""
    said: list[str] = []
    for line in stream:
        if line == "waiting for changes; Ctrl-C ends it\n":
            return said
        said.append(line.rstrip("\n"))
    pytest.fail(f"it ended: {said}")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "package", "extra"),
    [(["check", "--watch"], "watchfiles", "watch"), (["language-server"], "pygls", "editor")],
    ids=["watch", "editor"],
)
def test_package_that_is_missing_is_reported_with_its_help(
    arguments: list[str], package: str, extra: str, tmp_path: Path
) -> None:
    done = process(tmp_path, *arguments, before=REFUSE.format(package=package), anew=True)
    assert done.returncode == 2
    said = f"error: this needs the package `{package}`, which is not installed; run `pip install 'payrule[{extra}]'`\n"
    assert (done.stdout, done.stderr) == ("", said)


def test_folder_that_is_no_rulebase_is_refused_before_anything_is_watched(tmp_path: Path) -> None:
    done = process(laid_out(tmp_path), "check", "--watch", "--rulebase", "nowhere")
    assert (done.returncode, done.stderr) == (2, "error: there is no file or folder `nowhere`; check the path\n")
