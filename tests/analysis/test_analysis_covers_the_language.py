"""Nothing of the language is left out of the analysis: each leaf and each derived attribute is encoded."""

from datetime import date

import pytest
from tests.edited import KNOWN_ON

from payrule.analysis.derived import DERIVED
from payrule.analysis.encoding import Encoding, Regime
from payrule.analysis.solver import ALWAYS, NEVER
from payrule.analysis.variables import SUBJECT
from payrule.compare.comparison_side import regimes, side
from payrule.language.derived import LINE_FUNCTIONS, PAIR_FUNCTIONS
from payrule.language.lower import LEAVES, Contains, FactLeaf, Leaf, OneOf, OtherLine, Range
from payrule.model.values import ValueSet
from payrule.rulebase.rulebase import load

EACH: dict[type, Leaf] = {
    OneOf: OneOf("line.code", ValueSet.of(["97110"])),
    Range: Range("line.date", None, date(2024, 7, 1)),
    Contains: Contains("line.modifiers", ValueSet.of(["59"])),
    FactLeaf: FactLeaf("cmt-billing-guide@1.0.0#beside-cmt"),
    OtherLine: OtherLine(OneOf("line.code", ValueSet.of(["97140"]))),
}


def test_every_derived_attribute_is_encoded() -> None:
    assert {*LINE_FUNCTIONS, *PAIR_FUNCTIONS} == DERIVED


@pytest.mark.parametrize("leaf", LEAVES)
def test_every_leaf_is_encoded_as_something_that_can_and_need_not_hold(leaf: type) -> None:
    of = side(load().documents, "every-source", KNOWN_ON)
    day = date(2024, 7, 1)
    encoding = Encoding([Regime(((None, day), (day, None)), regime.rules) for regime in regimes(of)])
    for literal in encoding.encoders[0].truth(EACH[leaf], SUBJECT):
        assert literal not in (ALWAYS, NEVER)
        assert encoding.solver.holds((literal,))
        assert encoding.solver.holds((-literal,))
