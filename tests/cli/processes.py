"""Run payrule as a process of its own, changed where a test has to see what cannot be brought about from outside."""

import subprocess
import sys
from pathlib import Path

from tests.cli.conftest import PATIENCE, surroundings

CALL = """
import sys
from payrule.cli import main
sys.argv = ["payrule", *sys.argv[1:]]
main()
"""


def process(
    folder: Path, *arguments: str, before: str = "", stdin: str | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run payrule in a folder; `before` is Python that is run first, in the same process."""
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
