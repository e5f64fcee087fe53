"""What rests on each passage of the analyst's copies: rules, facts, notes, or nothing."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from itertools import pairwise

from payrule.authoring.copies import Copies
from payrule.authoring.resting import Passage, Resting, passages
from payrule.authoring.source_text import SourceText
from payrule.documents.coverages import Cited, PassageCoverage, SourceCoverage, SourcePart
from payrule.documents.models import Policy

HEADING = 12
"""Words that a heading has at most."""

_GOES_ON = re.compile(r"[.,;!?]$")


def source_coverage(policies: Mapping[str, tuple[Policy, ...]], copies: Copies) -> tuple[SourceCoverage, ...]:
    """Go through every copy that is at hand, and say what rests on its passages.

    Raises DocumentError for a copy that is not text.
    """
    texts = ((file, cites, copies.text(file)) for file, cites in passages(policies).items())
    return tuple(
        SourceCoverage(file=file, parts=tuple(_parts(cites, text))) for file, cites, text in texts if text is not None
    )


def _parts(cites: tuple[Passage, ...], text: SourceText) -> Iterator[SourcePart]:
    """Begin a part with each heading."""
    title, pending = None, list[PassageCoverage]()
    for passage in _passages(_resting(cites, text), text):
        if passage.cited == "heading":
            if title is not None or pending:
                yield SourcePart(title=title, passages=tuple(pending))
            title, pending = passage.text, []
        else:
            pending.append(passage)
    if title is not None or pending:
        yield SourcePart(title=title, passages=tuple(pending))


def _resting(cites: tuple[Passage, ...], text: SourceText) -> list[tuple[Resting, ...]]:
    """List for each word what rests on it; of a passage that stands in a text twice, both times."""
    found: dict[int, list[Resting]] = defaultdict(list)
    for passage in cites:
        for place in text.find(passage.cite):
            for word in place:
                found[word] += passage.rests
    return [tuple(dict.fromkeys(found.get(word, ()))) for word in range(len(text.words))]


def _passages(rests: list[tuple[Resting, ...]], text: SourceText) -> Iterator[PassageCoverage]:
    """Part a text at its paragraphs, and where something else begins to rest on it; marks of lists are no words."""
    whole = range(len(text.words))
    paragraphs = {*text.breaks(whole), len(whole)}
    citing = _citing(rests, paragraphs)
    changes = (word for word in whole[1:] if rests[word] != rests[word - 1])
    for start, end in pairwise(sorted({0, *paragraphs, *changes})):
        words, first = range(start, end), start == 0 or start in paragraphs
        if not any(map(str.isalnum, "".join(text.folded[start:end]))):
            continue  # the mark of a list
        alone = first and end in paragraphs
        yield PassageCoverage(
            text=text.passage(words),
            line=text.line(start),
            words=len(words),
            cited="heading" if alone and not rests[start] and _is_heading(words, text) else _cited(rests[start]),
            rests=tuple(each.said for each in rests[start]),
            by_policy={
                policy: _cited(tuple(each for each in rests[start] if each.policy == policy))
                for policy in citing[start]
            },
        )


def _citing(rests: list[tuple[Resting, ...]], paragraphs: AbstractSet[int]) -> list[tuple[str, ...]]:
    """Name for each word the policies that cite something of its paragraph: each of them could cite it too."""
    found: list[tuple[str, ...]] = []
    for start, end in pairwise(sorted({0, *paragraphs})):
        policies = sorted({each.policy for word in range(start, end) for each in rests[word]})
        found += [tuple(policies)] * (end - start)
    return found


def _cited(rests: tuple[Resting, ...]) -> Cited:
    if any(each.kind != "note" for each in rests):
        return "rule"
    return "note" if rests else "nothing"


def _is_heading(words: range, text: SourceText) -> bool:
    """Take a short paragraph on one line, that ends as no sentence does, for a heading."""
    said = text.passage(words)
    one_line = text.line(words[0]) == text.line(words[-1])
    return len(words) <= HEADING and one_line and not _GOES_ON.search(said)
