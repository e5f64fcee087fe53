"""The example plans in `examples/policies`: their documents, their examples, and every execution at random."""

import os
from functools import cache
from itertools import islice
from pathlib import Path

import msgspec
import pytest
from tests.columns.test_columnar_files import Json
from tests.columns.test_single_claims import alone, as_said, decided
from tests.docs.pages import ROOT
from tests.property.effort import mostly_slow
from tests.random_encounters import RandomEncounters

from payrule.compare.difference import diff
from payrule.compare.operands import Operand
from payrule.compare.verification import verify
from payrule.examples.coverage import coverage
from payrule.examples.run import document_files, example_files, read_example, run_example
from payrule.fmt import reformatted
from payrule.lint.check import check_file, check_rulebase
from payrule.model.policy import Period, Policy
from payrule.model.values import read_date
from payrule.rulebase.load import read_policy
from payrule.rulebase.rulebase import Rulebase, load

PLANS = ROOT / "examples" / "policies"
KNOWN_ON = read_date("2024-06-30")
POLICIES = sorted(each.parent.name for each in PLANS.glob("*/examples"))
PAYERS = sorted(each.stem for each in PLANS.glob("payers/*.json"))
NEXT_YEAR = sorted((PLANS / "next-year").glob("*/*.json"))
"""Versions that are reviewed, and are not yet in the folders of their policies."""
WHOLE = "WHOLE_PLANS" in os.environ
"""Whether all rules are compared, and every example and many claims are tried, as in `make soak-analysis`."""
CITING = {"no-copy", "no-digest", "passage-not-found", "source-unused", "rule-without-citation"}
DAYS = ("2023-12-31", "2024-01-01", "2024-03-04", "2024-03-05", "2024-07-31", "2024-12-31")
OF_OTHER_POLICIES = {
    "acupuncture-plan": {"20552", "20553", "97014", "97026", "97032", "97124", "97140", "G0283"},
}
"""Codes of which the policy of a payer only says when they are part of its own services: gaps that are accepted."""


@cache
def plans() -> Rulebase:
    """Load the rulebase of the plans."""
    return load(PLANS)


def test_each_plan_is_tested() -> None:
    assert sorted(plans().policies) == POLICIES
    assert sorted(plans().payers) == PAYERS


@pytest.mark.parametrize("name", ["vocabulary.json", "remittance-codes.json"])
def test_plans_have_the_words_and_codes_that_are_shipped(name: str) -> None:
    said = (PLANS / name).read_text(encoding="utf-8")
    assert said == (ROOT / "policies" / name).read_text(encoding="utf-8"), "`make schemas` writes the copy"


@pytest.mark.slow
def test_documents_are_in_canonical_form() -> None:
    files = (*document_files(PLANS), *NEXT_YEAR)
    assert [each.path for each in reformatted(files) if each.before != each.after] == []


@pytest.mark.parametrize("share", [25, pytest.param(1, marks=pytest.mark.slow)])
@pytest.mark.parametrize("policy", POLICIES)
def test_each_plan_has_sixty_rules_and_its_examples_hold(policy: str, share: int) -> None:
    """One of 25 examples is enough between two changes."""
    assert all(len(version.rules) >= 60 for version in plans().policies[policy])
    files = [file for file in example_files(PLANS) if file.parts[-3] == policy]
    assert len(files) > 100
    ran = [run_example(file, plans(), KNOWN_ON) for file in files[::share]]
    assert {each.file: each.failures for each in ran if each.failures} == {}


def drawn(payer: str, seed: int, claims: int) -> list[Json]:
    """Draw claims with earlier lines, near what the policies of a payer ask, on days of 2024."""
    names = [name for tier in plans().payers[payer].tiers for name in tier]
    of_payer = msgspec.structs.replace(plans().documents, policies={name: plans().policies[name] for name in names})
    made = RandomEncounters(Rulebase(of_payer), seed, apart=True, earlier=True, days=DAYS)
    return list(islice(made, claims))


@pytest.mark.parametrize("payer", PAYERS[:1])
def test_executions_agree_on_claims_with_earlier_lines(payer: str) -> None:
    """`decide` compares both executions, field by field."""
    seen = {
        line.disposition
        for each in drawn(payer, 1, 60)
        for line in plans().decide(each, payer=payer, known_on=KNOWN_ON).lines
    }
    assert seen >= {"denied", "pending", "returned"}


