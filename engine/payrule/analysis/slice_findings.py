"""What is asked about a payer's rules of one slice: conflicts, undecided codes, rules of which something never holds.

A rule is dead where no claim matches it, shadowed where it is no reason for any answer, redundant where no answer would
be another one without it: of all codes, that is so where it is so of each slice that has the rule.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import combinations
from typing import Any

import msgspec

from payrule.analysis.encoding import Encoding
from payrule.analysis.problem import CodeClasses
from payrule.analysis.regime_questions import RegimeQuestions, Replay
from payrule.analysis.slices import Slice, read_of
from payrule.analysis.solver import ALWAYS, OutOfTimeError
from payrule.analysis.variables import SUBJECT
from payrule.analysis.work import Answered, kept_answer, recalled, terms_of
from payrule.encounter.encounter import CODE
from payrule.language.lower import OneOf
from payrule.model.values import ValueSet
from payrule.resolve.settle import BoundRule, contradict
from payrule.results.determination import Determination, Number
from payrule.results.difference import Certainty, weakest
from payrule.results.verification import QUESTIONS, Question, RuleFault, Shown

RuleVersion = tuple[str, str]
"""A policy version, as `policy@version`, and the identifier of a rule of it."""

Pair = tuple[str, str]
"""The names of two rules."""


class InConflict(msgspec.Struct, frozen=True):
    """Two rules that contradict each other, in one regime of a slice, and the place of the claim that shows it.

    None where no claim could be made.
    """

    regime: int
    rules: Pair
    claim: int | None


class Undecided(msgspec.Struct, frozen=True):
    """A code of which claims are left undecided; `always` says how sure it is that all are, None where some are not."""

    code: Any
    always: Certainty | None
    claim: int | None


class Multiplying(msgspec.Struct, frozen=True):
    """Two rules, as `policy/rule`, of which each pays a percentage of one line, and the place of a claim of it."""

    regime: int
    rules: Pair
    percents: tuple[Number, Number]
    claim: int


class SliceFindings(msgspec.Struct, frozen=True):
    """What was found in a slice; claims are named by their places.

    `never` says of which rules something never holds, and how sure that is. `certainty` says of each question how sure
    it is that nothing else is there. `cut` is the question that time ran out for.
    """

    conflicts: tuple[InConflict, ...] = ()
    undecided: tuple[Undecided, ...] = ()
    multiplied: tuple[Multiplying, ...] = ()
    never: dict[RuleFault, tuple[tuple[RuleVersion, Certainty], ...]] = {}
    certainty: dict[Question, Certainty] = {}
    other_lines: int | None = None
    counted_on: frozenset[tuple[int, int]] = frozenset()
    cut: Question | None = None


class Answer(msgspec.Struct, frozen=True):
    """What was found in a slice, with its claims; `classes` are those of codes where the question was left whole."""

    found: SliceFindings
    claims: tuple[Shown, ...] = ()
    classes: CodeClasses | None = None


class _KeptClaim(msgspec.Struct, frozen=True):
    encounter: dict[str, Any]
    line: int
    matters: tuple[str, ...]
    decided: msgspec.Raw


class _Kept(msgspec.Struct, frozen=True):
    """How an answer is kept: each claim with what is decided of it, as what decides it writes that."""

    found: SliceFindings
    claims: tuple[_KeptClaim, ...]


class RulesHold(msgspec.Struct, frozen=True):
    """The questions whether rules hold together, as they are asked of a slice."""

    replay: Replay
    asked: tuple[Question, ...] = QUESTIONS

    def read_of(self, of: Slice) -> tuple[bytes, ...]:
        """Give what an answer follows from."""
        return (*(each.encode() for each in self.asked), *read_of(of, versions=True))

    def terms(self) -> bytes:
        """Give the terms under which claims are decided."""
        return terms_of(self.replay)

    def ask(self, of: Slice, expired: Callable[[], bool]) -> Answer:
        """Ask the questions in their order."""
        findings = _Findings(self.asked[0])
        cut, classes, other_lines, counted_on = None, None, None, frozenset[tuple[int, int]]()
        try:
            apart = _told_apart(of.codes) if "gaps" in self.asked else ()
            encoding = Encoding(of.regimes, expired, apart, codes=of.codes, named=of.named)
            other_lines, counted_on = encoding.other_lines, frozenset(encoding.counted_on)
            classes = _classes(encoding) if of.codes is None else None
            each = zip(encoding.encoders, of.regimes, strict=True)
            parts = [RegimeQuestions(encoding, *each, self.replay) for each in each]
            for findings.current in self.asked:
                _ASK[findings.current](findings, parts, of)
        except OutOfTimeError:
            cut = findings.current
        found = SliceFindings(
            tuple(findings.conflicts),
            tuple(findings.undecided),
            tuple(findings.multiplied),
            {fault: tuple(never.items()) for fault, never in findings.never.items()},
            findings.certainty,
            other_lines,
            counted_on,
            cut,
        )
        return Answer(found, tuple(findings.claims), classes)

    def write(self, answer: Answer) -> bytes | None:
        """Write what was found, unless time ran out."""
        if answer.found.cut is not None:
            return None
        return msgspec.json.encode(_Kept(answer.found, tuple(map(self._kept, answer.claims))))

    def _kept(self, of: Shown) -> _KeptClaim:
        decided = kept_answer(self.replay, of.encounter, of.determination)
        return _KeptClaim(of.encounter, of.line, of.matters, decided)

    def read(self, of: Slice, written: bytes) -> Answered[Answer] | None:  # noqa: ARG002 - as questions are read
        """Read what was found, and recall what is decided of its claims; None where one does not show its finding."""
        try:
            kept = msgspec.json.decode(written, type=_Kept)
        except msgspec.MsgspecError:
            return None
        claims, is_new = [], False
        for each in kept.claims:
            determination, is_kept = recalled(self.replay, each.encounter, each.decided)
            is_new = is_new or not is_kept
            claims.append(
                Shown(encounter=each.encounter, line=each.line, matters=each.matters, determination=determination)
            )
        if all(see(claims[at].determination, claims[at].line) for at, see in _seen(kept.found) if at is not None):
            return Answered(Answer(kept.found, tuple(claims)), is_new)
        return None


def _told_apart(codes: OneOf | None) -> tuple[OneOf, ...]:
    return (
        () if codes is None else tuple(OneOf(CODE, ValueSet(frozenset({each}))) for each in sorted(codes.values.values))
    )


def _classes(encoding: Encoding) -> CodeClasses:
    space = encoding.space
    sets = space.asked[CODE].sets if CODE in space.asked else ()
    values = tuple(value for value, _ in space.slot(CODE, SUBJECT).choices)
    return CodeClasses(values, sets, tuple(space.declared(CODE)))


_See = Callable[[Determination, int], bool]
"""Tells whether an answer for a line shows what a claim was made for."""


def _seen(found: SliceFindings) -> Iterator[tuple[int | None, _See]]:
    """List what each claim was made for."""
    yield from ((each.claim, _conflict(each.rules)) for each in found.conflicts)
    yield from ((each.claim, _is_undecided) for each in found.undecided)
    yield from ((each.claim, _multiplies(each.rules)) for each in found.multiplied)


class _Findings:
    """What has been found in a slice so far, and how sure it is that there is nothing else, by question."""

    def __init__(self, current: Question) -> None:
        """Start with the first question, nothing found, and every absence sure."""
        self.current = current
        self.claims: list[Shown] = []
        self.conflicts: list[InConflict] = []
        self.undecided: list[Undecided] = []
        self.multiplied: list[Multiplying] = []
        self.never: dict[RuleFault, dict[RuleVersion, Certainty]] = {}
        self.certainty = dict[Question, Certainty]((question, "proved") for question in QUESTIONS)

    def note(self, proof: Certainty) -> None:
        """Note how far a proof of the question that is asked goes; the weakest one counts."""
        self.certainty[self.current] = weakest(self.certainty[self.current], proof)

    def shown(self, part: RegimeQuestions, literal: int, see: _See) -> int | None:
        """Show by a smallest claim that a literal can hold, and give the place of the claim; None without one."""
        claim = part.shown(literal, True, see)  # noqa: FBT003 - what is seen
        if claim is None:
            return None
        self.claims.append(claim)
        return len(self.claims) - 1


def _conflicts(findings: _Findings, parts: Sequence[RegimeQuestions], of: Slice) -> None:  # noqa: ARG001 - as each
    """Find every reachable conflict, each with a smallest claim on the first dates on which it can be."""
    shown = set[Pair]()
    for position, part in enumerate(parts):
        for concern in part.rules.concerns:
            for one, two in combinations(sorted(concern.rules, key=lambda rule: rule.name), 2):
                pair = (one.name, two.name)
                if pair in shown or not contradict(one, two):
                    continue
                both = part.encoding.graph.all((part.active[one.name], part.active[two.name]))
                if not part.can(both):
                    findings.note(part.encoding.proof())
                    continue
                claim = findings.shown(part, both, _conflict(pair))
                findings.conflicts.append(InConflict(position, pair, claim))
                if claim is not None:
                    shown.add(pair)
    _multiplied(findings, parts)


def _conflict(pair: Pair) -> _See:
    return lambda decided, line: any(conflict.rules == pair for conflict in decided.line(line).conflicts)


def _multiplied(findings: _Findings, parts: Sequence[RegimeQuestions]) -> None:
    """Find the rules of two policies of which each pays a percentage of some line, with a smallest claim."""
    shown = set[Pair]()
    for position, part in enumerate(parts):
        paying = (each for each in part.rules.rules if each.name in part.paid.percents)
        for one, two in combinations(sorted(paying, key=lambda each: each.name), 2):
            pair = (one.rule_name, two.rule_name)
            if one.policy.id == two.policy.id or pair in shown:
                continue
            reduced = (part.answer.disposition["payable"], *(part.paid.reduces[name] for name in pair))
            both = part.encoding.graph.all(reduced)
            if part.can(both) and (claim := findings.shown(part, both, _multiplies(pair))) is not None:
                percents = (part.paid.percents[one.name], part.paid.percents[two.name])
                findings.multiplied.append(Multiplying(position, pair, percents, claim))
                shown.add(pair)


def _multiplies(pair: Pair) -> _See:
    return lambda decided, line: {*pair} <= {each.rule for each in decided.line(line).adjustments or ()}


def _gaps(findings: _Findings, parts: Sequence[RegimeQuestions], of: Slice) -> None:
    """Find the codes that no policy decides, on some dates or on all, each with a smallest claim that shows it."""
    for value, literal in parts[0].encoding.space.slot(CODE, SUBJECT).choices:
        if of.codes is not None and value not in of.codes.values:
            continue
        speaking = [part for part, spoken in zip(parts, of.spoken, strict=True) if value in spoken]
        undecided = []
        for part in speaking:
            if part.can(_left_undecided(literal, part)):
                undecided.append(part)
            else:
                findings.note(part.encoding.proof())
        if undecided:
            proofs = _never_decided(literal, speaking)
            shown = (findings.shown(part, _left_undecided(literal, part), _is_undecided) for part in undecided)
            claim = next((each for each in shown if each is not None), None)
            findings.undecided.append(Undecided(value, None if proofs is None else weakest(*proofs), claim))


def _is_undecided(decided: Determination, line: int) -> bool:
    return decided.line(line).disposition == "undecided"


def _left_undecided(literal: int, part: RegimeQuestions) -> int:
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


def _redundant(findings: _Findings, parts: Sequence[RegimeQuestions], of: Slice) -> None:
    """Find the rules without which every answer is the same; most are cleared by a claim that another one decides."""
    cleared: set[tuple[int, str]] = set()

    def differs(part: RegimeQuestions, rule: BoundRule) -> int:
        if (id(part), rule.name) not in cleared:
            cleared.update((id(part), name) for name in part.needed_somewhere(rule))
        return ALWAYS if (id(part), rule.name) in cleared else part.matters_without(rule)

    _never(findings, parts, of, fault="redundant", literal=differs)


def _never(
    findings: _Findings,
    parts: Sequence[RegimeQuestions],
    of: Slice,  # noqa: ARG001 - as each
    *,
    fault: RuleFault,
    literal: Callable[[RegimeQuestions, BoundRule], int],
) -> None:
    """Find the rules of which something never holds. What is never true of a claim is no reason for its answer."""
    found = findings.never.setdefault(fault, {})
    for version, places in versions(parts).items():
        if fault == "shadowed" and version in findings.never.get("dead", {}):
            continue
        proofs = []
        for part, rule in places:
            if part.can(literal(part, rule)):
                break
            proofs.append(part.encoding.proof())
        else:
            found[version] = weakest(*proofs)


def versions(parts: Iterable[RegimeQuestions]) -> Mapping[RuleVersion, list[tuple[RegimeQuestions, BoundRule]]]:
    """List each rule of a policy version, with the parts in which it binds."""
    found: dict[RuleVersion, list[tuple[RegimeQuestions, BoundRule]]] = {}
    for part in parts:
        for rule in part.rules.rules:
            found.setdefault((rule.policy.name, rule.rule.id), []).append((part, rule))
    return dict(sorted(found.items()))


_ASK: dict[Question, Callable[[_Findings, Sequence[RegimeQuestions], Slice], None]] = {
    "conflicts": _conflicts,
    "gaps": _gaps,
    "dead": partial(_never, fault="dead", literal=lambda part, rule: part.definite[rule.name]),
    "shadowed": partial(_never, fault="shadowed", literal=lambda part, rule: part.is_reason(rule)),
    "redundant": _redundant,
}
