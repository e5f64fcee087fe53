"""Classes of codes of a system: what spans and single codes tell apart is in some class, whatever the codes are."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st
from tests.property.effort import examples

from payrule.analysis.value_classes import value_classes
from payrule.language.domains import Domain
from payrule.language.lower import OneOf
from payrule.model.values import ValueSet, code_after, in_span
from payrule.model.vocabulary import Attribute

ALPHABET, LONGEST = "08AZ", 4
EVERY = ["".join(each) for length in range(1, LONGEST + 1) for each in product(ALPHABET, repeat=length)]
CODES = st.text(ALPHABET, min_size=1, max_size=3)
MEMBERS = st.one_of(CODES, CODES.map("{}*".format), st.tuples(CODES, CODES).map(lambda ends: "-".join(sorted(ends))))
SETS = st.lists(st.lists(MEMBERS, min_size=1, max_size=4), min_size=1, max_size=4)


@examples(100)
@given(SETS)
def test_each_class_of_codes_has_a_code_that_stands_for_it(listed: list[list[str]]) -> None:
    sets = tuple(ValueSet.of(members, system="icd-10-cm") for members in listed)
    declared = Attribute(type="text", summary="codes", system="icd-10-cm")

    def holding(code: str) -> tuple[bool, ...]:
        return tuple(code in each for each in sets)

    stand = {holding(each) for each in value_classes((declared,), sets)}
    assert {holding(code) for code in EVERY} <= stand
    domain = Domain("a", tuple(OneOf("a", each) for each in dict.fromkeys(sets)))
    told = {domain.passed(code) for code in EVERY}
    distinct = tuple(dict.fromkeys(sets))
    for code in EVERY:
        assert domain.passed(code) == sum((code in each) << bit for bit, each in enumerate(distinct))
    assert told - {0} <= domain.classes().keys()


@examples(200)
@given(CODES, CODES)
def test_the_code_after_is_the_first_that_does_not_begin_so(code: str, other: str) -> None:
    after = code_after(code)
    assert after is None or (after > code and not after.startswith(code))
    if after is not None:
        assert (other >= after) == (other > code and not other.startswith(code))
    assert in_span(other, code, code) == other.startswith(code)
