"""How long `payrule --help` takes from its start to its end, a process each time, and what of it is importing.

Python by itself is measured beside it, for that part of the time no program can save.
"""

import subprocess
import sys
from pathlib import Path
from statistics import median
from time import perf_counter

RUNS = 20
AIM = 150
"""Milliseconds below which a command feels as if it answered at once."""

PAYRULE = str(Path(sys.executable).with_name("payrule"))
MOST_SHOWN = 5


def main() -> None:
    """Print the times, and the modules that take longest to import."""
    print(f"start-up: milliseconds of a whole process, best and median of {RUNS}; the aim is under {AIM}")
    for words in (("payrule", "--help"), ("payrule", "--version"), ("payrule", "check", "--help")):
        print(f"{' '.join(words):>22} {_shown(PAYRULE, *words[1:])}")
    print(f"{'python alone':>22} {_shown(sys.executable, '-c', 'pass')}")
    print("longest imports of `payrule --help`, in milliseconds without what they import in turn")
    for module, took in imports(PAYRULE, "--help")[:MOST_SHOWN]:
        print(f"{module:>22} {took:>7.1f}")


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
