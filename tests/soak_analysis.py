"""Hold the analysis to the reference evaluator on many random encounters: `python -m tests.soak_analysis`.

First what the solver is told: of each encounter of a generated rulebase, fixed variable by variable, it answers every
line as the reference evaluator does. Then what it finds: between a rulebase and an edit of it no random encounter
shows a kind of changed answer that the solver missed. At last what is proved of rules that count lines: it holds of
random claims with histories and unknowns. Prints what was counted, also how many of the kinds that the solver found the
random encounters did not show. Ends with 1 at the first encounter that disagrees, and prints it.
"""

import json
import sys
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable, Iterable
from itertools import chain, islice
from typing import Any, NoReturn, TypeVar

import msgspec
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from tests.answers import said
from tests.conformance.test_seeded_edits import SEEDED
from tests.edited import compared
from tests.edited import sides as shipped_sides
from tests.property.changes import Edited, changes, edited, unshown
from tests.property.counted_changes import CountedEdit, counted_edits, kinds_of, shown_at_random
from tests.property.counted_changes import referred as referred_lines
from tests.property.documents import RulebaseDocuments
from tests.property.encoded import Encodings, referred
from tests.property.generated import rulebases, subjects
from tests.property.quick import MOST_LINES, quick_encounters
from tests.property.sides import one_side, sides
from tests.property.words import Json
from tests.random_encounters import RandomEncounters

from payrule.analysis.difference import Kind
from payrule.analysis.verification import verification
from payrule.compare.comparison_side import Side, regimes
from payrule.results.determination import DISPOSITIONS
from payrule.results.difference import CERTAINTIES

ENCODED, SEARCHED = 50_000, 100_000

EACH = 50
"""Encounters for each generated rulebase, and for each generated edit of one."""
EACH_SHIPPED = 800
"""Encounters for each edit of the shipped policies."""

