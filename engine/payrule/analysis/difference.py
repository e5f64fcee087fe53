"""Every kind of changed answer between two sides, each with a smallest claim that shows it.

A kind is told from another in answers that were given, and in a model of the solver.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from math import inf
from typing import Any, Literal, NamedTuple

import msgspec
from msgspec import UNSET

from payrule.analysis.count_plan import lines_to_count
from payrule.analysis.encoding import Encoding, Regime, bounds, of_one_side
from payrule.analysis.payments import Paid, order
from payrule.analysis.resolution import AnswerLiterals
from payrule.analysis.rule_set import counts_in
from payrule.analysis.slices import Slice, read_of, slices
from payrule.analysis.solver import NEVER, OutOfTimeError, never
from payrule.analysis.witness import shown
from payrule.analysis.work import ALONE, Answered, Work, answered, kept_answer, recalled, terms_of
from payrule.resolve.answer import Verdict
from payrule.resolve.payment import WHOLE
from payrule.resolve.settle import NOTHING_LEFT
from payrule.results.determination import DISPOSITIONS, Determination, LineDetermination, Pays, ends, what_counts
from payrule.results.difference import (
    Answer,
    AnswerChange,
    AnswerDifference,
    Certainty,
    PaidOtherwise,
    Witness,
    weakest,
)


class Kind(NamedTuple):
    """A kind of change: the answer before, and after; of a line that is payable both times, what is paid otherwise."""

    before: Answer
    after: Answer
    paid: PaidOtherwise | None = None

    @classmethod
    def of(cls, change: AnswerChange) -> "Kind":
        """Give the kind of a change that is shown."""
        return cls(change.before, change.after, change.paid_otherwise or None)


def answer_of(line: LineDetermination | Verdict) -> Answer:
    """Give what counts as the answer of a line that has been decided, and the rule that decides it."""
    return Answer(
        disposition=line.disposition,
        liability=line.liability,
        concern=line.concern,
        discretionary=line.discretionary,
        remittance=line.remittance,
        rule=line.reasons[0].name if line.reasons else None,
    )


def kind_of(before: LineDetermination, after: LineDetermination) -> Kind:
    """Give the kind of change between two answers for a line."""
    paid = None
    is_paid_otherwise = (before.pays, before.adjusted) != (after.pays, after.adjusted)
    if is_paid_otherwise and before.disposition == after.disposition == "payable":
        paid = PaidOtherwise(
            _reducing(before), _reducing(after), _compared(before.pays or Pays(), after.pays or Pays())
        )
    return Kind(answer_of(before), answer_of(after), paid)


def _reducing(line: LineDetermination) -> tuple[str, ...]:
    """Name the rules that surely reduce what is paid."""
    return tuple(sorted({each.rule for each in line.adjustments or ()}))


def _compared(before: Pays, after: Pays) -> Literal["more", "less", "otherwise"]:
    """Compare the most that is paid; where a line is not limited it is all that is billed."""
    billed = before.of or after.of
    changes = set[int]()
    for one, two, whole in ((before.units, after.units, billed), (before.percent, after.percent, WHOLE)):
        if one is not UNSET or two is not UNSET:
            (_, was), (_, now) = (ends(whole or 0 if each is UNSET else each) for each in (one, two))
            was, now = (inf if each is None else each for each in (was, now))
            changes.add((now > was) - (now < was))
    return _more_or_less(changes)


def _more_or_less(changes: AbstractSet[int]) -> Literal["more", "less", "otherwise"]:
    """Put changes of units and of the percentage together."""
    return "otherwise" if len(changes - {0}) != 1 else "more" if 1 in changes else "less"


class KindReader:
    """Read the kind of change in the last model."""

    def __init__(
        self, encoding: Encoding, answers: tuple[AnswerLiterals, AnswerLiterals], paid: tuple[Paid, Paid]
    ) -> None:
        """Say what differs between two answers, and let models tell all that makes a kind."""
        self._answers, self._paid, self._graph = answers, paid, encoding.graph
        self._value = encoding.solver.value
        self.differ, self._otherwise = encoding.differ(*answers, paid)
        self._order = order(encoding.graph, *paid)
        encoding.solver.know(literal for answer in answers for literal in answer.literals())
        encoding.solver.know((self._otherwise, *self._order, *(x for each in paid for x in each.reduces.values())))

    def read(self) -> Kind:
        """Give the kind of change."""
        pair = []
        for answer in self._answers:
            read = {}
            for name in Answer.__struct_fields__:
                literals: dict[Any, int] = getattr(answer, name)
                read[name] = next(value for value, literal in literals.items() if self._value(literal))
            pair.append(Answer(**read | {"rule": _rule_name(read["rule"])}))
        return Kind(pair[0], pair[1], self._read_paid() if self._value(self._otherwise) else None)

    def _read_paid(self) -> PaidOtherwise:
        before, after = (frozenset(name for name, at in each.reduces.items() if self._value(at)) for each in self._paid)
        more, less = (self._value(each) for each in self._order)
        return PaidOtherwise(tuple(sorted(before)), tuple(sorted(after)), self._changed(before, after, more - less))

    def _changed(
        self, before: AbstractSet[str], after: AbstractSet[str], units: int
    ) -> Literal["more", "less", "otherwise"]:
        was, now = (each.percent(names) for each, names in zip(self._paid, (before, after), strict=True))
        return _more_or_less({units, (now > was) - (now < was)})

    def shows(self, kind: Kind) -> int:
        """Say that a claim shows a kind of change."""
        chosen: list[int] = []
        for answer, wanted in zip(self._answers, (kind.before, kind.after), strict=True):
            for name in Answer.__struct_fields__:
                literals: dict[Any, int] = getattr(answer, name)
                value = getattr(wanted, name)
                if name == "rule":
                    chosen.append(self._graph.some(at for each, at in literals.items() if _rule_name(each) == value))
                else:
                    chosen.append(literals.get(value, NEVER))
        chosen.append(-self._otherwise if kind.paid is None else self._shows_paid(kind.paid))
        return self._graph.all(chosen)

    def _shows_paid(self, wanted: PaidOtherwise) -> int:
        sets = (frozenset(wanted.before), frozenset(wanted.after))
        if not all(names <= each.reduces.keys() for names, each in zip(sets, self._paid, strict=True)):
            return NEVER
        reducing = (
            literal if name in names else -literal
            for names, each in zip(sets, self._paid, strict=True)
            for name, literal in each.reduces.items()
        )
        more, less = self._order
        units = {0: self._graph.same(more, less), 1: self._graph.all((more, -less)), -1: self._graph.all((less, -more))}
        fitting = (literal for change, literal in units.items() if self._changed(*sets, change) == wanted.paid)
        return self._graph.all((self._otherwise, *reducing, self._graph.some(fitting)))


def _rule_name(name: str | None) -> str | None:
    """Name the rule: one that pays what is within a quota denies a line of which nothing is in a case of its own."""
    return None if name is None else name.removesuffix(NOTHING_LEFT)


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
    cut = slices(regimes, unequal=True)
    asked = [each for each in map(_unequal, cut.slices) if each is not None]
    question = _Changes(replay)
    plain, counting = list[Slice](), list[Slice]()
    for one in asked:
        (counting if cut.counts and _counts(one) else plain).append(one)
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
    decided: msgspec.Raw


class _KeptChanges(msgspec.Struct, frozen=True):
    """How what a slice shows is kept: each claim with its answers, as what decides them writes them."""

    changes: tuple[_KeptChange, ...]
    found: _SliceChanges


class _Changes(msgspec.Struct, frozen=True):
    """The question what changes, as it is asked of a slice."""

    replay: Replay

    def read_of(self, of: Slice) -> tuple[bytes, ...]:
        """Give what an answer follows from."""
        return (b"difference", *read_of(of, versions=False))

    def terms(self) -> bytes:
        """Give the terms under which claims are decided."""
        return terms_of(self.replay)

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
        kept = tuple(self._kept(Kind.of(each), each.witness) for each in answer.changes)
        return msgspec.json.encode(_KeptChanges(kept, msgspec.structs.replace(answer, changes=())))

    def _kept(self, kind: Kind, of: Witness) -> _KeptChange:
        decided = kept_answer(self.replay, of.encounter, (of.before, of.after))
        return _KeptChange(kind, of.encounter, of.line, of.matters, decided)

    def read(self, of: Slice, written: bytes) -> Answered[_SliceChanges] | None:  # noqa: ARG002 - as questions are read
        """Read what was found, and recall what is decided of its claims; None where one does not show its kind."""
        try:
            kept = msgspec.json.decode(written, type=_KeptChanges)
        except msgspec.MsgspecError:
            return None
        changes, is_new = [], False
        for each in kept.changes:
            (before, after), is_kept = recalled(self.replay, each.encounter, each.decided)
            is_new = is_new or not is_kept
            if kind_of(before.line(each.line), after.line(each.line)) != each.kind:
                return None
            changes.append(_change(each.kind, each.encounter, each.line, each.matters, (before, after)))
        return Answered(msgspec.structs.replace(kept.found, changes=tuple(changes)), is_new)


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
