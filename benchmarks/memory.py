"""Memory over a million decisions in one process: it must not grow after the first ten thousand."""

import resource
from itertools import cycle, islice
from time import perf_counter
from typing import TYPE_CHECKING

import payrule
from benchmarks.claims import random_claims
from benchmarks.decisions import KNOWN_ON, SHIPPED, SHIPPED_CODES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from payrule.encounter.encounter import Encounter

DECISIONS = 1_000_000
POINTS = (10_000, 100_000, 250_000, 500_000, 750_000, 1_000_000)
DIFFERENT = 20_000


def main() -> None:
    """Print the memory in use (resident, MiB) after so many decisions."""
    print(f"memory: {DECISIONS:,} decisions with the check in one process, {DIFFERENT:,} different encounters")
    rulebase = payrule.load()
    terms = rulebase.terms(payer=SHIPPED, known_on=KNOWN_ON)
    claims = random_claims(rulebase.documents.vocabulary, SHIPPED_CODES, DIFFERENT)
    different = [rulebase.encounter(claim) for claim in claims]
    encounters: Iterator[Encounter] = cycle(different)
    done, started = 0, perf_counter()
    for point in POINTS:
        for encounter in islice(encounters, point - done):
            rulebase.decide_under(terms, encounter)
        done = point
        print(f"{done:>10,} decisions  {_resident():>6.1f} MiB  {perf_counter() - started:>6.1f} s")


def _resident() -> float:
    """Give the memory in use now, where the system tells it, else the most so far."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - a kernel's table, not a file
            return int(file.read().split()[1]) * resource.getpagesize() / 2**20
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
