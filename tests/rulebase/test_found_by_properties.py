"""Faults that the property tests found, each kept as the smallest documents that showed it."""

from pathlib import Path

import pytest
from tests.property.documents import decide, documents, encounter, policy, rule

from payrule.rulebase.rulebase import load
from payrule.source.diagnostics import DocumentError


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


def test_presumed_attributes_are_named_in_one_order() -> None:
    read = {"line.minutes": {"is": 0}, "line.regions": {"is_empty": True}}
    rules = policy(rule("first", read, "benefit", "covered"))
    presumptions = {"line.regions": [], "line.minutes": 0}
    named = [
        decide(documents(rules, presumptions=dict(listed)).rulebase(), encounter({})).line(1).presumed
        for listed in (presumptions.items(), reversed(presumptions.items()))
    ]
    assert named == [("line.minutes", "line.regions")] * 2


def test_presumed_date_is_compared_as_a_date() -> None:
    rules = policy(
        rule("received", {"encounter.received": {"on_or_after": "2024-07-01"}}, "benefit", "covered"),
        rule("visited", {"line.visits": {"any_of": ["2024-07-02"]}}, "benefit", "excluded", overrides=["received"]),
    )
    presumptions = {"encounter.received": "2024-07-01", "line.visits": ["2024-07-01"]}
    assert (
        decide(documents(rules, presumptions=presumptions).rulebase(), encounter({})).line(1).disposition == "payable"
    )


def test_policy_that_replaces_one_version_is_considered_in_place_of_that_version() -> None:
    first = policy(rule("excluded", {"line.code": {"is": "A0001"}}, "benefit", "excluded"))
    proposed = policy(
        rule("covered", {"line.code": {"is": "A0001"}}, "benefit", "covered"),
        id="p1",
        status="proposed",
        replaces="p0@1.0.0",
    )
    rulebase = documents(first, proposed, tiers=[["p0"]]).rulebase()
    assert decide(rulebase, encounter({})).line(1).disposition == "denied"
    assert decide(rulebase, encounter({}), consider="p1").line(1).disposition == "payable"


def test_conflict_that_is_accepted_twice_is_refused(tmp_path: Path) -> None:
    """Of two reasons for one pair of rules, the order of the document would choose."""
    always = {"line.units": {"at_least": 0}}
    rules = policy(rule("a", always, "benefit", "excluded"), rule("b", always, "benefit", "covered"))
    twice = [{"rules": ["p0/a", "p0/b"], "reason": "one"}, {"rules": ["p0/b", "p0/a"], "reason": "two"}]
    documents(rules, accepted_conflicts=twice).write(tmp_path)
    with pytest.raises(DocumentError) as refused:
        load(tmp_path)
    (diagnostic,) = refused.value.findings
    assert (diagnostic.path, diagnostic.message, diagnostic.help) == (
        "$.accepted_conflicts[1].rules",
        "the conflict of `p0/b` and `p0/a` is accepted already",
        "keep one of the two, with its reason",
    )
