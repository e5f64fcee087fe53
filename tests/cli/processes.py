"""Run payrule as a process of its own, changed where a test has to see what cannot be brought about from outside."""

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.forks import PATIENCE, forked, surroundings

CALL = """
import sys
from payrule.cli import main
sys.argv = ["payrule", *sys.argv[1:]]
main()
"""


def process(
    folder: Path,
    *arguments: str,
    before: str = "",
    stdin: str = "",
    anew: bool = False,
    **environment: str,
) -> subprocess.CompletedProcess[str]:
    """Run payrule in a folder; `before` is Python that is run first, in the same process.

    The process is forked from one that has all imported; `anew` starts Python, for what depends on that.
    """
    if not anew:
        answer = forked(folder, arguments, surroundings(**environment), before=before, stdin=stdin)
        return subprocess.CompletedProcess(arguments, answer.code, answer.stdout, answer.stderr)
    return subprocess.run(
        [sys.executable, "-c", before + CALL, *arguments],
        cwd=folder,
        env=surroundings(**environment),
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )


def started(folder: Path, *arguments: str, before: str = "", **streams: Any) -> "subprocess.Popen[Any]":
    """Start payrule in a folder, to be interrupted; `streams` are what `Popen` takes of them."""
    return subprocess.Popen(
        [sys.executable, "-c", before + CALL, *arguments],
        cwd=folder,
        env=surroundings(),
        # Whoever runs the tests in the background has interrupts ignored, and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509 - no threads here
        **streams,
    )
