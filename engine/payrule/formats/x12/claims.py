"""Turn one claim of an X12 file into JSON, not yet checked, with what a person should know of it.

What a claim never carries (regions, techniques, purposes, the record) stays absent and so unknown. So does the payer:
its name on the claim is no id of a payer document.
"""

import re
from collections.abc import Callable, Container, Iterable, Mapping
from contextlib import suppress
from datetime import date
from functools import partial
from itertools import takewhile
from typing import TypeVar

from payrule.formats.claim_parts import (
    age_in_years,
    has_code_and_date,
    is_told,
    line_of,
    provider_of,
    stated,
    with_point,
)
from payrule.formats.encounters import ORIGINAL, NamedPayer, RawEncounter, Unreadable
from payrule.formats.x12.lines import (
    Line,
    LineLoop,
    read_day,
    read_line,
    refuse_gaps,
    service_date,
    split_lines,
)
from payrule.formats.x12.loops import (
    ClaimLoop,
    medicare_role,
    others_of,
    payer_role,
    provider_notes,
    rendering_provider,
)
from payrule.formats.x12.segments import Refused, Segment, scaled, shown, whole
from payrule.formats.x12.sent import identifiers_of
from payrule.source.diagnostics import Diagnostic

_DIAGNOSIS = {"ABK": 10, "ABF": 10, "BK": 9, "BF": 9}
"""Qualifiers of a diagnosis and the version of ICD that they mean; the other kinds of `HI` are no diagnoses."""
_PRINCIPAL = ("ABK", "BK")


def encounter_of(claim: ClaimLoop, taxonomies: Mapping[str, str], fractions: Container[str] = ()) -> RawEncounter:
    """Make JSON of a claim; one that cannot be decided has a fault for each reason, and what histories need of it.

    `taxonomies` gives a provider type for the beginning of a taxonomy code; the longest that fits counts. `fractions`
    are the attributes that may be no whole number.
    """
    head, loops = split_lines(claim.segments)
    problems: list[Refused] = []
    notes: list[Diagnostic] = []
    if not claim.id:
        problems.append(Refused(head[0], "the claim has no id", "give it as the first element of `CLM`"))
    if not loops:
        problems.append(Refused(head[0], "the claim has no lines", "give each service below an `LX`"))
    diagnoses = _tried(problems, lambda: _diagnoses(head, notes)) or []
    _tried(problems, lambda: refuse_gaps(loops))
    dated = _tried(problems, lambda: service_date(head, "the claim"))
    reference = _tried(problems, lambda: _original_reference(head))
    place_of_service, *_ = head[0].components(5)
    lines: list[Line] = []
    of_claim = rendering_provider(head)
    for loop in loops:
        line = _tried(problems, partial(read_line, loop, dated, place_of_service, fractions))
        if line is None:
            continue
        provider = provider_of(rendering_provider(loop.segments) or of_claim, claim.loops.billing, taxonomies)
        if provider:
            line.data["provider"] = provider
        line.data.update(others_of(loop.segments, head))
        lines.append(line)
        notes.extend(line.notes)
    is_readable = any(has_code_and_date(line.data) for line in lines)
    if not problems and is_readable:
        _tried(problems, lambda: _hold_to_total(head[0], lines, notes))
    if problems or not is_readable:
        problems += [fault for line in lines for fault, _ in line.unreadable]
        found = sorted(problems, key=_place)
        return _refused(claim, head, loops, tuple(claim.diagnostic(_told(each), each.segment) for each in found))
    written = [*head[0].components(5), "", "", ""][2]
    values: dict[str, object] = {
        "id": claim.id,
        **payer_role(claim.loops.payer, notes),
        **medicare_role(claim.loops.payer, head, notes),
        "frequency": written if whole(written) is None else str(whole(written)),
        "original_reference": reference,
        "claim_type": "professional",
        "filing_indicator": claim.loops.payer.plan if _is_indicator(claim.loops.payer.plan) else "",
        "prior_authorizations": _authorizations(head, loops),
        "patient": _patient(claim, [line.day for line in lines], notes),
        "billing_provider": stated(claim.loops.billing, taxonomies) | _stated(tin=claim.loops.billing.tin),
        "diagnoses": diagnoses,
        "lines": [line.data for line in lines],
    }
    data = {key: value for key, value in values.items() if value}
    notes.extend(provider_notes(claim, taxonomies))
    return RawEncounter(
        data,
        f"segment {head[0].number}",
        tuple(notes),
        placed=lambda each: None if is_told(each, [line.data for line in lines]) else _placed(each, claim, head, loops),
        identifiers=identifiers_of(claim, head, loops),
        named=_named(claim),
        unreadable=tuple(
            Unreadable(whole(loop.opening.element(1)) or 0, attributes, claim.diagnostic(_told(fault), fault.segment))
            for loop, line in zip(loops, lines, strict=True)
            for fault, attributes in line.unreadable
        ),
    )


