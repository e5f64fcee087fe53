"""Faults that the property tests found, each kept as the smallest documents that showed it."""

from tests.property.documents import decide, documents, encounter, policy, rule


def test_vocabulary_fact_keeps_its_meaning_where_a_policy_hides_a_fact_that_it_uses() -> None:
    hiding = policy(
        rule("uses-one", {"fact": "one"}, "benefit", "excluded"),
        rule("uses-two", {"fact": "two"}, "benefit", "covered"),
        facts={"one": {"summary": "one", "when": {"line.code": {"is": "B0001"}}}},
    )
    one = {"summary": "one", "when": {"line.code": {"is": "A0001"}}}
    two = {"summary": "two", "when": {"fact": "one"}}
    rulebase = documents(hiding, words={"facts": {"one": one, "two": two}}).rulebase()
    assert decide(rulebase, encounter({"code": "A0001"})).line(1).disposition == "payable"
    assert decide(rulebase, encounter({"code": "B0001"})).line(1).disposition == "denied"
