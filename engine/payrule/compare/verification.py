"""Verify a payer: which conflicts, gaps and useless rules its policies have, or the proof that there are none."""

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from datetime import date
from typing import Any

import msgspec
from msgspec import UNSET

from payrule.analysis.solver import OutOfTimeError, never
from payrule.analysis.verification import Contradiction, verification
from payrule.analysis.work import ALONE, Work
from payrule.compare.comparison_side import OneDecides, Side, regimes
from payrule.model.payer import AcceptedConflict, Payer
from payrule.results.determination import Determination
from payrule.results.verification import PayerAnswers, ReachableConflict, RuleFinding, Shown, Verification
from payrule.rulebase.rulebase import Rulebase

REASON_TO_WRITE = "why this conflict is accepted"


def verify(  # noqa: PLR0913 - as `diff`
    rulebase: Rulebase,
    payer: str,
    *,
    known_on: date | str,
    exampled: AbstractSet[str] | Callable[[], AbstractSet[str]] | None = None,
    expired: Callable[[], bool] = never,
    work: Work = ALONE,
) -> Verification:
    """Verify the policies of a payer, as published on a day.

    `exampled` names the rules, as `policy/rule`, that some example matches; with it the others are found too. A
    function instead is called when all else is settled, and may raise OutOfTimeError. `expired` limits the time.
    `work` says how many processes share questions about many rules, and where answers are kept.

    Raises RequestError for a payer that the rulebase does not have, or when python-sat is not installed;
    UnfaithfulError for a defect of payrule.

    >>> from payrule import load
    >>> found = verify(load(), min(load().payers), known_on="2026-11-23")
    >>> found.certainty["conflicts"], found.conflicts
    ('proved', ())
    """
    side = Side(rulebase, rulebase.terms(payer=payer, known_on=known_on))
    adjudicator = side.terms.payer
    bound = regimes(side)
    found = verification(bound, OneDecides(side), expired, work=work)
    conflicts = tuple(_conflict(each, adjudicator) for each in found.contradictions.values())
    notes = list(found.notes)
    bound_rules = [rule for each in bound for rules in each.rules for rule in rules.rules]
    try:
        matched = exampled() if callable(exampled) else exampled
        names = sorted({rule.rule_name for rule in bound_rules} - matched) if matched is not None else []
        because = "no example has a claim that it matches"
        unexampled = [RuleFinding(rule=each, fault="unexampled", certainty="proved", because=because) for each in names]
    except OutOfTimeError:
        unexampled = []
        notes.append("time ran out before every example was decided: rules that no example matches are not reported")
    shown = [*(each.shown for each in conflicts), *(each.shown for each in found.gaps)]
    payers = _everyone(shown, rulebase, side, expired)
    if len(payers) < len(shown):
        notes.append(
            f"time ran out: the answers of other payers are given for {len(payers):,} of {len(shown):,} claims"
        )
    return Verification(
        payer=payer,
        known_on=side.terms.known_on.isoformat(),
        rules=len({(rule.policy.name, rule.rule.id) for rule in bound_rules}),
        conflicts=conflicts,
        gaps=tuple(found.gaps),
        findings=(*found.findings, *unexampled),
        payers=payers,
        certainty=found.certainty,
        other_lines=found.other_lines,
        notes=tuple(notes),
        scope=found.scope,
        multiplied=tuple(found.multiplied.values()) or UNSET,
    )


def _conflict(found: Contradiction, payer: Payer) -> ReachableConflict:
    one, two = found.rules
    names = (one.name, two.name)
    accepted = {frozenset(each.rules): each.reason for each in payer.accepted_conflicts}.get(frozenset(names))
    entry = msgspec.json.encode(AcceptedConflict(rules=names, reason=REASON_TO_WRITE)).decode()
    return ReachableConflict(
        concern=one.rule.conclude.concern,
        rules=names,
        values=(one.rule.conclude.value, two.rule.conclude.value),
        accepted=accepted,
        accept=None if accepted else entry,
        shown=found.shown,
    )


def _everyone(
    claims: list[Shown], rulebase: Rulebase, side: Side, expired: Callable[[], bool]
) -> tuple[PayerAnswers, ...]:
    """Say what every payer answers on the claims that were found, as far as time suffices."""
    every = {name: rulebase.terms(payer=name, known_on=side.terms.known_on) for name in sorted(rulebase.payers)}
    found = []
    for shown in claims:
        if expired():
            break
        encounter = rulebase.encounter(shown.encounter)
        decided = {name: rulebase.decide_under(terms, encounter) for name, terms in every.items()}
        answers = {name: _in_words(determination, shown.line) for name, determination in decided.items()}
        found.append(PayerAnswers(encounter=shown.encounter, line=shown.line, answers=answers))
    return tuple(found)


def _in_words(determination: Determination, number: int) -> str:
    line = determination.line(number)
    bearer: Any = f" ({line.liability})" if line.liability else ""
    return f"{line.disposition}{bearer}" + (f": {line.reasons[0].name}" if line.reasons else "")
