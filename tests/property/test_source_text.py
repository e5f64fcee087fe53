"""A passage is found in any copy with the same words, and in none of which a word is another."""

from hypothesis import assume, given
from hypothesis import strategies as st
from tests.property.effort import examples
from tests.property.rewrapping import copies, texts

from payrule.citations.copies import SourceText
from payrule.model.digests import passage_digest, words_digest
from payrule.model.policy import Cite

TEXTS = texts().filter(lambda words: bool(SourceText(" ".join(words)).words))


def cited(text: SourceText, words: range) -> Cite:
    digest = words_digest(text.folded[words.start : words.stop])
    return Cite(source="s", locator="l", digest=digest, words=len(words))


def some(data: st.DataObject, text: SourceText) -> range:
    start = data.draw(st.integers(0, len(text.words) - 1))
    return range(start, data.draw(st.integers(start + 1, len(text.words))))


@examples(200)
@given(st.data(), TEXTS)
def test_any_rewrapping_leaves_every_passage_where_it_was(data: st.DataObject, words: list[str]) -> None:
    text = SourceText(" ".join(words))
    copy = SourceText(data.draw(copies(words)))
    assert copy.folded == text.folded
    passage = some(data, text)
    assert passage in copy.find(cited(text, passage))
    assert passage_digest(copy.passage(passage)) == cited(text, passage).digest


@examples(200)
@given(st.data(), TEXTS, st.text("abc", min_size=1, max_size=4))
def test_any_change_of_one_word_is_found(data: st.DataObject, words: list[str], other: str) -> None:
    text = SourceText(" ".join(words))
    passage = some(data, text)
    at = data.draw(st.sampled_from(passage))
    assume(text.folded[at] != other)
    before, after = text.text[: text.words[at].start], text.text[text.words[at].end :]
    changed = SourceText(f"{before} {other} {after}")
    assert passage not in changed.find(cited(text, passage))


@examples(100)
@given(st.data(), TEXTS)
def test_lines_are_those_of_the_file(data: st.DataObject, words: list[str]) -> None:
    text = SourceText(data.draw(copies(words)))
    for number, word in enumerate(text.words):
        assert text.line(number) == len(f"{text.text[: word.start]}|".splitlines())
