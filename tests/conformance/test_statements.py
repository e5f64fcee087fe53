"""Every statement of the source is a rule with examples, or a note with the reason why it is none."""

from collections import Counter, defaultdict

import pytest

import payrule
from payrule.examples.run import example_files, read_example
from payrule.model.payer import Example
from payrule.rulebase.rulebase import Rulebase

STATEMENTS = [f"S{number}" for number in range(1, 30)]
NOTES_ONLY = {"S15", "S20", "S29"}
"""Statements that state no condition of payment; the documents say why."""
AT_LEAST = 3
"""Examples of each statement: it decides, a near miss, an unknown fact."""
NEVER_OPEN = {"S8", "S10", "S28"}
"""Statements whose rules ask only what every claim says: codes, modifiers, which lines there are."""


@pytest.fixture(scope="module")
def rulebase() -> Rulebase:
    return payrule.load()


@pytest.fixture(scope="module")
def examples(rulebase: Rulebase) -> list[Example]:
    return [read_example(path, rulebase)[0] for path in example_files(rulebase.documents.folder)]


def homes(rulebase: Rulebase) -> tuple[dict[str, set[str]], dict[str, int]]:
    """Find the rules that rest on each statement, and count the notes that hold it."""
    rules: dict[str, set[str]] = defaultdict(set)
    notes: Counter[str] = Counter()
    for versions in rulebase.policies.values():
        for policy in versions:
            for rule in policy.rules:
                for cite in rule.cites:
                    rules[cite.statement or ""].add(f"{policy.id}/{rule.id}")
            notes.update(cite.statement or "" for note in policy.notes for cite in note.cites)
    return rules, notes


@pytest.mark.parametrize("statement", STATEMENTS)
def test_no_statement_is_without_a_rule_or_a_note(rulebase: Rulebase, statement: str) -> None:
    rules, notes = homes(rulebase)
    assert notes[statement] if statement in NOTES_ONLY else rules[statement]


@pytest.mark.slow
@pytest.mark.parametrize("statement", [each for each in STATEMENTS if each not in NOTES_ONLY])
def test_every_statement_that_is_a_rule_has_its_examples(examples: list[Example], statement: str) -> None:
    naming = [example for example in examples if statement in example.statements]
    assert len(naming) >= AT_LEAST


@pytest.mark.parametrize("statement", [each for each in STATEMENTS if each not in NOTES_ONLY])
def test_every_statement_is_shown_to_apply_to_be_missed_and_to_wait(
    rulebase: Rulebase, examples: list[Example], statement: str
) -> None:
    rules, _ = homes(rulebase)
    shown = {
        "applies" if each.how == "decides" else each.how
        for example in examples
        for each in example.shows
        if statement in example.statements and each.rule in rules[statement]
    }
    assert shown == {"applies", "near-miss"} | (set() if statement in NEVER_OPEN else {"waits"})


def test_every_rule_is_shown_to_apply_and_to_be_nearly_missed(rulebase: Rulebase, examples: list[Example]) -> None:
    shown: dict[str, set[str]] = defaultdict(set)
    for example in examples:
        for each in example.shows:
            shown[each.rule].add("applies" if each.how in {"decides", "applies"} else each.how)
    rules = {
        f"{policy.id}/{rule.id}"
        for versions in rulebase.policies.values()
        for policy in versions
        for rule in policy.rules
        if policy.status != "retired"
    }
    lacking = {
        rule: {"applies", "near-miss"} - shown[rule] for rule in rules if not {"applies", "near-miss"} <= shown[rule]
    }
    assert lacking == {}


def test_five_conflicts_between_policies_are_examples(examples: list[Example]) -> None:
    """Each is of two policies in one tier, and the example says what was taken."""
    pairs = {
        pair
        for example in examples
        for expected in example.expect
        for pair in expected.conflicts or ()
        if pair[0].partition("/")[0] != pair[1].partition("/")[0]
    }
    assert len(pairs) >= 5


def test_examples_name_statements_of_the_list_only(examples: list[Example]) -> None:
    """Rows of the national table are no numbered statement; whatever else is shown is one."""
    assert {name for example in examples for name in example.statements} <= set(STATEMENTS)
