"""What the solver is told of rules is what the reference evaluator means by them, for every line of every encounter."""

from hypothesis import event, given
from hypothesis import strategies as st
from tests.answers import said
from tests.property.documents import RulebaseDocuments, decide
from tests.property.effort import examples
from tests.property.encoded import Encodings, by_number
from tests.property.generated import cases, encounters, rulebases, subjects
from tests.property.words import Json

from payrule.analysis.difference import answer_of

Case = tuple[RulebaseDocuments, Json]
Pair = tuple[RulebaseDocuments, RulebaseDocuments, Json]


@st.composite
def pairs(draw: st.DrawFn) -> Pair:
    """Draw two rulebases about the same attributes, with an encounter; vocabulary and payer differ too."""
    attributes = draw(subjects())
    return draw(rulebases(attributes)), draw(rulebases(attributes)), draw(encounters(attributes))


@examples(100)
@given(cases())
def test_the_encoded_answer_is_the_one_that_is_decided_and_no_other(case: Case) -> None:
    documents, data = case[0], by_number(case[1])
    rulebase = documents.rulebase()
    encounter = rulebase.encounter(data)
    decided = [answer_of(line) for line in decide(rulebase, data).lines]
    encodings = Encodings([rulebase], len(encounter.lines) - 1)
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
    old, new, data = pair[0].rulebase(), pair[1].rulebase(), by_number(pair[2])
    encounter = old.encounter(data)
    decided = [[answer_of(line) for line in decide(side, data).lines] for side in (old, new)]
    encodings = Encodings([old, new], len(encounter.lines) - 1)
    for index, line in enumerate(encounter.lines):
        of_line = encodings.of(line)
        assert of_line.solver.holds(of_line.fixed(data, encounter, index))
        for which in range(2):
            assert of_line.answered(which) == said(decided[which][index])


@examples(60)
@given(pairs())
def test_as_many_other_lines_as_are_needed_show_every_pair_of_answers(pair: Pair) -> None:
    old, new, data = pair[0].rulebase(), pair[1].rulebase(), by_number(pair[2])
    encounter = old.encounter(data)
    decided = [[answer_of(line) for line in decide(side, data).lines] for side in (old, new)]
    encodings = Encodings([old, new])
    for index, line in enumerate(encounter.lines):
        of_line = encodings.of(line)
        fewer = len(encounter.lines) - 1 - of_line.encoding.other_lines
        event(f"other lines needed: {of_line.encoding.other_lines}, fewer than given: {fewer > 0}")
        answers = [of_line.is_answered(which, decided[which][index]) for which in range(2)]
        assert of_line.solver.holds((*of_line.subject_alone(data, encounter, index), *answers))
