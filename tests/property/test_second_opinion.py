"""Z3 answers the questions of a difference as the solver does."""

import pytest
from hypothesis import event, given
from tests.conformance.test_refactorings import REFACTORINGS, Refactoring
from tests.edited import compared
from tests.edited import sides as shipped_sides
from tests.property.changes import Edited, edited, unshown
from tests.property.effort import examples
from tests.property.sides import sides
from tests.second_opinion import differs

from payrule.analysis.difference import Kind


@pytest.mark.slow
@examples(40)
@given(edited())
def test_z3_finds_a_change_where_there_is_one_and_none_beside_those_that_are_listed(case: Edited) -> None:
    old, new = sides(case.before, case.after)
    found = compared(old, new)
    event(f"changes: {min(len(found.changes), 4)}, not shown: {unshown(found)}")
    assert differs(old, new) == bool(found.changes or unshown(found))
    # A kind that could not be shown on some dates is listed where it was shown on others, so that none may be left.
    assert unshown(found) or not differs(old, new, (Kind(each.before, each.after) for each in found.changes))


@pytest.mark.slow
@pytest.mark.parametrize("refactoring", REFACTORINGS.values(), ids=REFACTORINGS)
def test_z3_agrees_that_a_refactoring_changes_no_answer(refactoring: Refactoring) -> None:
    assert not differs(*shipped_sides(*refactoring))
