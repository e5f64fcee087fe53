"""What is proved of rules that count lines holds of every claim, with spans, unknowns and histories of every form."""

from hypothesis import event, given
from tests.edited import compared
from tests.property.counted_changes import CountedEdit, counted_edits, kinds_of, referred, shown_at_random
from tests.property.effort import examples
from tests.property.sides import sides

from payrule.analysis.verification import verification
from payrule.compare.comparison_side import regimes


@examples(100)
@given(counted_edits())
def test_what_claims_show_between_two_ways_to_count_is_never_proved_to_be_none(case: CountedEdit) -> None:
    old, new = sides(case.before, case.after)
    found = compared(old, new)
    listed = kinds_of(found)
    missed = {kind: claim for kind, claim in shown_at_random(old, new, case.claims).items() if kind not in listed}
    event(f"{found.certainty}, {min(len(listed), 3)} kinds, {'some' if missed else 'none'} missed")
    assert not missed or found.certainty != "proved", missed
    if found.certainty == "proved" and not found.changes:
        paid_alike = {kind for kind in shown_at_random(old, new, case.claims, spans=True) if kind.paid is None}
        assert not paid_alike


@examples(60)
@given(counted_edits())
def test_what_is_proved_of_a_rule_that_counts_holds_of_every_claim(case: CountedEdit) -> None:
    of, _ = sides(case.before, case.after)
    dead = {each.rule: each.certainty for each in verification(regimes(of), of.decide).findings if each.fault == "dead"}
    event(f"dead: {sorted(dead.values())}")
    for claim in case.claims:
        matched = {reason.name for line in referred(of, claim) for reason in line.reasons}
        assert not {name for name in matched if dead.get(name) == "proved"}, claim
