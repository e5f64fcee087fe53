"""What a program hands over: values that say what JSON would are taken, all others are refused by name."""

from collections import OrderedDict, UserDict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import IntEnum, StrEnum
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import Any

import pytest

import payrule
from payrule.rulebase.rulebase import Rulebase
from payrule.source.diagnostics import EncounterError, RequestError

KNOWN_ON = "2026-01-01"
PLAIN = {"units": 2, "minutes": 30, "modifiers": ["59", "GP"], "direct_contact": True}


class Word(StrEnum):
    """A code as programs name them."""

    CODE = "97110"


class Count(IntEnum):
    """A number as programs name them."""

    TWO = 2


@pytest.fixture(scope="module")
def rulebase() -> Rulebase:
    return payrule.load()


def encounter(**line: Any) -> dict[str, Any]:
    return {"id": "E-1", "lines": [{"number": 1, "code": "97110", "date": "2016-03-01", **PLAIN, **line}]}


def decided(rulebase: Rulebase, data: Any, **choices: Any) -> bytes:
    return rulebase.decide(data, **{"payer": "medicare-part-b", "known_on": KNOWN_ON, **choices}).to_json()


SAME: list[dict[str, Any]] = [
    {"date": date(2016, 3, 1)},
    {"date": datetime(2016, 3, 1)},  # noqa: DTZ001 - a day without a zone
    {"units": Decimal(2)},
    {"units": Decimal("2.000")},
    {"units": 2.0},
    {"units": Count.TWO},
    {"code": Word.CODE},
    {"modifiers": {"59", "GP"}},
    {"modifiers": frozenset({"59", "GP"})},
    {"modifiers": ("GP", "59")},
    {"modifiers": {"59": 1, "GP": 2}.keys()},
]


@pytest.mark.parametrize("line", SAME, ids=lambda line: "-".join(f"{k}-{type(v).__name__}" for k, v in line.items()))
def test_value_that_says_what_json_would_is_taken(rulebase: Rulebase, line: dict[str, Any]) -> None:
    assert decided(rulebase, encounter(**line)) == decided(rulebase, encounter())


@pytest.mark.parametrize("kind", [MappingProxyType, OrderedDict, UserDict])
def test_mapping_of_any_kind_is_an_encounter(rulebase: Rulebase, kind: Any) -> None:
    data = encounter()
    assert decided(rulebase, kind({**data, "lines": tuple(map(kind, data["lines"]))})) == decided(rulebase, data)


REFUSED: list[tuple[dict[Any, Any], str]] = [
    ({"date": datetime(2016, 3, 1, 9, 30)}, "`date` is the time `2016-03-01 09:30:00`, but must be a date"),  # noqa: DTZ001
    ({"date": datetime(2016, 3, 1, tzinfo=UTC)}, "`date` is the time `2016-03-01 00:00:00+00:00`"),
    ({"minutes": Decimal("1.5")}, "`minutes` must be a whole number, not the number `1.5`"),
    ({"units": Decimal("NaN")}, "`units` is the number `NaN`"),
    ({"units": Decimal("Infinity")}, "`units` is the number `Infinity`"),
    ({"units": Decimal("1.00000000000000000001")}, "`units` is the number"),
    ({"units": Fraction(2)}, "`units` is of type `Fraction`, which a claim does not hold"),
    ({"units": 2 + 0j}, "`units` is of type `complex`"),
    ({"units": 10**5_000}, "`units` is a number of more than 308 digits"),
    ({"units": Decimal("1e5000")}, "`units` is a number of more than 308 digits"),
    ({"minutes": timedelta(minutes=30)}, "`minutes` is of type `timedelta`"),
    ({"code": b"97110"}, "`code` is of type `bytes`"),
    ({"code": Path("97110")}, "`code` is of type"),
    ({"modifiers": iter(["59"])}, "`modifiers` is of type"),
    ({"modifiers": {b"59"}}, "`modifiers` is of type `bytes`"),
    ({"place_of_service": "\ud800"}, "`place_of_service` holds half of a character (a lone surrogate)"),
    ({7: "x"}, "the key `7` is of type `int`, and keys are texts"),
    ({"modifiers": object()}, "`modifiers` is of type `object`"),
]


@pytest.mark.parametrize(("line", "said"), REFUSED, ids=[f"{n}" for n in range(len(REFUSED))])
def test_value_that_could_only_be_guessed_is_refused_by_name_and_place(
    rulebase: Rulebase, line: dict[Any, Any], said: str
) -> None:
    with pytest.raises(EncounterError) as fault:
        decided(rulebase, {**encounter(), "lines": [encounter()["lines"][0] | line]})
    (diagnostic, *_) = fault.value.findings
    assert said in diagnostic.message
    assert str(diagnostic.path).startswith("$.lines[0]")


