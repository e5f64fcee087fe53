"""Each question matters, whatever was answered before, and no completion of what was not asked changes the answer."""

import random
from itertools import islice

from hypothesis import event, given
from hypothesis import strategies as st
from tests.property.documents import KNOWN_ON, PAYER, RulebaseDocuments
from tests.property.effort import examples
from tests.property.generated import rulebases, subjects
from tests.property.quick import quick_encounters
from tests.soak_asking import broken, of_words, pending, walked

CLAIMS = 15


@st.composite
def asked(draw: st.DrawFn) -> tuple[tuple[str, ...], RulebaseDocuments]:
    attributes = draw(subjects())
    return attributes, draw(rulebases(attributes, presuming=False))


@examples(20)
@given(asked(), st.integers(0, 2**32))
def test_each_question_matters_and_nothing_unasked_does(
    case: tuple[tuple[str, ...], RulebaseDocuments], seed: int
) -> None:
    attributes, documents = case
    chance = random.Random(seed)  # noqa: S311 - the same each time, no secret
    claims = islice(quick_encounters(attributes, seed), CLAIMS)
    for line in islice(pending(documents.rulebase(), PAYER, KNOWN_ON, claims, of_words), 2):
        walk = walked(line, chance)
        event(f"questions: {len(walk.asked)}")
        assert not list(broken(line, walk, chance)), line.claim
