"""Claims that are made up to show something: they say what the solver found, whatever the attributes are."""

from typing import Any

import pytest
from tests.edited import compared
from tests.property.documents import documents, policy, rule
from tests.property.sides import sides

from payrule.analysis.difference import difference
from payrule.analysis.witness import UnfaithfulError
from payrule.compare.comparison_side import regimes
from payrule.results.difference import AnswerDifference

Json = dict[str, Any]

NEVER: Json = {"line.units": {"at_least": 9, "at_most": 8}}


def on(day: str) -> Json:
    return {"same_date": False, "line.date": {"is": day}}


def turned(before: Json, after: Json) -> AnswerDifference:
    """Compare a rule that denies under one condition with the same rule under another; claims are decided both ways."""
    old, new = (documents(policy(rule("r", when, "benefit", "excluded"))) for when in (before, after))
    return compared(*sides(old, new))


SUPPORTED: Json = {"line.units_supported": {"is": True}}


def answered_as_before(before: Json, after: Json) -> AnswerDifference:
    """Compare as `turned`, where an engine with a fault answers as before; another rule asks for supported units."""
    units = rule("units", {"line.code": {"is": "A0002"}, **SUPPORTED}, "benefit", "covered")
    words = {"timed": {"codes": ["A0001", "A0002"], "method": "cms-8-minute"}}
    rules = ((rule("r", when, "benefit", "excluded"), units) for when in (before, after))
    old, new = sides(*(documents(policy(*each), words=words) for each in rules))
    return difference(regimes(old, new), lambda claim: (old.decide(claim), old.decide(claim)))


def test_an_engine_that_answers_otherwise_is_a_defect_although_another_rule_asks_for_units() -> None:
    with pytest.raises(UnfaithfulError, match="the solver and the engine disagree about a claim"):
        answered_as_before(NEVER, {"line.code": {"is": "A0001"}})


def test_an_engine_that_counts_units_otherwise_than_the_solver_takes_for_possible_is_no_defect() -> None:
    found = answered_as_before(NEVER, {"line.code": {"is": "A0001"}, "not": SUPPORTED})
    assert (found.changes, found.certainty) == ((), "unknown")


SHOWN: dict[str, Json] = {
    "a day": {"encounter.received": {"before": "2024-07-01"}},
    "a day that is the first": {"encounter.received": {"is": "0001-01-01"}},
    "a day that is the last": {"encounter.received": {"is": "9999-12-31"}},
    "days": {"line.visits": {"all_of": ["2024-06-30", "2024-07-01"]}},
    "a number below a threshold": {"patient.age": {"at_most": -5}},
    "numbers": {"line.pointers": {"any_of": [2]}},
    "two lines of one other day": {
        "line.date": {"is": "2024-06-30"},
        "other_line": [on("2024-07-01") | {"line.code": {"is": code}} for code in ("A0001", "A0002")],
    },
    "a line of another day beside the last day": {
        "line.date": {"on_or_after": "9999-12-31"},
        "other_line": {"same_date": False, "line.code": {"is": "A0001"}},
    },
}


@pytest.mark.parametrize("when", SHOWN.values(), ids=SHOWN)
def test_every_condition_that_can_be_met_is_shown_by_a_claim_that_meets_it(when: Json) -> None:
    found = turned(NEVER, when)
    assert {(each.before.disposition, each.after.disposition) for each in found.changes} >= {("undecided", "denied")}
    assert found.certainty == "proved"


UNMET: dict[str, Json] = {
    "another day after the last": {
        "line.date": {"on_or_after": "9999-12-31"},
        "not": {"other_line": {}},
        "other_line": {"same_date": False, "line.date": {"on_or_after": "9999-12-31"}},
    },
    "another day before the second": {
        "line.date": {"before": "0001-01-02"},
        "not": {"other_line": {}},
        "other_line": {"same_date": False, "line.date": {"before": "0001-01-02"}},
    },
}


@pytest.mark.parametrize("when", UNMET.values(), ids=UNMET)
def test_no_two_days_are_in_a_span_of_one(when: Json) -> None:
    found = turned(NEVER, when)
    assert (found.changes, found.certainty) == ((), "proved")
