"""What is found of a payer's policies, and how sure it is that there is nothing else."""

from typing import Any

import msgspec
import pytest
from tests.edited import KNOWN_ON
from tests.property.effort import mostly_slow

from payrule.compare.verification import verify
from payrule.model.payer import AcceptedConflict
from payrule.model.policy import Conclude, Fact, Period, Policy, Rule
from payrule.results.verification import Scope, Verification
from payrule.rulebase.load import Documents
from payrule.rulebase.rulebase import Rulebase, load

PAYERS = tuple(sorted(load().payers))


def found(documents: Documents, payer: str = "blue-cross", **choices: Any) -> Verification:
    return verify(Rulebase(documents), payer, known_on=KNOWN_ON, **choices)


def with_rules(*rules: Rule) -> Documents:
    """Add rules to the shipped policy of one payer."""
    documents = load().documents
    (policy,) = documents.policies["blue-cross"]
    return msgspec.structs.replace(documents, policies={**documents.policies, policy.id: (more(policy, *rules),)})


def more(policy: Policy, *rules: Rule) -> Policy:
    return msgspec.structs.replace(policy, rules=(*policy.rules, *rules))


def a_rule(name: str, when: dict[str, Any], value: str = "covered", **other: Any) -> Rule:
    conclude = Conclude(concern="benefit", value=value, **other)
    return Rule(id=name, summary=name, when=when, conclude=conclude)


@pytest.mark.parametrize("payer", mostly_slow(PAYERS))
def test_everything_is_settled_of_the_shipped_policies(payer: str) -> None:
    verification = verify(load(), payer, known_on=KNOWN_ON)
    looks_up = any("ncci" in tier for tier in load().payers[payer].tiers)
    assert set(verification.certainty.values()) <= ({"proved", "bounded"} if looks_up else {"proved"})
    assert {each.fault for each in verification.findings} <= {"redundant"}
    assert (len(verification.conflicts) > 0) == (payer == "every-source")


@pytest.mark.parametrize("payer", mostly_slow(PAYERS))
def test_each_conflict_is_shown_by_a_claim_of_which_nothing_can_be_left_out(payer: str) -> None:
    for conflict in verify(load(), payer, known_on=KNOWN_ON).conflicts:
        line = conflict.shown.determination.line(conflict.shown.line)
        assert conflict.rules in [each.rules for each in line.conflicts]


@pytest.mark.slow
def test_each_gap_is_shown_by_a_claim_that_is_undecided() -> None:
    gaps = verify(load(), "cmt-guide-payer", known_on=KNOWN_ON).gaps
    assert {"97112", "97140"} <= {code for gap in gaps for code in gap.codes}
    for gap in gaps:
        assert gap.shown.determination.line(gap.shown.line).disposition == "undecided"


def alone(*rules: Rule, effective: Period = Period(), ended: tuple[Rule, ...] = ()) -> Verification:  # noqa: B008
    """Verify a payer that one policy binds on some dates, and before them a version of other rules where given."""
    documents = load().documents
    (shipped,) = documents.policies["blue-cross"]
    plain = {"sets": {}, "facts": {}, "notes": (), "suppress": msgspec.UNSET}
    versions = [msgspec.structs.replace(shipped, version="2.0.0", rules=rules, effective=effective, **plain)]
    if ended:
        until = Period(last="2019-12-31")
        versions.append(msgspec.structs.replace(shipped, version="1.0.0", rules=ended, effective=until, **plain))
    return found(msgspec.structs.replace(documents, policies={**documents.policies, "blue-cross": tuple(versions)}))


GROUND = {"line.provider.type": {"is": "physician"}}


