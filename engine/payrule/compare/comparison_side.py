"""Sides of a comparison: a rulebase and a payer, or one policy bound alone, and what analysis needs of each.

An answer that was given before is given again, undecided, where the digest of all that it follows from is the same
(`OneDecides`).
"""

import hashlib
from collections.abc import Collection
from contextlib import suppress
from datetime import date, timedelta
from operator import itemgetter
from typing import Any

import msgspec
from msgspec import UNSET
from msgspec.structs import replace

from payrule.analysis.encoding import Regime, Span
from payrule.analysis.rule_set import RuleSet
from payrule.analysis.slices import written
from payrule.model.payer import Payer, unsigned
from payrule.model.policy import Period, Policy
from payrule.model.values import day_after, frozen, read_date
from payrule.results.determination import Determination, Explanation
from payrule.rulebase.compile import ENGINES, CompiledRules
from payrule.rulebase.decision import with_basis
from payrule.rulebase.load import Documents
from payrule.rulebase.request import DecisionRequest, can_bind
from payrule.rulebase.rulebase import Rulebase

_ANY_DAY = date(2000, 1, 1)

ALONE = "alone"
"""The payer that stands for nobody, and binds one policy."""

_OF_NO_ANSWER: dict[str, Any] = {
    "id": ALONE,
    "schema": "",
    "title": ALONE,
    "interpretation": None,
    "payer_ids": UNSET,
    "filing_indicators": UNSET,
    "accepted_conflicts": (),
}
"""Who a payer is, and what its document only says: a conflict that it accepts is shown with an answer, as any is."""


