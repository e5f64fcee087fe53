"""Ask whether the rules of one payer hold together, on the dates of service on which the same versions are in effect.

Asked are the codes that rules name for a line itself, on the dates on which a version that names them binds. That no
policy decides a service that none speaks of, or a date on which none is in effect, is no gap.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from itertools import combinations
from typing import Any

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from payrule.analysis.encoding import Encoding, Regime, Span
from payrule.analysis.problem import Encoder
from payrule.analysis.resolution import Resolution
from payrule.analysis.rule_set import own_codes
from payrule.analysis.solver import ALWAYS, OutOfTimeError, never
from payrule.analysis.value_classes import alike
from payrule.analysis.variables import CODE, SUBJECT
from payrule.analysis.witness import shown
from payrule.language.truth import Matches
from payrule.model.policy import Period
from payrule.model.values import ValueSet
from payrule.resolve.answer import Binding, Verdict, verdict
from payrule.resolve.remittance import RuleCodes
from payrule.resolve.settle import BoundRule, contradict
from payrule.results.determination import Determination, what_counts
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

Replay = Callable[[dict[str, Any]], Determination]
"""Decide an encounter for the payer."""


class RegimeQuestions:
    """The questions of one regime: the literals of its rules, and what is assumed of the date."""

    def __init__(self, encoding: Encoding, encoder: Encoder, regime: Regime, replay: Replay) -> None:
        """Take the encoding, the encoder of these rules in it, and what decides a claim."""
        self.encoding, self.encoder, self.rules, self.replay = encoding, encoder, encoder.rules, replay
        self.spans = regime.spans
        self.definite, self.possible = encoder.matches()
        self.resolution = Resolution(encoding.graph, self.rules, self.definite, self.possible)
        self.answer, self.paid = self.resolution.answer(), encoding.paid(encoder)
        encoding.solver.know((*self.definite.values(), *self.possible.values()))
        self.binding = Binding.of(self.rules.concerns, RuleCodes(self.rules.remittances), {}, self.rules.otherwise)
        self.asked = (encoding.guard, encoding.within(regime.spans))
        self.active = {name: each for concern in self.resolution.settled for name, each in concern.active.items()}

    def can(self, literal: int) -> bool:
        """Tell whether a literal can hold of some claim."""
        return self.encoding.solver.holds((*self.asked, literal), model=False)

    def shown(self, literal: int, expected: Any, see: Callable[[Determination, int], Any]) -> Shown | None:
        """Show by a smallest claim that a literal can hold; None when no claim could be made."""
        found = shown(self.encoding, self.asked, literal, self.replay, (expected, see))
        if found is None:
            return None
        encounter, line, determination, said = found
        return Shown(encounter=encounter, line=line, matters=said, determination=determination)

    def matters_without(self, rule: BoundRule) -> int:
        """Say that the answer would be another one without a rule, which has to match perhaps: that is soon refuted."""
        paid = self.encoding.paid(self.encoder, without=rule)
        differ, _ = self.encoding.differ(self.answer, self.resolution.without(rule).answer(), (self.paid, paid))
        return self.encoding.graph.all((self.possible[rule.name], differ))

    def needed_somewhere(self, rule: BoundRule) -> frozenset[str]:
        """Name rules that are needed on some claim that a rule decides; none where it decides none."""
        if not self.encoding.solver.holds((*self.asked, self.answer.rule[rule.name])):
            return frozenset()
        value = self.encoding.solver.value
        definite = frozenset(name for name, literal in self.definite.items() if value(literal))
        possible = frozenset(name for name, literal in self.possible.items() if value(literal))
        answer = _apart_from_payment(verdict(self.binding, Matches(definite, possible)))
        return frozenset(
            name
            for name in possible
            if _apart_from_payment(verdict(self.binding, Matches(definite - {name}, possible - {name}))) != answer
        )

    def is_reason(self, rule: BoundRule) -> int:
        """Say that a rule is active, and agrees with what decides its concern."""
        graph = self.encoding.graph
        settled = next(each for each in self.resolution.settled if each.concern.id == rule.rule.conclude.concern)
        value = rule.rule.conclude.value
        agreeing = [settled.decides[each.name] for each in settled.concern.rules if each.rule.conclude.value == value]
        return graph.all((settled.active[rule.name], graph.some(agreeing)))


def _apart_from_payment(found: Verdict) -> tuple[Any, ...]:
    """Give what counts as the answer but for what is paid: how much that is, matches alone do not say."""
    *answer, _, _ = what_counts(found)
    return tuple(answer)


class Contradiction(Struct, frozen=True):
    """Two rules that contradict each other on a claim."""

    rules: tuple[BoundRule, BoundRule]
    shown: Shown


RuleVersion = tuple[str, str]
"""A policy version, as `policy@version`, and the identifier of a rule of it."""


class Verified:
    """What has been found so far, and how sure it is that there is nothing else, by question."""

    def __init__(self, current: Question) -> None:
        """Start with the first question, nothing found, and every absence sure."""
        self.current = current
        self.contradictions: dict[tuple[str, str], Contradiction] = {}
        self.gaps: list[Gap] = []
        self.found: dict[RuleVersion, RuleFinding] = {}
        self.certainty = dict[Question, Certainty]((question, "proved") for question in QUESTIONS)
        self.other_lines: int | None = None
        self.notes: list[str] = []
        self.scope: Scope | UnsetType = UNSET
        self.multiplied: dict[tuple[str, str], Multiplied] = {}

    @property
    def findings(self) -> tuple[RuleFinding, ...]:
        """What is wrong with rules, by their names."""
        return tuple(sorted(self.found.values(), key=lambda each: (each.rule, each.fault)))

    def note(self, proof: Certainty) -> None:
        """Note how far a proof of the question that is asked goes; the weakest one counts."""
        self.certainty[self.current] = weakest(self.certainty[self.current], proof)


def conflicts(verified: Verified, parts: Sequence[RegimeQuestions]) -> None:
    """Find every reachable conflict, each with a smallest claim."""
    for part in parts:
        for concern in part.rules.concerns:
            for one, two in combinations(sorted(concern.rules, key=lambda rule: rule.name), 2):
                pair = (one.name, two.name)
                if pair in verified.contradictions or not contradict(one, two):
                    continue
                both = part.encoding.graph.all((part.active[one.name], part.active[two.name]))
                if not part.can(both):
                    verified.note(part.encoding.proof())
                    continue
                claim = part.shown(both, True, _shows(pair))  # noqa: FBT003
                if claim is None:
                    verified.note("unknown")
                    verified.notes.append(f"no claim could be made that shows {one.name} and {two.name} in conflict")
                else:
                    verified.contradictions[pair] = Contradiction((one, two), claim)
    multiplied(verified, parts)


def _shows(pair: tuple[str, str]) -> Callable[[Determination, int], bool]:
    return lambda decided, line: any(conflict.rules == pair for conflict in decided.line(line).conflicts)


ANY_OTHER = "any other code"
"""What stands for the codes that no rule names."""


def gaps(verified: Verified, parts: Sequence[RegimeQuestions]) -> None:
    """Find the codes that no policy decides, on some dates or on all, each with a smallest claim that shows it."""
    named = [(part, own_codes(part.rules, CODE)) for part in parts]
    listed: dict[str, None] = {}
    verified.scope = Scope(codes=(), dates=tuple(_periods(span for part, sets in named if sets for span in part.spans)))
    for value, literal in parts[0].encoding.space.slot(CODE, SUBJECT).choices:
        speaking = [part for part, sets in named if any(value in each for each in sets)]
        if not speaking:
            continue
        codes = _codes_like(value, parts[0])
        listed.update(dict.fromkeys(codes))
        verified.scope = replace(verified.scope, codes=tuple(listed))
        undecided = []
        for part in speaking:
            if part.can(_undecided(literal, part)):
                undecided.append(part)
            else:
                verified.note(part.encoding.proof())
        if undecided:
            proofs = _never_decided(literal, speaking)
            if any(each.codes == codes and each.always == (proofs is not None) for each in verified.gaps):
                continue
            see = lambda decided, line: decided.line(line).disposition  # noqa: E731
            shown_by = (part.shown(_undecided(literal, part), "undecided", see) for part in undecided)
            claim = next(filter(None, shown_by), None)
            if claim is None:
                verified.note("unknown")
                verified.notes.append(f"no claim could be made of {', '.join(codes)} to which no policy applies")
            else:
                certainty = "proved" if proofs is None else weakest(*proofs)
                verified.gaps.append(Gap(codes=codes, always=proofs is not None, certainty=certainty, shown=claim))


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


def _undecided(literal: int, part: RegimeQuestions) -> int:
    """Say that a line of some codes is left undecided."""
    return part.encoding.graph.all((literal, part.answer.disposition["undecided"]))


def _never_decided(literal: int, parts: Sequence[RegimeQuestions]) -> list[Certainty] | None:
    """Prove that no claim decides a line of some codes, on any date; None when some claim does."""
    proofs = []
    for part in parts:
        if part.can(part.encoding.graph.all((literal, -part.answer.disposition["undecided"]))):
            return None
        proofs.append(part.encoding.proof())
    return proofs


def _codes_like(value: Any, part: RegimeQuestions) -> tuple[str, ...]:
    """List the codes that rules name and treat as they treat one code, then the ranges that hold others of them."""
    space = part.encoding.space
    sets = space.asked[CODE].sets if CODE in space.asked else ()
    holding = [members for members in sets if value in members]
    if not holding:
        return (ANY_OTHER,)
    named = {each for members in sets for each in members.values}
    found = alike(value, space.declared(CODE), sets)
    others = [each for each in found if each not in named]
    # All of them lie in each set that holds one; the set with the narrowest ranges says most.
    width = lambda ranges: sum(int(high, 36) - int(low, 36) for low, high in ranges)  # noqa: E731
    spans = min((members.ranges for members in holding), key=width)
    ranges = (span for span in spans if any(each in ValueSet(frozenset(), (span,)) for each in others))
    return (*sorted(each for each in found if each in named), *(f"others of {low}-{high}" for low, high in ranges))


def multiplied(verified: Verified, parts: Sequence[RegimeQuestions]) -> None:
    """Find the rules of two policies of which each pays a percentage of some line, with a smallest claim."""
    for part in parts:
        paying = (each for each in part.rules.rules if each.name in part.paid.percents)
        rules = sorted(paying, key=lambda each: each.name)
        for one, two in combinations(rules, 2):
            pair = (one.rule_name, two.rule_name)
            if one.policy.id == two.policy.id or pair in verified.multiplied:
                continue
            reduced = (part.answer.disposition["payable"], *(part.paid.reduces[name] for name in pair))
            both = part.encoding.graph.all(reduced)
            if part.can(both) and (claim := part.shown(both, True, _multiplies(pair))):  # noqa: FBT003
                percents = (part.paid.percents[one.name], part.paid.percents[two.name])
                verified.multiplied[pair] = Multiplied(rules=pair, percents=percents, shown=claim)


def _multiplies(pair: tuple[str, str]) -> Callable[[Determination, int], bool]:
    return lambda decided, line: {*pair} <= {each.rule for each in decided.line(line).adjustments or ()}


def redundant(verified: Verified, parts: Sequence[RegimeQuestions]) -> None:
    """Find the rules without which every answer is the same; most are cleared by a claim that another one decides."""
    cleared: set[tuple[int, str]] = set()

    def differs(part: RegimeQuestions, rule: BoundRule) -> int:
        if (id(part), rule.name) not in cleared:
            cleared.update((id(part), name) for name in part.needed_somewhere(rule))
        return ALWAYS if (id(part), rule.name) in cleared else part.matters_without(rule)

    because = "without it every line would be answered the same"
    _never(verified, parts, fault="redundant", literal=differs, because=because)


def _never(
    verified: Verified,
    parts: Sequence[RegimeQuestions],
    *,
    fault: RuleFault,
    literal: Callable[[RegimeQuestions, BoundRule], int],
    because: str,
) -> None:
    """Find the rules, among those with which nothing else is wrong, of which something never holds."""
    for version, places in _versions(parts).items():
        if version in verified.found:
            continue
        proofs = []
        for part, rule in places:
            if part.can(literal(part, rule)):
                break
            proofs.append(part.encoding.proof())
        else:
            of = places[0][1]
            why = PAYS_NO_LESS if fault == "redundant" and of.rule.conclude.pay is not UNSET else because
            verified.found[version] = RuleFinding(
                rule=of.rule_name,
                fault=fault,
                certainty=weakest(*proofs),
                because=f"{why} (policy version {version[0]})",
            )


PAYS_NO_LESS = "no line is paid less because of it"
"""Why a rule is redundant that pays a part: its limit never binds, or another one always leaves less."""


def _versions(parts: Iterable[RegimeQuestions]) -> Mapping[RuleVersion, list[tuple[RegimeQuestions, BoundRule]]]:
    """List each rule of a policy version, with the parts in which it binds."""
    found: dict[tuple[str, str], list[tuple[RegimeQuestions, BoundRule]]] = {}
    for part in parts:
        for rule in part.rules.rules:
            found.setdefault((rule.policy.name, rule.rule.id), []).append((part, rule))
    return dict(sorted(found.items()))


_ASK: dict[Question, Callable[[Verified, Sequence[RegimeQuestions]], None]] = {
    "conflicts": conflicts,
    "gaps": gaps,
    "dead": partial(
        _never,
        fault="dead",
        literal=lambda part, rule: part.definite[rule.name],
        because="nothing that a claim can say makes its condition true",
    ),
    "shadowed": partial(
        _never,
        fault="shadowed",
        literal=lambda part, rule: part.is_reason(rule),
        because="wherever it matches, an exception to it or a rule of higher precedence decides",
    ),
    "redundant": redundant,
}


def verification(
    regimes: Sequence[Regime],
    replay: Replay,
    expired: Callable[[], bool] = never,
    asked: Sequence[Question] = QUESTIONS,
) -> Verified:
    """Answer questions in their order; raises UnfaithfulError when the engine decides a claim otherwise."""
    verified = Verified(asked[0])
    try:
        encoding = Encoding(regimes, expired)
        verified.other_lines = None if encoding.bounds() else encoding.other_lines
        parts = [RegimeQuestions(encoding, *each, replay) for each in zip(encoding.encoders, regimes, strict=True)]
        for verified.current in asked:
            _ASK[verified.current](verified, parts)
        verified.notes += encoding.bounds() if "bounded" in verified.certainty.values() else ()
    except OutOfTimeError:
        unsettled = asked[asked.index(verified.current) :]
        verified.certainty.update(dict.fromkeys(unsettled, "unknown"))
        verified.notes.append(
            f"time ran out while looking for {verified.current}: what comes after it was not looked for"
        )
    return verified
