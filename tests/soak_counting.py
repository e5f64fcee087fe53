"""Hold forward chaining and columns to the reference evaluator on many encounters: `python -m tests.soak_counting`.

First rulebases are generated, which count lines, share quotas and pay a part; then the example plans decide. The
encounters have a history. Each answer is made from the matches of one execution and of the other, and compared field by
field; columns (of the plans) answer those that are not decided claim by claim. Prints what was counted; ends with 1
when an answer differs, and prints it.
"""

import json
import sys
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice

import msgspec
from hypothesis import given, seed
from hypothesis import strategies as st
from tests.examples.test_plans import KNOWN_ON, PAYERS, drawn, plans
from tests.property.columnar import Answered, by_columns, plain
from tests.property.effort import soaked
from tests.property.generated import rulebases, subjects
from tests.property.quick import quick_encounters
from tests.property.test_executions import programs
from tests.property.words import Json

from payrule.encounter.encounter import Encounter, in_days
from payrule.results.determination import LineDetermination
from payrule.rulebase.compile import CompiledRules

ENCOUNTERS = 100_000
EACH = 50
"""Encounters for each generated rulebase."""


DIFFER = "answers that differ"
"""What answers that differ are counted by."""
AT_ONCE = 1_000
"""Encounters of a plan that are drawn, and decided in columns, together."""

Counts = Counter[str]
Both = tuple[LineDetermination, ...]
"""The answers for one line by each execution, the last of which the others are held to."""


def of_days(program: CompiledRules, days: Encounter, subjects: Sequence[int]) -> Iterator[Both]:
    """Give the answers for some lines, each of one day: by forward chaining, the plan, the reference evaluator."""
    scene = program.scene(days)
    each_way = (program.chained, program.planned.match, program.referred)
    for index, *matched in zip(subjects, *(each(scene, subjects) for each in each_way), strict=True):
        yield tuple(program.answer(scene, index, each) for each in matched)


def tally(counted: Counts, encounter: Json, both: Iterable[Both]) -> list[LineDetermination]:
    """Count an encounter and its answers, and print those that differ; give those of the reference evaluator."""
    counted["encounters"] += 1
    counted["with a history"] += bool(encounter.get("history"))
    wanted = []
    for answers in both:
        chained, planned, referred = answers
        wanted.append(referred)
        counted["answers"] += 1
        counted[referred.disposition] += 1
        counted["paid in part"] += referred.pays is not msgspec.UNSET
        if not chained == planned == referred:
            counted[DIFFER] += 1
            said = f"  chained: {chained}\n  plan: {planned}\n  reference: {referred}\n"
            sys.stdout.write(f"{json.dumps(encounter)}\n{said}")
    return wanted


def soak_generated(encounters: int, start: int) -> Counts:
    """Compare on generated rulebases; count rulebases, encounters, answers, and those that differ."""
    counted: Counts = Counter()

    @seed(start)
    @soaked(-(-encounters // EACH))
    @given(st.data())
    def compare(data: st.DataObject) -> None:
        attributes = data.draw(subjects())
        rulebase = data.draw(rulebases(attributes, counting=True, always=True)).rulebase()
        counted["rulebases"] += 1
        for encounter in islice(quick_encounters(attributes, data.draw(st.integers(0, 2**32)), counting=True), EACH):
            days = in_days(rulebase.encounter(encounter), rulebase.documents.vocabulary)
            every = range(len(days.lines))
            both = (of_days(program, days, every) for program in programs(rulebase, days))
            tally(counted, encounter, chain.from_iterable(both))

    compare()
    return counted


def soak_plans(encounters: int, start: int) -> Counts:
    """Compare on claims near what the example plans ask, for each payer; columns answer those that they decide."""
    counted: Counts = Counter()
    for payer in PAYERS:
        left, at = encounters // len(PAYERS), start
        while left > 0:
            series = drawn(payer, at, min(left, AT_ONCE))
            left, at = left - len(series), at + 1
            for each in series[::2]:
                leave_in_columns(each)
            compare_plan(counted, payer, series)
            sys.stdout.write(
                f"{payer}: {counted['encounters']:,} encounters in all so far, {counted[DIFFER]:,} differ\n"
            )
            sys.stdout.flush()
    return counted


def leave_in_columns(claim: Json) -> None:
    """Let a claim be one that columns decide: nothing of it takes more than a day or replaces another claim."""
    claim.pop("frequency", None)
    for line in (*claim["lines"], *claim["history"]):
        line.pop("date_to", None)


def compare_plan(counted: Counts, payer: str, series: list[Json]) -> None:
    """Compare the executions on some claims for a payer, and columns on those that are not decided alone."""
    terms = plans().terms(payer=payer, known_on=KNOWN_ON)
    taken = [plans().encounter(each) for each in series]
    wanted: dict[int, list[LineDetermination]] = {}
    for claim, encounter in zip(series, taken, strict=True):
        days = plans().in_days(encounter)
        both = (of_days(program, days, subjects) for program, subjects in plans().programs_for(terms, days))
        wanted[id(encounter)] = tally(counted, claim, chain.from_iterable(both))
    of_columns = plain(plans(), taken)
    expected: list[Answered] = [(e, line) for e, each in enumerate(of_columns) for line in wanted[id(each)]]
    counted["encounters by columns"] += len(of_columns)
    counted["answers by columns"] += len(expected)
    found = by_columns(plans(), of_columns, payer, KNOWN_ON)
    counted[DIFFER] += abs(len(found) - len(expected))
    for one, two in zip(sorted_by_line(found), sorted_by_line(expected), strict=False):
        if one != two:
            counted[DIFFER] += 1
            sys.stdout.write(f"{payer}: {of_columns[one[0]]}\n  columns: {one[1]}\n  reference: {two[1]}\n")


def sorted_by_line(answers: Iterable[Answered]) -> list[Answered]:
    """Put answers in the order of claims and their lines."""
    return sorted(answers, key=lambda each: (each[0], each[1].number))


SOAKED = {"generated": soak_generated, "plans": soak_plans}
"""What decides, by name."""


def main() -> int:
    """Compare, and say what was found."""
    parser = ArgumentParser(prog="python -m tests.soak_counting", description=__doc__)
    parser.add_argument("--encounters", type=int, default=ENCOUNTERS, help="of each (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="another seed draws others")
    parser.add_argument("--only", choices=SOAKED, help="what decides (default: each)")
    chosen = parser.parse_args()
    found = 0
    for name in [chosen.only] if chosen.only else SOAKED:
        counted = SOAKED[name](chosen.encounters, chosen.seed)
        differ = counted.pop(DIFFER, 0)
        found += differ
        said = ", ".join(f"{number:,} {what}" for what, number in counted.items())
        sys.stdout.write(f"{name}: {said}; {differ:,} answers differ from the reference evaluator\n")
        sys.stdout.flush()
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
