"""Sides of a comparison: a rulebase and a payer, or one policy bound alone, and what analysis needs of each."""

from datetime import date, timedelta
from operator import itemgetter
from typing import Any

import msgspec
from msgspec.structs import replace

from payrule.analysis.encoding import Regime, Span
from payrule.analysis.rule_set import RuleSet
from payrule.model.payer import Payer
from payrule.model.policy import Period, Policy
from payrule.model.values import day_after, read_date
from payrule.results.determination import Determination
from payrule.rulebase.compile import CompiledRules
from payrule.rulebase.load import Documents
from payrule.rulebase.request import DecisionRequest
from payrule.rulebase.rulebase import Rulebase

_ANY_DAY = date(2000, 1, 1)

ALONE = "alone"
"""The payer that stands for nobody, and binds one policy."""


class Side(msgspec.Struct, frozen=True):
    """Documents that decide, and the terms under which they do."""

    rulebase: Rulebase
    terms: DecisionRequest

    def decide(self, encounter: dict[str, Any]) -> Determination:
        """Decide an encounter as JSON has it; errors as for `Rulebase.decide`."""
        return self.rulebase.decide_under(self.terms, self.rulebase.encounter(encounter))

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle it with its documents: they may be others than those in their folder, such as of another revision."""
        return _side_of, (self.rulebase.documents, self.terms, self.rulebase.digest(self.terms))


def _side_of(documents: Documents, terms: DecisionRequest, digest: str) -> Side:
    """Make a side of what was pickled; what a document leaves out cannot be told any more from what it says as much."""
    rulebase = Rulebase(documents)
    rulebase._digests[terms.payer.id, terms.consider] = digest  # noqa: SLF001 - of the same documents
    return Side(rulebase, terms)


class BothDecide(msgspec.Struct, frozen=True):
    """Decides an encounter on both sides; unlike a lambda it can be handed to another process."""

    old: Side
    new: Side

    def __call__(self, encounter: dict[str, Any]) -> tuple[Determination, Determination]:
        """Decide it; errors as for `Rulebase.decide`."""
        return self.old.decide(encounter), self.new.decide(encounter)


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
