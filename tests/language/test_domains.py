"""Values are told apart by the tests that they pass, and by nothing else."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st
from tests.execute.chaining_scenes import passes

from payrule.execute.forward.messages import fragments
from payrule.execute.forward.productions import Flag
from payrule.language.domains import UNKNOWN_VALUE, Domain
from payrule.language.lower import Contains, OneOf, Range
from payrule.model.values import ValueSet

codes = st.text("0123", min_size=2, max_size=3)
spans = st.tuples(codes, codes).map(lambda pair: "-".join(sorted(pair)) if len(pair[0]) == len(pair[1]) else pair[0])
tests = st.builds(
    lambda members: OneOf("line.code", ValueSet.of(members, ranges=True)),
    st.lists(st.one_of(codes, spans), min_size=1, max_size=4),
)


@given(st.lists(tests, min_size=1, max_size=5), codes)
def test_a_code_passes_what_each_test_says(asked: list[OneOf], code: str) -> None:
    told = Domain("line.code", asked).passed(code)
    assert [bool(told >> bit & 1) for bit in range(len(asked))] == [passes(test, code) for test in asked]


@given(st.lists(tests, min_size=1, max_size=5), codes)
def test_every_code_is_of_a_class_that_was_foreseen(asked: list[OneOf], code: str) -> None:
    domain = Domain("line.code", asked)
    assert domain.passed(code) in {0, *domain.classes()}


@given(
    st.lists(st.tuples(st.none() | st.integers(0, 9), st.none() | st.integers(0, 9)), min_size=1, max_size=5),
    st.integers(-1, 10),
)
def test_a_number_passes_the_ranges_it_lies_in(ends: list[tuple[int | None, int | None]], number: int) -> None:
    asked = [Range("line.units", low, below) for low, below in ends]
    told = Domain("line.units", asked).passed(number)
    assert [bool(told >> bit & 1) for bit in range(len(asked))] == [passes(test, number) for test in asked]


def test_a_date_passes_the_ranges_it_lies_in() -> None:
    domain = Domain(
        "line.date", [Range("line.date", date(2024, 7, 1), None), Range("line.date", None, date(2024, 7, 1))]
    )
    assert [domain.passed(date(2024, month, 1)) for month in (6, 7)] == [0b10, 0b01]


def test_a_set_passes_by_its_members_and_an_empty_one_passes_nothing() -> None:
    some, any_at_all = Contains("line.modifiers", ValueSet.of(["U1", "U2"])), Contains("line.modifiers", None)
    domain = Domain("line.modifiers", [some, any_at_all])
    assert [domain.passed(value) for value in (frozenset({"U1", "U9"}), frozenset({"U9"}), frozenset())] == [3, 2, 0]


def test_nothing_but_none_is_unknown() -> None:
    domain = Domain("line.purpose", [OneOf("line.purpose", ValueSet.of(["a"]))])
    assert [value for value in (None, "", "a", "b", 0, False) if domain.passed(value) == UNKNOWN_VALUE] == [None]


def test_what_is_remembered_of_claims_is_bounded_and_holds_nothing_long() -> None:
    domain = Domain("line.note", [OneOf("line.note", ValueSet.of(["x" * 100]))])
    assert domain.passed("x" * 100) == 1
    assert "x" * 100 not in domain.remembered
    for number in range(10_000):
        domain.passed(str(number))
    assert len(domain.remembered) <= 4096
    assert domain.passed(None) == UNKNOWN_VALUE


@given(st.integers(0, 7), st.lists(st.tuples(st.integers(0, 2), st.booleans()), unique=True, min_size=1))
def test_both_readings_of_a_known_value_are_the_same_and_of_an_unknown_one_nothing_and_all(
    passed: int, asked: list[tuple[int, bool]]
) -> None:
    named = [(Flag("attribute", 0, bit, positive), f"f{bit}{positive:d}") for bit, positive in asked]
    definite, possible = fragments(named, possible=False), fragments(named, possible=True)
    assert definite[passed] == possible[passed]
    assert definite[UNKNOWN_VALUE] == ""
    assert possible[UNKNOWN_VALUE] == "".join(f',"{name}":1' for _, name in named)


def test_unknown_is_unknown_even_while_another_thread_forgets() -> None:
    domain = Domain("line.units", [Range("line.units", 2, None)])
    domain.remembered.clear()
    assert domain.passed(None) == UNKNOWN_VALUE
