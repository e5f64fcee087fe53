"""Build a suite: smallest claims that probe the rules of one payer, each with what the engine decides of it.

A suite holds an engine, or a payer's own system, to what the rules say: each rule decides a claim; each leaf of each
condition makes a difference in one; the ends of each interval are met from both sides, and so are the boundaries of the
minutes that support units; each override has both rules match, and the overridden one alone; rules meet in pairs; and
each day on which other versions begin is tried.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import islice, permutations
from typing import Any

import msgspec
from tests.analysis.unit_boundaries import timed_claims

from payrule.analysis.derived import UNITS_SUPPORTED
from payrule.analysis.encoding import Encoding, Regime
from payrule.analysis.minimize import minimize
from payrule.analysis.regime_questions import RegimeQuestions, Replay
from payrule.analysis.resolution import SettledConcern
from payrule.analysis.rule_claims import points, rule_mutations
from payrule.analysis.rule_set import RuleSet
from payrule.analysis.solver import NEVER, never
from payrule.analysis.variables import SUBJECT, Slot
from payrule.analysis.witness import claims
from payrule.encounter.encounter import DATE
from payrule.language.derived.relations import REGIONS
from payrule.language.lower import Formula, Range, inlined
from payrule.language.words import subject_of
from payrule.model.values import day_after
from payrule.resolve.scenarios import Standing, standing
from payrule.resolve.settle import BoundRule
from payrule.results.determination import Determination


class Probe(msgspec.Struct, frozen=True):
    """A claim, what it probes, and what the engine decides of it."""

    name: str
    encounter: dict[str, Any]
    determination: Determination


class Question(msgspec.Struct, frozen=True):
    """What a claim is to show: the first of these literals that can hold of one; `timed` where units decide it."""

    name: str
    literals: tuple[int, ...]
    timed: bool = False


def suite(regimes: Sequence[Regime], replay: Replay) -> Iterator[Probe]:
    """List the probes of a payer, as its rules bind on each date; what an earlier claim shows gets none of its own."""
    days = {day for regime in regimes for span in regime.spans for day in span if day is not None}
    conditions = [each for regime in regimes for rules in regime.rules for each in _inlined(rules).values()]
    also = [each.formula for condition in conditions for each in rule_mutations(condition)]
    also += [*points(conditions), *(point for day in sorted(days) for point in points([Range(DATE, day, None)]))]
    encoding = Encoding(regimes, never, also)
    parts = [RegimeQuestions(encoding, *each, replay) for each in zip(encoding.encoders, regimes, strict=True)]
    seen: set[bytes] = set()
    asked: set[tuple[str, str]] = set()
    for part, regime in zip(parts, regimes, strict=True):
        fresh = [rule for rule in part.rules.rules if (rule.policy.name, rule.name) not in asked]
        asked.update((rule.policy.name, rule.name) for rule in fresh)
        questions = [
            *_of_days(part, parts, regime),
            *_questions(part, fresh, _inlined(part.rules)),
        ]
        for probe in _probes(part, questions):
            written = msgspec.json.encode(probe.encounter)
            if written not in seen:
                seen.add(written)
                yield probe


def _inlined(rules: RuleSet) -> dict[str, Formula]:
    return {name: inlined(each, rules.facts) for name, each in rules.conditions.items()}


def _probes(part: RegimeQuestions, questions: Sequence[Question]) -> Iterator[Probe]:
    """Show each question by a smallest claim, unless an earlier one shows it."""
    encoding, solver = part.encoding, part.encoding.solver
    solver.know(literal for each in questions for literal in each.literals)
    shown: set[int] = set()
    # Several questions may come to one literal, which is shown once: for all of them.
    timed = {literal for each in questions if each.timed for literal in each.literals}
    for question in questions:
        literal = next((each for each in question.literals if each in shown or part.can(each)), NEVER)
        if literal == NEVER or literal in shown:
            continue
        state = minimize(solver, encoding.space, (*part.asked, literal))
        shown.add(literal)
        if encoding.is_exact(state):
            shown.update(each for other in questions for each in other.literals if solver.value(each))
        written = list(islice(claims(encoding.space, state, "probe"), 1 if encoding.is_exact(state) else None))
        for encounter in written:
            yield Probe(question.name, encounter, part.replay(encounter))
        for encounter in timed_claims(written[0], part.rules.setting) if literal in timed and written else ():
            yield Probe(f"{question.name}, by minutes", encounter, part.replay(encounter))


def _questions(part: RegimeQuestions, rules: Sequence[BoundRule], conditions: dict[str, Formula]) -> Iterator[Question]:
    for values in (*part.answer.parts(), part.answer.rule):
        for value, literal in values.items():
            yield Question(f"the answer has {value}", (literal,))
    for rule in rules:
        yield from _of_leaves(part, rule, conditions[rule.name])
        yield from _of_overrides(part, rule)
    for one, two in permutations(part.rules.rules, 2):
        if one.rule.conclude.concern == two.rule.conclude.concern and (one in rules or two in rules):
            yield from _of_pair(part, one.name, two.name)
    yield from _of_concerns(part)
    yield from _of_empty_sets(part)


def _of_leaves(part: RegimeQuestions, rule: BoundRule, condition: Formula) -> Iterator[Question]:
    """Ask for claims that tell a condition from each misreading of it: where no other rule has a say, if there are any.

    Else where the answer shows it at once, or anywhere.
    """
    encoding, graph, name = part.encoding, part.encoding.graph, rule.name
    true, possible = part.definite[name], part.possible[name]
    alone = graph.all(-literal for other, literal in part.possible.items() if other != name)
    decides, pending = part.answer.rule[name], part.answer.disposition["pending"]
    for each in rule_mutations(condition):
        other_true, other_possible = part.encoder.truth(each.formula, SUBJECT)
        for said, seen, literals in (
            ("matches only by", decides, (true, -other_true)),
            ("misses only by", -decides, (-possible, other_true)),
            ("waits to match for", pending, (possible, -true, other_true)),
            ("waits to miss for", pending, (possible, -true, -other_possible)),
        ):
            told = graph.all(literals)
            shown = (graph.all((told, alone)), graph.all((told, seen)), told)
            timed = said == "matches only by" and is_timed(encoding, each.attribute)
            yield Question(f"{name} {said} {each.leaf}", shown, timed)
        if each.attribute is not None and "." not in each.attribute:  # how two lines relate
            waits = graph.all((possible, -true, other_true, *_nowhere(part)))
            yield Question(f"{name} waits for {each.leaf}, without any", (graph.all((waits, alone)), waits))


def _of_overrides(part: RegimeQuestions, rule: BoundRule) -> Iterator[Question]:
    graph, definite, possible = part.encoding.graph, part.definite, part.possible
    for other in sorted(rule.overridden_by):
        matches, name = definite[rule.name], f"{other} overrides {rule.name}"
        yield Question(f"{name}: both match", (graph.all((matches, definite[other])),))
        yield Question(f"{name}: it matches alone", (graph.all((matches, -possible[other])),))
        waits = graph.all((matches, possible[other], -definite[other]))
        yield Question(f"{name}: it is not sure", (waits,))


def _of_pair(part: RegimeQuestions, one: str, two: str) -> Iterator[Question]:
    """Ask for claims on which two rules on one concern meet."""
    graph, definite, possible = part.encoding.graph, part.definite, part.possible
    waits = graph.all((possible[two], -definite[two]))
    yield Question(f"{one} decides, {two} matches", (graph.all((part.answer.rule[one], definite[two])),))
    unsure = graph.all((definite[one], waits))
    yield Question(f"{one} matches, {two} waits", (graph.all((unsure, part.answer.disposition["pending"])), unsure))
    if one < two:
        yield Question(f"{one} and {two} wait", (graph.all((possible[one], -definite[one], waits)),))


def _of_concerns(part: RegimeQuestions) -> Iterator[Question]:
    """Ask for claims on which two concerns meet, each with one of the effects that it can have, for sure or perhaps."""
    graph, pending = part.encoding.graph, part.answer.disposition["pending"]
    for one, two in permutations(part.resolution.settled, 2):
        for (effect, bearer), sure in _sure(part, one).items():
            for other, perhaps in two.standings.items():
                name = f"{one.concern.id} is {effect} ({bearer}), {two.concern.id} {' '.join(filter(None, other))}"
                yield Question(name, (graph.all((sure, perhaps, -pending)),))
                yield Question(f"{name}, perhaps", (graph.all((sure, perhaps, pending)),))


def _sure(part: RegimeQuestions, settled: SettledConcern) -> dict[Standing, int]:
    found: dict[Standing, list[int]] = {}
    for rule in settled.concern.rules:
        found.setdefault(standing(rule), []).append(settled.decides[rule.name])
    return {each: part.encoding.graph.some(literals) for each, literals in found.items()}


def _of_empty_sets(part: RegimeQuestions) -> Iterator[Question]:
    """Ask for claims that say of an attribute that it has no values, which is not to say nothing of it."""
    graph, space = part.encoding.graph, part.encoding.space
    for slot in space.slots():
        if slot.many:
            empty = graph.all((_is_empty(part, slot), space.present(slot.line or SUBJECT)))
            for disposition, literal in part.answer.disposition.items():
                yield Question(f"{disposition}: no {subject_of(slot.attribute)}", (graph.all((empty, literal)),))


def _nowhere(part: RegimeQuestions) -> Iterator[int]:
    """Say that the subject names no region, and that each other line names one."""
    graph, space = part.encoding.graph, part.encoding.space
    yield _is_empty(part, space.slot(REGIONS, SUBJECT))
    for line in range(1, space.others + 1):
        slot = space.slot(REGIONS, line)
        named = graph.all((slot.given, graph.some(literal for _, literal in slot.choices)))
        yield graph.some((-space.present(line), named))


def _is_empty(part: RegimeQuestions, slot: Slot) -> int:
    return part.encoding.graph.all((slot.given, *(-literal for _, literal in slot.choices)))


def _of_days(part: RegimeQuestions, parts: Iterable[RegimeQuestions], regime: Regime) -> Iterator[Question]:
    """Ask for a claim of the first and of the last day of each span that any other regime would answer otherwise."""
    encoding = part.encoding
    answered = -part.answer.rule[None]
    for first, after in regime.spans:
        ends = [first] if first else []
        ends += [after - timedelta(days=1)] if after else []
        for day in ends:
            here = encoding.within([(day, day_after(day))])
            for other in parts:
                paid = part.paid, other.paid
                differs = encoding.differ(part.answer, other.answer, paid)[0] if other is not part else answered
                yield Question(f"on {day}", (encoding.graph.all((here, differs)),))


def is_timed(encoding: Encoding, attribute: str | None) -> bool:
    """Tell whether an attribute says that minutes support units."""
    declared = encoding.space.declared(attribute) if attribute is not None else []
    return any(each.derived == UNITS_SUPPORTED for each in declared)
