"""Hold columns to the reference evaluator on many encounters: `python -m tests.soak_columns`.

A third of them are of generated rulebases, some at a time, a third of rules that count lines over time, share quotas
and pay in part, and a third by the shipped policies for every payer. Every field of every answer is compared. Prints
what was counted; ends with 1 when an answer differs, and prints it.
"""

import sys
from argparse import ArgumentParser
from datetime import date
from itertools import islice

from hypothesis import given, seed
from hypothesis import strategies as st
from tests.property.columnar import by_columns, one_by_one
from tests.property.documents import KNOWN_ON, PAYER, RulebaseDocuments
from tests.property.effort import soaked
from tests.property.generated import rulebases, subjects
from tests.property.quick import quick_encounters
from tests.property.test_columns import Case, counted_cases
from tests.random_encounters import RandomEncounters

from payrule.encounter.encounter import Encounter
from payrule.rulebase.rulebase import Rulebase, load

ENCOUNTERS = 200_000
EACH = 200
"""Encounters for each generated rulebase."""
MOST_CLAIMS = 20
"""Claims for each rulebase that counts lines."""
AT_ONCE = 5_000
"""Encounters for a payer that are decided together."""


def differences(rulebase: Rulebase, taken: list[Encounter], payer: str, known_on: date) -> int:
    """Count the answers that differ, and print each."""
    found = by_columns(rulebase, taken, payer, known_on)
    wanted = one_by_one(rulebase, taken, payer, known_on)
    differ = [(one, two) for one, two in zip(found, wanted, strict=True) if one != two]
    for one, two in differ:
        sys.stdout.write(f"{payer}: {taken[one[0]]}\n  columns: {one[1]}\n  reference: {two[1]}\n")
    return len(differ)


def generated(encounters: int, start: int) -> int:
    """Compare on generated rulebases."""
    counted = [0]

    @seed(start)
    @soaked(-(-encounters // EACH))
    @given(st.data())
    def compare(data: st.DataObject) -> None:
        attributes = data.draw(subjects())
        documents: RulebaseDocuments = data.draw(rulebases(attributes))
        rulebase = documents.rulebase()
        drawn = islice(quick_encounters(attributes, data.draw(st.integers(0, 2**32))), EACH)
        taken = [rulebase.encounter(each) for each in drawn]
        counted[0] += differences(rulebase, taken, PAYER, KNOWN_ON)

    compare()
    return counted[0]


def counted(encounters: int, start: int) -> int:
    """Compare on rules that count lines, share quotas and pay in part, with claims that have earlier lines."""
    found, done = [0], [0]

    @seed(start)
    @soaked(encounters)
    @given(counted_cases(most=MOST_CLAIMS))
    def compare(case: Case) -> None:
        documents, series = case
        if done[0] < encounters:
            rulebase = documents.rulebase()
            taken = [rulebase.encounter(each) for each in series]
            found[0] += differences(rulebase, taken, PAYER, KNOWN_ON)
            done[0] += len(taken)

    compare()
    return found[0]


def shipped(encounters: int, start: int) -> int:
    """Compare by the shipped policies, for every payer."""
    rulebase, found = load(), 0
    payers = sorted(rulebase.payers)
    drawn = iter(RandomEncounters(rulebase, start))
    for payer in payers:
        left = encounters // len(payers)
        while left:
            taken = [rulebase.encounter(each) for each in islice(drawn, min(left, AT_ONCE))]
            found += differences(rulebase, taken, payer, date(2026, 1, 1))
            left -= len(taken)
    return found


def main() -> int:
    """Compare, and say what was found."""
    parser = ArgumentParser(prog="python -m tests.soak_columns", description=__doc__)
    parser.add_argument("--encounters", type=int, default=ENCOUNTERS, help="in all (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="another seed draws others")
    chosen = parser.parse_args()
    third = chosen.encounters // 3
    found = 0
    compared = (("generated rulebases", generated), ("rules that count", counted), ("shipped policies", shipped))
    for name, compare in compared:
        differ = compare(third, chosen.seed)
        found += differ
        sys.stdout.write(f"{name}: {third:,} encounters by columns and by reference, {differ:,} answers differ\n")
        sys.stdout.flush()
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
