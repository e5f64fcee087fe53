r"""Which tests wait for `make test` because they take long: `make slow-tests` measures them, and writes their names.

A test that is marked slow by hand is none of them. Each file keeps its quickest test, and pages of commands whose
names are in `KEPT` stay, so that the quick loop says something of each part.
"""

import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

LONG = 0.1
"""Seconds of a test, with what it sets up, from which it waits."""

KEPT = frozenset({"tests/cli/explain.md::session", "tests/cli/test.md::session"})
FILE = Path(__file__).with_suffix(".txt")
_MEASURED = re.compile(r"^([\d.]+)s (?:call|setup|teardown) +(\S.*)$", re.MULTILINE)


def waiting(report: str) -> list[str]:
    """Give the names of tests that wait, from what pytest says of durations.

    >>> report = ("0.30s call     a.py::one", "0.05s call     a.py::two", "0.40s call     b.py::one")
    >>> waiting(chr(10).join(report))
    ['a.py::one']
    """
    taken: dict[str, float] = defaultdict(float)
    for seconds, name in _MEASURED.findall(report):
        taken[name.strip()] += float(seconds)
    files: dict[str, list[str]] = defaultdict(list)
    for name in sorted(taken, key=taken.__getitem__):
        files[name.partition("::")[0]].append(name)
    quickest = {names[0] for names in files.values()}
    return sorted(name for name, each in taken.items() if each >= LONG and name not in KEPT | quickest)


def main() -> None:
    """Run every test that is not marked slow, and write the names of those that took long."""
    options = ("-n", "2", "-q", "-m", "not slow", "--hypothesis-profile=quick", "--measure-anew")
    command = [sys.executable, "-m", "pytest", *options, "--durations=0", "--durations-min=0.001"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stdout[-4000:])
    FILE.write_text("".join(f"{name}\n" for name in waiting(done.stdout)), encoding="utf-8")


if __name__ == "__main__":
    main()
