"""Enumerate every kind of changed answer between two sides, each with a smallest claim that shows it."""

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from typing import Any

from payrule.analysis.encoding import Encoding, Regime
from payrule.analysis.resolution import AnswerLiterals
from payrule.analysis.solver import OutOfTimeError, never
from payrule.analysis.witness import shown
from payrule.resolve.answer import Verdict
from payrule.results.determination import DISPOSITIONS, Determination, LineDetermination, what_counts
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
    """Find every kind of changed answer; raises UnfaithfulError when the engine decides a claim otherwise."""
    changes: dict[Kind, AnswerChange] = {}
    proofs: list[Certainty] = []
    notes: list[str] = []
    other_lines = None
    try:
        encoding = Encoding(regimes, expired)
        other_lines = encoding.other_lines
        for position, regime in enumerate(regimes):
            old, new = encoding.encoders[2 * position : 2 * position + 2]
            unshown = 0
            answers = encoding.answer(old), encoding.answer(new)
            for pair, change in _changes(encoding, regime, answers, replay, changes):
                if change is None:
                    unshown += 1
                else:
                    changes[pair] = change
            proofs.append("unknown" if unshown else encoding.proof())
            if unshown:
                notes.append(f"{unshown} kinds of change could not be shown by a claim")
    except OutOfTimeError:
        proofs.append("unknown")
        notes.append(OUT_OF_TIME)
    # By disposition before and after, the firm ones first, then by what decides.
    order = lambda pair: (*(DISPOSITIONS.index(each.disposition) for each in pair), repr(pair))  # noqa: E731
    return AnswerDifference(
        changes=tuple(changes[pair] for pair in sorted(changes, key=order)),
        certainty=weakest(*proofs),
        other_lines=other_lines,
        notes=tuple(notes),
    )


def _changes(
    encoding: Encoding,
    regime: Regime,
    answers: tuple[AnswerLiterals, AnswerLiterals],
    replay: Replay,
    known: Container[Kind],
) -> Iterator[tuple[Kind, AnswerChange | None]]:
    """List the kinds of change that are not known yet, each with a smallest claim; None where none could be made."""
    solver, asked = encoding.solver, (encoding.guard, encoding.within(regime.spans))

    def see(decided: tuple[Determination, ...], line: int) -> tuple[Kind, bool]:
        """See the kind of change, and that something changes: a limit that differs need not bind on a claim."""
        before, after = (each.line(line) for each in decided)
        return (answer_of(before), answer_of(after)), what_counts(before) != what_counts(after)

    differ = encoding.differ(*answers)
    solver.know(literal for answer in answers for literal in answer.literals())
    # Known kinds are ruled out here alone: what a claim shows is asked of every encounter.
    fresh = encoding.graph.variable()
    while solver.holds((*asked, differ, fresh)):
        literal, pair = _kind(encoding, answers)
        if pair not in known:
            change = None
            if found := shown(encoding, asked, literal, replay, ((pair, True), see)):
                encounter, line, (before, after), said = found
                witness = Witness(encounter=encounter, line=line, matters=said, before=before, after=after)
                change = AnswerChange(before=pair[0], after=pair[1], witness=witness)
            yield pair, change
        solver.require(-encoding.graph.all((fresh, literal)))


def _kind(encoding: Encoding, answers: Iterable[AnswerLiterals]) -> tuple[int, Kind]:
    """Read the kind of change in the last model, and give the literal that a claim shows it."""
    chosen: list[int] = []
    pair = []
    for answer in answers:
        read = {}
        chosen += (each if encoding.solver.value(each) else -each for each in answer.paid.values())
        for name in Answer.__struct_fields__:
            literals: dict[Any, int] = getattr(answer, name)
            read[name], literal = next(each for each in literals.items() if encoding.solver.value(each[1]))
            chosen.append(literal)
        pair.append(Answer(**read))
    return encoding.graph.all(chosen), (pair[0], pair[1])
