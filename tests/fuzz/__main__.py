"""Try many damaged inputs in one process: `python -m tests.fuzz [TARGET ...] [--inputs 10000] [--first 0]`.

Prints the figures of each target, how long it took, and the most memory that the process had taken by then. Ends with 1
when an input fails, and prints its number; `--keep FILE` writes that input there.
"""

import resource
import sys
from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from time import monotonic

from tests.fuzz.target import FuzzError, try_many
from tests.fuzz.targets import TARGETS

_AT_ONCE = 500


def _megabytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main() -> None:
    """Try what the command line asks for."""
    parser = ArgumentParser("tests.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", help="all of them where none is named")
    parser.add_argument("--inputs", type=int, default=10_000, help="how many for each target")
    parser.add_argument("--first", type=int, default=0, help="the number of the first")
    parser.add_argument("--keep", type=Path, help="where to write an input that fails")
    chosen = parser.parse_args()
    for name in chosen.targets or TARGETS:
        figures, memory, began = Counter[str](), dict[int, int](), monotonic()
        for first in range(chosen.first, chosen.first + chosen.inputs, _AT_ONCE):
            count = min(_AT_ONCE, chosen.first + chosen.inputs - first)
            try:
                figures += try_many(TARGETS[name], first, count)
            except FuzzError as fault:
                if chosen.keep is not None:
                    chosen.keep.write_bytes(TARGETS[name].input(fault.number))
                sys.exit(str(fault))
            memory[first + count - chosen.first] = _megabytes()
        said = ", ".join(f"{count:,} {what}" for what, count in sorted(figures.items()))
        looked = [min(memory, key=lambda at: abs(at - wanted)) for wanted in (1_000, max(memory) // 2, max(memory))]
        held = ", ".join(f"{memory[at]} MB after {at:,}" for at in dict.fromkeys(looked))
        sys.stdout.write(f"{name}: {said}; {monotonic() - began:,.0f} s; at most {held}\n")
        sys.stdout.flush()


main()
