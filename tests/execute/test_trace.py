"""Why a condition does not hold: the part that failed, and what was read there."""

from typing import Any

import msgspec
import pytest
from tests.execute.test_reference import POLICY, WORDS, Json, asked
from tests.property.documents import documents

from payrule.execute.trace import decisive, rows, trace
from payrule.language.names import Names
from payrule.model.policy import Policy
from payrule.model.vocabulary import Vocabulary

NAMES = Names(msgspec.convert(documents(POLICY, words=WORDS).vocabulary, Vocabulary), msgspec.convert(POLICY, Policy))

IS_B: Json = {"line.code": {"is": "B0001"}}
SAME: Json = {"region": {"is": "same"}}
OTHER_DAY = {"date": "2024-07-01"}
ALONE = "not (there is another line of that date)"
B_HAS = "another line of that date has: code is B0001"


def because(when: Json, *lines: Json, **other: Any) -> list[str]:
    return [part.said() for part in decisive(trace(*asked(when, *lines, **other)))]


@pytest.mark.parametrize(
    ("when", "lines", "said"),
    [
        ({"line.units": {"at_least": 2}}, [{}], "units is at least 2, but is 1"),
        ({"line.minutes": {"at_least": 2}}, [{}], "unknown whether minutes is at least 2"),
        ({"fact": "site"}, [{"record": {"site": False}}], "record site is true, but is false"),
        ({"not": {"line.units": {"at_least": 2}}}, [{"units": 3}], "not (units is at least 2), but units is 3"),
        ({"not": {"line.minutes": {"at_least": 2}}}, [{}], "unknown whether not (minutes is at least 2)"),
        ({"not": {"fact": "site"}}, [{"record": {"site": True}}], "not (`site`), but record site is true"),
        ({"other_line": IS_B}, [{}], f"{B_HAS}, but there is none"),
        ({"other_line": IS_B}, [{}, {"code": "B0001"} | OTHER_DAY], f"{B_HAS}, but there is none"),
        ({"other_line": IS_B}, [{}, {}], f"{B_HAS}, but on line 2 code is A0001"),
        (
            {"other_line": IS_B},
            [{}, {}, {"code": "A0002"}, {}],
            f"{B_HAS}, but on lines 2, 4 code is A0001; on line 3 code is A0002",
        ),
        (
            {"other_line": IS_B | SAME},
            [{"regions": ["neck"]}, {"code": "B0001", "regions": ["hip"]}],
            f"{B_HAS} and region is same, but on line 2 region is separate",
        ),
        (
            {"other_line": IS_B | SAME},
            [{}, {"code": "B0001", "regions": ["hip"]}],
            f"unknown whether {B_HAS} and region is same",
        ),
        ({"not": {"other_line": {}}}, [{}, {}], f"{ALONE}, but line 2 is on that date"),
        ({"not": {"other_line": {}}}, [{}, {}, {}], f"{ALONE}, but lines 2, 3 are on that date"),
        ({"fact": "alone"}, [{}, {}], f"{ALONE}, but line 2 is on that date"),
        (
            {"other_line": {"not": IS_B}},
            [{}, {"code": "B0001"}],
            "another line of that date has: not (code is B0001), but on line 2 code is B0001",
        ),
    ],
)  # fmt: skip
def test_what_failed_is_reported_with_what_was_read(when: Json, lines: list[Json], said: str) -> None:
    assert because(when, *lines) == [said]


def test_each_part_that_fails_is_reported() -> None:
    when = {"line.units": {"at_least": 2}, "any": [{"fact": "site"}, {"line.minutes": {"at_least": 1}}]}
    line = {"record": {"site": False}, "minutes": 0}
    assert because(when, line) == [
        "units is at least 2, but is 1",
        "record site is true, but is false",
        "minutes is at least 1, but is 0",
    ]


COUNTED: Json = {"lines": {"window": "date", "itself": True, "count": {"at_least": 2}}}


@pytest.mark.parametrize(
    ("when", "lines", "said"),
    [
        (COUNTED, [{}, {}], ["counted count 2: lines 1, 2"]),
        ({"all": [COUNTED, {"line.code": {"is": "A0001"}}]}, [{}, {}], ["counted count 2: lines 1, 2"]),
        (COUNTED, [{}], []),
        ({"not": COUNTED}, [{}], []),
    ],
)
def test_count_that_holds_says_what_was_counted(when: Json, lines: list[Json], said: list[str]) -> None:
    assert list(rows(trace(*asked(when, *lines)))) == said
