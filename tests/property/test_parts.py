"""What is said of the parts of a condition follows from their truth, whatever the condition."""

from itertools import chain

from hypothesis import given
from hypothesis import strategies as st
from tests.property.documents import RulebaseDocuments
from tests.property.effort import examples
from tests.property.generated import cases
from tests.property.test_executions import programs
from tests.property.words import Json

from payrule.language.names import Names
from payrule.language.parts import Part, sightings, taken_apart
from payrule.language.reference import Situation
from payrule.language.truth import FALSE, TRUE, UNKNOWN, Truth, counted, negated


def supposed(part: Part, here: Situation, at: tuple[Part, Situation], truth: Truth) -> Truth:
    """Work a condition out in Kleene's logic as if one part were so true in one place."""
    if (part, here) == at:
        return truth
    if part.key == "other_line":
        (inside,) = part.parts
        places = here.others(same_date=part.condition["other_line"].get("same_date", True))
        return max((supposed(inside, there, at, truth) for there in places), default=FALSE)
    if not part.parts:
        return part.meaning.truth(here)
    below = [supposed(each, here, at, truth) for each in part.parts]
    if part.key == "count":
        return counted(part.condition["count"]["at_least"], iter(below))
    if part.key == "not":
        return negated(below[0])
    return max(below) if part.key == "any" else min(below)


def everywhere(part: Part, here: Situation) -> list[tuple[Part, Situation]]:
    """List the parts with each place where they are asked, in the order of `sightings`."""
    places = (
        list(here.others(same_date=part.condition["other_line"].get("same_date", True)))
        if part.key == "other_line"
        else [here]
    )
    return [(part, here), *chain(*(everywhere(each, there) for there in places for each in part.parts))]


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
            names = Names(program.vocabulary, bound.policy)
            whole = taken_apart(bound.rule.when, names)
            here = Situation(scene, data.draw(st.sampled_from(scene.lines)))
            assert whole.meaning.truth(here) is program.meanings[bound.name].truth(here)
            seen = list(sightings(whole, here))
            places = everywhere(whole, here)
            assert [each.part for each in seen] == [part for part, _ in places]
            for each, place in zip(seen, places, strict=True):
                assert supposed(whole, here, place, each.truth) is whole.meaning.truth(here)
                otherwise = [supposed(whole, here, place, truth) for truth in (TRUE, FALSE)]
                assert each.alone == (UNKNOWN not in otherwise and len(set(otherwise)) > 1)
