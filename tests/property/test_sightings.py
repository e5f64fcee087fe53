"""What is said of the parts of a condition follows from their truth, whatever the condition."""

from itertools import chain

from hypothesis import given
from hypothesis import strategies as st
from tests.property.documents import RulebaseDocuments
from tests.property.effort import examples
from tests.property.generated import cases
from tests.property.test_executions import programs
from tests.property.words import Json

from payrule.execute import reference
from payrule.execute.reference import Count, EvalContext, Evaluator, NamedFact, Not, OtherLine, Some, parts_of
from payrule.execute.trace import evaluations
from payrule.language.truth import FALSE, NEGATED, TRUE, UNKNOWN, Truth, counted


def asked_at(condition: Evaluator, here: EvalContext) -> list[tuple[Evaluator, EvalContext]]:
    """List the conditions directly inside a condition with each place where they are asked; a fact is left closed."""
    if isinstance(condition, OtherLine):
        return [(condition.part, there) for there in here.others(same_date=condition.node.same_date)]
    return [] if isinstance(condition, NamedFact) else [(part, here) for part in parts_of(condition)]


def supposed(condition: Evaluator, here: EvalContext, at: tuple[Evaluator, EvalContext], truth: Truth) -> Truth:
    """Work a condition out in Kleene's logic as if one in it were so true in one place."""
    if (condition, here) == at:
        return truth
    if isinstance(condition, (reference.Test, NamedFact)):
        return condition.truth(here)
    below = [supposed(each, there, at, truth) for each, there in asked_at(condition, here)]
    if isinstance(condition, OtherLine):
        return max(below, default=FALSE)
    if isinstance(condition, Count):
        return counted(condition.at_least, iter(below))
    if isinstance(condition, Not):
        return NEGATED[below[0]]
    return max(below) if isinstance(condition, Some) else min(below, default=TRUE)


def everywhere(condition: Evaluator, here: EvalContext) -> list[tuple[Evaluator, EvalContext]]:
    """List what is in a condition with each place where it is asked, in the order of `evaluations`."""
    return [(condition, here), *chain(*(everywhere(each, there) for each, there in asked_at(condition, here)))]


@examples(60)
@given(st.data(), cases())
def test_part_is_alone_where_the_whole_would_be_otherwise_if_it_were(
    data: st.DataObject, case: tuple[RulebaseDocuments, Json]
) -> None:
    documents, raw = case
    rulebase = documents.rulebase()
    encounter = rulebase.encounter(raw)
    for program in programs(rulebase, encounter):
        scene = program.scene(encounter)
        for bound in program.rules:
            whole = program.meanings[bound.name]
            here = EvalContext(scene, data.draw(st.sampled_from(scene.lines)))
            seen = list(evaluations(whole, here))
            places = everywhere(whole, here)
            assert [each.node for each in seen] == [condition.node for condition, _ in places]
            for each, place in zip(seen, places, strict=True):
                assert supposed(whole, here, place, each.truth) is whole.truth(here)
                otherwise = [supposed(whole, here, place, truth) for truth in (TRUE, FALSE)]
                assert each.alone == (UNKNOWN not in otherwise and len(set(otherwise)) > 1)
