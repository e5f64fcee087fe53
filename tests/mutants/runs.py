"""Run tests, or replay suites, in a copy of the checkout."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from tests.mutants.mutant import Mutant

ROOT = Path(__file__).resolve().parents[2]
ENGINE = Path("engine", "payrule")
COPIED = ("engine", "policies", "schemas", "tests")
SUITES = "suites.json"
SECONDS = 120
"""Time for the tests of one mutant; one that makes them hang has been noticed."""
SOUND_SECONDS = 900
"""Time for all tests without any mutant."""

PASSED, FAILED, INTERRUPTED = 0, 1, 2
"""How pytest ends when all tests pass, when one fails, when one cannot even be imported."""
MISSING = -1


class Ran(NamedTuple):
    """What became of one run: how it ended (None when time ran out), the test or claim that noticed, and the output."""

    code: int | None
    noticed_by: str
    output: str

    @property
    def passed(self) -> bool:
        """Tell that nothing was noticed."""
        return self.code == PASSED

    @property
    def could_run(self) -> bool:
        """Tell that the run says something of the mutant."""
        return self.code in (PASSED, FAILED, INTERRUPTED, None)


def copy(folder: Path, suites: Path) -> Path:
    """Copy the checkout without what was made from it, and the suites."""
    for name in COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    shutil.copy(suites, folder / SUITES)
    return folder


def run_tests(folder: Path, tests: Iterable[str], seconds: int = SECONDS) -> Ran:
    """Run tests in a copy, up to the first that fails."""
    options = ["-x", "-q", "--no-header", "--tb=no", "-p", "no:cacheprovider", "-m", "not slow"]
    profile = ["-p", "tests.mutants.profile", "--hypothesis-profile=mutants"]
    ran = _run(folder, ["-m", "pytest", *options, *profile, *tests], seconds)
    failed = re.search(r"^(?:FAILED|ERROR) [^ :]*(?:::(.+?))?(?: - .*)?$", ran.output, re.MULTILINE)
    return ran._replace(noticed_by=(failed.group(1) or "the import of the tests") if failed else ran.noticed_by)


def run_suites(folder: Path) -> Ran:
    """Replay the suites in a copy, up to the first claim that is decided otherwise."""
    ran = _run(folder, ["-m", "tests.mutants.replay", SUITES], SECONDS)
    return ran._replace(noticed_by=ran.noticed_by or ran.output.strip().split("\n")[-1])


def run_mutant(folder: Path, mutant: Mutant, *, replayed: bool) -> tuple[Ran, Ran | None]:
    """Make a mutant in a copy, run its tests and perhaps the suites, and take it back."""
    path = folder / ENGINE / mutant.file
    original = path.read_text(encoding="utf-8")
    if original.count(mutant.source) != 1:
        return Ran(MISSING, "", f"this text does not stand once in {mutant.file}: {mutant.source}"), None
    path.write_text(original.replace(mutant.source, mutant.replacement), encoding="utf-8")
    try:
        return run_tests(folder, mutant.tests), run_suites(folder) if replayed else None
    finally:
        path.write_text(original, encoding="utf-8")


def _run(folder: Path, arguments: list[str], seconds: int) -> Ran:
    # A mutant may be as long as what it replaces, and made in the same second: compiled files would hide it.
    surroundings = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": "engine"}
    try:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=folder,
            env=surroundings,
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired:
        return Ran(None, f"no end within {seconds} seconds", "")
    return Ran(done.returncode, "", done.stdout + done.stderr)
