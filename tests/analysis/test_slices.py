"""Questions that are asked code by code find what the whole question finds, by claims as small."""

from typing import Any

import pytest
from tests.compare.test_counted_edits import Json, Rules, counted, limited, of
from tests.property.counted_changes import kinds_of
from tests.property.documents import documents, policy, rule
from tests.property.effort import mostly_slow
from tests.property.sides import one_side, sides

from payrule.analysis import difference as asking
from payrule.analysis import slices as cutting
from payrule.analysis.difference import difference
from payrule.analysis.encoding import Encoding
from payrule.analysis.slices import FALSE, TRUE, ChosenCode, slices, whole
from payrule.compare.comparison_side import Side, regimes
from payrule.language.counting import Counting, Measure, Sharing, Window
from payrule.language.lower import All, FactLeaf, Formula, Lines, Not, OneOf, Quota, Some
from payrule.model.values import ValueSet
from payrule.results.difference import AnswerDifference

ONE, TWO = OneOf("line.code", ValueSet.of(["00001"])), OneOf("line.code", ValueSet.of(["00002"]))
PHYSICIAN = OneOf("line.provider.type", ValueSet.of(["physician"]))
SHARING = Sharing(Counting(Window("date"), (), itself=False, summed=None), 1, ())


@pytest.mark.parametrize(
    ("condition", "left"),
    [
        (ONE, TRUE),
        (Not(ONE), FALSE),
        (All((ONE, PHYSICIAN)), PHYSICIAN),
        (All((TWO, PHYSICIAN)), FALSE),
        (Some((ONE, PHYSICIAN)), TRUE),
        (Some((TWO, Not(PHYSICIAN))), Not(PHYSICIAN)),
        (FactLeaf("one"), TRUE),
        (FactLeaf("mixed"), PHYSICIAN),
        (FactLeaf("other"), FactLeaf("other")),
        (Quota(SHARING, TWO, "over", (("at_least", 1),)), FALSE),
        (Quota(SHARING, TWO, "over", (("at_most", 3),)), TRUE),
        (Quota(SHARING, TWO, "within", (("at_most", 0),)), Quota(SHARING, TWO, "within", (("at_most", 0),))),
        (Quota(SHARING, ONE, "over", (("at_least", 1),)), Quota(SHARING, ONE, "over", (("at_least", 1),))),
    ],
)  # fmt: skip
def test_what_a_condition_asks_of_the_code_is_settled(condition: Any, left: Any) -> None:
    facts: dict[str, Formula] = {"one": ONE, "mixed": All((ONE, PHYSICIAN)), "other": PHYSICIAN}
    assert ChosenCode("00001", facts).settled(condition) == left


def test_what_is_asked_of_other_lines_stays() -> None:
    several = Lines(Window("date"), ONE, (), itself=True, measure=Measure("count", None, (("at_least", 2),)))
    assert ChosenCode("00001", {}).settled(several) == several


EACH: Json = {"line.code": {"in": ["97110", "97140"]}}
CODES: dict[str, tuple[Rules, Rules]] = {
    "one of two codes": (
        Rules({"any": [{"line.code": {"is": "97110"}}, {"line.code": {"is": "97140"}} | counted().when]}),
        Rules({"any": [{"line.code": {"is": "97140"}}, {"line.code": {"is": "97110"}} | counted().when]}),
    ),
    "a limit by one": (
        Rules(EACH | counted(count={"at_least": 2}).when),
        Rules(EACH | counted(count={"at_least": 3}).when),
    ),
    "a quota by one": (limited(), limited(at_most=3)),
}


def sizes(found: AnswerDifference) -> list[tuple[int, int]]:
    shown = [each.witness.encounter for each in found.changes]
    return [(len(each["lines"]), len(each.get("history", ()))) for each in shown]