def test_codes_that_no_rule_names_for_a_line_itself_are_no_gap() -> None:
    beside = {"other_line": {"line.code": {"is": "97110"}}}
    seen = alone(
        a_rule("massage", {"line.code": {"is": "97124"}, **GROUND, **beside}),
        a_rule("not-these", {"line.code": {"in": ["97140"]}, "not": {"line.code": {"in": ["97016"]}}, **GROUND}),
    )
    assert isinstance(seen.scope, Scope)
    assert set(seen.scope.codes) == {"97124", "97140"}
    assert {code for gap in seen.gaps for code in gap.codes} == {"97124", "97140"}


def test_codes_that_a_fact_names_are_in_scope() -> None:
    """A fact of the vocabulary says which codes; another one, negated twice, says it too."""
    documents = load().documents
    fact = Fact(summary="Heat.", when={"line.code": {"in": ["97010-97012"]}})
    vocabulary = msgspec.structs.replace(documents.vocabulary, facts={**documents.vocabulary.facts, "heat": fact})
    for when in ({"fact": "heat"}, {"not": {"not": {"fact": "heat"}}}):
        (shipped,) = documents.policies["blue-cross"]
        policy = msgspec.structs.replace(shipped, rules=(a_rule("heat-is-paid", {"all": [when, GROUND]}),), facts={})
        seen = found(
            msgspec.structs.replace(
                documents,
                vocabulary=vocabulary,
                policies={"blue-cross": (policy,)},
                payers={"blue-cross": documents.payers["blue-cross"]},
            )
        )
        assert {code for gap in seen.gaps for code in gap.codes} == {"others of 97010-97012"}


def test_dates_on_which_no_version_binds_are_no_gap() -> None:
    rule = a_rule("massage", {"line.code": {"is": "97124"}})
    seen = alone(rule, effective=Period(first="2024-07-01", last="2026-06-30"))
    assert seen.gaps == ()
    assert seen.scope == Scope(codes=("97124",), dates=(Period(first="2024-07-01", last="2026-06-30"),))


def test_a_gap_is_shown_on_a_date_on_which_a_version_names_its_code() -> None:
    massage, heat = (a_rule(code, {"line.code": {"is": code}, **GROUND}) for code in ("97124", "97010"))
    seen = alone(heat, effective=Period(first="2020-01-01"), ended=(massage,))
    dates = {gap.codes: gap.shown.encounter["lines"][0]["date"] for gap in seen.gaps}
    assert dates == {("97124",): "2016-03-01", ("97010",): "2020-01-01"}
    assert isinstance(seen.scope, Scope)
    assert seen.scope.dates == (Period(),)


@pytest.mark.slow
def test_what_is_always_undecided_is_so_on_every_date_in_scope() -> None:
    held = Rule(
        id="held",
        summary="held",
        when={"line.code": {"is": "97010"}},
        conclude=Conclude(concern="provider", value="eligible"),
    )
    (gap,) = alone(held, effective=Period(first="2024-07-01")).gaps
    assert (gap.codes, gap.always) == (("97010",), True)
    assert gap.shown.encounter["lines"][0]["date"] == "2024-07-01"


def test_rules_that_name_no_code_put_none_in_scope() -> None:
    seen = alone(a_rule("physicians", GROUND))
    assert (seen.gaps, seen.scope) == ((), Scope(codes=(), dates=()))


def test_a_conflict_is_found_with_the_text_that_would_accept_it() -> None:
    documents = with_rules(a_rule("also-covered", {"line.code": {"is": "97124"}}))
    (conflict, *others) = found(documents).conflicts
    assert others
    assert conflict.rules == ("blue-cross/also-covered", "blue-cross/billed-alone")
    assert conflict.accept == (
        '{"rules":["blue-cross/also-covered","blue-cross/billed-alone"],"reason":"why this conflict is accepted"}'
    )


