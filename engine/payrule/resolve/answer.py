"""From a verdict to the determination of one line: what it waits for, its units, what was presumed, lines it names."""

from collections.abc import Iterable, Iterator
from typing import Protocol

import msgspec
from msgspec import UNSET

from payrule.execute.beside import Beside
from payrule.language.enriched_encounter import EnrichedLine
from payrule.resolve.bound import BoundRule
from payrule.resolve.verdict import Verdict, said
from payrule.results.determination import ClaimLevel, LineDetermination, OtherLine, Possible, Reason
from payrule.results.explanation import Because

UNITS = "units"
"""The concern whose denial says how many units are supported."""


class Needs(msgspec.Struct, frozen=True):
    """The smallest sets of facts that suffice to settle a line; `bounded` where more may than were looked for."""

    sets: tuple[tuple[str, ...], ...] = ()
    bounded: bool = False


class Told(Protocol):
    """What is asked of the conditions on a line, beside which of them match."""

    def waits(self, rule: str) -> frozenset[str]:
        """Name the unknown attributes that a rule waits for."""

    def beside(self, rule: str) -> Beside:
        """Say which other lines, and which rows of tables, made a rule match."""

    def because(self) -> Because | None:
        """Say why no policy applies; None where that is not asked."""

    def claim_level(self) -> ClaimLevel | None:
        """Give the answer without the chart; None where that is not asked."""

    def needs(self) -> Needs:
        """Give the smallest sets of facts that can settle the line."""


def answer(line: EnrichedLine, verdict: Verdict, told: Told) -> LineDetermination:
    """Complete a verdict for a line; `told` knows the conditions there."""
    unsupported = allows_units(verdict)
    besides = {reason.name: told.beside(reason.name) for reason in verdict.reasons}
    is_payable, is_pending = verdict.disposition == "payable", verdict.disposition == "pending"
    needs = told.needs() if is_pending else Needs()
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
        reasons=tuple(_with(reason, besides[reason.name]) for reason in verdict.reasons),
        overruled=verdict.overruled,
        conflicts=verdict.conflicts,
        open=tuple(sorted(frozenset().union(*(told.waits(name) for name in verdict.open_rules)))),
        advice=tuple(dict.fromkeys(_advised(line, verdict, besides))),
        presumed=tuple(sorted(line.presumed)) or UNSET,
        possible=tuple(_possible(rule, told) for rule in verdict.possible) or UNSET,
        claim_level=(told.claim_level() if is_pending else None) or UNSET,
        needs=needs.sets or UNSET,
        needs_bounded=needs.bounded or UNSET,
        undecided_because=(told.because() if verdict.disposition == "undecided" else None) or UNSET,
        tested=(verdict.tested if is_payable else ()) or UNSET,
        not_tested=(verdict.not_tested if is_payable else ()) or UNSET,
        by_default=verdict.by_default or UNSET,
    )


def _with(reason: Reason, beside: Beside) -> Reason:
    """Add to a reason the other lines and the rows of tables that it rests on."""
    if not beside.lines and not beside.rows:
        return reason
    # Days of one line are one line to a reader.
    lines = tuple(dict.fromkeys(OtherLine(each.line.number, each.line.code) for each in beside.lines))
    return msgspec.structs.replace(reason, other_lines=lines or UNSET, rows=beside.rows or UNSET)


def _advised(line: EnrichedLine, verdict: Verdict, besides: dict[str, Beside]) -> Iterator[str]:
    """Say what can be done, with the codes and lines that it is about where it is about several."""
    for each in verdict.advice:
        others = besides[each.of].lines if each.of in besides else ()
        about = f"{line_words((line,))} beside {line_words(others)}: " if others else ""
        yield f"{about}{each.said}"


MOST_NAMED = 5
"""Lines that are named in a sentence; of more it is said how many there are."""


def line_words(lines: Iterable[EnrichedLine]) -> str:
    """Name lines with their codes.

    >>> from payrule.encounter.encounter import Line
    >>> line_words(EnrichedLine(Line(at, {"line.code": f"0000{at}"}), {}, {}, ()) for at in (1, 2, 3))
    'line 1 (00001), line 2 (00002) and line 3 (00003)'
    """
    said = list(dict.fromkeys(f"line {each.line.number} ({each.line.code})" for each in lines))
    if len(said) > MOST_NAMED:
        said = [*said[:MOST_NAMED], f"{len(said) - MOST_NAMED} more"]
    return " and ".join([", ".join(said[:-1]), said[-1]] if len(said) > 1 else said)


def _allowed(line: EnrichedLine) -> int | None:
    """Give the units that every function supports that counts them; None where one does not know."""
    allowed = [support.allowed for support in line.supports]
    known = [each for each in allowed if each is not None]
    return min(known) if known and len(known) == len(allowed) else None


def allows_units(verdict: Verdict) -> bool:
    """Tell whether an answer says how many units are supported: it denies, and for want of support among others."""
    return any(reason.concern == UNITS for reason in verdict.reasons) and verdict.disposition == "denied"


def _possible(rule: BoundRule, told: Told) -> Possible:
    return Possible(**said(rule), summary=rule.rule.summary, waits_for=tuple(sorted(told.waits(rule.name))))
