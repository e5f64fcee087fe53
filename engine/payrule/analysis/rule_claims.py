"""Smallest claims that show what a rule does: it decides, just misses, waits for a fact, meets its exceptions.

Each leaf of its condition makes the difference once, and so does each end of an interval, from both sides.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal

import msgspec

from payrule.analysis.encoding import Encoding, breaks
from payrule.analysis.graph import OutOfTimeError, never
from payrule.analysis.minimize import smallest
from payrule.analysis.period import Part, Replay, Ruling
from payrule.analysis.rule_mutations import all_inlined, inlined, misreadings, points
from payrule.analysis.variables import SUBJECT
from payrule.analysis.witness import written
from payrule.language.lower import Formula
from payrule.resolve.settle import BoundRule

Way = Literal["decides", "matches", "near-miss", "waits", "exception", "without-exception"]
"""What a claim shows of a rule: it decides, matches, just misses, waits, or meets an exception or does not."""


class Wish(msgspec.Struct, frozen=True):
    """What a claim is to show of a rule.

    `by` is the leaf of its condition that makes the difference, or the rule that is an exception to it.
    """

    rule: str
    way: Way
    by: str | None = None


class Granted(msgspec.Struct, frozen=True):
    """A claim for a wish; none where there is none, or where it is `possible` and none could be written."""

    wish: Wish
    encounter: dict[str, Any] | None
    possible: bool = True


_STRONGER: dict[Way, Way] = {"matches": "decides"}
"""What shows more than a way does."""


class _Question(msgspec.Struct, frozen=True):
    wish: Wish
    literals: tuple[int, ...]


Fits = Callable[[Wish, dict[str, Any]], bool]
"""Whether a claim shows what is wished, as the engine decides it."""


def rule_claims(
    rulings: Sequence[Ruling],
    replay: Replay,
    chosen: Callable[[BoundRule], bool],
    fits: Fits,
    expired: Callable[[], bool] = never,
) -> Iterator[Granted]:
    """Make claims that show the rules that are chosen, on the first dates on which each binds.

    What an earlier claim shows gets none of its own. Raises OutOfTimeError when time runs out.
    """
    days = breaks(span for ruling in rulings for span in ruling.spans)
    conditions = [all_inlined(ruling.rules.conditions, ruling.rules.facts) for ruling in rulings]
    wanted = [each.rules.conditions[rule.name] for each in rulings for rule in each.rules.rules if chosen(rule)]
    inline = [inlined(each, rulings[0].rules.facts | _facts(rulings)) for each in wanted]
    also = [*(each.formula for condition in inline for each in misreadings(condition)), *points(inline)]
    encoding = Encoding([ruling.rules for ruling in rulings], days, expired, also)
    seen: set[str] = set()
    for encoder, ruling, formulas in zip(encoding.encoders, rulings, conditions, strict=True):
        fresh = [rule for rule in ruling.rules.rules if chosen(rule) and rule.name not in seen]
        if fresh:
            seen.update(rule.name for rule in fresh)
            part = Part(encoding, encoder, ruling, replay)
            for rule in fresh:
                yield from _granted(part, list(_questions(part, rule, formulas[rule.name])), fits)


def _facts(rulings: Sequence[Ruling]) -> dict[str, Formula]:
    return {name: each for ruling in rulings for name, each in ruling.rules.facts.items()}


def _questions(part: Part, rule: BoundRule, condition: Formula) -> Iterator[_Question]:
    graph, name = part.encoding.graph, rule.name
    true, possible = part.definite[name], part.possible[name]
    alone = graph.all(-literal for other, literal in part.possible.items() if other != name)
    decides, pending = part.answer.rule[name], part.answer.disposition["pending"]
    reason = graph.all((part.is_reason(rule), -pending, -part.answer.disposition["undecided"]))
    if rule.effect != "neutral":
        yield _Question(Wish(name, "decides"), (graph.all((decides, alone)), decides, reason))
    yield _Question(Wish(name, "matches"), (true,))
    for each in misreadings(condition):
        other_true, _ = part.encoder.truth(each.formula, SUBJECT)
        told: tuple[tuple[Way, int, tuple[int, ...]], ...] = (
            ("matches", decides, (true, -other_true)),
            ("near-miss", -decides, (-possible, other_true)),
            ("waits", pending, (possible, -true, other_true)),
        )
        for way, sight, literals in told:
            whole = graph.all(literals)
            yield _Question(Wish(name, way, each.leaf), (graph.all((whole, alone)), graph.all((whole, sight)), whole))
    yield _Question(Wish(name, "waits"), (graph.all((possible, -true, pending)), graph.all((possible, -true))))
    for other in sorted(rule.overridden_by):
        yield _Question(Wish(name, "exception", other), (graph.all((true, part.definite[other])),))
        yield _Question(Wish(name, "without-exception", other), (graph.all((true, -part.possible[other])),))


def _granted(part: Part, questions: Sequence[_Question], fits: Fits) -> Iterator[Granted]:
    encoding, solver = part.encoding, part.encoding.solver
    solver.know(literal for each in questions for literal in each.literals)
    shown: set[int] = set()
    ways: set[Way] = set()
    missing: dict[Way, Granted] = {}
    for question in questions:
        if any(literal in shown for literal in question.literals):
            continue
        if question.wish.by is None and ways & {question.wish.way, _STRONGER.get(question.wish.way)}:
            continue
        literal = next((each for each in question.literals if part.can(each)), None)
        found = None
        if literal is not None:
            state = smallest(solver, encoding.space, (*part.asked, literal))
            shown.add(literal)
            if encoding.is_exact(state):
                shown.update(each for other in questions for each in other.literals if solver.value(each))
            found = next((each for _, each in written(encoding, [state], "claim") if fits(question.wish, each)), None)
        if found is None:
            missing.setdefault(question.wish.way, Granted(question.wish, None, literal is not None))
        else:
            ways.add(question.wish.way)
            yield Granted(question.wish, found)
    yield from (each for way, each in missing.items() if way not in ways)


__all__ = ["Fits", "Granted", "OutOfTimeError", "Way", "Wish", "rule_claims"]
