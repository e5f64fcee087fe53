"""An alignment loses no word of either text, keeps what is the same, and shows a change where it is."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from tests.property.effort import examples

from payrule.citations.reread import aligned

TEXTS = st.text("abc", max_size=40) | st.text("abcdefghijklmnop", max_size=120)


@examples(300)
@given(TEXTS, TEXTS, st.integers(1, 3))
def test_every_word_of_both_texts_is_in_one_step(old: str, new: str, least: int) -> None:
    steps = aligned(old, new, least)
    assert [at for step in steps for at in step.old] == list(range(len(old)))
    assert [at for step in steps for at in step.new] == list(range(len(new)))
    assert all(one.kept != other.kept for one, other in pairwise(steps))
    for step in steps:
        if step.kept:
            assert old[step.old.start : step.old.stop] == new[step.new.start : step.new.stop]


@examples(100)
@given(TEXTS)
def test_text_is_kept_whole_in_itself(text: str) -> None:
    assert [step.kept for step in aligned(text, text)] == [True] * bool(text)


@examples(200)
@given(st.data(), st.text("abcdefghijklmnop", min_size=1, max_size=120), st.integers(1, 3))
def test_changed_word_is_the_only_one_that_is_not_kept(data: st.DataObject, old: str, least: int) -> None:
    at = data.draw(st.integers(0, len(old) - 1))
    new = f"{old[:at]}Z{old[at + 1 :]}"
    assert [(step.old, step.new) for step in aligned(old, new, least) if not step.kept] == [
        (range(at, at + 1), range(at, at + 1))
    ]
