"""The difference between two sides is all of it: no encounter is answered otherwise in a way that it does not list."""

from itertools import islice

from hypothesis import event, given
from hypothesis import strategies as st
from tests.edited import compared, shows
from tests.property.changes import Edited, changes, edited, unshown
from tests.property.effort import examples
from tests.property.generated import SEEDS, encounters
from tests.property.quick import quick_encounters
from tests.property.sides import sides
from tests.smaller_claims import smaller_claims

from payrule.analysis.difference import Kind


@examples(40)
@given(edited(), st.data(), SEEDS)
def test_every_change_that_an_encounter_shows_is_listed(case: Edited, data: st.DataObject, seed: int) -> None:
    old, new = sides(case.before, case.after)
    found = compared(old, new)
    listed = {Kind(each.before, each.after) for each in found.changes}
    event(f"{found.certainty}, changes: {min(len(listed), 4)}, not shown: {unshown(found)}")
    drawn = data.draw(st.lists(encounters(case.attributes), max_size=4))
    series = [*drawn, *islice(quick_encounters(case.attributes, seed), 40)]
    missed = {kind: shown for kind, shown in changes(old, new, series).items() if kind not in listed}
    assert len(missed) <= unshown(found), missed
    assert (found.certainty == "unknown") == (unshown(found) > 0)


@examples(40)
@given(edited())
def test_no_claim_that_says_less_shows_the_same_change(case: Edited) -> None:
    old, new = sides(case.before, case.after)
    for change in compared(old, new).changes:
        encounter = change.witness.encounter
        assert shows(change, encounter, old, new)
        for said, smaller in smaller_claims(encounter):
            assert not shows(change, smaller, old, new), f"{said} is not needed in {encounter}"
