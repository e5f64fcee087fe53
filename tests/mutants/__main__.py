"""Break the engine in small ways and see that a test notices: `python -m tests.mutants [WORD…]`.

Each mutant is made in a copy of the checkout, and the tests that must notice it are run there. With words, only mutants
whose name or file holds one of them are made. Ends with 1 when a mutant survives, with 2 when the tests fail without
one.
"""

import os
import queue
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from tests.mutants.catalogue import MUTANTS, Mutant

ROOT = Path(__file__).resolve().parents[2]
ENGINE = Path("engine", "payrule")
COPIED = ("engine", "policies", "schemas", "tests")
SECONDS = 120
"""Time for the tests of one mutant; one that makes them hang has been noticed."""
WORKERS = min(os.cpu_count() or 1, 4)

PASSED, FAILED, INTERRUPTED = 0, 1, 2
"""How pytest ends when all tests pass, when one fails, when one cannot even be imported."""
MISSING = -1


class Ran(NamedTuple):
    """What became of one run: how pytest ended (None when time ran out), the test that noticed, and the output."""

    code: int | None
    noticed_by: str
    output: str


def copy(folder: Path) -> Path:
    """Copy the checkout without what was made from it."""
    for name in COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def run(folder: Path, tests: Iterable[str]) -> Ran:
    """Run tests in a copy, up to the first that fails."""
    options = ["-x", "-q", "--no-header", "--tb=no", "-p", "no:cacheprovider", "-m", "not slow"]
    command = [sys.executable, "-m", "pytest", *options, "-p", "tests.mutants.profile", "--hypothesis-profile=mutants"]
    # A mutant may be as long as what it replaces, and made in the same second: compiled files would hide it.
    surroundings = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            [*command, *tests],
            cwd=folder,
            env=surroundings,
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired:
        return Ran(None, f"no end within {SECONDS} seconds", "")
    failed = re.search(r"^(?:FAILED|ERROR) \S*?(?:::(\S+))?(?: - .*)?$", done.stdout, re.MULTILINE)
    noticed_by = (failed.group(1) or "the import of the tests") if failed else ""
    return Ran(done.returncode, noticed_by, done.stdout + done.stderr)


def run_mutant(folder: Path, mutant: Mutant) -> Ran:
    """Make a mutant in a copy, run its tests, and take it back."""
    path = folder / ENGINE / mutant.file
    original = path.read_text(encoding="utf-8")
    if original.count(mutant.source) != 1:
        return Ran(MISSING, "", f"the text of this mutant does not stand once in {mutant.file}: {mutant.source}")
    path.write_text(original.replace(mutant.source, mutant.replacement), encoding="utf-8")
    try:
        return run(folder, mutant.tests)
    finally:
        path.write_text(original, encoding="utf-8")


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(words: list[str]) -> int:
    """Run every mutant that is asked for, and print the score."""
    chosen = [each for each in MUTANTS if not words or any(word in f"{each.name} {each.file}" for word in words)]
    tests = list(dict.fromkeys(test for mutant in chosen for test in mutant.tests))
    started = time.monotonic()
    with TemporaryDirectory() as place, ThreadPoolExecutor(WORKERS) as pool:
        copies: queue.Queue[Path] = queue.Queue()
        for number in range(WORKERS):
            folder = Path(place, str(number))
            folder.mkdir()
            copies.put(copy(folder))

        def at_some_copy(mutant: Mutant | None) -> Ran:
            folder = copies.get()
            try:
                return run(folder, tests) if mutant is None else run_mutant(folder, mutant)
            finally:
                copies.put(folder)

        sound = pool.submit(at_some_copy, None)
        survivors = []
        for mutant, ran in zip(chosen, pool.map(at_some_copy, chosen), strict=True):
            if ran.code not in (PASSED, FAILED, INTERRUPTED, None):
                say(f"{mutant.file}: {mutant.name} cannot be tried: {ran.output}")
                return 2
            if ran.code == PASSED:
                survivors.append(mutant)
            fate = "survived" if ran.code == PASSED else "killed  "
            say(f"{fate}  {mutant.file}: {mutant.name}" + (f" ({ran.noticed_by})" if ran.noticed_by else ""))
        if sound.result().code != PASSED:
            say(f"the tests fail without any mutant: {sound.result().noticed_by}\n{sound.result().output}")
            return 2
    killed = len(chosen) - len(survivors)
    say(f"{killed} of {len(chosen)} mutants killed in {time.monotonic() - started:.0f} seconds")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
