"""A copy that is set otherwise has nothing that is different; any word that is another is found with its rules."""

import msgspec
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.copies import FILE, Copy
from tests.property.documents import policy, rule
from tests.property.effort import examples
from tests.property.rewrapping import copies, texts

from payrule.citations.copies import SourceText
from payrule.citations.reread import remember, reread
from payrule.model.digests import words_digest
from payrule.model.policy import Policy
from payrule.results.rereading import Reread

TEXTS = texts(2).map(" ".join).filter(lambda text: len(SourceText(text).words) > 1)
Policies = dict[str, tuple[Policy, ...]]


def citing(*passages: tuple[SourceText, range]) -> Policies:
    """Make a policy of which each rule rests on a passage."""
    rules = [
        rule(f"r{number}", {"line.units": {"at_least": 2}}, "benefit", "covered")
        | {
            "cites": [
                {
                    "source": "s",
                    "locator": f"{number}",
                    "digest": words_digest(text.folded[place.start : place.stop]),
                    "words": len(place),
                }
            ]
        }
        for number, (text, place) in enumerate(passages)
    ]
    made = msgspec.convert(policy(*rules, sources={"s": {"title": "handbook", "file": FILE}}), Policy)
    return {"p0": (made,)}


def some(data: st.DataObject, text: SourceText) -> range:
    start = data.draw(st.integers(0, len(text.words) - 1))
    return range(start, data.draw(st.integers(start + 1, len(text.words))))


def both(policies: Policies, old: str, new: str) -> list[Reread]:
    """Read a copy again with the old one at hand, and with what is remembered of it."""
    kept = remember(policies, Copy(old))
    found = reread(policies, Copy(new), Copy(old)), reread(policies, Copy(new), remembered=kept)
    return [each.copies[0] for each in found]


@examples(100)
@given(st.data(), TEXTS)
def test_copy_that_is_set_otherwise_has_nothing_that_is_different(data: st.DataObject, text: str) -> None:
    source = SourceText(text)
    policies = citing((source, some(data, source)), (source, some(data, source)))
    for found in both(policies, text, data.draw(copies(text.split()))):
        assert (found.reworded, found.elsewhere) == ((), ())


@examples(200)
@given(st.data(), TEXTS, st.text("abc", min_size=1, max_size=4))
def test_any_other_word_is_found_with_all_that_rests_on_it(data: st.DataObject, text: str, other: str) -> None:
    source = SourceText(text)
    places = [some(data, source), some(data, source)]
    at = data.draw(st.sampled_from(places[0]))
    assume(source.folded[at] != other)
    new = f"{text[: source.words[at].start]} {other} {text[source.words[at].end :]}"
    copy = SourceText(new)
    policies = citing(*((source, place) for place in places))
    lost = {f"p0@1.0.0 r{n}" for n, rule in enumerate(policies["p0"][0].rules) if not copy.find(rule.cites[0])}
    for found in both(policies, text, new):
        assert {name for each in found.reworded for name in each.rests} == lost
        if found.compared == "old copy":
            assert all(any(piece.kind != "kept" for piece in each.pieces) for each in found.reworded)


@examples(100)
@given(st.data(), TEXTS)
def test_new_wording_is_found_where_it_is_reported_to_be(data: st.DataObject, text: str) -> None:
    source = SourceText(text)
    place = some(data, source)
    at = data.draw(st.sampled_from(place))
    new = SourceText(f"{text[: source.words[at].start]} zzz and more {text[source.words[at].end :]}")
    policies = citing((source, place))
    for found in both(policies, text, new.text):
        for each in found.reworded:
            if each.cite is not None and each.line is not None:
                cite = msgspec.structs.replace(
                    policies["p0"][0].rules[0].cites[0], digest=each.cite.digest, words=each.cite.words
                )
                assert each.line in [new.line(words.start) for words in new.find(cite)]
