"""How long help takes from its start to its end, a process each time, and what of it is importing.

Beside the help of each command stand `check` and `fmt --check` of the shipped policies, which read every document, and
`adjudicate` of one claim, as a table and as JSON.
Python by itself is measured beside it, for that part of the time no program can save.
"""

import subprocess
import sys
from argparse import ArgumentParser
from pathlib import Path
from statistics import median
from time import perf_counter

from payrule.cli.main import COMMANDS

RUNS = 20
AIM = 150
"""Milliseconds below which a command feels as if it answered at once."""

CLAIM = "examples/contract.json"
PAYRULE = str(Path(sys.executable).with_name("payrule"))
MOST_SHOWN = 5
WIDEST = len(f"payrule adjudicate {CLAIM} --format json")


def main() -> None:
    """Print the times, and the modules that take longest to import."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--claim-only", action="store_true", help="only one claim, `--help`, and Python alone")
    claim_only = parser.parse_known_args()[0].claim_only
    print(f"start-up: milliseconds of a whole process, best and median of {RUNS}; the aim is under {AIM}")
    deciding = ["adjudicate", CLAIM]
    claims = (deciding, [*deciding, "--format", "json"])
    others = (["--version"], *([name, "--help"] for name in COMMANDS), ["check"], ["fmt", "--check"])
    for words in (["--help"], *(() if claim_only else others), *claims):
        print(f"{' '.join(['payrule', *words]):>{WIDEST}} {_shown(PAYRULE, *words)}")
    print(f"{'python alone':>{WIDEST}} {_shown(sys.executable, '-c', 'pass')}")
    if claim_only:
        return
    print("longest imports of `payrule --help`, in milliseconds without what they import in turn")
    for module, took in imports(PAYRULE, "--help")[:MOST_SHOWN]:
        print(f"{module:>{WIDEST}} {took:>7.1f}")


def _shown(*command: str) -> str:
    taken = [_milliseconds(*command) for _ in range(RUNS)]
    return f"{min(taken):>7.0f} {median(taken):>7.0f}"


def _milliseconds(*command: str) -> float:
    begun = perf_counter()
    subprocess.run(command, capture_output=True, check=True)
    return (perf_counter() - begun) * 1000


def imports(*command: str) -> list[tuple[str, float]]:
    """List the modules that a Python program imports with the milliseconds of each, the longest first."""
    done = subprocess.run([sys.executable, "-X", "importtime", *command], capture_output=True, check=True, text=True)
    rows = [line.removeprefix("import time:").split("|") for line in done.stderr.splitlines() if "|" in line]
    found = [(module.strip(), int(own) / 1000) for own, _, module in rows if own.strip().isdigit()]
    return sorted(found, key=lambda each: -each[1])


if __name__ == "__main__":
    main()
