"""Two ways of counting minutes: what they can say together of one line, and claims on which they do."""

import random
from collections.abc import Iterator
from itertools import product

import pytest

from payrule.analysis.timed_claims import Counting, Supported, answers_of
from payrule.encounter.encounter import Line
from payrule.language.derived import METHODS, Setting
from payrule.language.derived.units import units_supported
from payrule.model.values import Value, ValueSet, read_date
from payrule.model.vocabulary import Discipline

EVERYTHING = frozenset(product((True, False, None), repeat=2))
ALIKE = frozenset((each, each) for each in (True, False, None))
TWO = (Discipline(modifier="M1", provider_types=("t1",)), Discipline(modifier="M2"))
DISCIPLINES = ((), TWO[:1], TWO, (*TWO, Discipline(modifier="M3", provider_types=("t3",))))
CODES = (frozenset("ab"), frozenset("abc"), frozenset("ac"), frozenset("abcd"))
COUNTINGS = [
    Counting(method, ValueSet(codes), disciplines)
    for method, codes, disciplines in product(METHODS, CODES, DISCIPLINES)
]
PAIRS = [
    pair for pair in product(COUNTINGS, repeat=2) if pair[0] != pair[1] and pair[0].disciplines == pair[1].disciplines
]


def counted(method: str, *codes: str, disciplines: tuple[Discipline, ...] = ()) -> Counting:
    return Counting(method, ValueSet(frozenset(codes)), disciplines)


@pytest.mark.parametrize(
    ("one", "two", "found"),
    [
        (counted("cms-8-minute", "a"), counted("ama-midpoint", "a"), ALIKE),
        (counted("cms-8-minute", "a", "b"), counted("ama-midpoint", "a", "b"), EVERYTHING - {(False, None)}),
        (
            counted("cms-8-minute", "a", "b", disciplines=TWO),
            counted("ama-midpoint", "a", "b", disciplines=TWO),
            EVERYTHING,
        ),
        (counted("ama-midpoint", "a", "b"), counted("ama-midpoint", "a"), ALIKE),
        (counted("cms-8-minute", "a", "b"), counted("cms-8-minute", "a"), EVERYTHING - {(False, None)}),
        (counted("cms-8-minute", "a"), counted("ama-midpoint", "b"), frozenset()),
    ],
)
def test_what_two_ways_of_counting_can_say_of_a_line(
    one: Counting, two: Counting, found: frozenset[tuple[Supported, Supported]]
) -> None:
    assert answers_of(one, two) == found


def drawn(chance: random.Random) -> Iterator[Line]:
    """Draw up to five lines of a date, with minutes about what their units need, of any plan of care or of none."""
    for number in range(1, chance.randint(2, 6)):
        units = chance.choice((0, 1, 1, 1, 2, 3))
        more = chance.choice((-15, -9, -8, -7, -1, 0, 1, 7, 8, 9, chance.randint(-15, 15)))
        values: dict[str, Value] = {
            "line.code": "a" if number == 1 else chance.choice("aabbcd"),
            "line.date": read_date("2016-03-01"),
            "line.units": units,
        }
        if chance.random() < 0.75:
            values["line.minutes"] = max(0, 15 * units + more)
        if chance.random() < 0.5:
            values["line.modifiers"] = frozenset(chance.choice((("M1",), ("M2",), ("M3",), ("M1", "M2"), ("XX",))))
        if chance.random() < 0.5:
            values["line.provider.type"] = chance.choice(("t1", "t2", "t3"))
        yield Line(number, values)


def seen(counting: Counting, lines: list[Line]) -> Supported:
    """Count as the engine does; see that trying many minutes of the same lines comes to the same."""
    setting = Setting(counting.method, counting.codes, frozenset(), disciplines=counting.disciplines)
    found = units_supported(lines, setting)[1].value
    assert found is None or isinstance(found, bool)
    minutes = [line.values.get("line.minutes") for line in lines]
    assert counting.of(lines)(0, [each if isinstance(each, int) else None for each in minutes]) is found
    return found


@pytest.mark.parametrize(("seed", "pairs", "claims"), [(1, 3, 80), pytest.param(2, 12, 3_000, marks=pytest.mark.slow)])
def test_no_claim_has_other_answers_than_those_that_were_found(seed: int, pairs: int, claims: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - nothing to keep secret
    narrow = [pair for pair in chance.sample(PAIRS, pairs) if answers_of(*pair) != EVERYTHING]
    for one, two in narrow:
        for _ in range(claims):
            lines = list(drawn(chance))
            assert (seen(one, lines), seen(two, lines)) in answers_of(one, two), lines
    assert narrow
