"""Align two texts word by word: what is kept, what is gone, what is new."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

import msgspec

RUN = 8
"""Words in a row that occur once in both texts, and so show where these belong together."""


class Step(msgspec.Struct, frozen=True):
    """What became of some words in a row: both ranges are as long when they are kept; else one may be empty."""

    old: range
    new: range
    kept: bool


def aligned(old: Sequence[str], new: Sequence[str], least: int = 1) -> tuple[Step, ...]:
    """Align two texts; between long runs that they share, fewer than `least` words in a row are taken for chance.

    >>> [(list(step.old), list(step.new), step.kept) for step in aligned("abcd", "abxd")]
    [([0, 1], [0, 1], True), ([2], [2], False), ([3], [3], True)]
    """
    steps: list[Step] = []
    at_old = at_new = 0
    for start, other, length in [*_runs(old, new), (len(old), len(new), 0)]:
        steps += _between(old, new, range(at_old, start), range(at_new, other), least)
        at_old, at_new = start + length, other + length
        steps.append(Step(range(start, at_old), range(other, at_new), kept=True))
    return tuple(_joined([step for step in steps if step.old or step.new]))


def _runs(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int, int, int]]:
    """Give the runs that occur once in each text and in the same order, as long as they go on."""
    places, others = _once(old), _once(new)
    pairs = _rising([(places[run], others[run]) for run in places if run in others])
    at_old = at_new = 0
    for start, other in pairs:
        if start < at_old or other < at_new:
            continue
        while start > at_old and other > at_new and old[start - 1] == new[other - 1]:
            start, other = start - 1, other - 1  # noqa: PLW2901 - the run begins earlier
        end, end_other = start, other
        while end < len(old) and end_other < len(new) and old[end] == new[end_other]:
            end, end_other = end + 1, end_other + 1
        yield start, other, end - start
        at_old, at_new = end, end_other


def _once(words: Sequence[str]) -> dict[tuple[str, ...], int]:
    runs = [tuple(words[start : start + RUN]) for start in range(len(words) - RUN + 1)]
    count = Counter(runs)
    return {run: start for start, run in enumerate(runs) if count[run] == 1}


def _rising(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Keep the most pairs that rise in both (the longest increasing subsequence, by patience sorting)."""
    ends: list[int] = []
    last: list[int] = []
    before: list[int | None] = []
    for index, (_, other) in enumerate(pairs):
        pile = bisect_left(ends, other)
        before.append(last[pile - 1] if pile else None)
        ends[pile : pile + 1], last[pile : pile + 1] = [other], [index]
    found: list[tuple[int, int]] = []
    at = last[-1] if last else None
    while at is not None:
        found.append(pairs[at])
        at = before[at]
    return found[::-1]


def _between(old: Sequence[str], new: Sequence[str], ours: range, theirs: range, least: int) -> Iterator[Step]:
    """Align what is between two runs: first what both begin and end with."""
    head = 0
    while head < min(len(ours), len(theirs)) and old[ours[head]] == new[theirs[head]]:
        head += 1
    tail = 0
    while tail < min(len(ours), len(theirs)) - head and old[ours[-1 - tail]] == new[theirs[-1 - tail]]:
        tail += 1
    yield Step(ours[:head], theirs[:head], kept=True)
    inner, other = ours[head : len(ours) - tail], theirs[head : len(theirs) - tail]
    matcher = SequenceMatcher(None, old[inner.start : inner.stop], new[other.start : other.stop], autojunk=False)
    at_old = at_new = 0
    for block in matcher.get_matching_blocks():
        if block.size and block.size < least:
            continue
        yield Step(inner[at_old : block.a], other[at_new : block.b], kept=False)
        at_old, at_new = block.a + block.size, block.b + block.size
        yield Step(inner[block.a : at_old], other[block.b : at_new], kept=True)
    yield Step(ours[len(ours) - tail :], theirs[len(theirs) - tail :], kept=True)


def _joined(steps: list[Step]) -> Iterator[Step]:
    """Put steps of one kind together that follow each other."""
    pending: Step | None = None
    for step in steps:
        if pending is not None and pending.kept == step.kept:
            old, new = range(pending.old.start, step.old.stop), range(pending.new.start, step.new.stop)
            pending = Step(old, new, kept=step.kept)
        else:
            if pending is not None:
                yield pending
            pending = step
    if pending is not None:
        yield pending