def _refused(
    claim: ClaimLoop, head: list[Segment], loops: list[LineLoop], faults: tuple[Diagnostic, ...]
) -> RawEncounter:
    """Give a claim that cannot be decided: its id, its patient, and the claim that it replaces."""
    doubted, reference = frozenset[str](), None
    try:
        reference = _original_reference(head)
    except Refused:
        doubted = frozenset({ORIGINAL})
    member = claim.loops.patient or claim.loops.subscriber
    patient = _stated(id=member.identifier)
    data: dict[str, object] = {"id": claim.id, "original_reference": reference, "patient": patient}
    return RawEncounter(
        {key: value for key, value in data.items() if value},
        f"segment {head[0].number}",
        faults=faults,
        placed=lambda _: None,
        identifiers=identifiers_of(claim, head, loops),
        doubted=doubted,
    )


def _named(claim: ClaimLoop) -> NamedPayer:
    """Say how a claim names the payer that it is sent to: `NM1*PR`, or where that is missing its `SBR` or `CLM`."""
    payer = claim.loops.payer
    place = payer.segment or claim.segments[0].number
    ids = (payer.identifier.strip(),) if payer.identifier.strip() else ()
    return NamedPayer(ids, payer.name, payer.plan, f"segment {place}")


def _place(fault: Refused) -> int:
    return fault.segment.number if fault.segment else 0


def _told(fault: Refused) -> Diagnostic:
    return Diagnostic(code=fault.code, message=fault.message, help=fault.help)


def _placed(diagnostic: Diagnostic, claim: ClaimLoop, head: list[Segment], loops: list[LineLoop]) -> Diagnostic:
    """Give a diagnostic its segment: the service or date of the line, the diagnoses, else the claim."""
    path = diagnostic.path or "$"
    if line := line_of(diagnostic):
        loop = loops[line[0]]
        name = {"number": "LX", "date": "DTP", "date_to": "DTP", "provider": "NM1"}.get(line[1], "SV1")
        segments = (loop.opening, *loop.segments)
    else:
        name = {"$.diagnoses": "HI", "$.original_reference": "REF"}.get(path.partition("[")[0], "CLM")
        segments = tuple(head)
    return claim.diagnostic(diagnostic, next((each for each in segments if each.name == name), segments[0]))


_Made = TypeVar("_Made")


def _tried(problems: list[Refused], make: Callable[[], _Made]) -> _Made | None:
    try:
        return make()
    except Refused as problem:
        problems.append(problem)
        return None


def _hold_to_total(opening: Segment, lines: list[Line], notes: list[Diagnostic]) -> None:
    """Hold the lines (SV102) to the total of the claim (CLM02).

    Raises Refused where the total is no amount, or differs by as much as a line: by the smallest charge of the lines
    or more, or by a third of their sum or more. A line may then have been lost, doubled or changed. A smaller
    difference is noted. Where a charge cannot be read there is nothing to compare.
    """
    written, charges = opening.element(2), [each.charge_cents for each in lines if each.charge_cents is not None]
    total, together = scaled(written, 2), sum(charges)
    if total is None:
        message = f"the total of the claim is {shown(written)}, not an amount in dollars and cents"
        raise Refused(opening, message, "write it in `CLM02`, as in `35.50`", "x12-total")
    if len(charges) < len(lines):
        return
    difference = abs(total - together)
    if not difference:
        return
    message = f"the claim bills {_dollars(total)} (CLM02), and its lines together {_dollars(together)} (SV102)"
    smallest = min((charge for charge in charges if charge), default=0)
    if difference >= smallest or 3 * difference >= together:
        help_text = "make sure that no line was lost or changed; the two must be equal"
        raise Refused(opening, message, help_text, "x12-total")
    notes.append(opening.note("x12-total", f"{message}: the two must be equal"))