@pytest.mark.parametrize("name", mostly_slow([*CODES], quick=1))
def test_code_by_code_the_same_changes_are_found_by_claims_as_small(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = (of(each) for each in CODES[name])
    assert len(slices(regimes(old, new)).slices) > 1
    by_code = compared_with(old, new)
    monkeypatch.setattr(asking, "slices", lambda regimes, **_: whole(regimes))
    at_once = compared_with(old, new)
    assert by_code.changes
    assert kinds_of(by_code) == kinds_of(at_once)
    assert "unknown" not in (by_code.certainty, at_once.certainty)
    assert sizes(by_code) == sizes(at_once)
    assert all(any("code is" in said for said in each.witness.matters) for each in by_code.changes)


def compared_with(old: Side, new: Side) -> AnswerDifference:
    return difference(regimes(old, new), lambda claim: (old.decide(claim), new.decide(claim)))


BOTH = rule("r", {"line.code": {"in": ["A0001", "A0002"]}, "line.units": {"at_least": 2}}, "benefit", "excluded")
ONE_ONLY = rule("s", {"line.code": {"is": "A0001"}}, "benefit", "covered", overrides=["r"])
RANGED = rule("t", {"line.code": {"in": ["A0003-A0009"]}, "line.minutes": {"at_most": 7}}, "benefit", "excluded")


@pytest.fixture
def _of_few_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutting, "FEW_RULES", 0)


@pytest.mark.usefixtures("_of_few_rules")
def test_a_slice_has_the_rules_and_the_exceptions_that_can_match_its_codes() -> None:
    cut = slices(regimes(one_side(documents(policy(BOTH, ONE_ONLY, RANGED)))))
    found = {}
    for each in cut.slices:
        (rules,) = each.regimes[0].rules
        assert each.codes
        for code in each.codes.values.values:
            found[code] = {rule.rule.id: {*rule.overridden_by} for rule in rules.rules}
    assert found.pop("A0001") == {"r": {"p0/s"}, "s": set()}
    assert found.pop("A0002") == {"r": set()}
    ranged = {code: rules for code, rules in found.items() if rules}
    assert list(ranged.values()) == [{"t": set()}]
    assert "A0003" <= next(iter(ranged)) <= "A0009"
    assert {} in found.values()


@pytest.mark.usefixtures("_of_few_rules")
def test_slices_that_both_sides_have_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def encoded(*given: Any, **chosen: Any) -> Encoding:
        asked.append(chosen["codes"])
        return Encoding(*given, **chosen)

    monkeypatch.setattr(asking, "Encoding", encoded)
    edited = {**BOTH, "when": {**BOTH["when"], "line.units": {"at_least": 3}}, "summary": "Other words."}
    reworded = {**RANGED, "summary": "Other words."}
    found = compared_with(*sides(documents(policy(BOTH, RANGED)), documents(policy(edited, reworded))))
    assert [sorted(each.values.values) for each in asked] == [["A0001"]]
    assert (len(found.changes), found.certainty) == (1, "proved")
    assert all(any("code is" in said for said in each.witness.matters) for each in found.changes)


OTHER_UNITS = {**BOTH, "when": {**BOTH["when"], "line.units": {"at_least": 3}}}
ANY_CODE = rule("u", {"line.units": {"at_least": 5}}, "benefit", "excluded")
EDITED: dict[str, tuple[list[Json], set[str]]] = {
    "words": ([{**BOTH, "summary": "Other words."}, ONE_ONLY, RANGED], set()),
    "a condition": ([OTHER_UNITS, ONE_ONLY, RANGED], {"A0001", "A0002"}),
    "an exception": (
        [BOTH, {key: each for key, each in ONE_ONLY.items() if key != "overrides"}, RANGED],
        {"A0001", "A0002"},
    ),
    "a conclusion": ([BOTH, {**ONE_ONLY, "conclude": BOTH["conclude"]}, RANGED], {"A0001"}),
    "a rule less": ([BOTH, RANGED], {"A0001", "A0002"}),
    "a rule for every code": ([BOTH, ONE_ONLY, RANGED, ANY_CODE], {"A0000", "A0001", "A0002", "A0003"}),
    "the order": ([RANGED, ONE_ONLY, BOTH], set()),
}


@pytest.mark.usefixtures("_of_few_rules")
@pytest.mark.parametrize("name", EDITED)
def test_codes_are_left_out_of_which_both_sides_say_the_same(name: str) -> None:
    edited, differing = EDITED[name]
    both = regimes(*sides(documents(policy(BOTH, ONE_ONLY, RANGED)), documents(policy(*edited))))
    every, left = ({each.codes: each for each in slices(both, unequal=unequal).slices} for unequal in (False, True))
    assert left.items() <= every.items()
    assert {codes for codes, each in every.items() if len({read[:2] for read in each.reads[0]}) > 1} <= left.keys()
    assert {code for codes in left if codes for code in codes.values.values} == differing
