"""How many other lines a claim needs: as many as are found are enough, and one fewer is not."""

from typing import Any

import pytest
from tests.edited import compared
from tests.property.documents import RulebaseDocuments, documents, policy, rule
from tests.property.sides import one_side, sides

from payrule.analysis.encoding import Encoding
from payrule.compare.comparison_side import regimes
from payrule.results.difference import AnswerDifference

Json = dict[str, Any]


def denying(when: Json, facts: Json, **more: Any) -> RulebaseDocuments:
    """Write a policy that denies a line under a condition."""
    return documents(policy(rule("r", when, "benefit", "excluded", **more), facts=facts))


def code(code: str) -> Json:
    return {"summary": code, "when": {"line.code": {"is": code}}}


def both_denied(found: AnswerDifference) -> list[int]:
    """Give the number of lines of each claim that is denied before and after, in another way."""
    return [
        len(each.witness.encounter["lines"])
        for each in found.changes
        if each.before.disposition == each.after.disposition == "denied"
    ]


def test_a_fact_that_changed_is_another_condition_on_other_lines() -> None:
    when = {"other_line": {"fact": "f"}}
    before = denying(when, {"f": code("A0001")})
    after = denying(when, {"f": code("A0002")}, modality="may")
    found = compared(*sides(before, after))
    assert found.other_lines == 2
    assert both_denied(found) == [3]


CODES = ("A0001", "A0002", "A0009")


def beside(*codes: str, **more: Any) -> Json:
    return {"other_line": [{"line.code": {"is": each}, **more} for each in codes]}


def needed(when: Json) -> tuple[Encoding, int]:
    """Encode a rule with a condition, and give the literal that it matches."""
    of = one_side(denying(when, {}))
    encoding = Encoding(regimes(of))
    return encoding, encoding.encoders[0].matches()[0]["p0/r"]


NEEDED: dict[str, tuple[Json, int]] = {
    "none": ({"line.code": {"is": "A0001"}}, 0),
    "one": (beside("A0001"), 1),
    "one for a condition that one line can meet twice": (
        {"other_line": [{"line.code": {"is": "A0001"}}, {"line.units": {"at_least": 2}, "line.code": {"is": "A0001"}}]},
        1,
    ),
    "one that can only wait, for it never is true": (
        {"other_line": {"all": [{"line.place": {"is": each}} for each in CODES]}},
        1,
    ),
    "two": (beside("A0001", "A0002"), 2),
    "two, of which one is on another date": (
        {"other_line": [{"line.code": {"is": "A0001"}}, {"line.code": {"is": "A0002"}, "same_date": False}]},
        2,
    ),
    "three": (beside(*CODES), 3),
    "three, through facts": ({"all": [beside(*CODES[:2]), beside(CODES[2])]}, 3),
    "three, to miss each of them": ({"any": [{"not": beside(each)} for each in CODES]}, 3),
    "none where nothing else of the rule can hold": (
        {"line.code": {"is": "A0001", "in": ["A0002"]}, **beside(CODES[2])},
        0,
    ),
}


@pytest.mark.parametrize(("when", "number"), NEEDED.values(), ids=NEEDED)
def test_so_many_other_lines_are_needed(when: Json, number: int) -> None:
    encoding, _ = needed(when)
    assert encoding.other_lines == number


@pytest.mark.parametrize("number", [2, 3])
def test_one_line_fewer_does_not_meet_the_conditions(number: int) -> None:
    encoding, matches = needed(beside(*CODES[:number]))
    last = encoding.space.present(number)
    assert encoding.solver.holds((matches,))
    assert not encoding.solver.holds((matches, -last))


@pytest.mark.parametrize("number", [2, 3])
def test_a_change_that_needs_so_many_other_lines_is_shown_with_them(number: int) -> None:
    never = denying({"line.units": {"at_least": 9, "at_most": 8}}, {})
    found = compared(*sides(never, denying(beside(*CODES[:number]), {})))
    (denied,) = (each for each in found.changes if each.after.disposition == "denied")
    assert sorted(line["code"] for line in denied.witness.encounter["lines"][1:]) == sorted(CODES[:number])
    assert (found.other_lines, found.certainty) == (number, "proved")


def test_each_known_line_and_each_line_that_waits_can_be_needed_for_one_condition() -> None:
    old, new = (
        denying({"other_line": {"line.place": {"is": place}}}, {}, modality=modality)
        for place, modality in (("A0001", "shall"), ("A0002", "may"))
    )
    found = compared(*sides(old, new))
    assert found.other_lines == 2
    assert {(each.before.disposition, each.after.disposition) for each in found.changes} == {
        ("denied", "denied"),
        ("denied", "pending"),
        ("denied", "undecided"),
        ("pending", "denied"),
        ("undecided", "denied"),
    }
