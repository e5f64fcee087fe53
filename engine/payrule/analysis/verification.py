"""Ask whether the rules of one payer hold together, on the dates of service on which the same versions are in effect.

Asked are the codes that rules name for a line itself, on the dates on which a version that names them binds. That no
policy decides a service that none speaks of, or a date on which none is in effect, is no gap.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from msgspec import UNSET, Struct, UnsetType

from payrule.analysis.encoding import Regime, Span, bounds
from payrule.analysis.problem import CodeClasses
from payrule.analysis.regime_questions import Replay
from payrule.analysis.slice_findings import Answer, Pair, RulesHold, RuleVersion
from payrule.analysis.slices import Slice, Slices, slices
from payrule.analysis.solver import never
from payrule.analysis.value_classes import all_alike
from payrule.analysis.work import ALONE, Work, answered
from payrule.model.policy import Period
from payrule.model.values import ValueSet
from payrule.resolve.settle import BoundRule
from payrule.results.difference import Certainty, weakest
from payrule.results.verification import (
    QUESTIONS,
    Gap,
    Multiplied,
    Question,
    RuleFault,
    RuleFinding,
    Scope,
    Shown,
)


class Contradiction(Struct, frozen=True):
    """Two rules that contradict each other on a claim."""

    rules: tuple[BoundRule, BoundRule]
    shown: Shown


class Verified(Struct, frozen=True):
    """What has been found, and how sure it is that there is nothing else, by question."""

    contradictions: Mapping[Pair, Contradiction]
    gaps: tuple[Gap, ...]
    findings: tuple[RuleFinding, ...]
    multiplied: Mapping[Pair, Multiplied]
    certainty: dict[Question, Certainty]
    other_lines: int | None = None
    notes: tuple[str, ...] = ()
    scope: Scope | UnsetType = UNSET


def verification(
    regimes: Sequence[Regime],
    replay: Replay,
    expired: Callable[[], bool] = never,
    asked: Sequence[Question] = QUESTIONS,
    work: Work = ALONE,
) -> Verified:
    """Answer questions in their order; raises UnfaithfulError when the engine decides a claim otherwise."""
    cut = slices(regimes)
    answers = answered(RulesHold(replay, tuple(asked)), cut.slices, work, expired)
    together = _Together(regimes, cut, answers)
    certainty = dict[Question, Certainty]((question, "proved") for question in QUESTIONS)
    certainty |= {question: together.certainty(question) for question in asked}
    contradictions, unshown = together.contradictions()
    unsettled, said = together.unsettled(asked)
    reached = "gaps" in asked and not (len(cut.slices) == 1 and "gaps" in unsettled[1:])
    gaps, scope, without_claim = together.gaps() if reached else ((), UNSET, ())
    certainty |= {"conflicts": weakest(certainty["conflicts"], "unknown")} if unshown else {}
    certainty |= {"gaps": weakest(certainty["gaps"], "unknown")} if without_claim else {}
    certainty |= dict.fromkeys(unsettled, "unknown")
    counted_on = frozenset[tuple[int, int]]().union(*(each.found.counted_on for each in answers))
    lines = [each.found.other_lines for each in answers if each.found.other_lines is not None]
    bounded = bounds(counted_on) if counted_on and "bounded" in certainty.values() and not unsettled else ()
    return Verified(
        contradictions,
        gaps,
        together.findings(asked),
        together.multiplied(),
        certainty,
        None if counted_on else max(lines, default=None),
        (*unshown, *without_claim, *bounded, *said),
        scope,
    )


class _Together:
    """What was found slice by slice, put together; slices at the end may be without an answer."""

    def __init__(self, regimes: Sequence[Regime], cut: Slices, answers: Sequence[Answer]) -> None:
        """Take the regimes, how they were cut, and the answers."""
        self._regimes, self._cut = regimes, cut
        self._answered: list[tuple[Slice, Answer]] = list(zip(cut.slices, answers, strict=False))
        self._answers = answers

    def certainty(self, question: Question) -> Certainty:
        """Say how sure it is that a question has no other answer, as far as it was asked."""
        return weakest(*(each.found.certainty[question] for each in self._answers))

    def unsettled(self, asked: Sequence[Question]) -> tuple[Sequence[Question], tuple[str, ...]]:
        """Name the questions that time did not suffice for, and say so."""
        missing = len(self._cut.slices) - len(self._answers)
        cut = [each.found.cut for each in self._answers if each.found.cut is not None]
        if not (missing or cut):
            return (), ()
        if len(self._cut.slices) > 1:
            number = missing + len(cut)
            return asked, (f"time ran out: {number:,} of {len(self._cut.slices):,} classes of codes were not settled",)
        current = cut[0] if cut else asked[0]
        note = f"time ran out while looking for {current}: what comes after it was not looked for"
        return asked[asked.index(current) :], (note,)

    def contradictions(self) -> tuple[dict[Pair, Contradiction], tuple[str, ...]]:
        """Give each conflict on the first dates on which it can be, with the smallest claim of all codes.

        Of some there may be no claim: they are named.
        """
        found: dict[Pair, tuple[tuple[int, int, int], Shown]] = {}
        unshown = dict[Pair, None]()
        for of, answer in self._answered:
            for each in answer.found.conflicts:
                if each.claim is None:
                    unshown[each.rules] = None
                    continue
                shown = answer.claims[each.claim]
                size = (of.positions[each.regime], *_size(shown))
                if each.rules not in found or size < found[each.rules][0]:
                    found[each.rules] = size, shown
        placed = {pair: self._bound(size[0], pair) for pair, (size, _) in found.items()}
        in_order = sorted(found, key=lambda pair: (found[pair][0][0], placed[pair][0], pair))
        notes = (f"no claim could be made that shows {one} and {two} in conflict" for one, two in unshown)
        return {pair: Contradiction(placed[pair][1], found[pair][1]) for pair in in_order}, tuple(notes)

    def _bound(self, position: int, pair: Pair) -> tuple[int, tuple[BoundRule, BoundRule]]:
        """Find two rules of one concern in a regime, with the place of the concern."""
        (rules,) = self._regimes[position].rules
        for place, concern in enumerate(rules.concerns):
            named = {rule.name: rule for rule in concern.rules}
            if pair[0] in named:
                return place, (named[pair[0]], named[pair[1]])
        raise KeyError(pair)

    def multiplied(self) -> dict[Pair, Multiplied]:
        """Give each two rules that pay percentages of one line, on the first dates, with the smallest claim."""
        found: dict[Pair, tuple[tuple[int, int, int], Multiplied]] = {}
        for of, answer in self._answered:
            for each in answer.found.multiplied:
                shown = answer.claims[each.claim]
                size = (of.positions[each.regime], *_size(shown))
                if each.rules not in found or size < found[each.rules][0]:
                    found[each.rules] = size, Multiplied(rules=each.rules, percents=each.percents, shown=shown)
        return {pair: found[pair][1] for pair in sorted(found, key=lambda pair: (found[pair][0][0], pair))}

    def gaps(self) -> tuple[tuple[Gap, ...], Scope | UnsetType, tuple[str, ...]]:
        """Give the codes that no policy decides, and of which codes that was asked; some may be without a claim."""
        classes = self._cut.classes or next((each.classes for each in self._answers if each.classes), None)
        if classes is None:
            return (), UNSET, ()
        like = _CodesLike(classes)
        spoken = self._cut.spoken
        dates = tuple(
            _periods(span for named, each in zip(spoken, self._regimes, strict=True) if named for span in each.spans)
        )
        asked = [value for value in classes.values if any(value in each for each in spoken)]
        listed = dict.fromkeys(code for value in asked for code in like.of(value))
        undecided = {each.code: (each, answer) for _, answer in self._answered for each in answer.found.undecided}
        gaps: dict[tuple[tuple[str, ...], bool], Gap] = {}
        notes = []
        for value in (each for each in classes.values if each in undecided):
            each, answer = undecided[value]
            codes = like.of(value)
            key = (codes, each.always is not None)
            if each.claim is None:
                notes.append(f"no claim could be made of {', '.join(codes)} to which no policy applies")
            elif key not in gaps:
                shown = answer.claims[each.claim]
                gaps[key] = Gap(codes=codes, always=key[1], certainty=each.always or "proved", shown=shown)
        return tuple(gaps.values()), Scope(codes=tuple(listed), dates=dates), tuple(notes)

    def findings(self, asked: Sequence[Question]) -> tuple[RuleFinding, ...]:
        """Give what is wrong with rules: something never holds, in any slice that has the rule."""
        having: dict[RuleVersion, list[int]] = {}
        for at, each in enumerate(self._cut.slices):
            for version in dict.fromkeys(_version(rule) for of in each.regimes for rule in of.rules[0].rules):
                having.setdefault(version, []).append(at)
        rules = {_version(rule): rule for each in reversed(self._regimes) for rule in each.rules[0].rules}
        found: dict[RuleVersion, RuleFinding] = {}
        for fault in (each for each in _BECAUSE if each in asked):
            never = [self._never(each, fault) for each in self._answers]
            for version, rule in sorted(rules.items()):
                places = having.get(version, ())
                if version not in found and all(at < len(never) and version in never[at] for at in places):
                    if not places and len(self._answers) < len(self._cut.slices):
                        continue
                    certainty = weakest(*(never[at][version] for at in places))
                    found[version] = _finding(rule, fault, certainty)
        return tuple(sorted(found.values(), key=lambda each: (each.rule, each.fault)))

    def _never(self, answer: Answer, fault: RuleFault) -> dict[RuleVersion, Certainty]:
        """Say of which rules something never holds in a slice: what matches no claim is no reason either."""
        dead = dict(answer.found.never.get("dead", ())) if fault == "shadowed" else {}
        return dead | dict(answer.found.never.get(fault, ()))


def _version(rule: BoundRule) -> RuleVersion:
    return rule.policy.name, rule.rule.id


_BECAUSE: dict[RuleFault, str] = {
    "dead": "nothing that a claim can say makes its condition true",
    "shadowed": "wherever it matches, an exception to it or a rule of higher precedence decides",
    "redundant": "without it every line would be answered the same",
}
"""What never holds of a rule, in the order in which it is asked."""

PAYS_NO_LESS = "no line is paid less because of it"
"""Why a rule is redundant that pays a part: its limit never binds, or another one always leaves less."""


def _finding(rule: BoundRule, fault: RuleFault, certainty: Certainty) -> RuleFinding:
    pays = fault == "redundant" and rule.rule.conclude.pay is not UNSET
    why = f"{PAYS_NO_LESS if pays else _BECAUSE[fault]} (policy version {rule.policy.name})"
    return RuleFinding(rule=rule.rule_name, fault=fault, certainty=certainty, because=why)


def _size(shown: Shown) -> tuple[int, int]:
    """Give the other lines, and the earlier lines, of a claim."""
    return len(shown.encounter["lines"]) - 1, len(shown.encounter.get("history", ()))


def _periods(spans: Iterable[Span]) -> Iterator[Period]:
    """Join spans of dates that touch, from the first one on."""
    joined: list[Span] = []
    for first, after in sorted(spans, key=lambda span: span[0] or date.min):
        if joined and joined[-1][1] == first and first is not None:
            joined[-1] = (joined[-1][0], after)
        else:
            joined.append((first, after))
    for first, after in joined:
        last = None if after is None else (after - timedelta(days=1)).isoformat()
        yield Period(first=None if first is None else first.isoformat(), last=last)


ANY_OTHER = "any other code"
"""What stands for the codes that no rule names."""


class _CodesLike:
    """Name the codes that rules treat as they treat one."""

    def __init__(self, classes: CodeClasses) -> None:
        self._sets = classes.sets
        self._alike = all_alike(classes.declared, classes.sets)
        self._named = {each for members in classes.sets for each in members.values}

    def of(self, value: Any) -> tuple[str, ...]:
        """List the codes that rules name and treat as they treat one code, then the ranges that hold others of them."""
        holding = [members for members in self._sets if value in members]
        if not holding:
            return (ANY_OTHER,)
        found = self._alike(value)
        others = [each for each in found if each not in self._named]
        # All of them lie in each set that holds one; the set with the narrowest ranges says most.
        width = lambda ranges: sum(int(high, 36) - int(low, 36) for low, high in ranges)  # noqa: E731
        spans = min((members.ranges for members in holding), key=width)
        ranges = (span for span in spans if any(each in ValueSet(frozenset(), (span,)) for each in others))
        named = sorted(each for each in found if each in self._named)
        return (*named, *(f"others of {low}-{high}" for low, high in ranges))