Drawn = TypeVar("Drawn")
Case = tuple[RulebaseDocuments, tuple[str, ...]]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Draw a rulebase, with the attributes that it is about."""
    attributes = draw(subjects())
    return draw(rulebases(attributes)), attributes


class Soak:
    """Count what agrees; stop at what does not."""

    def __init__(self, chosen: int) -> None:
        """Take the seed of all that is drawn."""
        self.seed = chosen
        self.counted: Counter[str] = Counter()

    def each(self, strategy: st.SearchStrategy[Drawn], number: int, use: Callable[[Drawn], None]) -> None:
        """Draw so many values, and use each."""
        looking = settings(
            max_examples=number,
            phases=[Phase.generate],
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        seed(self.seed)(looking(given(strategy)(use)))()

    def encoding(self, case: Case) -> None:
        """Hold the encoding of a rulebase to the reference evaluator."""
        documents, attributes = case
        of = one_side(documents)
        encodings = Encodings([of], MOST_LINES - 1)
        self.counted["rulebases"] += 1
        for data in islice(quick_encounters(attributes, self.seed + self.counted["rulebases"]), EACH):
            encounter = of.rulebase.encounter(data)
            self.counted["encounters"] += 1
            for index, answer in enumerate(referred(of, data)):
                encoded = encodings.of(encounter.lines[index])
                fixed = list(encoded.fixed(data, encounter, index))
                self.counted["lines"] += 1
                self.counted[answer.disposition] += 1
                if not encoded.solver.holds(fixed) or encoded.answered(0) != said(answer):
                    disagree(f"line {index + 1} is answered otherwise", data, documents)
                if encoded.solver.holds((*fixed, -encoded.is_answered(0, answer))):
                    disagree(f"line {index + 1} could be answered otherwise", data, documents)

    def edit(self, case: Edited) -> None:
        """Search an edit of a generated rulebase at random for a kind of change that the solver missed."""
        series = quick_encounters(case.attributes, self.seed + self.counted["edits"])
        self.search(*sides(case.before, case.after), islice(series, EACH), case)

    def search(self, old: Side, new: Side, series: Iterable[Json], what: Any) -> None:
        """Search at random for a kind of change that the solver missed."""
        found = compared(old, new)
        listed = {Kind(each.before, each.after) for each in found.changes}
        encounters = list(series)
        shown = changes(old, new, encounters)
        missed = [each for kind, each in shown.items() if kind not in listed]
        if len(missed) > unshown(found):
            disagree("the solver missed a kind of change", missed[0], what)
        self.counted["edits"] += 1
        self.counted["encounters"] += len(encounters)
        self.counted["kinds"] += len(listed)
        self.counted["unshown"] += unshown(found)
        self.counted["missed at random"] += len(listed - shown.keys())
        self.counted["changed"] += bool(listed)
        self.counted[found.certainty] += 1

    def count(self, case: CountedEdit) -> None:
        """Hold what is proved of rules that count lines to claims with histories, spans and unknowns."""
        old, new = sides(case.before, case.after)
        found = compared(old, new)
        listed = kinds_of(found)
        shown = shown_at_random(old, new, case.claims)
        missed = {kind: claim for kind, claim in shown.items() if kind not in listed}
        if missed and found.certainty == "proved":
            disagree("the solver missed a kind of change", next(iter(missed.values())), case)
        dead = verification(regimes(old), old.decide).findings
        proved = {each.rule for each in dead if each.fault == "dead" and each.certainty == "proved"}
        for claim in case.claims:
            if proved & {reason.name for line in referred_lines(old, claim) for reason in line.reasons}:
                disagree("a rule matches that was proved never to match", claim, case)
        self.counted["edits"] += 1
        self.counted["encounters"] += len(case.claims)
        self.counted["kinds"] += len(found.changes)
        self.counted["missed at random"] += len(listed - shown.keys())
        self.counted["beyond the limits"] += len(missed)
        self.counted["changed"] += bool(listed)
        self.counted["proved dead"] += len(proved)
        self.counted[found.certainty] += 1


def disagree(why: str, encounter: Json, what: Any) -> NoReturn:
    """Print an encounter on which the analysis and the reference evaluator disagree, and end with 1."""
    sys.stdout.write(f"{why}:\n{json.dumps(encounter)}\n{msgspec.json.encode(what).decode()}\n")
    sys.exit(1)


def say_encoded(counted: Counter[str]) -> None:
    """Print what was encoded."""
    answers = ", ".join(f"{counted[name]:,} {name}" for name in DISPOSITIONS)
    sys.stdout.write(
        f"the encoding of {counted['rulebases']:,} generated rulebases answers {counted['encounters']:,} encounters, "
        f"{counted['lines']:,} lines, as the reference evaluator does: {answers}\n"
    )
    sys.stdout.flush()


def say_searched(what: str, counted: Counter[str]) -> None:
    """Print what was searched for."""
    proofs = ", ".join(f"{counted[name]:,} {name}" for name in CERTAINTIES if counted[name])
    sys.stdout.write(
        f"{counted['edits']:,} edits of {what}: the solver finds {counted['kinds']:,} kinds of changed answer "
        f"({counted['changed']:,} edits change answers; {proofs}); {counted['encounters']:,} random encounters show "
        f"none that the solver missed, and miss {counted['missed at random']:,} that it finds\n"
    )
    if counted["unshown"]:
        sys.stdout.write(f"  of {counted['unshown']:,} kinds more the solver made no claim, and said so\n")
    sys.stdout.flush()


def say_counted(counted: Counter[str]) -> None:
    """Print what was found of counts."""
    say_searched("generated rulebases that count lines", counted)
    sys.stdout.write(
        f"  random encounters show {counted['beyond the limits']:,} kinds beyond the limits of a proof, and match "
        f"none of {counted['proved dead']:,} rules that were proved never to match\n"
    )
    sys.stdout.flush()


def main() -> int:
    """Soak the encoding, then the search, then counts."""
    parser = ArgumentParser(prog="python -m tests.soak_analysis", description=__doc__)
    parser.add_argument("--encoded", type=int, default=ENCODED, help="encounters encoded (default: %(default)s)")
    parser.add_argument("--searched", type=int, default=SEARCHED, help="encounters searched (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="another seed draws other rulebases and encounters")
    chosen = parser.parse_args()

    encoding, shipped, generated = (Soak(chosen.seed) for _ in range(3))
    encoding.each(cases(), chosen.encoded // EACH, encoding.encoding)
    say_encoded(encoding.counted)

    for name, seeded in SEEDED.items():
        old, new = shipped_sides(*seeded)
        drawn = (islice(RandomEncounters(each.rulebase, chosen.seed), EACH_SHIPPED // 2) for each in (old, new))
        shipped.search(old, new, chain.from_iterable(drawn), name)
    say_searched("the shipped policies", shipped.counted)

    generated.each(edited(), (chosen.searched - shipped.counted["encounters"]) // EACH, generated.edit)
    say_searched("generated rulebases", generated.counted)

    counts = Soak(chosen.seed)
    counts.each(counted_edits(), chosen.searched // EACH, counts.count)
    say_counted(counts.counted)
    return 0


if __name__ == "__main__":
    sys.exit(main())
