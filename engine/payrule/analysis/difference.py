"""Enumerate every kind of changed answer between two sides, each with a smallest claim that shows it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import msgspec
from msgspec import UNSET

from payrule.analysis.count_plan import lines_to_count
from payrule.analysis.encoding import Encoding, Regime, bounds, of_one_side
from payrule.analysis.kinds import Kind, KindReader, kind_of
from payrule.analysis.rule_set import counts_in
from payrule.analysis.slices import Slice, read_of, slices
from payrule.analysis.solver import OutOfTimeError, never
from payrule.analysis.witness import shown
from payrule.analysis.work import ALONE, Work, answered
from payrule.results.determination import DISPOSITIONS, Determination, what_counts
from payrule.results.difference import (
    AnswerChange,
    AnswerDifference,
    Certainty,
    Witness,
    weakest,
)

_FEWEST = 2
"""Earlier lines that a claim may have, where both sides count alike."""

Replay = Callable[[dict[str, Any]], tuple[Determination, Determination]]
"""Decide an encounter as the old side does, and as the new one does."""


OUT_OF_TIME = "time ran out before every kind of change was settled"


def difference(
    regimes: Sequence[Regime], replay: Replay, expired: Callable[[], bool] = never, work: Work = ALONE
) -> AnswerDifference:
    """Find every kind of changed answer; raises UnfaithfulError when the engine decides a claim otherwise.

    Slices whose rules count lines are asked one after the other, each only for what those before it have not shown.
    """
    asked = [each for each in map(_unequal, slices(regimes).slices) if each is not None]
    question = _Changes(replay)
    plain, counting = list[Slice](), list[Slice]()
    for one in asked:
        (counting if _counts(one) else plain).append(one)
    answers = answered(question, plain, work, expired)
    found = [*answers, *([question.asked_together(counting, expired)] if counting else [])]
    changes: dict[Kind, AnswerChange] = {}
    for each in found:
        for change in each.changes:
            kind = Kind.of(change)
            if kind not in changes or _size(change) < _size(changes[kind]):
                changes[kind] = change
    is_cut = len(answers) < len(plain) or any(each.is_cut for each in found)
    unshown = frozenset[Kind]().union(*(each.unshown for each in found)) - changes.keys()
    counted_on = frozenset[tuple[int, int]]().union(*(each.counted_on for each in found))
    certainty = weakest(*(each.proof for each in found), "unknown" if is_cut or unshown else "proved")
    # By disposition before and after, the firm ones first, then by what decides.
    order = lambda kind: (*(DISPOSITIONS.index(each.disposition) for each in kind[:2]), repr(kind))  # noqa: E731
    return AnswerDifference(
        changes=tuple(changes[kind] for kind in sorted(changes, key=order)),
        certainty=certainty,
        other_lines=None if counted_on else max((each.other_lines for each in found), default=None if is_cut else 0),
        notes=tuple(_notes(len(unshown), counted_on if certainty == "bounded" else (), is_cut=is_cut)),
    )


def _notes(unshown: int, counted_on: Iterable[tuple[int, int]], *, is_cut: bool) -> Iterator[str]:
    """Say what was not settled, or on what claims lines were counted where a proof rests on that."""
    if unshown:
        yield f"{unshown} kinds of change could not be shown by a claim"
    if is_cut:
        yield OUT_OF_TIME
    if counted_on:
        yield from bounds(counted_on)


def _counts(of: Slice) -> bool:
    """Tell whether some rule of a slice counts lines, or has a quota."""
    return any(counts_in(rules for regime in of.regimes for rules in regime.rules))


def _unequal(of: Slice) -> Slice | None:
    """Leave out the dates on which both sides have the same rules; None where they always do."""
    if of.codes is None:
        return of
    differing = [at for at, sides in enumerate(of.reads) if len({each[:2] for each in sides}) > 1]
    if not differing:
        return None
    kept = {
        name: tuple(getattr(of, name)[at] for at in differing) for name in ("regimes", "positions", "spoken", "reads")
    }
    return msgspec.structs.replace(of, **kept)


class _SliceChanges(msgspec.Struct, frozen=True):
    """The kinds of change that a slice shows, each with a smallest claim, and how sure it is that there is no other.

    `unshown` are kinds for which no claim could be made.
    """

    changes: tuple[AnswerChange, ...] = ()
    proof: Certainty = "proved"
    other_lines: int = 0
    counted_on: frozenset[tuple[int, int]] = frozenset()
    unshown: frozenset[Kind] = frozenset()
    is_cut: bool = False


class _KeptChange(msgspec.Struct, frozen=True):
    kind: Kind
    encounter: dict[str, Any]
    line: int
    matters: tuple[str, ...]


class _KeptChanges(msgspec.Struct, frozen=True):
    """How what a slice shows is kept: without answers, for each claim is decided again."""

    changes: tuple[_KeptChange, ...]
    found: _SliceChanges


class _Changes(msgspec.Struct, frozen=True):
    """The question what changes, as it is asked of a slice."""

    replay: Replay

    def read_of(self, of: Slice) -> tuple[bytes, ...]:
        """Give what an answer follows from."""
        return (b"difference", *read_of(of, versions=False))

    def ask(self, of: Slice, expired: Callable[[], bool]) -> _SliceChanges:
        """Find every kind of change."""
        return self.asked_together([of], expired)

    def asked_together(self, slices: Iterable[Slice], expired: Callable[[], bool]) -> _SliceChanges:
        """Find every kind of change that some slices show: in each only those that none before it has shown."""
        found = _Found(self.replay)
        other_lines, is_cut = 0, False
        try:
            for of in slices:
                few = max(_FEWEST, lines_to_count(of_one_side(of.regimes)))
                encoding = Encoding(of.regimes, expired, codes=of.codes, earlier=few, named=of.named)
                other_lines = max(other_lines, encoding.other_lines)
                found.look(encoding, of.regimes)
                if encoding.is_narrow:
                    wide = Encoding(of.regimes, expired, codes=of.codes, named=of.named)
                    found.look_farther(encoding, wide, of.regimes)
        except OutOfTimeError:
            is_cut = True
        return _SliceChanges(
            tuple(found.changes.values()),
            weakest(*found.proofs),
            other_lines,
            frozenset(found.counted_on),
            frozenset(found.unshown) - found.changes.keys(),
            is_cut,
        )

    def write(self, answer: _SliceChanges) -> bytes | None:
        """Write what was found, unless time ran out."""
        if answer.is_cut:
            return None
        kept = tuple(
            _KeptChange(Kind.of(each), each.witness.encounter, each.witness.line, each.witness.matters)
            for each in answer.changes
        )
        return msgspec.json.encode(_KeptChanges(kept, msgspec.structs.replace(answer, changes=())))

    def read(self, of: Slice, written: bytes) -> _SliceChanges | None:  # noqa: ARG002 - as questions are read
        """Read what was found, and decide its claims again."""
        try:
            kept = msgspec.json.decode(written, type=_KeptChanges)
        except msgspec.MsgspecError:
            return None
        changes = []
        for each in kept.changes:
            before, after = self.replay(each.encounter)
            if kind_of(before.line(each.line), after.line(each.line)) != each.kind:
                return None
            changes.append(_change(each.kind, each.encounter, each.line, each.matters, (before, after)))
        return msgspec.structs.replace(kept.found, changes=tuple(changes))


def _change(
    kind: Kind, encounter: dict[str, Any], line: int, matters: tuple[str, ...], decided: tuple[Determination, ...]
) -> AnswerChange:
    before, after = decided
    witness = Witness(encounter=encounter, line=line, matters=matters, before=before, after=after)
    return AnswerChange(before=kind.before, after=kind.after, paid_otherwise=kind.paid or UNSET, witness=witness)


class _Found:
    """The kinds of change that have been found, each with a smallest claim.

    Smallest is a claim with the fewest other lines, and of these one with the fewest earlier lines, on whatever date.
    """

    def __init__(self, replay: Replay) -> None:
        """Take what decides an encounter; nothing has been found."""
        self.changes: dict[Kind, AnswerChange] = {}
        self.counted_on = set[tuple[int, int]]()
        self.proofs: list[Certainty] = []
        self.unshown = set[Kind]()
        self._replay = replay

    def look(self, encoding: Encoding, regimes: Sequence[Regime]) -> None:
        """Look for kinds of change that were not found yet, and for smaller claims of those that were."""
        for position, regime in enumerate(regimes):
            self._look(encoding, regime, position, encoding.solver.holds)
        if not encoding.is_narrow:
            self.counted_on.update(encoding.counted_on)

    def look_farther(self, narrow: Encoding, wide: Encoding, regimes: Sequence[Regime]) -> None:
        """Look among claims with more earlier lines, as long as that is soon settled: else it is left at the fewer."""
        before = len(self.proofs)
        settled = [self._look(wide, regime, position, wide.solver.soon) for position, regime in enumerate(regimes)]
        if not all(settled):
            self.proofs[before:] = ["bounded"]
        self.counted_on.update((wide if all(settled) else narrow).counted_on)

    def _look(
        self, encoding: Encoding, regime: Regime, position: int, ask: Callable[[Iterable[int]], bool | None]
    ) -> bool:
        """Look in one regime; tells whether all was settled."""
        solver, asked = encoding.solver, encoding.question(regime)
        old, new = encoding.encoders[2 * position : 2 * position + 2]
        both = (encoding.answer(old), encoding.answer(new)), (encoding.paid(old), encoding.paid(new))
        reader = KindReader(encoding, *both)
        elsewhere = tuple(self.changes)
        # Known kinds are ruled out here alone: what a claim shows is asked of every encounter.
        fresh = encoding.graph.variable()
        for kind in elsewhere:
            solver.require(-encoding.graph.all((fresh, reader.shows(kind))))
        while found := ask((*asked, reader.differ, fresh)):
            kind = reader.read()
            literal = reader.shows(kind)
            if kind not in self.changes:
                self._show(encoding, asked, literal, kind)
            solver.require(-encoding.graph.all((fresh, literal)))
        if not encoding.is_narrow:
            self.proofs.append(encoding.proof())
        return self._look_for_smaller(encoding, asked, reader, elsewhere, ask) and found is False

    def _look_for_smaller(
        self,
        encoding: Encoding,
        asked: tuple[int, ...],
        reader: "KindReader",
        kinds: Sequence[Kind],
        ask: Callable[[Iterable[int]], bool | None],
    ) -> bool:
        """Show kinds of change by claims with fewer lines than those that were found; tells whether all was settled."""
        shown = {kind: reader.shows(kind) for kind in kinds if _size(self.changes[kind]) > (0, 0)}
        smaller = {
            kind: encoding.graph.all((literal, encoding.with_fewer_lines(*_size(self.changes[kind]))))
            for kind, literal in shown.items()
        }
        while found := ask((*asked, encoding.graph.some(smaller.values()))):
            kind = next(each for each, literal in smaller.items() if encoding.solver.value(literal))
            del smaller[kind]
            self._show(encoding, asked, shown[kind], kind)
        return found is False

    def _show(self, encoding: Encoding, asked: tuple[int, ...], literal: int, kind: Kind) -> None:
        """Show a kind of change by a smallest claim, unless it is shown by one of fewer lines."""

        def see(decided: tuple[Determination, ...], line: int) -> tuple[Kind, bool]:
            """See the kind of change, and that something changes."""
            before, after = (each.line(line) for each in decided)
            return kind_of(before, after), what_counts(before) != what_counts(after)

        found = shown(encoding, asked, literal, self._replay, ((kind, True), see))
        if found is None:
            self.unshown.add(kind)
            return
        encounter, line, decided, said = found
        change = _change(kind, encounter, line, said, decided)
        known = self.changes.get(kind)
        if known is None or _size(change) < _size(known):
            self.changes[kind] = change


def _size(change: AnswerChange) -> tuple[int, int]:
    """Give the other lines, and the earlier lines, of the claim that shows a change."""
    return len(change.witness.encounter["lines"]) - 1, len(change.witness.encounter.get("history", ()))
