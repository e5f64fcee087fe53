"""Enumerate every kind of changed answer between two sides, each with a smallest claim that shows it."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from payrule.analysis.encoding import Encoding, Regime
from payrule.analysis.solver import OutOfTimeError, never
from payrule.analysis.witness import LINE, shown
from payrule.resolve.answer import Verdict
from payrule.results.determination import DISPOSITIONS, Determination, LineDetermination
from payrule.results.difference import Answer, AnswerChange, AnswerDifference, Certainty, Witness, weakest

Kind = tuple[Answer, Answer]
"""A kind of change: the answer before, and after."""

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


OUT_OF_TIME = "time ran out before every kind of change was settled"


def difference(regimes: Sequence[Regime], replay: Replay, expired: Callable[[], bool] = never) -> AnswerDifference:
    """Find every kind of changed answer; each claim is decided by the engine before it is given.

    Raises UnfaithfulError when the engine answers a claim otherwise than the solver said.
    """
    changes: dict[Kind, AnswerChange] = {}
    proofs: list[Certainty] = []
    notes: list[str] = []
    other_lines = None
    try:
        encoding = Encoding(regimes, expired)
        other_lines = encoding.other_lines
        for position, regime in enumerate(regimes):
            search = _Search(encoding, regime, position, replay)
            changes.update(search.changes(changes))
            proofs.append("unknown" if search.unshown else search.proof)
            if search.unshown:
                notes.append(f"{search.unshown} kinds of change could not be shown by a claim")
    except OutOfTimeError:
        proofs.append("unknown")
        notes.append(OUT_OF_TIME)
    return AnswerDifference(
        changes=tuple(changes[pair] for pair in sorted(changes, key=_order)),
        certainty=weakest(*proofs),
        other_lines=other_lines,
        notes=tuple(notes),
    )


def _order(pair: Kind) -> tuple[object, ...]:
    """Order kinds of change: by disposition before and after, the firm ones first, then by what decides."""
    return (*(DISPOSITIONS.index(each.disposition) for each in pair), repr(pair))


class _Search:
    """Search the dates of one regime."""

    def __init__(self, encoding: Encoding, regime: Regime, position: int, replay: Replay) -> None:
        self.encoding, self.solver, self.replay = encoding, encoding.solver, replay
        old, new = encoding.encoders[2 * position : 2 * position + 2]
        self.answers = (encoding.answer(old), encoding.answer(new))
        self.asked = (encoding.guard, encoding.within(regime.spans))
        self.unshown = 0
        self.proof: Certainty = "proved"

    def changes(self, known: dict[Kind, AnswerChange]) -> Iterator[tuple[Kind, AnswerChange]]:
        """List the kinds of change that are not known yet."""
        differ = self.encoding.differ(*self.answers)
        self.solver.know(literal for answer in self.answers for literal in answer.literals())
        # Known kinds are ruled out here alone: what a claim shows is asked of every encounter.
        fresh = self.encoding.graph.variable()
        while self.solver.holds((*self.asked, differ, fresh)):
            literal, pair = self._kind()
            if pair not in known:
                change = self._shown(literal, pair)
                if change is None:
                    self.unshown += 1
                else:
                    yield pair, change
            self.solver.require(-self.encoding.graph.all((fresh, literal)))
        self.proof = self.encoding.proof()

    def _kind(self) -> tuple[int, Kind]:
        """Read the kind of change in the last model, and give the literal that a claim shows it."""
        chosen, pair = [], []
        for answer in self.answers:
            read = {}
            for name in answer.__struct_fields__:
                literals: dict[Any, int] = getattr(answer, name)
                read[name], literal = next(each for each in literals.items() if self.solver.value(each[1]))
                chosen.append(literal)
            pair.append(Answer(**read))
        return self.encoding.graph.all(chosen), (pair[0], pair[1])

    def _shown(self, literal: int, pair: Kind) -> AnswerChange | None:
        """Make a smallest claim of a kind and have it decided; None when no claim could be made of it."""
        found = shown(self.encoding, self.asked, literal, self.replay, (pair, _kind_of))
        if found is None:
            return None
        encounter, (before, after), said = found
        witness = Witness(encounter=encounter, line=LINE, matters=said, before=before, after=after)
        return AnswerChange(before=pair[0], after=pair[1], witness=witness)


def _kind_of(decided: tuple[Determination, Determination]) -> Kind:
    before, after = decided
    return answer_of(before.line(LINE)), answer_of(after.line(LINE))
