"""Compare new copies of the sources with the old ones, or with what is remembered of them, word by word."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from itertools import groupby, pairwise
from pathlib import Path
from typing import Literal

import msgspec

from payrule.citations.copies import Copies, SourceText
from payrule.citations.passages import Passage, passages
from payrule.fmt import formatted
from payrule.model.digests import words_digest
from payrule.model.policy import Cite, Policy
from payrule.model.schema_validator import schema
from payrule.results.rereading import (
    REMEMBERED,
    Changed,
    NewWording,
    Piece,
    RememberedCopies,
    RememberedCopy,
    Reread,
    Rereading,
    Reworded,
    in_lines,
    marks,
)
from payrule.rulebase.folder import read_text
from payrule.rulebase.load import shape_findings
from payrule.source.diagnostics import DocumentError

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
    for kept, group in groupby(steps, key=lambda step: step.kept):
        run = list(group)
        new = range(run[0].new.start, run[-1].new.stop)
        yield Step(range(run[0].old.start, run[-1].old.stop), new, kept=kept)


def read_remembered(folder: Path) -> RememberedCopies | None:
    """Read what a rulebase remembers of the copies, if anything; raises DocumentError where it is wrong or cut."""
    if not (folder / REMEMBERED).exists():
        return None
    text = read_text(folder / REMEMBERED)
    found = shape_findings(text, schema("remembered-copies"))
    if found:
        raise DocumentError(found)
    remembered = msgspec.convert(text.value, RememberedCopies)
    if not remembered.is_whole:
        message = "the remembered copies do not match their digest"
        help_text = "restore the file, or run `payrule reread --remember` again"
        raise DocumentError([text.diagnostic(("digest",), "other-data", message, help_text)])
    return remembered


def remembered_text(remembered: RememberedCopies) -> str:
    """Write it as every document is written, with the digest of the copies."""
    return formatted(msgspec.to_builtins(remembered.with_digest()))


CHANCE = 3
"""Marks in a row that may agree by chance; a text of words leaves nothing to it."""


def reread(
    policies: Mapping[str, tuple[Policy, ...]],
    new: Copies,
    old: Copies | None = None,
    remembered: RememberedCopies | None = None,
) -> Rereading:
    """Compare new copies with the old ones, else with what is remembered; raises DocumentError for no text."""
    listed = passages(policies).items()
    return Rereading(copies=tuple(_reread(file, cites, new, _before(file, old, remembered)) for file, cites in listed))


def remember(policies: Mapping[str, tuple[Policy, ...]], copies: Copies) -> RememberedCopies:
    """Remember copies: marks for their words, and where the cited passages begin."""
    found = {}
    for file, cites in passages(policies).items():
        text = copies.text(file)
        if text is not None:
            places = {each.cite.digest: tuple(at.start for at in text.find(each.cite)) for each in cites}
            starts = {digest: place for digest, place in sorted(places.items(), key=str) if digest and place}
            found[file] = RememberedCopy(marks=in_lines(marks(text.folded)), passages=starts)
    return RememberedCopies(copies=found)


def reread_edition(version: Policy, source: str, old: SourceText, new: SourceText) -> Reread:
    """Compare a new edition of a source of a version with the one that the version cites.

    >>> from payrule import load
    >>> version = load().policies["blue-cross"][0]
    >>> text = SourceText("Massage is paid.")
    >>> reread_edition(version, next(iter(version.sources)), text, text).elsewhere
    ()
    """
    file = version.sources[source].file or ""
    cites = passages({version.id: (version,)}).get(file, ())
    return _compared(file, cites, new, _Before("old copy", old.folded, text=old))


class _Before(msgspec.Struct, frozen=True):
    """What the new copy is compared with: its words or their marks, and the old text where it is at hand."""

    compared: Literal["old copy", "remembered", "nothing"]
    words: Sequence[str]
    text: SourceText | None = None
    remembered: RememberedCopy | None = None

    def place(self, cite: Cite) -> range | None:
        """Find a passage in what there was."""
        if self.text is not None:
            return next(iter(self.text.find(cite)), None)
        starts = self.remembered.passages.get(cite.digest or "", ()) if self.remembered else ()
        return range(starts[0], starts[0] + (cite.words or 0)) if starts else None

    def steps(self, copy: SourceText) -> tuple[Step, ...]:
        """Align what there was with the new copy."""
        if self.text is not None:
            return _by_paragraph(aligned(self.words, copy.folded), copy)
        return _by_paragraph(aligned(self.words, marks(copy.folded), CHANCE), copy) if self.remembered else ()


def _before(file: str, old: Copies | None, remembered: RememberedCopies | None) -> _Before:
    text = old.text(file) if old is not None else None
    if text is not None:
        return _Before("old copy", text.folded, text=text)
    copy = remembered.copies.get(file) if remembered is not None else None
    if copy is not None:
        return _Before("remembered", "".join(copy.marks), remembered=copy)
    return _Before("nothing", ())


def _reread(file: str, cites: tuple[Passage, ...], new: Copies, before: _Before) -> Reread:
    copy = new.text(file)
    if copy is None:
        return Reread(file=file, compared=before.compared, lacks=True)
    return _compared(file, cites, copy, before)


def _compared(file: str, cites: tuple[Passage, ...], copy: SourceText, before: _Before) -> Reread:
    with_digest = [each for each in cites if each.cite.digest]
    lost = [each for each in with_digest if not copy.find(each.cite)]
    steps = before.steps(copy)
    places = [before.place(each.cite) for each in lost]
    reworded = [_reworded(each, place, steps, copy, before) for each, place in zip(lost, places, strict=True)]
    return Reread(
        file=file,
        compared=before.compared,
        lacks=False,
        found=len(with_digest) - len(lost),
        without_digest=len(cites) - len(with_digest),
        reworded=tuple(sorted(reworded, key=lambda each: (each.line or 0, each.locator))),
        elsewhere=tuple(
            Changed(line=copy.line(step.new.start), pieces=tuple(_pieces(step, copy, before)))
            for step in steps
            if not step.kept and not any(_touches(step, place) for place in places if place)
        ),
    )


def _reworded(
    passage: Passage, place: range | None, steps: tuple[Step, ...], copy: SourceText, before: _Before
) -> Reworded:
    rests = tuple(each.label for each in passage.citing)
    ours = [step for step in steps if place is not None and _touches(step, place)]
    if place is None or not ours:
        return Reworded(locator=passage.cite.locator, rests=rests, line=None, pieces=(), cite=None)
    cut = [_cut(step, place) for step in ours]
    there = range(cut[0].new.start, cut[-1].new.stop)
    kept = any(step.kept for step in cut)
    wording = NewWording(len(there), words_digest(copy.folded[there.start : there.stop]))
    return Reworded(
        locator=passage.cite.locator,
        rests=rests,
        line=copy.line(there.start),
        pieces=tuple(piece for step in cut for piece in _pieces(step, copy, before)),
        cite=wording if kept else None,
    )


def _by_paragraph(steps: Sequence[Step], copy: SourceText) -> tuple[Step, ...]:
    """Split what is new where a paragraph begins, so that a new one is not taken for words of the passage before it.

    What is gone goes to the part that continues kept words, or else to the one that leads up to kept words.
    """
    found: list[Step] = []
    for number, step in enumerate(steps):
        cuts = [] if step.kept else copy.breaks(step.new)
        if not cuts:
            found.append(step)
            continue
        parts = [range(one, other) for one, other in pairwise([step.new.start, *cuts, step.new.stop])]
        goes_on = number > 0 and not copy.breaks(range(step.new.start - 1, step.new.start + 1))
        leads_up = number < len(steps) - 1 and not copy.breaks(range(step.new.stop - 1, step.new.stop + 1))
        instead = len(parts) - 1 if leads_up and not goes_on else 0
        for position, part in enumerate(parts):
            at = step.old.start if position < instead else step.old.stop
            found.append(Step(step.old if position == instead else range(at, at), part, kept=False))
    return tuple(found)


def _touches(step: Step, place: range) -> bool:
    """Tell whether a step is about words of a passage; what is new must be between two of them."""
    if step.old:
        return step.old.start < place.stop and place.start < step.old.stop
    return place.start < step.old.start < place.stop


def _cut(step: Step, place: range) -> Step:
    """Cut kept words where the passage begins and ends; what changed is shown whole."""
    if not step.kept:
        return step
    first, last = max(step.old.start, place.start), min(step.old.stop, place.stop)
    shift = step.new.start - step.old.start
    return Step(range(first, last), range(first + shift, last + shift), kept=True)


def _pieces(step: Step, copy: SourceText, before: _Before) -> Iterator[Piece]:
    if step.kept:
        yield Piece("kept", len(step.new), copy.passage(step.new))
        return
    if step.old:
        yield Piece("gone", len(step.old), before.text.passage(step.old) if before.text else "")
    if step.new:
        yield Piece("new", len(step.new), copy.passage(step.new))
