"""What verification says that cannot be is shown by no encounter."""

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from tests.property.documents import RulebaseDocuments
from tests.property.effort import examples
from tests.property.generated import SEEDS, rulebases, subjects
from tests.property.quick import quick_encounters
from tests.property.sides import one_side
from tests.property.words import Json

from payrule.analysis.rule_set import own_codes
from payrule.analysis.verification import ANY_OTHER, Verified, verification
from payrule.compare.comparison_side import Side, regimes, rule_set
from payrule.language.truth import Matches
from payrule.model.values import split_range
from payrule.results.determination import LineDetermination
from payrule.results.verification import Gap
from payrule.rulebase.compile import CompiledRules

ENCOUNTERS = 60


class Seen(NamedTuple):
    """A line that was decided: by which program, which rules match it, and its answer."""

    program: CompiledRules
    matches: Matches
    answer: LineDetermination


class Case(NamedTuple):
    """A rulebase, and the attributes that it is about."""

    documents: RulebaseDocuments
    attributes: tuple[str, ...]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Draw a rulebase; several of its rules often conclude on one concern, in one tier."""
    attributes = draw(subjects())
    return Case(draw(rulebases(attributes)), attributes)


def seen(of: Side, data: Json) -> Iterator[Seen]:
    """Answer every line by the reference evaluator."""
    encounter = of.rulebase.encounter(data)
    for program, indexes in of.rulebase.programs_for(of.terms, encounter):
        scene = program.scene(encounter)
        for index, matches in zip(indexes, program.referred(scene, indexes), strict=True):
            yield Seen(program, matches, program.answer(scene, index, matches))


def useless(found: Verified, fault: str) -> set[str]:
    """Name the rules with a fault, each with its policy version."""
    return {
        f"{each.rule} of {each.because.partition('policy version ')[2]}"
        for each in found.findings
        if each.fault == fault
    }


def versioned(program: CompiledRules, names: frozenset[str] | set[str]) -> set[str]:
    """Name rules with their policy version, as `useless` does."""
    return {f"{rule.name} of {rule.policy.name})" for rule in program.rules if rule.name in names}


def covers(gap: Gap, code: str) -> bool:
    """Tell whether a gap is about a code."""
    ranges = [split_range(each.removeprefix("others of ")) for each in gap.codes if each.startswith("others of ")]
    return code in gap.codes or gap.codes == (ANY_OTHER,) or any(low <= code <= high for low, high in ranges)


@pytest.mark.slow
@examples(80)
@given(cases(), SEEDS)
def test_no_encounter_shows_what_verification_rules_out(case: Case, seed: int) -> None:
    of = one_side(case.documents)
    found = verification(regimes(of), of.decide)
    for fault in ("dead", "shadowed", "redundant"):
        event(f"{fault}: {min(len(useless(found, fault)), 3)}")
    event(f"conflicts: {min(len(found.contradictions), 3)}")
    conflicts = {frozenset(rule.name for rule in each.rules) for each in found.contradictions.values()}
    for data in islice(quick_encounters(case.attributes, seed), ENCOUNTERS):
        for program, matches, answer in seen(of, data):
            assert not versioned(program, matches.definite) & useless(found, "dead")
            assert not versioned(program, {each.name for each in answer.reasons}) & useless(found, "shadowed")
            if found.certainty["conflicts"] != "unknown":
                assert {frozenset(each.rules) for each in answer.conflicts} <= conflicts
            in_scope = any(answer.code in each for each in own_codes(rule_set(program), "line.code"))
            if answer.disposition == "undecided" and in_scope:
                assert found.certainty["gaps"] == "unknown" or any(covers(gap, answer.code or "") for gap in found.gaps)
            elif in_scope:
                assert not any(gap.always and answer.code in gap.codes for gap in found.gaps)
