"""What the solver is told of two sides that compute an attribute differently, or know other attributes."""

from datetime import date
from itertools import product
from typing import Any

import pytest
from tests.edited import compared
from tests.property.documents import documents, policy, rule
from tests.property.sides import one_side, sides
from tests.property.words import ATTRIBUTES

from payrule.analysis.verification import verification
from payrule.compare.comparison_side import regimes
from payrule.encounter.encounter import Line
from payrule.language.derived import METHODS, Setting
from payrule.language.derived.units import COUNTS_ALONE, units_supported
from payrule.model.values import Value, ValueSet
from payrule.model.vocabulary import Discipline

Json = dict[str, Any]

TIMED: Json = {"regions": {"contiguous": []}, "timed": {"codes": ["A0001"], "method": "cms-8-minute"}}
UNSUPPORTED = policy(rule("r", {"line.units_supported": {"is": False}}, "units", "unsupported"))


def attributes(**more: Json) -> Json:
    """Give the words of a vocabulary in which an attribute is declared otherwise."""
    changed = {f"line.{name}": ATTRIBUTES[f"line.{name}"] | declared for name, declared in more.items()}
    return {"attributes": ATTRIBUTES | changed}


AT_A_PLACE = policy(rule("r", {"line.place": {"is": "A0001"}}, "benefit", "excluded"))
NEVER = policy(rule("r", {"line.units": {"at_least": 9, "at_most": 8}}, "benefit", "excluded"))
EVERY_LINE = policy(rule("r", {"line.code": {"in": ["A0001-Z9999"]}}, "benefit", "excluded"))


def test_claims_say_what_either_side_requires() -> None:
    old = documents(AT_A_PLACE, words=attributes(place={}))
    found = compared(*sides(old, documents(NEVER, words=attributes(place={"required": True}))))
    assert [each.before.disposition for each in found.changes] == ["denied"]
    assert found.certainty == "proved"


@pytest.mark.parametrize("required", ["place", "minutes", "visits", "regions"])
def test_claims_say_what_is_required_though_no_rule_asks_for_it(required: str) -> None:
    other = policy(rule("r", {"other_line": {}}, "benefit", "excluded"))
    words = attributes(**{required: {"required": True}})
    found = compared(*sides(documents(EVERY_LINE, words=words), documents(other, words=words)))
    assert found.changes
    assert found.certainty == "proved"


def test_regions_that_are_taken_by_default_relate_lines() -> None:
    relating = policy(rule("r", {"other_line": {"region": {"is": "same"}}}, "benefit", "excluded"))
    words = attributes(regions={"default": ["neck"]})
    found = compared(*sides(documents(NEVER, words=words), documents(relating, words=words)))
    (denied,) = (each.witness.encounter for each in found.changes if each.after.disposition == "denied")
    assert [line.get("regions") for line in denied["lines"]] == [None, None]


def test_a_gap_that_no_claim_can_show_is_not_proved_absent() -> None:
    words = attributes(place={"required": True, "pattern": "^#[0-9]+#$"})
    never = {"line.code": {"is": "A0001"}, "line.units": {"at_least": 9, "at_most": 8}}
    of = one_side(documents(policy(rule("r", never, "benefit", "excluded")), words=words))
    found = verification(regimes(of), of.decide, asked=["gaps"])
    assert (found.gaps, found.certainty["gaps"]) == ((), "unknown")
    assert found.notes == ("no claim could be made of A0001 to which no policy applies",)


def test_minutes_that_only_one_side_presumes_change_which_units_are_supported() -> None:
    presuming = documents(UNSUPPORTED, words=TIMED, presumptions={"line.minutes": 0})
    found = compared(*sides(documents(UNSUPPORTED, words=TIMED), presuming))
    assert ("pending", "denied") in {(each.before.disposition, each.after.disposition) for each in found.changes}


@pytest.mark.parametrize("disciplines", [(), (Discipline(modifier="M1"),)])
def test_units_that_one_method_refutes_are_known_to_one_that_looks_at_their_code_alone(
    disciplines: tuple[Discipline, ...],
) -> None:
    """The encoding takes that for granted; tried here for three lines of two codes, each of known minutes or not."""
    codes = ValueSet(frozenset({"a", "b"}))
    alone, others = COUNTS_ALONE, METHODS.keys() - COUNTS_ALONE
    for minutes in product((None, 0, 7, 8, 15, 22, 23), repeat=3):
        said = zip("aab", minutes, (frozenset(), frozenset({"M1"}), frozenset()), strict=True)
        lines = []
        for number, (code, each, modifiers) in enumerate(said, start=1):
            values: dict[str, Value] = {"line.code": code, "line.date": date(2016, 3, 1), "line.units": 1}
            values |= {"line.modifiers": modifiers} | ({} if each is None else {"line.minutes": each})
            lines.append(Line(number, values))
        found = {
            method: units_supported(lines, Setting(method, codes, frozenset(), disciplines=disciplines))
            for method in METHODS
        }
        for one, two in product(alone, others):
            refuted = [number for number, each in found[two].items() if each.value is False]
            assert all(found[one][number].value is not None for number in refuted), minutes
