"""Units supported by minutes: CMS's table, its worked cases, and bounds held to an enumeration of minutes."""

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import product
from typing import NamedTuple

import msgspec
import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from tests.property.effort import examples

from payrule.encounter.encounter import Line
from payrule.language.derived import Setting, units_support
from payrule.language.derived.units import MOST_OPEN, Supported, is_supported, units_supported
from payrule.language.truth import FALSE, TRUE, UNKNOWN
from payrule.model.values import Value, ValueSet
from payrule.model.vocabulary import Discipline

TIMED = ("T0001", "T0002", "T0003")
UNTIMED = "N0001"
DAY, NEXT_DAY = date(2024, 7, 1), date(2024, 7, 2)
MOST_MINUTES = 60
"""Minutes of an unknown line are tried up to here: as many as change anything while at most 3 units are billed."""


class Service(NamedTuple):
    """What a line bills; `minutes` None is unknown."""

    code: str
    units: int
    minutes: int | None
    day: date = DAY


def setting(method: str) -> Setting:
    return Setting(method, ValueSet(frozenset(TIMED)), frozenset())


def line(number: int, service: Service) -> Line:
    values: dict[str, Value] = {"line.code": service.code, "line.date": service.day, "line.units": service.units}
    if service.minutes is not None:
        values["line.minutes"] = service.minutes
    return Line(number, values)


def allowed(method: str, *services: Service) -> list[int | None]:
    found = units_support([line(at, each) for at, each in enumerate(services, 1)], setting(method))
    return [each.support.allowed if each.support else None for each in found.values()]


@pytest.mark.parametrize(
    ("minutes", "units"),
    [(0, 0), (7, 0), (8, 1), (22, 1), (23, 2), (37, 2), (38, 3), (52, 3), (53, 4), (67, 4), (68, 5), (82, 5), (83, 6)],
)
@pytest.mark.parametrize("method", ["cms-8-minute", "ama-midpoint"])
def test_one_code_alone_follows_the_table_of_cms(method: str, minutes: int, units: int) -> None:
    assert allowed(method, Service("T0001", 9, minutes)) == [units]


@pytest.mark.parametrize(
    ("minutes", "cms", "ama"),
    [
        ((24, 23), [2, 1], [2, 2]),
        ((23, 24), [1, 2], [2, 2]),
        ((33, 7), [2, 1], [2, 0]),
        ((7, 7, 7), [1, 0, 0], [0, 0, 0]),
        ((8, 8), [1, 0], [1, 1]),
        ((18, 13, 10), [1, 1, 1], [1, 1, 1]),
        ((15, 15), [1, 1], [1, 1]),
        ((7, 0), [0, 0], [0, 0]),
        ((7, 1), [1, 0], [0, 0]),
        ((20, 20), [2, 1], [1, 1]),
        ((22, 22), [2, 1], [1, 1]),
        ((23, 15), [2, 1], [2, 1]),
        ((15, 7), [1, 0], [1, 0]),
        ((15, 8), [1, 1], [1, 1]),
        ((30, 7), [2, 0], [2, 0]),
        ((30, 8), [2, 1], [2, 1]),
        ((14, 14, 14), [1, 1, 1], [1, 1, 1]),
        ((4, 4, 0), [1, 0, 0], [0, 0, 0]),
        ((53, 7, 7), [4, 0, 0], [4, 0, 0]),
        ((37, 37), [3, 2], [2, 2]),
    ],
)
def test_codes_of_a_day_share_its_units(minutes: tuple[int, ...], cms: list[int], ama: list[int]) -> None:
    services = [Service(code, 2, each) for code, each in zip(TIMED, minutes, strict=False)]
    assert allowed("cms-8-minute", *services) == cms
    assert allowed("ama-midpoint", *services) == ama


@pytest.mark.parametrize(
    ("billed", "units"),
    [((1, 1, 1), [1, 0, 0]), ((0, 1, 1), [0, 1, 0]), ((0, 0, 1), [0, 0, 1]), ((0, 0, 0), [1, 0, 0])],
)
def test_tie_goes_to_a_code_that_billed_the_unit_and_then_to_the_lowest_line(
    billed: tuple[int, ...], units: list[int]
) -> None:
    services = [Service(code, each, 7) for code, each in zip(TIMED, billed, strict=True)]
    assert allowed("cms-8-minute", *services) == units


def test_tie_goes_to_the_lowest_line_number_wherever_the_line_stands() -> None:
    lines = [line(2, Service("T0001", 1, 8)), line(1, Service("T0002", 1, 8))]
    found = {number: each.support and each.support.allowed for number, each in _support(lines).items()}
    assert found == {1: 1, 2: 0}


def _support(lines: list[Line]) -> Mapping[int, Supported]:
    return units_support(lines, setting("cms-8-minute"))


def test_lines_of_one_code_on_one_date_are_pooled() -> None:
    halves = [Service("T0001", 1, 8), Service("T0001", 1, 15)]
    assert allowed("cms-8-minute", *halves) == [2, 2]
    assert allowed("ama-midpoint", *halves) == [2, 2]