class Side(msgspec.Struct, frozen=True):
    """Documents that decide, and the terms under which they do."""

    rulebase: Rulebase
    terms: DecisionRequest

    def decide(self, encounter: dict[str, Any]) -> Determination:
        """Decide an encounter as JSON has it; errors as for `Rulebase.decide`."""
        return self.rulebase.decide_under(self.terms, self.rulebase.encounter(encounter))

    def binds_as(self, other: "Side") -> bool:
        """Tell whether the same versions bind on another side, under the same terms, whoever the payer is."""
        return self.bound_by == other.bound_by

    @property
    def bound_by(self) -> tuple[Any, ...]:
        """Give what its answers follow from: of policies the versions that can bind, of the payer not who it is."""
        terms, held = self.terms, self.rulebase.documents
        payer = replace(unsigned(terms.payer), **_OF_NO_ANSWER)
        versions = {
            name: [replace(each, published=None) for each in self.rulebase.policies[name] if can_bind(each, terms)]
            for name in payer.policies
        }
        return replace(terms, payer=payer), versions, held.vocabulary, held.tables, held.remittance_codes

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle it with its documents: they may be others than those in their folder, such as of another revision."""
        return _side_of, (self.rulebase.documents, self.terms, self.rulebase.digest(self.terms))


def _side_of(documents: Documents, terms: DecisionRequest, digest: str) -> Side:
    """Make a side of what was pickled; what a document leaves out cannot be told any more from what it says as much."""
    rulebase = Rulebase(documents)
    rulebase._digests[terms.payer.id, terms.consider] = digest  # noqa: SLF001 - of the same documents
    return Side(rulebase, terms)


class _Kept(msgspec.Struct, frozen=True):
    """An answer, and the digest of all that it follows from; None where that cannot be told."""

    rests_on: str | None
    answer: Determination


_read_kept = msgspec.json.Decoder(_Kept).decode
_read_both = msgspec.json.Decoder(tuple[msgspec.Raw, msgspec.Raw]).decode


class OneDecides:
    """Decides an encounter on one side, or gives the answer that was kept of it; it can be handed to another process.

    An answer is a function of the claim and of what `rests_on` digests, and of nothing else of the side:

    - the vocabulary with its code lists, the tables, the list of remittance codes; the payer, the day, what is assumed
      when missing, the execution that decides and the limit of its time;
    - of the policy versions that bind on the date of a line all but their rules: definitions, code lists, quotas,
      dates, status; of those that do not bind on it everything, for they say why no policy applies;
    - which attributes all rules read, for these alone are computed and presumed, and which of them rest on an order;
    - of each line the rules that can match its code: what they say, where they stand, and what overrides them. No other
      rule is asked of it (`execute.by_code`), and of other lines rules ask what the claim says, never an answer.

    The digest of the rulebase, which an answer states, is another one after any edit: it is written into the answer.
    """

    def __init__(self, side: Side) -> None:
        """Take the side."""
        self._side = side
        self._of_program: dict[CompiledRules, bytes] = {}
        self._of_code: dict[tuple[CompiledRules, str], bytes] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle it by its side."""
        return OneDecides, (self._side,)

    def __call__(self, encounter: dict[str, Any]) -> Determination:
        """Decide it; errors as for `Rulebase.decide`."""
        return self._side.decide(encounter)

    def write(self, encounter: dict[str, Any], decided: Determination) -> bytes:
        """Write an answer, to be kept."""
        return msgspec.json.encode(_Kept(self.rests_on(encounter), decided))

    def recall(self, encounter: dict[str, Any], kept: bytes, said: bytes | None = None) -> tuple[Determination, bool]:
        """Give the answer that was kept, or decide where it follows from something that is another now; say which.

        `said` is the claim as it is digested, where that is written already.
        """
        with suppress(msgspec.MsgspecError):
            found = _read_kept(kept)
            if found.rests_on is not None and found.rests_on == self.rests_on(encounter, said):
                answer = replace(frozen(found.answer), rulebase=self._side.rulebase.digest(self._side.terms))
                return with_basis(answer, _DecidedAgain(self._side, encounter)), True
        return self(encounter), False

    def terms(self) -> bytes:
        """Give the terms under which it decides."""
        return _digest(self._side.terms)

    def rests_on(self, encounter: dict[str, Any], said: bytes | None = None) -> str | None:
        """Give the digest of all that the answer for a claim follows from; None where that cannot be told.

        So it is where a line says no code or no date, or perhaps several days.
        """
        rulebase, terms = self._side.rulebase, self._side.terms
        spans = rulebase.documents.vocabulary.spans
        digest = hashlib.sha256(written(encounter) if said is None else said)
        for line in encounter["lines"]:
            code, day = line.get("code"), line.get("date")
            if code is None or day is None or (spans is not None and spans.last.split(".")[1] in line):
                return None
            program = rulebase.program_on(terms, read_date(day))
            if (program, code) not in self._of_code:
                self._of_code[program, code] = _digest(
                    [_rule(program, name) for name, _ in program.by_code.asked(code)]
                )
            digest.update(self._beside_rules(program) + self._of_code[program, code])
        return digest.hexdigest()

    def _beside_rules(self, program: CompiledRules) -> bytes:
        """Give the digest of what all answers of a program follow from, beside its rules."""
        if program not in self._of_program:
            rulebase, held = self._side.rulebase, self._side.rulebase.documents
            tables = [(name, each.table) for name, each in sorted(held.tables.items())]
            documents = (held.vocabulary, tables, held.remittance_codes, program.left_out)
            binding = {rule.policy.name: replace(rule.policy, rules=()) for rule in program.rules}
            request = (self._side.terms, ENGINES[rulebase.engine], rulebase.seconds)
            attributes = (sorted(program.wanted), sorted(rulebase.in_order))
            self._of_program[program] = _digest((documents, sorted(binding.items()), request, attributes))
        return self._of_program[program]


def _rule(program: CompiledRules, name: str) -> tuple[Any, ...]:
    _, _, rule = program.binding.places[name]
    return name, rule.policy.name, rule.rule, rule.tier, rule.depth, sorted(rule.overridden_by)


def _digest(read: Any) -> bytes:
    return hashlib.sha256(written(read)).digest()


class _DecidedAgain(msgspec.Struct, frozen=True):
    """Explains an answer that was kept: for that its claim is decided again."""

    side: Side
    encounter: dict[str, Any]

    def explain(self, number: int, day: date | None, rules: Collection[str] | None = None) -> Explanation:
        """Explain a line as the answer does that is given now."""
        return self.side.decide(self.encounter).explain(number, day, rules=rules)


