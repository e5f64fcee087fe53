"""The difference between two sides is all of it: no encounter is answered otherwise in a way that it does not list."""

from collections.abc import Iterable
from itertools import islice

import msgspec
from hypothesis import event, given
from hypothesis import strategies as st
from tests.edited import compared, shows
from tests.property.documents import RulebaseDocuments
from tests.property.edits import edits
from tests.property.effort import examples
from tests.property.encoded import referred
from tests.property.generated import SEEDS, encounters, rulebases, subjects
from tests.property.quick import quick_encounters
from tests.property.sides import sides
from tests.property.words import Json
from tests.smaller_claims import smaller_claims

from payrule.analysis.difference import Kind
from payrule.documents.differences import AnswerDifference
from payrule.review.sides import Side

Pair = tuple[RulebaseDocuments, RulebaseDocuments]


@st.composite
def edited(draw: st.DrawFn) -> tuple[RulebaseDocuments, RulebaseDocuments, list[Json]]:
    """Draw a rulebase before and after one edit or two, and encounters about the same attributes."""
    attributes = draw(subjects())
    before = draw(rulebases(attributes))
    after = draw(edits(before))
    if draw(st.booleans()):
        after = draw(edits(after))
    drawn = draw(st.lists(encounters(attributes), max_size=4))
    return before, after, [*drawn, *islice(quick_encounters(attributes, draw(SEEDS)), 40)]


def changes(old: Side, new: Side, series: Iterable[Json]) -> set[Kind]:
    """List the kinds of changed answer that encounters show."""
    found = set()
    for each in series:
        for before, after in zip(referred(old, each), referred(new, each), strict=True):
            if msgspec.structs.replace(before, rule=None) != msgspec.structs.replace(after, rule=None):
                found.add((before, after))
    return found


def unshown(found: AnswerDifference) -> int:
    """Give how many kinds of change were found, but could not be shown by a claim."""
    return sum(int(note.partition(" ")[0]) for note in found.notes if "could not be shown" in note)


@examples(60)
@given(edited())
def test_every_change_that_an_encounter_shows_is_listed(
    case: tuple[RulebaseDocuments, RulebaseDocuments, list[Json]],
) -> None:
    old, new = sides(*case[:2])
    found = compared(old, new)
    listed = {(each.before, each.after) for each in found.changes}
    event(f"{found.certainty}, changes: {min(len(listed), 4)}, not shown: {unshown(found)}")
    missed = changes(old, new, case[2]) - listed
    assert len(missed) <= unshown(found), missed
    assert (found.certainty == "unknown") == (unshown(found) > 0)


@examples(60)
@given(edited())
def test_no_claim_that_says_less_shows_the_same_change(
    case: tuple[RulebaseDocuments, RulebaseDocuments, list[Json]],
) -> None:
    old, new = sides(*case[:2])
    for change in compared(old, new).changes:
        encounter = change.witness.encounter
        assert shows(change, encounter, old, new)
        for said, smaller in smaller_claims(encounter):
            assert not shows(change, smaller, old, new), f"{said} is not needed in {encounter}"