def test_each_date_is_counted_alone() -> None:
    assert allowed("cms-8-minute", Service("T0001", 1, 7), Service("T0002", 1, 7, NEXT_DAY)) == [0, 0]


def test_code_without_a_time_component_has_nothing_to_support() -> None:
    assert allowed("cms-8-minute", Service(UNTIMED, 9, 0), Service("T0001", 1, 8)) == [None, 1]


def test_a_line_waits_for_the_unknown_minutes_of_its_date_alone() -> None:
    services = [
        Service("T0001", 1, None),
        Service("T0002", 1, 7),
        Service("T0003", 1, None, NEXT_DAY),
        Service(UNTIMED, 1, None),
    ]
    lines = [line(at, each) for at, each in enumerate(services, 1)]
    assert {number: each.minutes for number, each in _support(lines).items()} == {1: (1,), 2: (1,), 3: (3,), 4: ()}


# The oracle: minutes are handed out one unit after another, for every value that unknown minutes can have.


class Pooled(NamedTuple):
    """The lines of one code on one date."""

    code: str
    billed: int
    minutes: int
    first: int


def cms_units(pools: list[Pooled]) -> dict[str, int]:
    """Hand out the units of a date: full quarter hours first, then one each to the largest remainders."""
    units = {pool.code: pool.minutes // 15 for pool in pools}
    left = (sum(pool.minutes for pool in pools) + 7) // 15 - sum(units.values())
    for pool in sorted(pools, key=lambda pool: (-(pool.minutes % 15), pool.billed <= units[pool.code], pool.first))[
        :left
    ]:
        units[pool.code] += 1
    return units


def ama_units(pools: list[Pooled]) -> dict[str, int]:
    """Count each code alone: a unit for 15 minutes, and one more when 8 or more are left."""
    return {pool.code: (pool.minutes + 7) // 15 for pool in pools}


ORACLES = {"cms-8-minute": cms_units, "ama-midpoint": ama_units}


def pooled(services: list[tuple[int, Service]], most: int) -> Iterator[list[Pooled]]:
    """Give the pools of one date, once for each value up to `most` of the minutes that are unknown."""
    by_code: dict[str, list[tuple[int, Service]]] = {}
    for number, service in services:
        by_code.setdefault(service.code, []).append((number, service))
    choices = []
    for code, listed in by_code.items():
        known = sum(service.minutes or 0 for _, service in listed)
        is_open = any(service.minutes is None for _, service in listed)
        billed, first = sum(service.units for _, service in listed), min(number for number, _ in listed)
        choices.append([Pooled(code, billed, known + each, first) for each in range(most + 1 if is_open else 1)])
    yield from map(list, product(*choices))


@st.composite
def days(draw: st.DrawFn, open_codes: int, units: int) -> list[Service]:
    """Draw timed lines of one date, of which those of so many codes may lack minutes; at most so many units a code."""
    codes = draw(st.lists(st.sampled_from(TIMED), min_size=1, max_size=4))
    without = draw(st.lists(st.sampled_from(TIMED), max_size=open_codes, unique=True))
    found = []
    for at, code in enumerate(codes):
        is_open = code in without and (at == codes.index(code) or draw(st.booleans()))
        minutes = None if is_open else draw(st.integers(0, 40))
        found.append(Service(code, draw(st.integers(0, units // codes.count(code))), minutes))
    return found


DISCIPLINES = (
    Discipline(modifier="M1", provider_types=("healer",)),
    Discipline(modifier="M2"),
    Discipline(modifier="M3"),
)

TELLING: tuple[dict[str, Value], ...] = (
    {},
    {"line.modifiers": frozenset({"M1"})},
    {"line.modifiers": frozenset({"M2", "X1"})},
    {"line.provider.type": "healer"},
    {"line.provider.type": "helper"},
    {"line.provider.type": "healer", "line.modifiers": frozenset({"M3"})},
    {"line.modifiers": frozenset({"M1", "M2"})},
)
"""What lines may say of their discipline: it is open for those that say nothing, name a helper, or bear two."""


def plainly(told: dict[str, Value]) -> str | None:
    """Name the discipline that a line says it is of, in as many words as there are lines above."""
    return (None, "M1", "M2", "M1", None, "M3", None)[TELLING.index(told)]


def truths(services: list[tuple[int, Service, dict[str, Value]]], method: str, most: int) -> dict[int, set[bool]]:
    """Give for each line whether it is supported, for every discipline and all minutes that are not known."""
    groups = list({each.get("line.provider.type"): None for _, _, each in services if plainly(each) is None})
    found: dict[int, set[bool]] = {number: set() for number, *_ in services}
    for chosen in product([each.modifier for each in DISCIPLINES], repeat=len(groups)):
        of_group = dict(zip(groups, chosen, strict=True))
        of_line = {at: plainly(each) or of_group[each.get("line.provider.type")] for at, _, each in services}
        for discipline in {*of_line.values()}:
            plan = [(at, service) for at, service, _ in services if of_line[at] == discipline]
            for pools in pooled(plan, most):
                units, billed = ORACLES[method](pools), {pool.code: pool.billed for pool in pools}
                for at, service in plan:
                    found[at].add(billed[service.code] <= units[service.code])
    return found


@examples(300)
@given(
    days(open_codes=1, units=3),
    st.lists(st.sampled_from(TELLING), min_size=4, max_size=4),
    st.sampled_from(sorted(ORACLES)),
)
def test_minutes_are_totalled_for_each_discipline_as_in_an_enumeration_of_them(
    services: list[Service], told: list[dict[str, Value]], method: str
) -> None:
    here = msgspec.structs.replace(setting(method), disciplines=DISCIPLINES)
    numbered = [(at, service, each) for at, (service, each) in enumerate(zip(services, told, strict=False), 1)]
    lines = [Line(at, {**line(at, service).values, **each}) for at, service, each in numbered]
    found = units_supported(lines, here)
    for at, answers in truths(numbered, method, MOST_MINUTES).items():
        value = None if len(answers) > 1 else answers == {True}
        event(f"{method}: {value}")
        assert found[at].value is value
        assert bool(found[at].waits) == (value is None)


def of_discipline(number: int, code: str, units: int, minutes: int, **said: Value) -> Line:
    values = line(number, Service(code, units, minutes)).values
    return Line(number, {**values, **{f"line.{name.replace('_', '.')}": value for name, value in said.items()}})


def test_lines_that_name_no_discipline_are_of_one_plan_of_care() -> None:
    here = msgspec.structs.replace(setting("cms-8-minute"), disciplines=DISCIPLINES)
    lines = [of_discipline(1, "T0001", 2, 20), of_discipline(2, "T0002", 1, 18)]
    assert [each.value for each in units_supported(lines, here).values()] == [True, True]
    lines = [of_discipline(1, "T0001", 1, 10), of_discipline(2, "T0002", 1, 12)]
    assert [each.value for each in units_supported(lines, here).values()] == [False, True]


def test_a_line_of_another_discipline_lends_no_minutes_and_one_of_an_open_discipline_waits() -> None:
    here = msgspec.structs.replace(setting("cms-8-minute"), disciplines=DISCIPLINES)
    one = of_discipline(1, "T0001", 2, 20, modifiers=frozenset({"M1"}))
    for said, value, waits in (
        ({"modifiers": frozenset({"M1"})}, True, ()),
        ({"modifiers": frozenset({"M2"})}, False, ()),
        ({"provider_type": "healer"}, True, ()),
        ({"provider_type": "helper"}, None, ("lines[2].modifiers",)),
        ({}, None, ("lines[2].provider.type",)),
    ):
        found = units_supported([one, of_discipline(2, "T0002", 1, 18, **said)], here)
        assert (found[1].value, found[1].waits) == (value, waits)
        assert found[2].value is True


def test_where_too_many_disciplines_are_open_nothing_is_reported() -> None:
    here = msgspec.structs.replace(setting("cms-8-minute"), disciplines=DISCIPLINES)
    named = of_discipline(1, "T0001", 1, 15, modifiers=frozenset({"M1"}))
    lines = [named, *(of_discipline(at, "T0002", at % 2, 15, provider_type=f"t{at}") for at in range(2, MOST_OPEN + 3))]
    found = units_supported(lines, here)
    assert found[1].value is None
    assert found[2].value is None
    assert "lines[2].modifiers" in found[1].waits


def check_bounds(services: list[Service], method: str, most: int) -> None:
    numbered = list(enumerate(services, 1))
    found = units_support([line(at, each) for at, each in numbered], setting(method))
    counted = [ORACLES[method](pools) for pools in pooled(numbered, most)]
    for number, service in numbered:
        support, waits = found[number].support, found[number].minutes
        assert support is not None
        units = [each[service.code] for each in counted]
        is_open = any(each.minutes is None for each in services if each.code == service.code)
        billed = sum(each.units for each in services if each.code == service.code)
        answers = {each >= billed for each in units}
        event(f"{method}: {is_supported(support).name}")
        assert support.low == min(units)
        assert support.high == (None if is_open else max(units))
        assert is_supported(support) is (UNKNOWN if len(answers) > 1 else TRUE if answers == {True} else FALSE)
        assert waits == tuple(at for at, each in numbered if each.minutes is None)


@examples(200)
@given(days(open_codes=2, units=3), st.sampled_from(sorted(ORACLES)))
def test_bounds_of_units_are_those_of_an_enumeration_of_minutes(services: list[Service], method: str) -> None:
    check_bounds(services, method, MOST_MINUTES)


@examples(20)
@given(days(open_codes=3, units=1), st.sampled_from(sorted(ORACLES)))
def test_bounds_are_the_same_when_the_minutes_of_three_codes_are_unknown(services: list[Service], method: str) -> None:
    check_bounds(services, method, MOST_MINUTES // 2)
