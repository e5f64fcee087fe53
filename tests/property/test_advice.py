"""Advice names no help where none would change the answer, and what it and reasons are about is named."""

import pytest
from hypothesis import event, given
from tests.property.documents import KNOWN_ON, PAYER, RulebaseDocuments, decide
from tests.property.effort import examples
from tests.property.generated import cases
from tests.property.words import DECLARED, Json
from tests.random_encounters import RandomEncounters

from payrule.model.policy import Rule
from payrule.resolve.answer import NOTHING_CURES
from payrule.results.determination import LineDetermination
from payrule.rulebase.rulebase import Rulebase, load

MOST_NAMED = 5
"""Lines that a sentence names before it counts them."""


def rules_of(rulebase: Rulebase, line: LineDetermination) -> list[Rule]:
    """Give the rules that a line's blocking reasons name."""
    versions = {each.name: each for listed in rulebase.policies.values() for each in listed}
    named = [each for each in line.reasons if each.policy != "vocabulary"]
    return [versions[f"{each.policy}@{each.version}"].rule(each.rule) for each in named]


def check_advice(rulebase: Rulebase, line: LineDetermination) -> None:
    """Hold the advice of a denied or returned line to what it may say."""
    rules = rules_of(rulebase, line)
    final = [rule for rule in rules if rule.incurable is True]
    said = [each.partition("): ")[2] or each for each in line.advice]
    if final:
        allowed = {rule.advice for rule in final}
        assert not ({rule.advice for rule in rules} - allowed) & set(said)
        assert any(each.endswith(NOTHING_CURES) for each in line.advice)
    else:
        assert not any(NOTHING_CURES in each for each in line.advice)
    for reason, rule in zip(line.reasons, rules, strict=False):
        if reason.other_lines and rule.advice and (not final or rule in final):
            named = [f"line {each.number} ({each.code})" for each in reason.other_lines[: MOST_NAMED - 1]]
            own = f"line {line.number} ({line.code}) with "
            assert any(each.startswith(own) and all(name in each for name in named) for each in line.advice)


@examples(80)
@given(cases())
def test_no_help_is_named_where_one_reason_has_none(case: tuple[RulebaseDocuments, Json]) -> None:
    documents, encounter = case
    rulebase = documents.rulebase()
    for line in decide(rulebase, encounter).lines:
        if line.disposition in ("denied", "returned"):
            check_advice(rulebase, line)


@pytest.mark.slow
def test_no_shipped_policy_names_a_help_where_one_reason_has_none() -> None:
    rulebase = load()
    chosen = RandomEncounters(rulebase, seed=11)
    for _ in range(60):
        encounter = chosen.encounter()
        for line in encounter["lines"]:
            line.pop("date_to", None)
        for payer in sorted(rulebase.payers):
            for line in rulebase.decide(encounter, payer=payer, known_on=KNOWN_ON, check=False).lines:
                if line.disposition in ("denied", "returned"):
                    check_advice(rulebase, line)


@examples(80)
@given(cases())
def test_lines_that_a_reason_names_are_enough_for_it_to_match(case: tuple[RulebaseDocuments, Json]) -> None:
    documents, encounter = case
    rulebase = documents.rulebase()
    computed = [f'"{name}"' for name, each in DECLARED.items() if each.derived and "." in name]
    codes = {each["number"]: each["code"] for each in encounter["lines"]}
    for line in decide(rulebase, encounter).lines:
        for reason in line.reasons:
            named = [each.number for each in reason.other_lines or ()]
            told = [(each.number, each.code) for each in reason.other_lines or ()]
            assert told == [(at, codes[at]) for at in sorted(named)]
            assert line.number not in named
            if named and not any(name.strip('"') in str(documents) for name in computed):
                event("fewer lines")
                kept = [each for each in encounter["lines"] if each["number"] in (line.number, *named)]
                fewer = rulebase.matches(encounter | {"lines": kept}, payer=PAYER, known_on=KNOWN_ON)
                assert reason.name in fewer[line.number].definite
