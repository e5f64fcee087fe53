"""How many other lines a claim needs: as many as are found are enough, and one fewer is not."""

from typing import Any

from tests.property.documents import KNOWN_ON, PAYER, RulebaseDocuments, documents, policy, rule

from payrule.analysis.difference import difference
from payrule.documents.differences import AnswerDifference
from payrule.review.sides import regimes, side

Json = dict[str, Any]


def compared(before: RulebaseDocuments, after: RulebaseDocuments) -> AnswerDifference:
    old, new = (side(each.rulebase().documents, PAYER, KNOWN_ON) for each in (before, after))
    return difference(regimes(old, new), lambda encounter: (old.decide(encounter), new.decide(encounter)))


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
    found = compared(before, after)
    assert found.other_lines == 2
    assert both_denied(found) == [3]
