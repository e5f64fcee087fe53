"""Hold questions to what they promise on many pending lines: `python -m tests.soak_asking`.

Of each pending line, questions are asked until it is settled, and answered at random. Each question has to matter: two
completions of the claim that agree on all that was answered before, and differ in it alone, have different answers.
Afterwards no completion of what was not asked may have another answer than the one that was given. Claims are decided
by the rulebase as it decides any. Prints how many questions are asked on average, and how many by who asks for all that
is waited for, in the order in which it is listed. Ends with 1 when a law is broken, and prints the claim.
"""

import json
import random
import sys
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from itertools import combinations, islice
from typing import Any, NamedTuple

from hypothesis import given, seed
from hypothesis import strategies as st
from tests.property.documents import KNOWN_ON, PAYER
from tests.property.effort import soaked
from tests.property.generated import rulebases, subjects
from tests.property.quick import UNNAMED, quick_encounters
from tests.property.words import DECLARED, Json, pool
from tests.random_encounters import RandomEncounters

from payrule.ask.case import NOTHING, Case, Known
from payrule.ask.facts import Fact, told
from payrule.ask.questions import Question, Settled, UnfinishedError, in_order, next_question
from payrule.results.determination import LineDetermination
from payrule.rulebase.rulebase import Rulebase, load

LINES = 1_000
EACH = 20
"""Claims of a generated rulebase that are looked through for pending lines."""
MOST_COMPLETIONS = 40
NOBODY_KNOWS = 8
"""One of so many questions is answered by nobody."""
TODAY = date(2026, 1, 1)

Held = Callable[[str], list[Any]]
"""What an attribute may hold: as many values as are tried, beside those that rules name."""


class Line(NamedTuple):
    """A pending line, and the values that facts may have."""

    rulebase: Rulebase
    payer: str
    known_on: date
    claim: Json
    number: int
    held: Held

    def case(self, answered: Known = NOTHING, unknown: frozenset[str] = frozenset()) -> Case:
        """Make the case of the line with some facts answered."""
        terms = self.rulebase.terms(payer=self.payer, known_on=self.known_on)
        return Case(self.rulebase, terms, told(self.claim, dict(answered)), self.number, unknown)

    def decided(self, answered: Known) -> LineDetermination:
        """Decide the claim with some facts answered, as the rulebase decides any."""
        claim = told(self.claim, dict(answered))
        made = self.rulebase.decide(claim, payer=self.payer, known_on=self.known_on, check=False)
        return made.line(self.number)


class Walk(NamedTuple):
    """What was asked of a line, each with what was answered before, and how it ended."""

    asked: list[tuple[Known, Question]]
    answered: Known
    unknown: frozenset[str]
    settled: Settled


def walked(line: Line, chance: random.Random) -> Walk:
    """Ask until the line is settled, and answer at random."""
    case, known, asked = line.case(), NOTHING, []
    while isinstance(found := next_question(case, known), Question):
        asked.append((known, found))
        if chance.randrange(NOBODY_KNOWS) == 0:
            case = line.case(unknown=case.unknown | {found.fact.name})
        else:
            known |= {(found.fact, chance.choice(line.held(found.fact.attribute)))}
    return Walk(asked, known, case.unknown, found)


def broken(line: Line, walk: Walk, chance: random.Random) -> Iterator[str]:
    """Say which laws a walk breaks."""
    for before, question in walk.asked:
        one, two = question.shown.completions
        if not (before <= one and before <= two):
            yield f"the completions for {question.fact.name} do not agree with what was answered"
        if dict(one)[question.fact] == dict(two)[question.fact]:
            yield f"the completions for {question.fact.name} do not differ in it"
        if question.shown.alone and {fact for fact, _ in one ^ two} != {question.fact}:
            yield f"the completions for {question.fact.name} differ in another fact"
        found = (line.decided(one).disposition, line.decided(two).disposition)
        if found[0] == found[1] or found != question.shown.answers:
            yield f"{question.fact.name} was said to change {question.shown.answers}, and does {found}"
    if len({question.fact for _, question in walk.asked}) < len(walk.asked):
        yield "a fact was asked twice"
    for whole in completions(line, walk, chance):
        if (disposition := line.decided(whole).disposition) != walk.settled.disposition:
            yield f"{dict(whole)} makes it {disposition}, not {walk.settled.disposition}"


def completions(line: Line, walk: Walk, chance: random.Random) -> Iterator[Known]:
    """Give every completion of what was not asked, or some where there are many; what nobody knows stays unknown."""
    listed = list(islice(every_completion(line, walk.answered, walk.unknown), MOST_COMPLETIONS + 1))
    if len(listed) <= MOST_COMPLETIONS:
        yield from listed
        return
    for _ in range(MOST_COMPLETIONS):
        known = walk.answered
        while facts := waited_for(line, known, walk.unknown):
            known |= {(fact, chance.choice(line.held(fact.attribute))) for fact in facts}
        yield known


def every_completion(line: Line, known: Known, unknown: frozenset[str]) -> Iterator[Known]:
    """Give every completion, fact by fact."""
    facts = waited_for(line, known, unknown)
    if not facts:
        yield known
    for value in line.held(facts[0].attribute) if facts else ():
        yield from every_completion(line, known | {(facts[0], value)}, unknown)