@pytest.mark.parametrize("key", ["id", "payer", "diagnoses", "patient"])
def test_half_of_a_character_is_refused_before_it_is_decided(rulebase: Rulebase, key: str) -> None:
    held: dict[str, Any] = {"diagnoses": ["M54.5", "a\udcffb"], "patient": {"id": "\ud800"}}
    with pytest.raises(EncounterError, match="half of a character"):
        decided(rulebase, {**encounter(), key: held.get(key, "E\udfff")})


def test_set_is_refused_where_others_point_to_positions(rulebase: Rulebase) -> None:
    with pytest.raises(EncounterError, match="`diagnoses` is a set, which has no order"):
        decided(rulebase, {**encounter(), "diagnoses": {"M54.5", "M99.01"}})
    assert decided(rulebase, {**encounter(), "diagnoses": ("M54.5", "M99.01")})


def test_encounter_that_holds_itself_is_refused(rulebase: Rulebase) -> None:
    data = encounter()
    data["lines"][0]["provider"] = data
    with pytest.raises(EncounterError, match="deeper than 64 levels"):
        decided(rulebase, data)


@pytest.mark.parametrize("day", [date(2026, 1, 1), datetime(2026, 1, 1)])  # noqa: DTZ001
def test_day_as_of_which_is_decided_is_a_day_however_it_is_given(rulebase: Rulebase, day: Any) -> None:
    assert decided(rulebase, encounter(), known_on=day) == decided(rulebase, encounter())


@pytest.mark.parametrize("day", [datetime(2026, 1, 1, 8), datetime(2026, 1, 1, tzinfo=UTC), 20260101, b"x", None])  # noqa: DTZ001
def test_day_as_of_which_is_decided_has_no_time(rulebase: Rulebase, day: Any) -> None:
    with pytest.raises(RequestError, match="is not a date"):
        decided(rulebase, encounter(), known_on=day)


def test_presumption_is_taken_or_refused_as_values_of_claims_are(rulebase: Rulebase) -> None:
    given = decided(rulebase, encounter(), presume={"line.purpose": ["preparation"]})
    assert decided(rulebase, encounter(), presume={"line.purpose": {"preparation"}}) == given
    with pytest.raises(RequestError, match=r"assumed when missing: a value of `line\.purpose` is of type `bytes`"):
        decided(rulebase, encounter(), presume={"line.purpose": [b"preparation"]})


class Scalar:
    """What NumPy gives: no type of Python's, but it says which kind it is, and gives what it holds."""

    def __init__(self, kind: str, held: object) -> None:
        self.dtype, self._held = SimpleNamespace(kind=kind), held

    def tolist(self) -> object:
        return self._held

    def astype(self, wanted: str) -> "Scalar":
        assert wanted == "datetime64[us]"
        return self


Scalar.__module__ = "numpy"


@pytest.mark.parametrize(
    "line",
    [
        {"units": Scalar("i", 2)},
        {"units": Scalar("u", 2)},
        {"units": Scalar("f", 2.0)},
        {"direct_contact": Scalar("b", True)},  # noqa: FBT003 - the value itself
        {"date": Scalar("M", date(2016, 3, 1))},
        {"date": Scalar("M", datetime(2016, 3, 1))},  # noqa: DTZ001 - a day without a zone
        {"modifiers": Scalar("U", ["59", "GP"])},
        {"modifiers": Scalar("O", ["59", "GP"])},
    ],
)
def test_value_of_numpy_is_what_it_holds(rulebase: Rulebase, line: dict[str, Any]) -> None:
    assert decided(rulebase, encounter(**line)) == decided(rulebase, encounter())


@pytest.mark.parametrize(
    "value",
    [Scalar("m", timedelta(1)), Scalar("V", b""), Scalar("c", 1j), Scalar("M", datetime(2016, 3, 1, 9))],  # noqa: DTZ001
)
def test_value_of_numpy_that_an_encounter_does_not_hold_is_refused(rulebase: Rulebase, value: Scalar) -> None:
    with pytest.raises(EncounterError, match="`date`"):
        decided(rulebase, encounter(date=value))


def test_numpy_itself_is_understood(rulebase: Rulebase) -> None:
    np = pytest.importorskip("numpy")
    for line in (
        {"date": np.datetime64("2016-03-01")},
        {"date": np.datetime64("2016-03-01T00:00:00", "ns")},
        {"date": np.str_("2016-03-01")},
        {"units": np.int64(2), "number": np.int32(1), "minutes": np.uint8(30)},
        {"units": np.float64(2)},
        {"code": np.str_("97110")},
        {"modifiers": np.array(["59", "GP"])},
        {"direct_contact": np.bool_(1)},
    ):
        assert decided(rulebase, encounter(**line)) == decided(rulebase, encounter())
    for line in ({"units": np.float64("nan")}, {"date": np.datetime64("2016-03-01T09")}, {"units": np.timedelta64(1)}):
        with pytest.raises(EncounterError):
            decided(rulebase, encounter(**line))
