"""Sides of a comparison: a rulebase and a payer, or one policy bound alone, and what analysis needs of each."""

from collections.abc import Iterable
from datetime import date, timedelta
from operator import itemgetter
from typing import Any

import msgspec

from payrule.analysis.difference import Regime
from payrule.analysis.encoding import Span
from payrule.analysis.problem import RuleSet
from payrule.analysis.verification import Ruling
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


def side_alone(documents: Documents, policy: Policy, known_on: date, *, any_date: bool) -> Side:
    """Bind one policy version alone, whatever its status; with `any_date` on every date of service."""
    bound = _bound(policy, any_date=any_date)
    payer = Payer(kind="payer", id=ALONE, title="the policy alone", tiers=((policy.id,),))
    return side(
        msgspec.structs.replace(documents, policies={policy.id: (bound,)}, payers={ALONE: payer}), ALONE, known_on
    )


def side_in_place(  # noqa: PLR0913 - what stands where, each by name
    documents: Documents, policy: Policy, payer: Payer, known_on: date, *, replaced: str, any_date: bool
) -> Side:
    """Bind one policy version among a payer's, in the place of the policy `replaced`.

    With `any_date` it binds on every date of service; the payer's other policies keep their dates.
    """
    tiers = tuple(tuple(policy.id if name == replaced else name for name in tier) for tier in payer.tiers)
    bound = _bound(policy, any_date=any_date)
    policies = {**documents.policies, policy.id: (bound,)}
    moved = msgspec.structs.replace(payer, tiers=tiers)
    return side(msgspec.structs.replace(documents, policies=policies, payers={payer.id: moved}), payer.id, known_on)


def _bound(policy: Policy, *, any_date: bool) -> Policy:
    changes = {"effective": Period()} if any_date else {}
    return msgspec.structs.replace(policy, status="in-force", published=None, **changes)


def side(documents: Documents, payer: str, known_on: date) -> Side:
    """Take a payer of documents as they are."""
    rulebase = Rulebase(documents)
    return Side(rulebase, rulebase.terms(payer=payer, known_on=known_on))


def regimes(old: Side, new: Side) -> tuple[Regime, ...]:
    """Cut the dates of service where other versions begin to bind, and give what binds before and after on each."""
    found = _by_programs((old, new))
    return tuple(Regime(spans, rule_set(programs[0]), rule_set(programs[1])) for programs, spans in found)


def rulings(of: Side) -> tuple[Ruling, ...]:
    """Cut the dates of service where other versions begin to bind, and give what binds on each."""
    return tuple(Ruling(spans, rule_set(programs[0])) for programs, spans in _by_programs((of,)))


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


def _by_programs(sides: tuple[Side, ...]) -> list[tuple[tuple[CompiledRules, ...], tuple[Span, ...]]]:
    """Give the spans of dates on which the same programs decide."""
    found: dict[tuple[object, ...], tuple[tuple[CompiledRules, ...], list[Span]]] = {}
    for first, after in _spans(day for each in sides for day in (*_breaks(each), *_code_breaks(each))):
        day = first or (after - timedelta(days=1) if after else _ANY_DAY)
        programs = tuple(each.rulebase.program_on(each.terms, day) for each in sides)
        key = tuple((each.network, tuple(sorted(each.binding.codes.named.items(), key=_NAME))) for each in programs)
        spans = found.setdefault(key, (programs, []))[1]
        if spans and spans[-1][1] == first:
            first = spans.pop()[0]  # noqa: PLW2901 - nothing that counts begins on that day
        spans.append((first, after))
    return [(programs, tuple(spans)) for programs, spans in found.values()]


_NAME = itemgetter(0)


def _code_breaks(each: Side) -> Iterable[date]:
    """List the days on which some remittance code comes into use, or no longer is."""
    for service in {_ANY_DAY, *_breaks(each)}:
        yield from each.rulebase.program_on(each.terms, service).codes.breaks


def _breaks(each: Side) -> Iterable[date]:
    """List the days on which a version of a binding policy begins to apply, or no longer does."""
    for name in sorted(each.terms.payer.policies):
        for policy in each.rulebase.policies[name]:
            if policy.effective.first is not None:
                yield read_date(policy.effective.first)
            if policy.effective.last is not None and (after := day_after(read_date(policy.effective.last))):
                yield after


def _spans(breaks: Iterable[date]) -> Iterable[Span]:
    days = sorted(set(breaks))
    return zip((None, *days), (*days, None), strict=True)