def test_an_accepted_conflict_is_reported_with_its_reason() -> None:
    documents = with_rules(a_rule("also-covered", {"line.code": {"is": "97124"}}))
    pair = ("blue-cross/also-covered", "blue-cross/exclusion")
    payer = documents.payers["blue-cross"]
    accepting = msgspec.structs.replace(payer, accepted_conflicts=(AcceptedConflict(rules=pair, reason="known"),))
    documents = msgspec.structs.replace(documents, payers={"blue-cross": accepting})
    accepted = {each.rules: (each.accepted, each.accept) for each in found(documents).conflicts}
    assert accepted[pair] == ("known", None)
    assert all(reason is None for rules, (reason, _) in accepted.items() if rules != pair)


@pytest.mark.slow
def test_a_rule_that_nothing_can_match_is_dead() -> None:
    never = {"line.code": {"is": "97124", "not_in": ["97124"]}}
    faults = {each.rule: each.fault for each in found(with_rules(a_rule("never", never))).findings}
    assert faults["blue-cross/never"] == "dead"


def test_a_rule_that_a_fact_cannot_satisfy_beside_another_line_is_dead() -> None:
    alone = {"not": {"other_line": {}}, "other_line": {"line.code": {"is": "97110"}}}
    faults = {each.rule: each.fault for each in found(with_rules(a_rule("alone-beside", alone))).findings}
    assert faults["blue-cross/alone-beside"] == "dead"


def test_a_rule_that_is_always_overridden_is_shadowed() -> None:
    code = {"line.code": {"is": "97535"}}
    over = msgspec.structs.replace(a_rule("over", code, "excluded"), overrides=("under",))
    faults = {each.rule: each.fault for each in found(with_rules(a_rule("under", code), over)).findings}
    assert faults["blue-cross/under"] == "shadowed"
    assert "blue-cross/over" not in faults


@pytest.mark.slow
def test_a_rule_that_says_what_another_says_is_redundant() -> None:
    twin = a_rule("twin", {"line.code": {"is": "97110"}})
    findings = {each.rule: each for each in found(with_rules(twin)).findings}
    assert findings["blue-cross/twin"].fault == "redundant"
    assert findings["blue-cross/twin"].certainty == "proved"


@pytest.mark.slow
def test_a_rule_with_a_fault_in_one_version_is_still_asked_about_in_the_next() -> None:
    documents = load().documents
    (policy,) = documents.policies["blue-cross"]
    never = a_rule("twin", {"line.code": {"is": "97124", "not_in": ["97124"]}})
    earlier = msgspec.structs.replace(more(policy, never), effective=Period(None, "2024-06-30"))
    twin = more(policy, a_rule("twin", {"line.code": {"is": "97110"}}))
    later = msgspec.structs.replace(twin, version="1.1.0", effective=Period("2024-07-01"))
    documents = msgspec.structs.replace(documents, policies={**documents.policies, policy.id: (earlier, later)})
    twins = [(each.fault, each.because) for each in found(documents).findings if each.rule == "blue-cross/twin"]
    assert [(fault, because.rpartition("@")[2]) for fault, because in twins] == [
        ("dead", "1.0.0)"),
        ("redundant", "1.1.0)"),
    ]


def test_rules_that_no_example_matches_are_reported_when_examples_are_given() -> None:
    every = frozenset(f"blue-cross/{rule.id}" for rule in load().policies["blue-cross"][0].rules)
    findings = found(load().documents, exampled=every - {"blue-cross/exclusion"}).findings
    assert [each.rule for each in findings if each.fault == "unexampled"] == ["blue-cross/exclusion"]


def test_what_time_did_not_allow_is_unknown_and_said_so() -> None:
    verification = found(load().documents, expired=lambda: True)
    assert set(verification.certainty.values()) == {"unknown"}
    assert verification.notes == ("time ran out while looking for conflicts: what comes after it was not looked for",)


@pytest.mark.slow
def test_every_payer_answers_the_claims_that_were_found() -> None:
    verification = verify(load(), "every-source", known_on=KNOWN_ON)
    assert all(set(each.answers) == set(PAYERS) for each in verification.payers)
