"""Which conditions can hold for a code, read off the conditions of the reference evaluator."""

from datetime import date
from typing import Any

import pytest
from tests.execute.test_reference import asked

from payrule.encounter.encounter import CODE
from payrule.execute.by_code import ByCode, codes_of, given
from payrule.execute.reference import TESTS, Always, DatedTest
from payrule.language import condition as tree
from payrule.language.truth import FALSE, TRUE, UNKNOWN, Truth
from payrule.model.values import ValueSet

Json = dict[str, Any]
CONDITIONS: dict[str, Json] = {
    "one": {"line.code": {"is": "A0001"}},
    "listed": {"line.code": {"in": ["A0001", "A0003"]}, "line.units": {"at_least": 2}},
    "range": {"line.code": {"in": ["A0005-A0009"]}},
    "set": {"line.code": {"in": "@codes"}},
    "excluding": {"line.code": {"not_in": ["A0001"]}},
    "either": {"any": [{"line.code": {"is": "A0001"}}, {"line.code": {"is": "A0006"}}]},
    "either or none": {"any": [{"line.code": {"is": "A0001"}}, {"line.units": {"at_least": 2}}]},
    "counted": {"count": {"at_least": 1, "of": [{"line.code": {"is": "A0001"}}, {"line.code": {"is": "A0002"}}]}},
    "of another line": {"other_line": {"line.code": {"is": "A0001"}}},
    "behind a definition": {"fact": "busy"},
    "denied": {"not": {"line.code": {"is": "A0001"}}},
    "of units": {"line.units": {"at_least": 2}},
}
ALWAYS = ("either or none", "of another line", "of units")


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("A0001", {"one", "listed", "set", "either", "counted"}),
        ("A0006", {"range", "set", "excluding", "either", "denied"}),
        ("B0001", {"excluding", "denied", "behind a definition"}),
        (None, CONDITIONS.keys()),
    ],
)
def test_a_condition_is_asked_for_a_code_that_it_does_not_rule_out(code: str | None, found: set[str]) -> None:
    conditions = {name: asked(when, {})[0] for name, when in CONDITIONS.items()}
    assert {name for name, _ in ByCode(conditions).asked(code)} == {*found, *ALWAYS}


COMBINED: dict[str, Json] = {
    **CONDITIONS,
    "not all": {"not": {"line.code": {"is": "A0001"}, "line.units": {"at_least": 2}}},
    "two of three": {
        "count": {
            "at_least": 2,
            "of": [{"line.code": {"is": "A0001"}}, {"line.code": {"is": "A0002"}}, {"line.units": {"at_least": 2}}],
        }
    },
    "nothing": {"all": []},
    "none": {"any": []},
}


@pytest.mark.parametrize("name", COMBINED)
@pytest.mark.parametrize("code", ["A0001", "A0006", "B0001"])
@pytest.mark.parametrize("units", [None, 5])
def test_what_is_left_of_a_condition_for_a_code_says_the_same(name: str, code: str, units: int | None) -> None:
    own = {"code": code, "units": units}
    for other in ("A0001", "A0002"):
        condition, here = asked(COMBINED[name], own, {"code": other})
        left = condition.of_code(code)
        assert left.truth(here) is condition.truth(here)
        assert left.waits(here) == condition.waits(here)


def test_a_code_that_settles_a_condition_leaves_nothing_to_ask() -> None:
    condition, _ = asked(COMBINED["two of three"], {})
    assert given(condition, "B0001") is FALSE
    assert not isinstance(condition.of_code("A0001"), Always)


def dated(test: str) -> DatedTest:
    """Make a test of a list that holds a code until a day."""
    node = next(tree.find(tree.parse({CODE: {test: "@holds"}}), tree.Test))
    holds = ValueSet(frozenset({"00010"}))
    on = {date.min: holds, date(2030, 1, 1): ValueSet(frozenset())}
    return DatedTest(node, TESTS[test], holds, lambda day: on[day], (date(2030, 1, 1),))


@pytest.mark.parametrize(
    ("test", "code", "truth"),
    [("in", "00010", UNKNOWN), ("not_in", "00010", UNKNOWN), ("in", "00011", FALSE), ("not_in", "00011", TRUE)],
)
def test_a_code_that_a_list_holds_on_some_days_alone_is_not_ruled_out_without_the_date(
    test: str, code: str, truth: Truth
) -> None:
    assert given(dated(test), code) is truth
    assert codes_of(dated("not_in")) is None