def waited_for(line: Line, known: Known, unknown: frozenset[str]) -> list[Fact]:
    """List what a line waits for that a claim can say, as its answer names it."""
    found = line.decided(known)
    if found.disposition != "pending":
        return []
    names = {*found.open, *(name for each in found.possible or () for name in each.waits_for)} - unknown
    facts = (Fact.named(name, line.number, line.rulebase.documents.vocabulary) for name in sorted(names))
    return [fact for fact in facts if fact is not None and fact not in dict(known)]


def questions_in_order(line: Line, chance: random.Random, answered: Known) -> int:
    """Count the questions of who asks all that is waited for, in order; answers are those that were given before."""
    case, known, count = line.case(), NOTHING, 0
    given_before = dict(answered)
    while (fact := in_order(case, known)) is not None:
        count += 1
        known |= {(fact, given_before.get(fact, chance.choice(line.held(fact.attribute))))}
    return count


def pending(rulebase: Rulebase, payer: str, known_on: date, claims: Iterable[Json], held: Held) -> Iterator[Line]:
    """List the pending lines of claims."""
    for claim in claims:
        for line in rulebase.decide(claim, payer=payer, known_on=known_on, check=False).lines:
            if line.disposition == "pending":
                yield Line(rulebase, payer, known_on, claim, line.number, held)


def tally(counted: Counter[str], line: Line, chance: random.Random) -> None:
    """Ask about a line, count what was asked, and print what is broken."""
    try:
        walk = walked(line, chance)
    except UnfinishedError:
        counted["not found out"] += 1
        return
    counted["lines"] += 1
    counted["questions"] += len(walk.asked)
    counted["questions in order"] += questions_in_order(line, chance, walk.answered)
    counted["nothing to ask"] += not walk.asked
    counted["not alone"] += sum(not question.shown.alone for _, question in walk.asked)
    counted["not proved"] += not walk.settled.is_proved
    for each in broken(line, walk, chance):
        counted["broken"] += 1
        sys.stdout.write(f"{json.dumps(line.claim)} line {line.number}: {each}\n")


def of_words(name: str) -> list[Any]:
    """List what an attribute of a generated rulebase may hold."""
    values = list(dict.fromkeys((*pool(name), *UNNAMED.get(name, ()))))
    several = [tuple(sorted(each)) for size in range(3) for each in combinations(values, size)]
    return several if DECLARED[name].many else values


def soak_generated(lines: int, start: int) -> Counter[str]:
    """Ask about lines of generated rulebases."""
    counted: Counter[str] = Counter()

    @seed(start)
    @soaked(2 * lines)
    @given(st.data())
    def ask(data: st.DataObject) -> None:
        attributes = data.draw(subjects())
        rulebase = data.draw(rulebases(attributes, presuming=False)).rulebase()
        chance = random.Random(data.draw(st.integers(0, 2**32)))  # noqa: S311 - the same each time, no secret
        claims = islice(quick_encounters(attributes, chance.randrange(2**32)), EACH)
        for line in islice(pending(rulebase, PAYER, KNOWN_ON, claims, of_words), min(3, lines - counted["lines"])):
            tally(counted, line, chance)

    ask()
    return counted


def soak_shipped(lines: int, start: int) -> Counter[str]:
    """Ask about lines of random claims for each payer of the shipped rulebase, which may wait for more facts."""
    counted: Counter[str] = Counter()
    rulebase = load(engine="plan")
    drawn = RandomEncounters(rulebase, start)
    chance = random.Random(start)  # noqa: S311 - the same each time, no secret
    for payer in sorted(rulebase.payers):
        listed = pending(rulebase, payer, TODAY, islice(drawn, 10 * lines), drawn.values)
        for line in islice(listed, lines // len(rulebase.payers)):
            tally(counted, line, chance)
    return counted


SOAKED = {"generated": soak_generated, "shipped": soak_shipped}
"""Which lines are asked about, by name."""


def main() -> int:
    """Ask, and say what was counted."""
    parser = ArgumentParser(prog="python -m tests.soak_asking", description=__doc__)
    parser.add_argument("--lines", type=int, default=LINES, help="of each (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="another seed draws others")
    parser.add_argument("--only", choices=SOAKED, help="which lines are asked about (default: each)")
    chosen = parser.parse_args()
    found = 0
    for name in [chosen.only] if chosen.only else SOAKED:
        counted = SOAKED[name](chosen.lines, chosen.seed)
        found += counted["broken"]
        lines = max(1, counted["lines"])
        means = counted["questions"] / lines, counted["questions in order"] / lines
        sys.stdout.write(
            f"{name}: {counted['lines']:,} pending lines, {counted['nothing to ask']:,} of them settled without a "
            f"question; {means[0]:.3f} questions on average, {means[1]:.3f} by asking for all in order; "
            f"{counted['not alone']:,} questions that matter with others alone, {counted['not found out']:,} lines not "
            f"found out, {counted['not proved']:,} not proved; "
            f"{counted['broken']:,} broken\n"
        )
        sys.stdout.flush()
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
