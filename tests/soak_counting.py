"""Hold forward chaining to the reference evaluator on many encounters: `python -m tests.soak_counting`.

Their rulebases are generated, and count lines, share quotas and pay a part; the encounters have a history. Each answer
is made from the matches of one execution and of the other, and compared field by field. Prints what was counted; ends
with 1 when an answer differs, and prints it.
"""

import json
import sys
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from itertools import islice

import msgspec
from hypothesis import given, seed
from hypothesis import strategies as st
from tests.property.effort import soaked
from tests.property.generated import rulebases, subjects
from tests.property.quick import quick_encounters
from tests.property.test_executions import programs
from tests.property.words import Json

from payrule.encounter.encounter import in_days
from payrule.results.determination import LineDetermination
from payrule.rulebase.rulebase import Rulebase

ENCOUNTERS = 100_000
EACH = 50
"""Encounters for each generated rulebase."""


def answers(rulebase: Rulebase, encounter: Json) -> Iterator[tuple[LineDetermination, LineDetermination]]:
    """Give the answers for each day of each line: by forward chaining, and by the reference evaluator."""
    taken = in_days(rulebase.encounter(encounter), rulebase.documents.vocabulary)
    for program in programs(rulebase, taken):
        scene = program.scene(taken)
        every = range(len(scene.lines))
        both = zip(program.chained(scene, every), program.referred(scene, every), strict=True)
        for index, (chained, referred) in enumerate(both):
            yield program.answer(scene, index, chained), program.answer(scene, index, referred)


def soak(encounters: int, start: int) -> Counter[str]:
    """Compare on generated rulebases; count rulebases, encounters, answers, and those that differ."""
    counted: Counter[str] = Counter()

    @seed(start)
    @soaked(-(-encounters // EACH))
    @given(st.data())
    def compare(data: st.DataObject) -> None:
        attributes = data.draw(subjects())
        rulebase: Rulebase = data.draw(rulebases(attributes, counting=True, always=True)).rulebase()
        counted["rulebases"] += 1
        for encounter in islice(quick_encounters(attributes, data.draw(st.integers(0, 2**32)), counting=True), EACH):
            counted["encounters"] += 1
            counted["with a history"] += "history" in encounter
            for one, two in answers(rulebase, encounter):
                counted["answers"] += 1
                counted[one.disposition] += 1
                counted["paid in part"] += one.pays is not msgspec.UNSET
                if one != two:
                    counted["answers that differ"] += 1
                    sys.stdout.write(f"{json.dumps(encounter)}\n  chained: {one}\n  reference: {two}\n")

    compare()
    return counted


def main() -> int:
    """Compare, and say what was found."""
    parser = ArgumentParser(prog="python -m tests.soak_counting", description=__doc__)
    parser.add_argument("--encounters", type=int, default=ENCOUNTERS, help="in all (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="another seed draws others")
    chosen = parser.parse_args()
    counted = soak(chosen.encounters, chosen.seed)
    differ = counted.pop("answers that differ", 0)
    said = ", ".join(f"{number:,} {name}" for name, number in counted.items())
    sys.stdout.write(f"forward chaining and reference: {said}; {differ:,} answers differ\n")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
