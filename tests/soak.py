"""Decide many random encounters for every payer, of the shipped policies and the example plans: `python -m tests.soak`.

Each execution decides each: forward chaining and the plan, each compared with the reference evaluator.
Prints what was counted. Ends with 1 at the first encounter on which they disagree, and prints it.
"""

import json
import sys
from argparse import ArgumentParser
from collections import Counter
from itertools import islice
from pathlib import Path

import msgspec
from tests.random_encounters import Json, RandomEncounters

from payrule.rulebase.decision import DisagreementError
from payrule.rulebase.rulebase import Rulebase, load

ENCOUNTERS = 100_000
KNOWN_ON = "2026-01-01"
PLANS = Path(__file__).resolve().parents[1] / "examples" / "policies"


def soak(
    rulebase: Rulebase, planned: Rulebase, payer: str, encounters: int, seed: int
) -> tuple[Counter[str], Json | None]:
    """Decide encounters for a payer; give how often each disposition came, and the encounter that is disagreed on."""
    counted: Counter[str] = Counter()
    for encounter in islice(RandomEncounters(rulebase, seed, apart=True, earlier=True), encounters):
        try:
            answer = rulebase.decide(encounter, payer=payer, known_on=KNOWN_ON)
            also = planned.decide(encounter, payer=payer, known_on=KNOWN_ON)
        except DisagreementError as fault:
            sys.stdout.write(f"{fault}\n")
            return counted, encounter
        if msgspec.structs.replace(also, engine=answer.engine) != answer:
            sys.stdout.write("the plan gives another answer than forward chaining\n")
            return counted, encounter
        counted.update(line.disposition for line in answer.lines)
        counted["conflicts"] += sum(len(line.conflicts) for line in answer.lines)
    return counted, None


def main() -> int:
    """Soak every payer, of the shipped rulebase and of the example plans."""
    parser = ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--encounters", type=int, default=ENCOUNTERS, help="for each payer (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="another seed draws other encounters")
    parser.add_argument("--payer", help="one alone (default: each)")
    chosen = parser.parse_args()
    rulebases = [(load(of), load(of, engine="plan")) for of in (None, PLANS)]
    payers = [(each, payer) for each in rulebases for payer in sorted(each[0].payers)]
    if chosen.payer is not None:
        payers = [(each, payer) for each, payer in payers if payer == chosen.payer]
        if not payers:
            parser.error(f"there is no payer `{chosen.payer}`")
    for both, payer in payers:
        counted, disagreed = soak(*both, payer, chosen.encounters, chosen.seed)
        if disagreed is not None:
            sys.stdout.write(f"{json.dumps(disagreed)}\n")
            return 1
        conflicts = counted.pop("conflicts")
        lines = ", ".join(f"{number:,} {disposition}" for disposition, number in sorted(counted.items()))
        sys.stdout.write(
            f"{payer}: the executions agree on {chosen.encounters:,} encounters, {counted.total():,} lines: "
            f"{lines}; {conflicts:,} conflicts\n"
        )
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
