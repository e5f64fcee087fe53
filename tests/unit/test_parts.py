"""The parts of a condition: where they stand, and which of them alone settle it."""

from typing import Any

import pytest
from tests.unit.test_reference import asked
from tests.unit.test_trace import NAMES

from payrule.language.parts import every, leaves, sightings, taken_apart
from payrule.language.truth import FALSE, TRUE, UNKNOWN, Truth

Json = dict[str, Any]

IS_B: Json = {"line.code": {"is": "B0001"}}
UNITS: Json = {"line.units": {"at_least": 2}}
MINUTES: Json = {"line.minutes": {"at_least": 2}}


def alone(when: Json, *lines: Json) -> list[tuple[Truth, str]]:
    """Name the leaves that alone settle a condition, by the last key of each, with how true they are."""
    whole, (_, here) = taken_apart(when, NAMES), asked(when, *lines)
    return [
        (each.truth, str(each.part.at[-2 if each.part.key.startswith("line") else -1]))
        for each in sightings(whole, here)
        if each.alone and each.part.is_leaf
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
    ],
)  # fmt: skip
def test_leaf_settles_alone_what_all_others_leave_to_it(
    when: Json, lines: list[Json], settle: list[tuple[Truth, str]]
) -> None:
    assert alone(when, *lines) == settle


def test_places_are_those_of_the_document() -> None:
    when = {
        "any": [{"fact": ["site", "alone"]}, {"count": {"at_least": 1, "of": [UNITS]}}],
        "other_line": [IS_B, {"not": {"region": {"is": "same"}}, "same_date": False}],
    }
    found = [leaf.at for leaf in leaves(taken_apart(when, NAMES, ("rules", 0, "when")))]
    assert found == [
        ("rules", 0, "when", *at)
        for at in (
            ("any", 0, "fact", 0),
            ("any", 0, "fact", 1),
            ("any", 1, "count", "of", 0, "line.units", "at_least"),
            ("other_line", 0),
            ("other_line", 0, "line.code", "is"),
            ("other_line", 1),
            ("other_line", 1, "not", "region", "is"),
        )
    ]


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
    assert taken_apart(when, NAMES).waits == waits


def test_every_part_is_listed_once() -> None:
    whole = taken_apart({"all": [UNITS, {"not": IS_B}], "line.minutes": {"at_least": 2, "at_most": 9}}, NAMES)
    assert [each.key for each in every(whole)] == ["all", "all", "line.units", "not", "line.code", "line.minutes",
                                                   "line.minutes"]  # fmt: skip