def _dollars(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"


def _original_reference(head: list[Segment]) -> str | None:
    """Find the payer's number of the claim that this one replaces or voids, `REF*F8` before any other payer."""
    own = takewhile(lambda each: each.name != "SBR", head)
    found = [each for each in own if each.name == "REF" and each.element(1) == "F8"]
    if len(found) > 1:
        message = f"the claim names two earlier claims: `REF*F8` (segment {found[0].number}) and this one"
        raise Refused(found[1], message, "name the one that is replaced or voided")
    return found[0].element(2) if found else None


def _diagnoses(head: list[Segment], notes: list[Diagnostic]) -> list[str]:
    """Read the diagnoses in claim order: lines point to them by their place, so that a gap cannot be passed over."""
    result: list[str] = []
    old: Segment | None = None
    for segment in (each for each in head if each.name == "HI"):
        composites = [segment.components(position) for position in range(1, len(segment.elements) + 1)]
        while composites and not any(composites[-1]):
            composites.pop()
        if not any(composite[0] in _DIAGNOSIS for composite in composites):
            continue
        for composite in composites:
            qualifier, code, *_ = [*composite, ""]
            if qualifier not in _DIAGNOSIS or not code:
                message = f"diagnosis {len(result) + 1} is {shown(':'.join(composite))}"
                help_text = "give each diagnosis a qualifier (`ABK`, `ABF`, `BK`, `BF`) and a code, and leave no gap"
                raise Refused(segment, message, help_text)
            if qualifier in _PRINCIPAL and result:
                message = f"diagnosis {len(result) + 1} is a second principal diagnosis (`{qualifier}`)"
                raise Refused(segment, message, "give one principal diagnosis, first")
            old = segment if _DIAGNOSIS[qualifier] == _DIAGNOSIS["BK"] else old
            result.append(with_point(code, version=_DIAGNOSIS[qualifier]))
    if old is not None:
        notes.append(old.note("icd-9", "diagnoses are ICD-9-CM codes"))
    return result


def _patient(claim: ClaimLoop, days: list[date | None], notes: list[Diagnostic]) -> dict[str, object]:
    """Say what is known of the patient; no age is given where the first day of service cannot be read."""
    first_day = min(day for day in days if day is not None)
    member = claim.loops.patient or claim.loops.subscriber
    age = None
    if member.born:
        with suppress(ValueError):
            age = age_in_years(read_day(member.born), first_day)
        if age is None:
            message = "the date of birth is not a day before the service: the age is left open"
            notes.append(Diagnostic(code="age-left-open", message=message, help="give the date of birth in `DMG`"))
    born = "" if age is None else read_day(member.born).isoformat()
    known = {} if age is None or None in days else {"age_years": age}
    sex, state = _SEXES.get(member.sex, ""), member.state if _is_state(member.state) else ""
    return _stated(id=member.identifier) | known | _stated(birth_date=born, sex=sex, state=state)


_SEXES = {"F": "female", "M": "male"}
_is_state = re.compile(r"[A-Z]{2}", re.ASCII).fullmatch
_is_indicator = re.compile(r"[0-9A-Z]{1,2}", re.ASCII).fullmatch


def _stated(**values: str) -> dict[str, object]:
    return {key: value for key, value in values.items() if value}


def _authorizations(head: Iterable[Segment], loops: Iterable[LineLoop]) -> list[str]:
    """Find the prior authorization numbers (`REF*G1`) of a claim and its lines; those of another payer do not count.

    >>> _authorizations([Segment(9, "REF", ("G1", "PA-1")), Segment(12, "SBR", ("S",))], [])
    ['PA-1']
    """
    own = [*takewhile(lambda each: each.name != "SBR", head), *(each for loop in loops for each in loop.segments)]
    found = (each.element(2) for each in own if each.name == "REF" and each.element(1) == "G1" and not each.element(4))
    return list(dict.fromkeys(filter(None, found)))
