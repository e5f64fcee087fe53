"""Questions that are asked code by code have the answers of the whole question, with claims as small."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from benchmarks.analysis import KNOWN_ON, edited_documents
from benchmarks.documents import PAYER, write_rulebase
from hypothesis import event, given
from tests.property.changes import Edited, edited
from tests.property.effort import examples
from tests.property.sides import one_side, sides
from tests.property.test_verification import Case, cases

from payrule.analysis import difference as changing
from payrule.analysis import slices as cutting
from payrule.analysis import verification as verifying
from payrule.analysis.difference import Kind, difference
from payrule.analysis.slices import whole
from payrule.analysis.verification import Verified, verification
from payrule.compare.comparison_side import BothDecide, Side, regimes, side
from payrule.results.difference import AnswerDifference, Certainty
from payrule.results.verification import QUESTIONS, Question
from payrule.rulebase.rulebase import load

Size = tuple[int, int]


def size(encounter: dict[str, Any]) -> Size:
    """Give the lines and the earlier lines of a claim."""
    return len(encounter["lines"]), len(encounter.get("history", ()))


def kinds(found: AnswerDifference) -> dict[Kind, Size]:
    """Give the kinds of change, each with the size of its claim."""
    return {Kind.of(each): size(each.witness.encounter) for each in found.changes}


def said(found: Verified) -> tuple[Any, ...]:
    """Give what is found, with the sizes of claims, but for how sure it is."""
    conflicts = [(pair, size(each.shown.encounter)) for pair, each in found.contradictions.items()]
    gaps = [(each.codes, each.always, size(each.shown.encounter)) for each in found.gaps]
    multiplied = [(pair, each.percents) for pair, each in found.multiplied.items()]
    return conflicts, gaps, [(each.rule, each.fault, each.because) for each in found.findings], multiplied


def certainties(found: Verified) -> list[Certainty]:
    """Give how sure each of the findings is, and how sure the answers are."""
    of_gaps, of_rules = (each.certainty for each in found.gaps), (each.certainty for each in found.findings)
    return [*of_gaps, *of_rules, *found.certainty.values()]


def is_as_sure(one: Certainty, two: Certainty) -> bool:
    """Tell whether one is as sure as another: a code that no count speaks of is settled without a bound."""
    return one in {"proved", two}


def changes_by_code_and_at_once(old: Side, new: Side) -> tuple[AnswerDifference, AnswerDifference]:
    """Compare two sides code by code, and at once."""
    asked, decide = regimes(old, new), BothDecide(old, new)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cutting, "FEW_RULES", 0)
        by_code = difference(asked, decide)
        patch.setattr(changing, "slices", lambda regimes, **_: whole(regimes))
        return by_code, difference(asked, decide)


def findings_by_code_and_at_once(of: Side, asked: Sequence[Question] = QUESTIONS) -> tuple[Verified, Verified]:
    """Verify a side code by code, and at once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cutting, "FEW_RULES", 0)
        by_code = verification(regimes(of), of.decide, asked=asked)
        patch.setattr(verifying, "slices", whole)
        return by_code, verification(regimes(of), of.decide, asked=asked)


@examples(60)
@given(edited())
def test_every_kind_of_change_is_found_by_a_claim_as_small(case: Edited) -> None:
    by_code, at_once = changes_by_code_and_at_once(*sides(case.before, case.after))
    event(f"{at_once.certainty}, kinds: {min(len(at_once.changes), 3)}")
    if "unknown" not in (by_code.certainty, at_once.certainty):
        assert kinds(by_code) == kinds(at_once)
        assert is_as_sure(by_code.certainty, at_once.certainty)


@examples(60)
@given(cases())
def test_everything_that_is_wrong_with_rules_is_found_by_a_claim_as_small(case: Case) -> None:
    by_code, at_once = findings_by_code_and_at_once(one_side(case.documents))
    if "unknown" not in (*by_code.certainty.values(), *at_once.certainty.values()):
        assert said(by_code) == said(at_once)
        assert all(map(is_as_sure, certainties(by_code), certainties(at_once)))


# At 300 rules the whole question which rules are redundant takes a quarter of an hour.
AT_300: tuple[Question, ...] = ("conflicts", "gaps", "dead", "shadowed")


@pytest.mark.slow
@pytest.mark.parametrize(("rules", "asked"), [(30, QUESTIONS), (100, QUESTIONS), (300, AT_300)])
def test_many_rules_are_asked_about_code_by_code_with_the_same_answers(
    rules: int, asked: tuple[Question, ...], tmp_path: Path
) -> None:
    found = load(write_rulebase(tmp_path, rules)).documents
    old, new = side(found, PAYER, KNOWN_ON), side(edited_documents(found), PAYER, KNOWN_ON)
    by_code, at_once = changes_by_code_and_at_once(old, new)
    assert by_code.changes
    assert (kinds(by_code), by_code.certainty) == (kinds(at_once), "proved")
    one, two = findings_by_code_and_at_once(old, asked)
    assert (said(one), certainties(one), one.scope) == (said(two), certainties(two), two.scope)
