"""Nothing of the language is left out of the analysis: each leaf and each derived attribute is encoded."""

from datetime import date
from functools import cache
from typing import Any

import msgspec
import pytest
from tests.edited import KNOWN_ON

from payrule.analysis.derived import DERIVED
from payrule.analysis.encoding import Encoding, Regime
from payrule.analysis.solver import ALWAYS, NEVER
from payrule.analysis.variables import SUBJECT
from payrule.compare.comparison_side import regimes, side
from payrule.language.counting import Counting, Measure, Sharing, Window
from payrule.language.derived import LINE_FUNCTIONS, PAIR_FUNCTIONS
from payrule.language.lower import LEAVES, Contains, FactLeaf, Leaf, Lines, OneOf, OtherLine, Quota, Range
from payrule.model.values import ValueSet
from payrule.rulebase.rulebase import load

MODALITY = OneOf("line.code", ValueSet.of(["97010"]))
TWO = (("at_least", 2),)

EACH: dict[type, Leaf] = {
    OneOf: OneOf("line.code", ValueSet.of(["97110"])),
    Range: Range("line.date", None, date(2024, 7, 1)),
    Contains: Contains("line.modifiers", ValueSet.of(["59"])),
    FactLeaf: FactLeaf("cmt-billing-guide@1.0.0#beside-cmt"),
    OtherLine: OtherLine(OneOf("line.code", ValueSet.of(["97140"]))),
    Lines: Lines(
        Window("days", 90), MODALITY, ("line.provider.npi",), itself=False, measure=Measure("count", None, TWO)
    ),
    Quota: Quota(Sharing(Counting(Window("date"), (), itself=False), 1, ()), MODALITY, "over", TWO),
}

OTHERWISE: dict[type, dict[str, Any]] = {Lines: {"window": Window("days", 89)}, Quota: {"kind": "within"}}
"""Another count: a window that is a day shorter, and the rest of a quota."""


def test_every_derived_attribute_is_encoded() -> None:
    assert {*LINE_FUNCTIONS, *PAIR_FUNCTIONS} == DERIVED


@cache
def encoding_of_every_source() -> Encoding:
    """Encode a payer once for all leaves."""
    of = side(load().documents, "every-source", KNOWN_ON)
    day = date(2024, 7, 1)
    return Encoding([Regime(((None, day), (day, None)), regime.rules) for regime in regimes(of)])


@pytest.mark.parametrize("leaf", LEAVES)
def test_every_leaf_is_encoded_as_something_that_can_and_need_not_hold(leaf: type) -> None:
    encoding = encoding_of_every_source()
    for literal in encoding.encoders[0].truth(EACH[leaf], SUBJECT):
        assert literal not in (ALWAYS, NEVER)
        assert encoding.solver.holds((literal,))
        assert encoding.solver.holds((-literal,))


@pytest.mark.parametrize("leaf", [EACH[Lines], EACH[Quota]], ids=["lines", "quota"])
def test_a_count_is_open_but_comes_to_one_thing_for_all_rule_sets(leaf: Lines | Quota) -> None:
    """Whatever it comes to is the same before and after, so two that ask it agree; nothing is proved of it alone."""
    (regime,) = regimes(side(load().documents, "every-source", KNOWN_ON))[-1:]
    (rules,) = regime.rules
    through = msgspec.structs.replace(rules, facts={**rules.facts, "v#counted": leaf.formula})
    encoding = Encoding([msgspec.structs.replace(regime, rules=(rules, through))])
    one, two = encoding.encoders
    found = one.truth(leaf, SUBJECT)
    assert two.truth(leaf, SUBJECT) == found
    assert two.truth(msgspec.structs.replace(leaf, formula=FactLeaf("v#counted")), SUBJECT) == found
    assert not set(two.truth(msgspec.structs.replace(leaf, **OTHERWISE[type(leaf)]), SUBJECT)) & set(found)
    open_to = [(true, possible) for true in (-found[0], found[0]) for possible in (-found[1], found[1])]
    assert [encoding.solver.holds(each) for each in open_to] == [True, True, False, True]
