"""Enumerate every kind of changed answer between two sides, each with a smallest claim that shows it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from math import inf
from typing import Any, Literal, NamedTuple

from msgspec import UNSET

from payrule.analysis.count_plan import lines_to_count
from payrule.analysis.encoding import Encoding, Regime, bounds, of_one_side
from payrule.analysis.payments import Paid, order
from payrule.analysis.resolution import AnswerLiterals
from payrule.analysis.slices import slices
from payrule.analysis.solver import NEVER, OutOfTimeError, never
from payrule.analysis.witness import shown
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


_FEWEST = 2
"""Earlier lines that a claim may have, where both sides count alike."""

Replay = Callable[[dict[str, Any]], tuple[Determination, Determination]]
"""Decide an encounter as the old side does, and as the new one does."""


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


OUT_OF_TIME = "time ran out before every kind of change was settled"


def difference(regimes: Sequence[Regime], replay: Replay, expired: Callable[[], bool] = never) -> AnswerDifference:
    """Find every kind of changed answer; raises UnfaithfulError when the engine decides a claim otherwise."""
    found = _Found(replay)
    lines: list[int] = []
    try:
        for each in slices(regimes):
            few = max(_FEWEST, lines_to_count(of_one_side(each.regimes)))
            encoding = Encoding(each.regimes, expired, codes=each.codes, earlier=few)
            lines.append(encoding.other_lines)
            found.look(encoding, each.regimes)
            if encoding.is_narrow:
                found.look_farther(encoding, Encoding(each.regimes, expired, codes=each.codes), each.regimes)
    except OutOfTimeError:
        found.cut_off()
    # By disposition before and after, the firm ones first, then by what decides.
    order = lambda kind: (*(DISPOSITIONS.index(each.disposition) for each in kind[:2]), repr(kind))  # noqa: E731
    return AnswerDifference(
        changes=tuple(found.changes[kind] for kind in sorted(found.changes, key=order)),
        certainty=found.certainty,
        other_lines=None if found.counted_on else max(lines, default=None),
        notes=tuple(found.notes()),
    )


class _Found:
    """The kinds of change that have been found, each with a smallest claim, and how sure it is that there is no other.

    Smallest is a claim with the fewest other lines, and of these one with the fewest earlier lines. Where rules are
    asked code by code that holds for all codes together.
    """

    def __init__(self, replay: Replay) -> None:
        """Take what decides an encounter; nothing has been found."""
        self.changes: dict[Kind, AnswerChange] = {}
        self.counted_on = set[tuple[int, int]]()
        self._replay = replay
        self._proofs: list[Certainty] = []
        self._unshown = set[Kind]()

    @property
    def _without_claim(self) -> int:
        return len(self._unshown - self.changes.keys())

    @property
    def certainty(self) -> Certainty:
        """How sure it is that every kind of change has been found."""
        return weakest(*self._proofs, "unknown" if self._without_claim else "proved")

    def notes(self) -> Iterator[str]:
        """Say what was not settled, or on what claims lines were counted where a proof rests on that."""
        if self._without_claim:
            yield f"{self._without_claim} kinds of change could not be shown by a claim"
        if "unknown" in self._proofs:
            yield OUT_OF_TIME
        if self.certainty == "bounded" and self.counted_on:
            yield from bounds(self.counted_on)

    def cut_off(self) -> None:
        """Note that time ran out."""
        self._proofs.append("unknown")

    def look(self, encoding: Encoding, regimes: Sequence[Regime]) -> None:
        """Look for kinds of change that were not found yet, and for smaller claims of those that were."""
        for position, regime in enumerate(regimes):
            self._look(encoding, regime, position, encoding.solver.holds)
        if not encoding.is_narrow:
            self.counted_on.update(encoding.counted_on)

    def look_farther(self, narrow: Encoding, wide: Encoding, regimes: Sequence[Regime]) -> None:
        """Look among claims with more earlier lines, as long as that is soon settled: else it is left at the fewer."""
        before = len(self._proofs)
        settled = [self._look(wide, regime, position, wide.solver.soon) for position, regime in enumerate(regimes)]
        if not all(settled):
            self._proofs[before:] = ["bounded"]
        self.counted_on.update((wide if all(settled) else narrow).counted_on)

    def _look(
        self, encoding: Encoding, regime: Regime, position: int, ask: Callable[[Iterable[int]], bool | None]
    ) -> bool:
        """Look in one regime; tells whether all was settled."""
        solver, asked = encoding.solver, encoding.question(regime)
        old, new = encoding.encoders[2 * position : 2 * position + 2]
        both = (encoding.answer(old), encoding.answer(new)), (encoding.paid(old), encoding.paid(new))
        reader = _Reader(encoding, *both)
        elsewhere = tuple(self.changes) if encoding.plan.tied else ()
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
            self._proofs.append(encoding.proof())
        return self._look_for_smaller(encoding, asked, reader, elsewhere, ask) and found is False

    def _look_for_smaller(
        self,
        encoding: Encoding,
        asked: tuple[int, ...],
        reader: "_Reader",
        kinds: Sequence[Kind],
        ask: Callable[[Iterable[int]], bool | None],
    ) -> bool:
        """Show kinds of change by claims with fewer lines than those that were found; tells whether all was settled."""
        shown = {kind: reader.shows(kind) for kind in kinds}
        smaller = {
            kind: encoding.graph.all((shown[kind], encoding.with_fewer_lines(*_size(self.changes[kind]))))
            for kind in kinds
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
            self._unshown.add(kind)
            return
        encounter, line, (before, after), said = found
        witness = Witness(encounter=encounter, line=line, matters=said, before=before, after=after)
        change = AnswerChange(before=kind.before, after=kind.after, paid_otherwise=kind.paid or UNSET, witness=witness)
        known = self.changes.get(kind)
        if known is None or _size(change) < _size(known):
            self.changes[kind] = change


def _size(change: AnswerChange) -> tuple[int, int]:
    """Give the other lines, and the earlier lines, of the claim that shows a change."""
    return len(change.witness.encounter["lines"]) - 1, len(change.witness.encounter.get("history", ()))


class _Reader:
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
