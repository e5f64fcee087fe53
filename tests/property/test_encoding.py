"""What the solver is told of rules is what the reference evaluator means by them, for every line of every encounter."""

from itertools import islice

import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from tests.answers import said
from tests.edited import KNOWN_ON
from tests.property.documents import RulebaseDocuments
from tests.property.effort import examples, mostly_slow
from tests.property.encoded import Encodings, by_number
from tests.property.generated import cases, encounters, rulebases, subjects
from tests.property.sides import one_side, sides
from tests.property.words import Json
from tests.random_encounters import MOST_LINES, RandomEncounters

from payrule.analysis.difference import answer_of
from payrule.compare.comparison_side import Side, side
from payrule.encounter.encounter import Line
from payrule.results.difference import Answer
from payrule.rulebase.rulebase import load

SHIPPED = load()

Case = tuple[RulebaseDocuments, Json]
Pair = tuple[RulebaseDocuments, RulebaseDocuments, Json]


@st.composite
def pairs(draw: st.DrawFn) -> Pair:
    """Draw two rulebases about the same attributes, with an encounter; vocabulary and payer differ too."""
    attributes = draw(subjects())
    return draw(rulebases(attributes)), draw(rulebases(attributes)), draw(encounters(attributes))


def answered(of: Side, data: Json) -> list[Answer]:
    """Decide an encounter, with both executions."""
    return [answer_of(line) for line in of.decide(data).lines]


@examples(100)
@given(cases())
def test_the_encoded_answer_is_the_one_that_is_decided_and_no_other(case: Case) -> None:
    documents, data = case[0], by_number(case[1])
    of = one_side(documents)
    encounter = of.rulebase.encounter(data)
    decided = answered(of, data)
    encodings = Encodings([of], len(encounter.lines) - 1)
    for index, line in enumerate(encounter.lines):
        of_line = encodings.of(line)
        event(f"{decided[index].disposition}, other lines seen: {len(of_line.seen(encounter, index))}")
        fixed = list(of_line.fixed(data, encounter, index))
        assert of_line.solver.holds(fixed)
        assert of_line.answered(0) == said(decided[index])
        assert not of_line.solver.holds((*fixed, -of_line.is_answered(0, decided[index])))


@examples(60)
@given(pairs())
def test_two_sides_that_share_the_encounters_are_both_answered_as_decided(pair: Pair) -> None:
    both, data = sides(*pair[:2]), by_number(pair[2])
    encounter = both[0].rulebase.encounter(data)
    decided = [answered(each, data) for each in both]
    encodings = Encodings(both, len(encounter.lines) - 1)
    for index, line in enumerate(encounter.lines):
        of_line = encodings.of(line)
        assert of_line.solver.holds(of_line.fixed(data, encounter, index))
        for which in range(2):
            assert of_line.answered(which) == said(decided[which][index])


@examples(60)
@given(pairs())
def test_as_many_other_lines_as_are_needed_show_every_pair_of_answers(pair: Pair) -> None:
    both, data = sides(*pair[:2]), by_number(pair[2])
    encounter = both[0].rulebase.encounter(data)
    decided = [answered(each, data) for each in both]
    encodings = Encodings(both)
    for index, line in enumerate(encounter.lines):
        of_line = encodings.of(line)
        fewer = len(encounter.lines) - 1 - of_line.encoding.other_lines
        event(f"other lines needed: {of_line.encoding.other_lines}, fewer than given: {fewer > 0}")
        answers = [of_line.is_answered(which, decided[which][index]) for which in range(2)]
        assert of_line.solver.holds((*of_line.subject_alone(data, encounter, index), *answers))


def _share_a_limit(one: Line, two: Line) -> bool:
    """Tell whether two lines have a limit on units together: how many they have in all is not encoded."""
    return one is not two and (one.code, one.date) == (two.code, two.date)


@pytest.mark.parametrize("payer", mostly_slow(sorted(SHIPPED.payers)))
def test_the_encoded_answer_of_a_shipped_payer_is_the_one_that_is_decided(payer: str) -> None:
    of = side(SHIPPED.documents, payer, KNOWN_ON)
    encodings = Encodings([of], MOST_LINES - 1)
    for data in islice(RandomEncounters(SHIPPED), 40):
        encounter = of.rulebase.encounter(data)
        for index, decided in enumerate(answered(of, data)):
            if of.rulebase.is_retired(encounter.lines[index]):
                continue  # no rule is asked
            if any(_share_a_limit(encounter.lines[index], each) for each in encounter.lines):
                continue
            of_line = encodings.of(encounter.lines[index])
            fixed = list(of_line.fixed(data, encounter, index))
            assert of_line.solver.holds(fixed)
            assert of_line.answered(0) == said(decided)
            assert not of_line.solver.holds((*fixed, -of_line.is_answered(0, decided)))
