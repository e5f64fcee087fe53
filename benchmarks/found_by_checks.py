"""Print what today's checks find in every earlier state of the shipped policies.

Run it as `python -m benchmarks.found_by_checks`. Each state is taken from the history of the repository and checked as
a rulebase of its own. Add `--sources DIR` with copies of the texts to look up passages too. What a digest finds in a
state that is older than the digests of today, such as `in-force-version-changed` and `passage-not-found`, tells of the
digest and not of the policies.
"""

import argparse
import io
import subprocess
import sys
import tarfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from payrule.lint.check import check_rulebase

ROOT = Path(__file__).parent.parent


def states() -> Iterator[tuple[str, str]]:
    """List the commits that touched the policies, oldest first, each with its subject."""
    for line in _git("log", "--reverse", "--format=%h %s", "--", "policies").decode().splitlines():
        commit, _, subject = line.partition(" ")
        yield commit, subject


def found(commit: str, sources: Path | None) -> Counter[str]:
    """Count what checks find in the policies of a commit, by their codes."""
    with TemporaryDirectory() as folder, tarfile.open(fileobj=io.BytesIO(_git("archive", commit, "policies"))) as files:
        files.extractall(folder, filter="data")
        checked = check_rulebase(Path(folder) / "policies", sources)
    return Counter(diagnostic.code for diagnostic in checked.findings)


def main() -> None:
    """Print each state in which something is found that the state before did not have."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--sources", type=Path)
    sources = options.parse_args().sources
    before: Counter[str] = Counter()
    for commit, subject in states():
        now = found(commit, sources)
        if now != before:
            told = ", ".join(f"{code} {count}" for code, count in sorted(now.items())) or "nothing"
            sys.stdout.write(f"{commit} {subject}\n    {told}\n")
        before = now


def _git(*arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True).stdout  # noqa: S607


if __name__ == "__main__":
    main()
