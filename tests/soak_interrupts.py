"""Ctrl-C at many random moments of commands: `make soak-interrupts`. One line, exit code 130, nothing left behind.

A command is run to its end once; the moments are spread evenly over the time that it took.
"""

import random
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from tests.cli.interrupting import COMMANDS, ENDED, READY, clear, files, interrupted, lay_out, left_behind
from tests.cli.processes import started
from tests.forks import PATIENCE

MOMENTS = 50
ASKED = ("diff", "diff-by-two-processes", "verify", "adjudicate", "adjudicate-by-columns", "import", "import-codes")


class Outcome(NamedTuple):
    """What became of a command: how often it was interrupted, had ended, or ended otherwise; what it left behind."""

    interrupted: int
    ended: int
    wrong: Counter[str]


def at_moments(folder: Path, name: str, moments: int, chance: random.Random) -> Outcome:
    """Interrupt a command at so many moments of its run; a run that had ended by then is tried again."""
    before = files(folder)
    takes = seconds(folder, name)
    clear(folder, before)
    wrong: Counter[str] = Counter()
    done = ended = 0
    while done < moments and ended < 2 * moments:
        answer = interrupted(folder, COMMANDS[name], chance.uniform(0, takes))
        if left := left_behind(folder, before, answer):
            wrong[f"left behind: {', '.join(left)}"] += 1
            clear(folder, before)
        if answer is None or answer[0] in (0, 1):
            ended += 1
            continue
        done += 1
        if answer != ENDED:
            wrong[f"exit code {answer[0]}: {answer[1][:500]}"] += 1
    return Outcome(done, ended, wrong)


def seconds(folder: Path, name: str) -> float:
    """Run a command to its end, and say how many seconds it took from when its Python was up."""
    streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    with started(folder, *COMMANDS[name], before=READY, **streams) as running:
        assert running.stderr
        assert running.stderr.readline() == b"ready\n"
        begun = time.monotonic()
        running.stderr.read()
        assert running.wait(PATIENCE) in (0, 1)
        return time.monotonic() - begun


def main() -> None:
    """Interrupt each command, print what became of it, and end with 1 if one ended otherwise or left something."""
    parser = ArgumentParser(prog="python -m tests.soak_interrupts", description=main.__doc__)
    parser.add_argument("--moments", type=int, default=MOMENTS, help="moments of each command")
    parser.add_argument("--only", choices=[*COMMANDS], nargs="*", default=ASKED, help="commands to interrupt")
    chosen = parser.parse_args()
    chance, is_wrong = random.Random(1), False  # noqa: S311 - the same moments each time, as far as a machine allows
    for name in chosen.only:
        with TemporaryDirectory() as made:
            lay_out(Path(made))
            found = at_moments(Path(made), name, chosen.moments, chance)
        is_wrong = is_wrong or bool(found.wrong) or found.interrupted < chosen.moments
        wrong = "".join(f"  {count} times {what}\n" for what, count in found.wrong.items())
        sys.stdout.write(f"{name}: interrupted {found.interrupted} times, ended before {found.ended}\n{wrong}")
        sys.stdout.flush()
    sys.exit(1 if is_wrong else 0)


if __name__ == "__main__":
    main()
