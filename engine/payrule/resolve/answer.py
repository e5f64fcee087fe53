"""From a verdict to the determination of one line: what it waits for, its units, its presumptions."""

from collections.abc import Callable

from msgspec import UNSET

from payrule.documents.determinations import LineDetermination, Possible
from payrule.language.scene import SceneLine
from payrule.resolve.bound import BoundRule
from payrule.resolve.verdict import Verdict, said

UNITS = "units"
"""The concern whose denial says how many units are supported."""


def answer(line: SceneLine, verdict: Verdict, waits: Callable[[str], frozenset[str]]) -> LineDetermination:
    """Complete a verdict for a line; `waits` names the unknown attributes that a rule waits for on it."""
    unsupported = allows_units(verdict)
    return LineDetermination(
        number=line.line.number,
        code=line.line.code,
        disposition=verdict.disposition,
        liability=verdict.liability,
        discretionary=verdict.discretionary,
        concern=verdict.concern,
        allowed_units=_allowed(line) if unsupported else UNSET,
        remittance=verdict.remittance,
        remittance_chosen_by=verdict.chosen_by or UNSET,
        candidates=verdict.candidates or UNSET,
        reasons=verdict.reasons,
        overruled=verdict.overruled,
        conflicts=verdict.conflicts,
        open=tuple(sorted(frozenset().union(*(waits(name) for name in verdict.open_rules)))),
        advice=verdict.advice,
        presumed=tuple(sorted(line.presumed)) or UNSET,
        possible=tuple(_possible(rule, waits) for rule in verdict.possible) or UNSET,
    )


def _allowed(line: SceneLine) -> int | None:
    """Give the units that every function supports that counts them; None where one does not know."""
    allowed = [support.allowed for support in line.supports]
    known = [each for each in allowed if each is not None]
    return min(known) if known and len(known) == len(allowed) else None


def allows_units(verdict: Verdict) -> bool:
    """Tell whether an answer says how many units are supported: it denies, and for want of support among others."""
    return any(reason.concern == UNITS for reason in verdict.reasons) and verdict.disposition == "denied"


def _possible(rule: BoundRule, waits: Callable[[str], frozenset[str]]) -> Possible:
    return Possible(**said(rule), summary=rule.rule.summary, waits_for=tuple(sorted(waits(rule.name))))
