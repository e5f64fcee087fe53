"""Which leaves alone settle a condition, and which can be unknown."""

from typing import Any

import pytest
from tests.execute.test_reference import asked
from tests.execute.test_trace import NAMES

from payrule.examples.coverage import can_be_unknown
from payrule.execute.trace import evaluations
from payrule.language import condition as tree
from payrule.language.truth import FALSE, TRUE, UNKNOWN, Truth

Json = dict[str, Any]

IS_B: Json = {"line.code": {"is": "B0001"}}
UNITS: Json = {"line.units": {"at_least": 2}}
MINUTES: Json = {"line.minutes": {"at_least": 2}}
ONE_B: Json = {"lines": {"window": "date", "where": IS_B, "count": {"at_least": 1}}}
TWO_B: Json = {"lines": ONE_B["lines"] | {"itself": True, "count": {"at_least": 2}}}
SAME_MINUTES: Json = {"lines": ONE_B["lines"] | {"same": ["line.minutes"]}}


def alone(when: Json, *lines: Json) -> list[tuple[Truth, str]]:
    """Name the leaves that alone settle a condition, by the last key of each, with how true they are."""
    return [
        (each.truth, str(each.node.path[-2 if isinstance(each.node, tree.Test) else -1]))
        for each in evaluations(*asked(when, *lines))
        if each.alone and isinstance(each.node, tree.LEAVES)
    ]


@pytest.mark.parametrize(
    ("when", "lines", "settle"),
    [
        (UNITS, [{"units": 3}], [(TRUE, "line.units")]),
        (UNITS | IS_B, [{"units": 3}], [(FALSE, "line.code")]),
        (UNITS | IS_B, [{"units": 1}], []),
        (UNITS | IS_B, [{"units": 2, "code": "B0001"}], [(TRUE, "line.units"), (TRUE, "line.code")]),
        (UNITS | MINUTES, [{"units": 3}], [(UNKNOWN, "line.minutes")]),
        ({"not": UNITS}, [{"units": 3}], [(TRUE, "line.units")]),
        ({"any": [UNITS, IS_B]}, [{"units": 3}], [(TRUE, "line.units")]),
        ({"any": [UNITS, IS_B]}, [{"units": 3, "code": "B0001"}], []),
        ({"count": {"at_least": 2, "of": [UNITS, IS_B, MINUTES]}}, [{"units": 3, "minutes": 1}], [
            (FALSE, "line.code"), (FALSE, "line.minutes")]),
        ({"count": {"at_least": 2, "of": [UNITS, IS_B, MINUTES]}}, [{"units": 3}], [(UNKNOWN, "line.minutes")]),
        ({"fact": "site"}, [{"record": {"site": False}}], [(FALSE, "fact")]),
        ({"other_line": IS_B}, [{}], [(FALSE, "other_line")]),
        ({"other_line": IS_B}, [{}, {}], [(FALSE, "other_line"), (FALSE, "line.code")]),
        ({"other_line": IS_B}, [{}, {"code": "B0001"}, {"code": "B0001"}], [(TRUE, "other_line")]),
        ({"not": {"other_line": {}}}, [{}, {}], [(TRUE, "other_line")]),
        (ONE_B, [{}], [(FALSE, "lines")]),
        (ONE_B, [{}, {}, {"date": "2016-03-02"}], [(FALSE, "lines"), (FALSE, "line.code")]),
        (ONE_B, [{}, {"code": "B0001"}, {}], [(TRUE, "lines"), (TRUE, "line.code")]),
        (ONE_B, [{}, {"code": "B0001"}, {"code": "B0001"}], [(TRUE, "lines")]),
        (ONE_B | UNITS, [{}, {}], []),
        (ONE_B | UNITS, [{"units": 2}, {}], [(FALSE, "lines"), (FALSE, "line.code")]),
        (TWO_B, [{}, {}], [(FALSE, "lines")]),
        (TWO_B, [{"code": "B0001"}, {}], [(FALSE, "lines"), (FALSE, "line.code")]),
        (SAME_MINUTES, [{"minutes": 1}, {"minutes": 2}], [(FALSE, "lines")]),
        (SAME_MINUTES, [{"minutes": 1}, {"minutes": 1}], [(FALSE, "lines"), (FALSE, "line.code")]),
    ],
)  # fmt: skip
def test_leaf_settles_alone_what_all_others_leave_to_it(
    when: Json, lines: list[Json], settle: list[tuple[Truth, str]]
) -> None:
    assert alone(when, *lines) == settle


@pytest.mark.parametrize(
    ("when", "waits"),
    [
        (UNITS, False),
        (MINUTES, True),
        (IS_B, False),
        ({"other_line": {}}, False),
        ({"other_line": IS_B}, False),
        ({"other_line": {"region": {"is": "same"}}}, True),
        ({"fact": "site"}, True),
        ({"fact": "alone"}, False),
        ({"fact": "busy"}, False),
    ],
)
def test_leaf_can_be_unknown_where_something_in_it_can(when: Json, waits: bool) -> None:  # noqa: FBT001 - a table
    assert can_be_unknown(tree.parse(when), NAMES) == waits
