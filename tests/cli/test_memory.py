"""Memory does not grow with the file: it holds one encounter, and what is remembered of answers is bounded."""

import json
from pathlib import Path

import pytest
from tests.cli.conftest import laid_out
from tests.cli.processes import process

ENCOUNTERS = 80_000
WARM = 30_000

MEASURE = f"""
import resource, sys
from payrule.rulebase.rulebase import Rulebase

decide, number, first = Rulebase.decide_under, 0, None
def counted(*arguments, **choices):
    global number, first
    number += 1
    if number in ({WARM}, {ENCOUNTERS}):
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
    if first is None or {{decides}}:
        first = decide(*arguments, **choices)
    return first
Rulebase.decide_under = counted
"""
"""Say in KiB how much memory was in use at most, once when caches are warm and once at the last encounter; one that
does not `decide` gives the first answer again."""


def claims(path: Path) -> None:
    """Write encounters of which no two are alike: as JSON Lines, or by its name as JSON one after the other."""
    with path.open("w") as file:
        for number in range(ENCOUNTERS):
            line = {"number": 1, "code": f"{number % 100:05d}", "date": f"2016-{number % 12 + 1:02d}-01"}
            line |= {"minutes": number % 977, "units": number % 31, "regions": [["upper"], ["lower"], []][number % 3]}
            line |= {"purpose": ["relief"]} if number % 2 else {}
            encounter = {"id": f"E-{number}", "patient": {"age_years": number % 120}, "lines": [line]}
            file.write(json.dumps(encounter) + "\n")


@pytest.mark.slow
@pytest.mark.parametrize(("name", "decides"), [("claims.jsonl", True), ("claims.json", False)])
def test_memory_is_flat(name: str, decides: bool, tmp_path: Path) -> None:  # noqa: FBT001 - a value of the table above
    """Claims are decided one by one, whatever they are read from: of the second form, only reading is looked at."""
    folder = laid_out(tmp_path)
    claims(folder / name)
    choices = ("--payer", "plain-plan", "--rulebase", "rulebase", "--format", "jsonl", "--out", "answers.jsonl", "-q")
    done = process(folder, "adjudicate", name, *choices, before=MEASURE.format(decides=decides), anew=True)
    assert done.returncode == 0, done.stderr
    early, late = map(int, done.stderr.split())
    print(f"{name}: {early // 1024} MiB after {WARM:,} encounters, {late // 1024} MiB after {ENCOUNTERS:,}")  # noqa: T201
    # Keeping a hundred bytes of each encounter would be found.
    assert late - early < 4 * 1024
