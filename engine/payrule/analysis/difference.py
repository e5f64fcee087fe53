"""Enumerate every kind of changed answer between two sides, each with a smallest claim that shows it."""

from collections.abc import Callable, Container, Iterator, Sequence
from collections.abc import Set as AbstractSet
from math import inf
from typing import Any, Literal, NamedTuple

from msgspec import UNSET

from payrule.analysis.encoding import Encoding, Regime
from payrule.analysis.payments import Paid, order
from payrule.analysis.resolution import AnswerLiterals
from payrule.analysis.solver import OutOfTimeError, never
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
    changes: dict[Kind, AnswerChange] = {}
    proofs: list[Certainty] = []
    notes: list[str] = []
    other_lines = None
    try:
        encoding = Encoding(regimes, expired)
        other_lines = None if encoding.bounds() else encoding.other_lines
        for position, regime in enumerate(regimes):
            old, new = encoding.encoders[2 * position : 2 * position + 2]
            unshown = 0
            both = (encoding.answer(old), encoding.answer(new)), (encoding.paid(old), encoding.paid(new))
            for kind, change in _changes(encoding, regime, both, replay, changes):
                if change is None:
                    unshown += 1
                else:
                    changes[kind] = change
            proofs.append("unknown" if unshown else encoding.proof())
            if unshown:
                notes.append(f"{unshown} kinds of change could not be shown by a claim")
        notes += encoding.bounds() if weakest(*proofs) == "bounded" else ()
    except OutOfTimeError:
        proofs.append("unknown")
        notes.append(OUT_OF_TIME)
    # By disposition before and after, the firm ones first, then by what decides.
    order = lambda kind: (*(DISPOSITIONS.index(each.disposition) for each in kind[:2]), repr(kind))  # noqa: E731
    return AnswerDifference(
        changes=tuple(changes[kind] for kind in sorted(changes, key=order)),
        certainty=weakest(*proofs),
        other_lines=other_lines,
        notes=tuple(notes),
    )


Both = tuple[tuple[AnswerLiterals, AnswerLiterals], tuple[Paid, Paid]]
"""How a line is answered before and after, and what is paid of it."""


def _changes(
    encoding: Encoding, regime: Regime, both: Both, replay: Replay, known: Container[Kind]
) -> Iterator[tuple[Kind, AnswerChange | None]]:
    """List the kinds of change that are not known yet, each with a smallest claim; None where none could be made."""
    solver, asked = encoding.solver, (encoding.guard, encoding.within(regime.spans))

    def see(decided: tuple[Determination, ...], line: int) -> tuple[Kind, bool]:
        """See the kind of change, and that something changes."""
        before, after = (each.line(line) for each in decided)
        return kind_of(before, after), what_counts(before) != what_counts(after)

    reader = _Reader(encoding, *both)
    # Known kinds are ruled out here alone: what a claim shows is asked of every encounter.
    fresh = encoding.graph.variable()
    while solver.holds((*asked, reader.differ, fresh)):
        literal, kind = reader.read()
        if kind not in known:
            change = None
            if found := shown(encoding, asked, literal, replay, ((kind, True), see)):
                encounter, line, (before, after), said = found
                witness = Witness(encounter=encounter, line=line, matters=said, before=before, after=after)
                paid = kind.paid or UNSET
                change = AnswerChange(before=kind.before, after=kind.after, paid_otherwise=paid, witness=witness)
            yield kind, change
        solver.require(-encoding.graph.all((fresh, literal)))


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

    def read(self) -> tuple[int, Kind]:
        """Give the kind of change, and the literal that a claim shows it."""
        chosen: list[int] = []
        pair = []
        for answer in self._answers:
            read = {}
            for name in Answer.__struct_fields__:
                literals: dict[Any, int] = getattr(answer, name)
                read[name], literal = next(each for each in literals.items() if self._value(each[1]))
                chosen.append(literal)
            # A rule that pays what is within a quota denies a line of which nothing is: answers have the rule's name.
            rule = read["rule"]
            pair.append(Answer(**read | {"rule": None if rule is None else rule.removesuffix(NOTHING_LEFT)}))
        paid = None
        told = [self._otherwise]
        if self._value(self._otherwise):
            paid = self._read_paid()
            told += (*self._order, *(literal for each in self._paid for literal in each.reduces.values()))
        chosen += (each if self._value(each) else -each for each in told)
        return self._graph.all(chosen), Kind(pair[0], pair[1], paid)

    def _read_paid(self) -> PaidOtherwise:
        before, after = (frozenset(name for name, at in each.reduces.items() if self._value(at)) for each in self._paid)
        more, less = (self._value(each) for each in self._order)
        was, now = (each.percent(names) for each, names in zip(self._paid, (before, after), strict=True))
        changes = {more - less, (now > was) - (now < was)}
        return PaidOtherwise(tuple(sorted(before)), tuple(sorted(after)), _more_or_less(changes))
