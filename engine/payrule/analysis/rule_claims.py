"""Smallest claims that show what a rule does, and the mutations of its condition that they tell it from.

A leaf is taken for always true and for always false, an end of an interval is moved by one from both sides, and a
condition on other lines forgets the date or looks at the line itself.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any, Literal

import msgspec

from payrule.analysis.encoding import Encoding, Regime
from payrule.analysis.minimize import minimize
from payrule.analysis.regime_questions import RegimeQuestions, Replay
from payrule.analysis.solver import never
from payrule.analysis.value_classes import plainly
from payrule.analysis.variables import SUBJECT
from payrule.analysis.witness import written
from payrule.language.lower import (
    All,
    AttributeLeaf,
    FactLeaf,
    Formula,
    Lines,
    Not,
    OtherLine,
    Quota,
    Range,
    Some,
    attribute_leaves,
    inlined,
)
from payrule.language.words import subject_of, value_words
from payrule.model.values import ValueSet, code_after, day_after, in_span
from payrule.resolve.settle import BoundRule

ALWAYS, NEVER = All(()), Some(())


class RuleMutation(msgspec.Struct, frozen=True):
    """A condition with one leaf misread, which leaf that is, in words, and the attribute that it asks for."""

    leaf: str
    formula: Formula
    attribute: str | None = None


def rule_mutations(formula: Formula) -> Iterator[RuleMutation]:
    """List the mutations of a formula without facts, leaf by leaf.

    >>> for each in rule_mutations(Range("line.units", 2, None)):
    ...     print(each.leaf)
    units
    units
    units at 2
    units at 1
    """
    if isinstance(formula, (All, Some)):
        for place, part in enumerate(formula.parts):
            before, after = formula.parts[:place], formula.parts[place + 1 :]
            for each in rule_mutations(part):
                yield RuleMutation(each.leaf, type(formula)((*before, each.formula, *after)), each.attribute)
    elif isinstance(formula, Not):
        yield from (RuleMutation(each.leaf, Not(each.formula), each.attribute) for each in rule_mutations(formula.part))
    elif isinstance(formula, OtherLine):
        yield from _of_other_line(formula)
    elif isinstance(formula, Lines):
        yield from _of_count(formula)
    elif isinstance(formula, Quota):
        yield RuleMutation("a quota", ALWAYS)
        yield RuleMutation("a quota", NEVER)
    elif not isinstance(formula, FactLeaf):
        yield from _of_leaf(formula)


def points(formulas: Iterable[Formula]) -> Iterator[AttributeLeaf]:
    """List the tests for the ends of the intervals in some formulas, and for the values next to them."""
    for formula in formulas:
        for leaf in attribute_leaves(formula):
            yield from (point for point, *_ in _ends(leaf))


def _of_other_line(formula: OtherLine) -> Iterator[RuleMutation]:
    yield RuleMutation("another line", ALWAYS)
    yield RuleMutation("another line", NEVER)
    yield RuleMutation("the date of another line", OtherLine(formula.formula, not formula.same_date))
    yield RuleMutation("another line than this one", Some((formula, formula.formula)))
    for each in rule_mutations(formula.formula):
        yield RuleMutation(f"another line: {each.leaf}", OtherLine(each.formula, formula.same_date), each.attribute)


def _of_count(formula: Lines) -> Iterator[RuleMutation]:
    yield RuleMutation("a count of lines", ALWAYS)
    yield RuleMutation("a count of lines", NEVER)
    tests = formula.measure.tests
    for place, (test, operand) in enumerate(tests):
        for other in (operand - 1, operand + 1):
            moved = (*tests[:place], (test, other), *tests[place + 1 :])
            measure = msgspec.structs.replace(formula.measure, tests=moved)
            yield RuleMutation(f"a count of lines at {operand}", msgspec.structs.replace(formula, measure=measure))


def _of_leaf(leaf: AttributeLeaf) -> Iterator[RuleMutation]:
    subject = subject_of(leaf.attribute)
    yield RuleMutation(subject, ALWAYS, leaf.attribute)
    yield RuleMutation(subject, NEVER, leaf.attribute)
    for point, value, inside in _ends(leaf):
        moved = All((leaf, Not(point))) if inside else Some((leaf, point))
        yield RuleMutation(f"{subject} at {value_words(value)}", moved)


def _ends(leaf: AttributeLeaf) -> Iterator[tuple[AttributeLeaf, Any, bool]]:
    """List the ends of an interval, which are inside, and the values next to them, which are not.

    Each is a test that this value alone passes, the value, and whether it is inside. A range of codes has codes of one
    length: a longer one that sorts between its ends is outside too.
    """
    for plain in plainly(leaf):
        if isinstance(plain, Range):
            yield from _ends_of_range(plain)
        elif plain.values is not None:
            for low, high in plain.values.ranges:
                for code, inside in ((low, True), (high, True), (f"{low}0", False)):
                    yield type(plain)(plain.attribute, ValueSet(frozenset({code}))), code, inside
            for low, high in plain.values.spans:
                for code in filter(None, (low, high, f"{high}0", code_after(high), high[:-1])):
                    yield type(plain)(plain.attribute, ValueSet(frozenset({code}))), code, in_span(code, low, high)


def _ends_of_range(leaf: Range) -> Iterator[tuple[AttributeLeaf, Any, bool]]:
    for end, first_is_inside in ((leaf.low, True), (leaf.below, False)):
        if end is not None:
            dated = isinstance(end, date)
            yield Range(leaf.attribute, end, day_after(end) if dated else end + 1), end, first_is_inside
            if end != date.min:
                before = end - timedelta(days=1) if dated else end - 1
                yield Range(leaf.attribute, before, end), before, not first_is_inside


Way = Literal["decides", "matches", "near-miss", "waits", "exception", "without-exception"]
"""What a claim shows of a rule: it decides, matches, just misses, waits, or meets an exception or does not."""


class Wish(msgspec.Struct, frozen=True):
    """What a claim is to show of a rule; `by` is the leaf that makes the difference, or the exception to the rule."""

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
    regimes: Sequence[Regime],
    replay: Replay,
    chosen: Callable[[BoundRule], bool],
    fits: Fits,
    expired: Callable[[], bool] = never,
) -> Iterator[Granted]:
    """Make claims that show the rules that are chosen, on the first dates on which each binds.

    What an earlier claim shows gets none of its own. Raises OutOfTimeError when time runs out.
    """
    rule_sets = [rules for regime in regimes for rules in regime.rules]
    facts = {name: each for rules in rule_sets for name, each in rules.facts.items()}
    wanted = [rules.conditions[rule.name] for rules in rule_sets for rule in rules.rules if chosen(rule)]
    inline = [inlined(each, facts) for each in wanted]
    also = [*(each.formula for condition in inline for each in rule_mutations(condition)), *points(inline)]
    encoding = Encoding(regimes, expired, also)
    seen: set[str] = set()
    for encoder, regime in zip(encoding.encoders, regimes, strict=True):
        rules = encoder.rules
        fresh = [rule for rule in rules.rules if chosen(rule) and rule.name not in seen]
        if fresh:
            seen.update(rule.name for rule in fresh)
            part = RegimeQuestions(encoding, encoder, regime, replay)
            for rule in fresh:
                condition = inlined(rules.conditions[rule.name], rules.facts)
                yield from _granted(part, list(_questions(part, rule, condition)), fits)


def _questions(part: RegimeQuestions, rule: BoundRule, condition: Formula) -> Iterator[_Question]:
    graph, name = part.encoding.graph, rule.name
    true, possible = part.definite[name], part.possible[name]
    alone = graph.all(-literal for other, literal in part.possible.items() if other != name)
    decides, pending = part.answer.rule[name], part.answer.disposition["pending"]
    reason = graph.all((part.is_reason(rule), -pending, -part.answer.disposition["undecided"]))
    if rule.effect != "neutral":
        yield _Question(Wish(name, "decides"), (graph.all((decides, alone)), decides, reason))
    yield _Question(Wish(name, "matches"), (true,))
    for each in rule_mutations(condition):
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


def _granted(part: RegimeQuestions, questions: Sequence[_Question], fits: Fits) -> Iterator[Granted]:
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
            state = minimize(solver, encoding.space, (*part.asked, literal))
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