class BothDecide:
    """Decides an encounter on both sides, or gives what was kept of it, as `OneDecides` does on each."""

    def __init__(self, old: Side, new: Side) -> None:
        """Take both sides."""
        self._old, self._new = OneDecides(old), OneDecides(new)

    def __call__(self, encounter: dict[str, Any]) -> tuple[Determination, Determination]:
        """Decide it; errors as for `Rulebase.decide`."""
        return self._old(encounter), self._new(encounter)

    def write(self, encounter: dict[str, Any], decided: tuple[Determination, Determination]) -> bytes:
        """Write both answers, to be kept."""
        old, new = decided
        return msgspec.json.encode(
            (msgspec.Raw(self._old.write(encounter, old)), msgspec.Raw(self._new.write(encounter, new)))
        )

    def recall(self, encounter: dict[str, Any], kept: bytes) -> tuple[tuple[Determination, Determination], bool]:
        """Give what was kept, or decide, each for itself; say whether both were kept."""
        with suppress(msgspec.MsgspecError):
            one, two = _read_both(kept)
            said = written(encounter)
            old, old_is_kept = self._old.recall(encounter, one, said)
            new, new_is_kept = self._new.recall(encounter, two, said)
            return (old, new), old_is_kept and new_is_kept
        return self(encounter), False

    def terms(self) -> bytes:
        """Give the terms under which both decide."""
        return self._old.terms() + self._new.terms()


def side_alone(documents: Documents, policy: Policy, known_on: date, *, any_date: bool) -> Side:
    """Bind one policy version alone, whatever its status; with `any_date` on every date of service."""
    payer = Payer(kind="payer", id=ALONE, title="the policy alone", tiers=((policy.id,),))
    others = replace(documents, policies={})
    return side_in_place(others, policy, payer, known_on, replaced=policy.id, any_date=any_date)


def side_in_place(  # noqa: PLR0913 - what stands where, each by name
    documents: Documents, policy: Policy, payer: Payer, known_on: date, *, replaced: str, any_date: bool
) -> Side:
    """Bind one policy version among a payer's, in the place of `replaced`; with `any_date` it alone on every date."""
    tiers = tuple(tuple(policy.id if name == replaced else name for name in tier) for tier in payer.tiers)
    effective = Period() if any_date else policy.effective
    bound = replace(policy, status="in-force", published=None, effective=effective)
    policies, payers = {**documents.policies, policy.id: (bound,)}, {payer.id: replace(payer, tiers=tiers)}
    return side(replace(documents, policies=policies, payers=payers), payer.id, known_on)


def side(documents: Documents, payer: str, known_on: date) -> Side:
    """Take a payer of documents as they are."""
    rulebase = Rulebase(documents)
    return Side(rulebase, rulebase.terms(payer=payer, known_on=known_on))


def regimes(*sides: Side) -> tuple[Regime, ...]:
    """Cut the dates of service where other versions begin to bind, and give what binds each side on them."""
    found: dict[tuple[object, ...], tuple[tuple[CompiledRules, ...], list[Span]]] = {}
    days = sorted({day for each in sides for day in _breaks(each)})
    for first, after in zip((None, *days), (*days, None), strict=True):
        day = first or (after - timedelta(days=1) if after else _ANY_DAY)
        programs = tuple(each.rulebase.program_on(each.terms, day) for each in sides)
        key = tuple(
            (each.undated, tuple(sorted(each.binding.codes.named.items(), key=itemgetter(0)))) for each in programs
        )
        spans = found.setdefault(key, (programs, []))[1]
        # Where nothing that counts begins on a day, the span before it goes on.
        spans.append((spans.pop()[0] if spans and spans[-1][1] == first else first, after))
    return tuple(Regime(tuple(spans), tuple(map(rule_set, programs))) for programs, spans in found.values())


def _breaks(of: Side) -> set[date]:
    """Give the days on which a version of a binding policy or a remittance code begins to apply, or no longer does."""
    days = set[date]()
    for policy in (version for name in of.terms.payer.policies for version in of.rulebase.policies[name]):
        if policy.effective.first is not None:
            days.add(read_date(policy.effective.first))
        if policy.effective.last is not None and (after := day_after(read_date(policy.effective.last))):
            days.add(after)
    return days.union(*(of.rulebase.program_on(of.terms, day).codes.breaks for day in (_ANY_DAY, *days)))


def rule_set(program: CompiledRules) -> RuleSet:
    """Give what analysis needs of a program."""
    return RuleSet(
        concerns=program.binding.concerns,
        conditions=program.compiled.rules,
        facts=program.compiled.facts,
        remittances=program.binding.codes.named,
        vocabulary=program.vocabulary,
        setting=program.setting,
        otherwise=program.binding.otherwise,
    )
