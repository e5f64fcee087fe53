"""Break the engine in small ways and see that a test notices: `python -m tests.mutants [WORD…]`.

Each mutant is made in a copy of the checkout, and the tests that must notice it are run there. So are, for mutants of
what decides claims, the suites that the solver builds with the sound engine; their score is printed beside that of the
tests. With words, only mutants whose name or file holds one of them are made. Ends with 1 when a mutant survives its
tests, with 2 when the tests or the suites fail without one.
"""

import os
import queue
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.mutants.catalogue import ENGINE, MUTANTS
from tests.mutants.mutant import Mutant
from tests.mutants.runs import SOUND_SECONDS, Ran, copy, run_mutant, run_suites, run_tests
from tests.mutants.suites import build, none

WORKERS = min(os.cpu_count() or 1, 4)

Fate = tuple[Ran, Ran | None]
"""What became of a mutant under its tests, and under the suites where they can notice it."""


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def fate_in_words(mutant: Mutant, fate: Fate) -> str:
    """Say of a mutant whether it survived, and who noticed it."""
    tests, suites = fate
    found = f"{'survived' if tests.passed else 'killed  '}  {mutant.file}: {mutant.name}"
    if not tests.passed:
        found += f" ({tests.noticed_by})"
    if suites is not None:
        found += f"\n          suites: {'it survives them' if suites.passed else suites.noticed_by}"
    return found


def score(chosen: Sequence[Mutant], fates: Sequence[Fate]) -> str:
    """Count the mutants that were noticed by tests and by suites."""
    of_engine = [tests for tests, suites in fates if suites is not None]
    of_analysis = [tests for tests, suites in fates if suites is None]
    replayed = [suites for _, suites in fates if suites is not None]
    lines = [f"suites let live  {m.file}: {m.name}" for m, (_, s) in zip(chosen, fates, strict=True) if s and s.passed]
    lines.append(f"mutants of analysis: {_killed(of_analysis)} killed by its tests")
    lines.append(f"property tests: {_killed(of_engine)}; suites built by the solver: {_killed(replayed)}")
    return "\n".join(lines)


def _killed(runs: Sequence[Ran]) -> str:
    return f"{sum(not each.passed for each in runs)} of {len(runs)}"


def main(words: list[str]) -> int:
    """Run every mutant that is asked for, and print the scores."""
    chosen = [each for each in MUTANTS if not words or any(word in f"{each.name} {each.file}" for word in words)]
    tests = list(dict.fromkeys(test for mutant in chosen for test in mutant.tests))
    started = time.monotonic()
    with TemporaryDirectory() as place, ThreadPoolExecutor(WORKERS) as pool:
        suites = Path(place, "suites.json")
        replayed = any(mutant in ENGINE for mutant in chosen)
        said = build(suites, WORKERS) if replayed else none(suites)
        say(f"{said}, built in {time.monotonic() - started:.0f} seconds")
        copies: queue.Queue[Path] = queue.Queue()
        for number in range(WORKERS):
            folder = Path(place, str(number))
            folder.mkdir()
            copies.put(copy(folder, suites))

        def at_some_copy(mutant: Mutant | None) -> Fate:
            folder = copies.get()
            try:
                if mutant is None:
                    return run_tests(folder, tests, SOUND_SECONDS), run_suites(folder)
                return run_mutant(folder, mutant, replayed=mutant in ENGINE)
            finally:
                copies.put(folder)

        sound = pool.submit(at_some_copy, None)
        fates: list[Fate] = []
        for mutant, fate in zip(chosen, pool.map(at_some_copy, chosen), strict=True):
            if not all(ran.could_run for ran in fate if ran):
                say(f"{mutant.file}: {mutant.name} cannot be tried: {fate[0].output}")
                return 2
            fates.append(fate)
            say(fate_in_words(mutant, fate))
        for ran in sound.result():
            if ran and not ran.passed:
                say(f"there is a failure without any mutant: {ran.noticed_by}\n{ran.output}")
                return 2
    say(f"{score(chosen, fates)}; {time.monotonic() - started:.0f} seconds")
    return 0 if all(not tests.passed for tests, _ in fates) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
