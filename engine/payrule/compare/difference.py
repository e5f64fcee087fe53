"""The whole difference between two operands: answers, rules, text, claims, and the version number it deserves."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from fractions import Fraction
from math import floor
from pathlib import Path
from typing import NamedTuple

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from payrule.analysis.difference import OUT_OF_TIME, Kind, difference, kind_of
from payrule.analysis.solver import never
from payrule.analysis.work import ALONE, Work
from payrule.compare.comparison_side import BothDecide, Side, regimes, side, side_alone, side_in_place
from payrule.compare.edits import edits, policy_edits, predecessor, version_bump, vocabulary_edits, vocabulary_names
from payrule.compare.locks import Locked, changed_in_place
from payrule.compare.operands import Operand, operand
from payrule.compare.renames import matched_renames
from payrule.encounter.encounter import CHARGE, PATIENT, Encounter, Line
from payrule.model.payer import Payer
from payrule.model.policy import Policy, applies, by_version
from payrule.model.values import read_date
from payrule.resolve.payment import WHOLE
from payrule.results.determination import Between, Determination, LineDetermination, what_counts
from payrule.results.difference import (
    AnswerDifference,
    Difference,
    Edit,
    Impact,
    ImpactChange,
    ImpactDates,
    ImpactExample,
    PaidCents,
    VersionBump,
    weakest,
)
from payrule.rulebase.load import Documents
from payrule.source.diagnostics import Diagnostic, InputError, RequestError, did_you_mean

DATES_SET_ASIDE = "Both are compared as if they were in effect on every date of service"


Version = tuple[Documents, Policy]
"""A version of a policy, and the documents that it is read with."""


class Pair(NamedTuple):
    """Two sides whose answers are compared; `in_effect` has both on their own dates, where those are set aside."""

    old: Side
    new: Side
    notes: tuple[str, ...] = ()
    in_effect: tuple[Side, Side] | None = None

    def binds_as(self, other: "Pair") -> bool:
        """Tell whether the answers of another pair differ as those of this one do, whoever the payers are."""
        return self.old.binds_as(other.old) and self.new.binds_as(other.new)


def diff(  # noqa: PLR0913 - what a reviewer may choose, each by name
    old: str | Operand,
    new: str | Operand,
    *,
    known_on: date | str,
    payer: str | None = None,
    claims: Iterable[Encounter | None] | None = None,
    as_if_in_effect: bool = False,
    rulebase: Path | None = None,
    expired: Callable[[], bool] = never,
    unfit: Callable[[Iterable[Diagnostic]], object] = tuple,
    work: Work = ALONE,
) -> Difference:
    """Say what differs between two operands, as published on a day.

    An operand is what `operands.operand` reads. With `payer` a policy is compared among that payer's policies; without
    it, alone. Rulebases are compared for every payer that both have, or for the one that is named. `claims` are decided
    both ways; None is one that could not be read; `unfit` receives the reasons why one cannot be decided. `expired`
    says when time has run out; what was not settled by then is unknown. `work` says how many processes share questions
    about many rules, and where answers are kept.

    Two versions of different dates are compared as if both were in effect on every date. Each version decides claims on
    its own dates, and a line is compared where both are in effect on its date; with `as_if_in_effect` on every date.

    Raises RequestError for operands that cannot be compared, DocumentError for documents that cannot be used,
    UnfaithfulError for a defect of payrule.

    >>> from payrule import load
    >>> policy = min(load().policies)
    >>> found = diff(policy, policy, known_on="2026-11-23")
    >>> found.differs, found.answers.certainty
    (False, 'proved')
    """
    one, two = (each if isinstance(each, Operand) else operand(each, rulebase) for each in (old, new))
    day = read_date(known_on) if isinstance(known_on, str) else known_on
    pairs = list(_pairs(one, two, payer, day))
    answers = [_answers(pair, expired, work) for pair in pairs]
    known = list(zip(pairs, answers, strict=True))
    return Difference(
        old=one.name,
        new=two.name,
        payer=payer or (pairs[0].new.terms.payer.id if one.kind == "payer" else None),
        known_on=day.isoformat(),
        answers=_together(answers),
        edits=_edits(one, two),
        impact=None
        if claims is None
        else _impact(claims, pairs, (one, two), unfit, expired, as_if_in_effect=as_if_in_effect),
        bumps=tuple(
            bump for each in _successions(one, two) for bump in bumps(*each, day, expired, known=known, work=work)
        ),
        in_place=tuple(changed_in_place(_locked(one), _locked(two))) or UNSET,
    )


def _locked(of: Operand) -> Locked:
    """Give all versions that stand there, whatever of them is compared: none is changed unseen beside another."""
    policies = by_version(of.documents.policies) | ({of.policy.name: of.policy} if of.policy is not None else {})
    return Locked(policies, of.documents.vocabulary, of.lock)


def _pairs(old: Operand, new: Operand, payer: str | None, known_on: date) -> Iterator[Pair]:
    if old.kind == new.kind == "policy":
        yield _policies(old, new, payer, known_on)
    elif old.kind == new.kind == "payer" and payer is None:
        yield Pair(side(old.documents, str(old.payer), known_on), side(new.documents, str(new.payer), known_on))
    elif old.kind == new.kind == "rulebase":
        yield from _rulebases(old, new, payer, known_on)
    else:
        message = f"`{old.name}` is a {old.kind} and `{new.name}` a {new.kind}, so they cannot be compared"
        if old.kind == new.kind:
            message = f"`{old.name}` and `{new.name}` are payers, so `--payer` means nothing"
        raise RequestError.of("not-comparable", message, "compare two policies, two payers, or two rulebases")


def _rulebases(old: Operand, new: Operand, payer: str | None, known_on: date) -> Iterator[Pair]:
    """Pair the payers that both have; of the others there is nothing to compare, which is said."""
    one, two = old.documents.payers.keys(), new.documents.payers.keys()
    payers, others = sorted(one & two), sorted(one ^ two)
    if not payers:
        raise RequestError.of(
            "no-payer", f"`{old.name}` and `{new.name}` have no payer in common", "compare their policies"
        )
    if payer is not None:
        payers, others = [_known_payer(payer, payers)], []
    notes = tuple(f"`{name}` is a payer on one side only, so its answers are not compared" for name in others)
    for name in payers:
        yield Pair(side(old.documents, name, known_on), side(new.documents, name, known_on), notes)


def _policies(old: Operand, new: Operand, payer: str | None, known_on: date) -> Pair:
    one, two = (old.documents, _policy(old)), (new.documents, _policy(new))
    if payer is None:
        return _pair(one, two, known_on)
    adjudicators = old.documents.payers | new.documents.payers
    adjudicator = adjudicators[_known_payer(payer, adjudicators)]
    bound, names = adjudicator.policies, (one[1].id, two[1].id, two[1].replaces, one[1].replaces)
    replaced = next((name for name in names if name in bound), None)
    if replaced is None:
        listed = ", ".join(f"`{name}`" for name in sorted(bound))
        raise RequestError.of("not-bound", f"neither policy binds `{payer}`", f"it is bound by {listed}")
    if one[1].id != two[1].id and {one[1].id, two[1].id} <= set(bound):
        message = f"`{payer}` applies `{one[1].id}` and `{two[1].id}` together, so neither can stand for the other"
        raise RequestError.of("both-bound", message, "leave out `--payer` to compare each by itself")
    return _pair(one, two, known_on, adjudicator, replaced)


def _pair(old: Version, new: Version, known_on: date, payer: Payer | None = None, replaced: str = "") -> Pair:
    """Bind two versions, each with all that stands beside it: alone, or among a payer's policies.

    The same version before and after an edit holds on its dates, and so do two versions of the same dates; else the one
    takes the other's place in its time: that the older one is not in effect on the newer one's dates is no change.
    """

    def bound(version: Version, *, any_date: bool) -> Side:
        if payer is None:
            return side_alone(*version, known_on, any_date=any_date)
        return side_in_place(*version, payer, known_on, replaced=replaced, any_date=any_date)

    in_effect = bound(old, any_date=False), bound(new, any_date=False)
    if old[1].name == new[1].name or old[1].effective == new[1].effective:
        return Pair(*in_effect)
    return Pair(bound(old, any_date=True), bound(new, any_date=True), (DATES_SET_ASIDE,), in_effect)


def _policy(of: Operand) -> Policy:
    if of.policy is None:
        raise TypeError(of)
    return of.policy


def _known_payer(payer: str, known: Iterable[str]) -> str:
    listed = sorted(known)
    if payer not in listed:
        help_text = did_you_mean(payer, listed) or f"both have {', '.join(listed) or 'no payer'}"
        raise RequestError.of("unknown-payer", f"there is no payer `{payer}` on both sides", help_text)
    return payer


def _answers(pair: Pair, expired: Callable[[], bool], work: Work) -> AnswerDifference:
    if expired():
        return AnswerDifference(changes=(), certainty="unknown", notes=(*pair.notes, OUT_OF_TIME))
    found = difference(regimes(pair.old, pair.new), BothDecide(pair.old, pair.new), expired, work)
    return replace(found, notes=(*pair.notes, *found.notes))


def _together(found: list[AnswerDifference]) -> AnswerDifference:
    """Put the changes of several payers together; the same kind of change is told once."""
    listed = (change for each in reversed(found) for change in reversed(each.changes))
    changes = {(change.before, change.after, change.paid_otherwise): change for change in listed}
    lines = [each.other_lines for each in found]
    return AnswerDifference(
        changes=tuple(reversed(changes.values())),
        certainty=weakest(*(each.certainty for each in found)),
        other_lines=None if None in lines else max((each for each in lines if each is not None), default=0),
        notes=tuple(dict.fromkeys(note for each in found for note in each.notes)),
    )


def _edits(old: Operand, new: Operand) -> tuple[Edit, ...]:
    if old.kind == "policy":
        words = old.documents.vocabulary, new.documents.vocabulary
        names = vocabulary_names(*words)
        return policy_edits(_policy(old), _policy(new), names=names) + vocabulary_edits(*words)
    return edits(_bound(old), _bound(new), matched_renames(old.documents, new.documents))


def _bound(of: Operand) -> Documents:
    """Leave of a rulebase what binds the payer that is meant."""
    if of.payer is None:
        return of.documents
    payer = of.documents.payers[of.payer]
    policies = {name: versions for name, versions in of.documents.policies.items() if name in payer.policies}
    return replace(of.documents, policies=policies, payers={payer.id: payer})


def _successions(old: Operand, new: Operand) -> Iterator[tuple[Version, Version]]:
    """List the policy versions whose numbers can be compared: each new or edited one with its predecessor."""
    if old.kind == "policy":
        one, two = _policy(old), _policy(new)
        if one.id == two.id and one != two:
            yield (old.documents, one), (new.documents, two)
        return
    before = by_version(old.documents.policies)
    for name, versions in sorted(new.documents.policies.items()):
        for version in versions:
            same = before.get(version.name)
            older = same if same is not None else predecessor(version, old.documents.policies.get(name, ()))
            if older is not None and older != version:
                yield (old.documents, older), (new.documents, version)


def bumps(  # noqa: PLR0913 - what is known already, by name
    older: Version,
    newer: Version,
    known_on: date,
    expired: Callable[[], bool] = never,
    *,
    known: Iterable[tuple[Pair, AnswerDifference]] = (),
    work: Work = ALONE,
) -> Iterator[VersionBump]:
    """Compute the number that the newer of two versions of a policy deserves; nothing where they are the same.

    `known` are differences that are known already: a payer may apply that policy alone. Raises RequestError without
    python-sat.
    """
    found = policy_edits(older[1], newer[1])
    if found:
        pair = _pair(older, newer, known_on)
        answers = next((answers for other, answers in known if pair.binds_as(other)), None)
        yield version_bump(older[1], newer[1], answers or _answers(pair, expired, work), found)


PROVIDERS = ("line.provider.npi", "encounter.billing_provider.npi")
"""Where a line names its provider; the first that does counts."""

EXAMPLES = 3
"""Lines that are named of each kind of change."""


class Both(NamedTuple):
    """An encounter decided both ways; without determinations where it could not be decided."""

    encounter: Encounter | None
    before: Determination | None = None
    after: Determination | None = None


def paid_share(line: LineDetermination) -> Fraction | None:
    """Say which part of a charge is paid; None where that is not known, or nothing is decided."""
    if line.disposition in ("denied", "returned"):
        return Fraction(0)
    if line.disposition != "payable":
        return None
    share = Fraction(1)
    if line.pays:
        units, of, percent = line.pays.units, line.pays.of, line.pays.percent
        if any(isinstance(each, Between) for each in (units, of, percent)):
            return None
        if isinstance(units, (int, float)) and isinstance(of, (int, float)):
            share *= Fraction(str(units)) / Fraction(str(of))
        if isinstance(percent, (int, float)):
            share *= Fraction(str(percent)) / WHOLE
    return share


class _Counted:
    def __init__(self) -> None:
        self.lines = self.cents = self.without_charge = self.unknown = 0
        self._members, self._providers = set[object](), set[object]()
        self.examples: tuple[ImpactExample, ...] = ()
        self.paid = [Fraction(0), Fraction(0)]
        self.in_part = False

    @property
    def paid_cents(self) -> PaidCents | UnsetType:
        """What is paid of the charges, where some of the lines are paid in part."""
        before, after = (floor(each + Fraction(1, 2)) for each in self.paid)
        return PaidCents(before, after, self.unknown) if self.in_part else UNSET

    def pay(self, before: LineDetermination, after: LineDetermination, cents: object) -> None:
        """Add what is paid of a charge."""
        self.in_part = self.in_part or bool(before.pays or after.pays)
        was, now = paid_share(before), paid_share(after)
        if was is None or now is None or not isinstance(cents, int):
            self.unknown += 1
        else:
            self.paid = [self.paid[0] + was * cents, self.paid[1] + now * cents]

    @property
    def members(self) -> int | UnsetType:
        """How many patients the lines are of, where each names its own."""
        return UNSET if None in self._members else len(self._members)

    @property
    def providers(self) -> int | UnsetType:
        """How many providers the lines are of, where each names its own."""
        return UNSET if None in self._providers else len(self._providers)

    def concern(self, encounter: Encounter, line: Line) -> None:
        """Note whose line it is, and who billed it."""
        self._members.add(encounter.values.get(PATIENT))
        named = (line.values.get(each) or encounter.values.get(each) for each in PROVIDERS)
        self._providers.add(next(filter(None, named), None))

    def add(self, encounter: str, line: int, cents: object) -> None:
        self.lines += 1
        self.cents += cents if isinstance(cents, int) else 0
        self.without_charge += not isinstance(cents, int)
        if len(self.examples) < EXAMPLES:
            self.examples += (ImpactExample(encounter, line),)


def impact(
    decided: Iterable[Both],
    *,
    compared: Callable[[date], bool] = lambda _: True,
    dates: ImpactDates | UnsetType = UNSET,
    expired: Callable[[], bool] = never,
) -> Impact:
    """Count the lines that are answered otherwise, by kind; memory grows with the kinds, their patients and providers.

    A line of a date that is not `compared` is counted apart; `dates` says by which rule, and is told as it is. One
    whose date cannot be read is answered alike, and counted among those that are compared. Counted apart is, too, a
    claim that is a void before or after alone: none of its lines has two answers.
    `expired` tells that time has run out: the claims from there on are not decided, which `cut_off` tells.
    """
    kinds: dict[Kind, _Counted] = {}
    encounters = lines = undecidable = outside = void_once = 0
    cut_off = False
    for encounter, before, after in decided:
        if expired():
            cut_off = True
            break
        if encounter is None or before is None or after is None:
            undecidable += 1
            continue
        encounters += 1
        if before.is_void is not after.is_void:  # the vocabularies differ in what they call a void
            void_once += 1
            lines += len(before.lines or after.lines)
            continue
        lines += len(before.lines)  # a void has none
        days = {line.number: line.date for line in encounter.dated}
        billed = {line.number: line for line in encounter.lines}
        charges = {number: line.values.get(CHARGE) for number, line in billed.items()}
        for one, two in zip(before.lines, after.lines, strict=True):
            if one.number in days and not compared(days[one.number]):
                outside += 1
            elif what_counts(one) != what_counts(two):
                kind = kind_of(one, two)
                found = kinds.setdefault(kind, _Counted())
                found.add(encounter.id, one.number, charges[one.number])
                found.pay(one, two, charges[one.number])
                found.concern(encounter, billed[one.number])
    changes = [
        ImpactChange(
            before=kind.before,
            after=kind.after,
            paid_otherwise=kind.paid or UNSET,
            lines=counted.lines,
            members=counted.members,
            providers=counted.providers,
            cents=counted.cents,
            paid_cents=counted.paid_cents,
            lines_without_charge=counted.without_charge,
            examples=counted.examples,
        )
        for kind, counted in kinds.items()
    ]
    return Impact(
        encounters=encounters,
        lines=lines,
        changed_lines=sum(each.lines for each in changes),
        changed_cents=sum(each.cents for each in changes),
        undecidable=undecidable,
        changes=tuple(
            sorted(changes, key=lambda each: (-each.lines, repr((each.before, each.after, each.paid_otherwise))))
        ),
        dates=dates,
        lines_outside=outside if dates == "in-effect" else UNSET,
        cut_off=cut_off or UNSET,
        void_once=void_once or UNSET,
    )


def _impact(  # noqa: PLR0913 - what is decided, and how
    claims: Iterable[Encounter | None],
    pairs: list[Pair],
    operands: tuple[Operand, Operand],
    unfit: Callable[[Iterable[Diagnostic]], object],
    expired: Callable[[], bool],
    *,
    as_if_in_effect: bool,
) -> Impact:
    """Count what changes in claims; of two versions of different dates where both are in effect, unless told else."""
    in_effect = pairs[0].in_effect
    if in_effect is None:
        return impact(_both(claims, pairs, unfit), expired=expired)
    if as_if_in_effect:
        return impact(_both(claims, pairs, unfit), dates="as-if-in-effect", expired=expired)
    versions = [_policy(each) for each in operands]
    return impact(
        _both(claims, [Pair(*in_effect)], unfit),
        compared=lambda day: all(applies(version, day) for version in versions),
        dates="in-effect",
        expired=expired,
    )


def _both(
    claims: Iterable[Encounter | None], pairs: list[Pair], unfit: Callable[[Iterable[Diagnostic]], object]
) -> Iterator[Both]:
    """Decide each claim both ways: for the one payer that is compared, or of several for the one that it names."""
    payers = {pair.new.terms.payer.id: pair for pair in pairs}
    for encounter in claims:
        if encounter is None:
            yield Both(None)
            continue
        try:
            old, new, *_ = pairs[0] if len(pairs) == 1 else payers[_known_payer(_payer_of(encounter), payers)]
            both = [each.rulebase.decide_under(each.terms, encounter) for each in (old, new)]
        except InputError as fault:
            said = f"claim `{encounter.id}`: "
            unfit(replace(each, message=f"{said}{each.message}") for each in fault.findings)
            yield Both(None)
        else:
            yield Both(encounter, *both)


def _payer_of(encounter: Encounter) -> str:
    if encounter.payer is None:
        help_text = "name it in the claim, or compare the answers of one payer with `--payer`"
        raise RequestError.of("no-payer", "no payer is named", help_text)
    return encounter.payer