def differing(payer: str, claims: list[Json], folder: Path) -> list[Json]:
    """List the answers that columns give and one claim alone does not get."""
    wanted = alone(plans(), claims, payer)
    found = [as_said(row) for row in decided(plans(), claims, folder, "json", payer)[1]]
    assert len(found) == len(wanted)
    return [one for one, two in zip(found, wanted, strict=True) if one != two]


@pytest.mark.slow
@pytest.mark.parametrize("payer", PAYERS)
def test_executions_and_columns_agree_on_claims_and_examples(payer: str, tmp_path: Path) -> None:
    examples = (read_example(file, plans())[0] for file in example_files(PLANS))
    shown = [each.encounter for each in examples if each.payer == payer][:: 1 if WHOLE else 7]
    claims = drawn(payer, 3, 400 if WHOLE else 60)
    for each in claims:
        plans().decide(each, payer=payer, known_on=KNOWN_ON)
    assert differing(payer, claims + shown, tmp_path) == []


@pytest.mark.slow
def test_checks_find_nothing_in_the_plans() -> None:
    """What is asked of the solver, the test of each plan asks."""
    assert check_rulebase(PLANS, PLANS / "sources", expired=lambda: True).findings == ()


@pytest.mark.slow
def test_examples_exercise_every_condition_of_the_plans() -> None:
    found = coverage(plans(), example_files(PLANS), known_on=KNOWN_ON)
    assert [(each.measure, each.of, each.need) for each in found.lacking] == []
    assert {measure: figure.of > 0 for measure, figure in found.figures.items()} == dict.fromkeys(found.figures, True)


@pytest.mark.slow
@pytest.mark.parametrize("payer", PAYERS)
def test_each_plan_is_sound(payer: str) -> None:
    found = verify(plans(), payer, known_on=KNOWN_ON)
    assert found.sound
    assert [*found.conflicts, *found.findings] == []
    assert {code for gap in found.gaps for code in gap.codes} <= OF_OTHER_POLICIES.get(payer, set())


@pytest.mark.parametrize("file", mostly_slow(NEXT_YEAR), ids=lambda file: file.parent.name)
def test_every_sentence_that_a_rule_of_next_year_cites_is_in_its_text(file: Path) -> None:
    checked = check_file(file, PLANS, PLANS / "sources", expired=lambda: True)
    assert [each for each in checked.findings if each.severity == "error" or each.code in CITING] == []


@pytest.mark.slow
@pytest.mark.parametrize("file", NEXT_YEAR, ids=lambda file: file.parent.name)
def test_what_next_year_changes_is_shown_by_claims_with_earlier_lines(file: Path) -> None:
    (older,), newer = plans().policies[file.parent.name], read_policy(file, plans().documents.vocabulary)
    if not WHOLE:
        kept = near_a_change(older, newer)
        older, newer = (with_rules(each, kept) for each in (older, newer))
    answers = diff(of(older), of(newer), known_on=KNOWN_ON).answers
    assert answers.certainty == "bounded"
    assert any(each.witness.encounter.get("history") for each in answers.changes)
    both = [Rulebase(of(in_force_always(each)).documents) for each in (older, newer)]
    for each in answers.changes:
        before, after = (
            rulebase.decide(each.witness.encounter, payer=f"{older.id}-plan", known_on=KNOWN_ON).line(each.witness.line)
            for rulebase in both
        )
        assert (before.disposition, after.disposition) == (each.before.disposition, each.after.disposition)
        assert before != after


def of(version: Policy) -> Operand:
    """Name a version among the documents of the plans, in place of those of its policy."""
    policies = {name: tuple(map(in_force_always, each)) for name, each in plans().policies.items()}
    policies[version.id] = (version,)
    return Operand(
        version.name, "policy", msgspec.structs.replace(plans().documents, policies=policies), policy=version
    )


def near_a_change(older: Policy, newer: Policy) -> set[str]:
    """Name the rules that change, those that they override, and one of four others."""
    before, after = ({rule.id: rule for rule in each.rules} for each in (older, newer))
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    overridden = {
        each for rules in (before, after) for name in changed & rules.keys() for each in rules[name].overrides
    }
    return changed | overridden | set(list(before)[::4])


def with_rules(version: Policy, kept: set[str]) -> Policy:
    """Leave out all rules of a version but some."""
    rules = (
        msgspec.structs.replace(rule, overrides=tuple(each for each in rule.overrides if each in kept))
        for rule in version.rules
        if rule.id in kept
    )
    return msgspec.structs.replace(version, rules=tuple(rules))


def in_force_always(version: Policy) -> Policy:
    """Let a version apply to every date, as it is compared."""
    return msgspec.structs.replace(version, status="in-force", effective=Period(), published=None)
