"""Measure work in a process of its own: seconds by the clock, processor seconds, and the most memory it had.

A task is a function `task(**arguments)` at the top of a module: it prepares, which is not timed, and gives the work.
The work is done once for each turn, and gives what there is to tell of it.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from time import perf_counter
from typing import Any, NamedTuple

Work = Callable[[], Mapping[str, Any]]
_ROOT = Path(__file__).resolve().parents[2]


class Turn(NamedTuple):
    """What one turn took: wall and processor seconds, the most memory up to its end in GiB; what the work told."""

    wall: float
    cpu: float
    peak: float
    told: dict[str, Any]


def measured(task: Callable[..., Work], turns: int = 1, *, within: Path | None = None, **arguments: Any) -> list[Turn]:
    """Run a task in a new process, so many turns; `within` is the folder in which it runs."""
    asked = json.dumps([task.__module__, task.__name__, turns, arguments], default=str)
    paths = os.pathsep.join([str(_ROOT), str(_ROOT / "engine")])
    done = subprocess.run(
        [sys.executable, "-m", __name__, asked],
        cwd=within,
        env={**os.environ, "PYTHONPATH": paths},
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    (told,) = (line for line in done.stdout.splitlines() if line.startswith("[["))
    return [Turn(*each) for each in json.loads(told)]


def forget(path: Path) -> None:
    """Ask the system to forget what it holds of a file in memory, so that it is read from the disk again."""
    if hasattr(os, "posix_fadvise"):
        with path.open("rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _turn(work: Work) -> Turn:
    before, started = getrusage(RUSAGE_SELF), perf_counter()
    told = work()
    wall, after = perf_counter() - started, getrusage(RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Turn(wall, cpu, _peak(), dict(told))


def _peak() -> float:
    """Give the most memory so far; where the kernel does not say, what the system counts, in units of Linux."""
    status = Path("/proc/self/status")
    if not status.exists():
        return getrusage(RUSAGE_SELF).ru_maxrss / 2**20
    (line,) = (each for each in status.read_text(encoding="ascii").splitlines() if each.startswith("VmHWM"))
    return int(line.split()[1]) / 2**20


def _main(asked: str) -> None:
    module, name, turns, arguments = json.loads(asked)
    work = getattr(import_module(module), name)(**arguments)
    print(json.dumps([_turn(work) for _ in range(turns)]))


if __name__ == "__main__":
    _main(sys.argv[1])
