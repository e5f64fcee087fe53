"""Answer a claim some of whose dates of service cannot be read: a line is decided where they make no difference to it.

A line without a date is on the day of another line, or it is not. Whoever looks at lines of the own day alone has one
answer in each of the two, which is found by deciding both. What looks at other days has one for each day that there is;
such a line is not decided.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import date
from itertools import combinations

from payrule.encounter.encounter import DATE, Encounter, Line, placed_on
from payrule.language.enriched_encounter import Day
from payrule.model.vocabulary import Vocabulary, of_other_line
from payrule.resolve.remittance import waiting_answer
from payrule.results.determination import LineDetermination

MOST_CASES = 64
"""Cases in which a claim is decided to see whether the dates make a difference; where there are more, they may."""

Answers = Mapping[Day, LineDetermination]
"""Answers by the number of the line and its day."""

Numbers = tuple[int, ...]


def answers_without_dates(
    days: Encounter,
    vocabulary: Vocabulary,
    decide: Callable[[Encounter], Collection[LineDetermination]],
    may_look: Callable[[Line, Line], bool],
) -> tuple[Answers, Answers]:
    """Answer the lines that have a date, split into days; give besides the answers of those that wait for a date.

    `decide` answers the lines of a claim in which each has a date. `may_look` tells whether a line may look at another
    one on a day that is not its own.
    """
    undated = {line.number: line for line in days.lines if DATE not in line.values}
    on = sorted({line.date for line in days.dated})

    def supposing(day: date, numbers: Numbers) -> dict[Day, LineDetermination]:
        case = placed_on(days, day, numbers, vocabulary)
        answered = zip(case.lines, decide(case), strict=True)
        return {(line.number, line.date): answer for line, answer in answered if line.number not in undated}

    answers = supposing(date.min, ())
    cases: dict[date, dict[Numbers, dict[Day, LineDetermination]]] = {}
    if len(undated) <= MOST_CASES and len(on) * (2 ** len(undated) - 1) <= MOST_CASES:
        together = [each for size in range(1, len(undated) + 1) for each in combinations(undated, size)]
        cases = {day: {numbers: supposing(day, numbers) for numbers in together} for day in on}
    waiting = {}
    for line in days.dated:
        at, told = (line.number, line.date), answers[line.number, line.date]
        others = {numbers: case[at] for numbers, case in cases.get(line.date, {}).items()}
        matter = {number for number, each in undated.items() if not cases or may_look(line, each)}
        matter |= {number for number in undated if others.get((number,), told) != told}
        if not matter and any(each != told for each in others.values()):
            matter = {*undated}
        if matter:
            named = {of_other_line(number, DATE) for number in matter}
            facts = named.union(*(each.open for each in (told, *others.values())))
            waiting[at] = waiting_answer(line, tuple(sorted(facts)))
    return {**answers, **waiting}, waiting
