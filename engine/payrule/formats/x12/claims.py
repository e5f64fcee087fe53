"""Turn one claim of an X12 file into an encounter, as yet unchecked, with what a reader should know of it.

What a claim never carries (regions, techniques, purposes, the record) stays absent and so unknown. So does the payer:
its name on the claim is no id of a payer document.
"""

from collections.abc import Mapping
from datetime import date

from payrule.documents.findings import Finding
from payrule.formats.raw import RawEncounter
from payrule.formats.x12.lines import Line, Refused, read_line, service_date, split_lines
from payrule.formats.x12.loops import ClaimLoop
from payrule.formats.x12.pieces import shown
from payrule.formats.x12.providers import provider_of, rendering_provider
from payrule.formats.x12.segments import Segment
from payrule.formats.x12.values import age_in_years, provider_type, read_day, with_point

_DIAGNOSIS = {"ABK": 10, "ABF": 10, "BK": 9, "BF": 9}
"""Qualifiers of a diagnosis and the version of ICD that they mean; the other kinds of `HI` are no diagnoses."""

_ROLE = {"P": "primary", "S": "secondary"}
_FREQUENCY = {"7": "replaces", "8": "voids"}


def encounter_of(claim: ClaimLoop, taxonomies: Mapping[str, str]) -> RawEncounter | list[Finding]:
    """Make an encounter of a claim, or a finding for each thing that stands against it.

    `taxonomies` gives a provider type for the beginning of a taxonomy code; the longest that fits counts.
    """
    head, loops = split_lines(claim.segments)
    problems: list[Refused] = []
    notes: list[str] = []
    diagnoses: list[str] = []
    if not claim.id:
        problems.append(Refused(head[0], "the claim has no id", "give it as the first element of `CLM`"))
    if not loops:
        problems.append(Refused(head[0], "the claim has no lines", "give each service below an `LX`"))
    try:
        diagnoses = _diagnoses(head, notes)
    except Refused as problem:
        problems.append(problem)
    lines: list[Line] = []
    of_claim = rendering_provider(head)
    place_of_service, *_ = head[0].components(5)
    for loop in loops:
        try:
            line = read_line(loop, service_date(head), place_of_service)
        except Refused as problem:
            problems.append(problem)
            continue
        provider = provider_of(rendering_provider(loop.segments) or of_claim, claim.loops.billing, taxonomies)
        if provider:
            line.data["provider"] = provider
        lines.append(line)
        notes.extend(line.notes)
    if problems:
        return [
            Finding(code="x12-claim", message=each.message, help=each.help, path=claim.place(each.segment))
            for each in problems
        ]
    data: dict[str, object] = {"id": claim.id, **_role(claim, notes)}
    data |= _patient(claim, min(line.day for line in lines), notes)
    kind = provider_type(claim.loops.billing.taxonomy, taxonomies)
    if kind:
        data["billing_provider"] = {"type": kind}
    if diagnoses:
        data["diagnoses"] = diagnoses
    data["lines"] = [line.data for line in lines]
    notes.extend(_remarks(claim, taxonomies))
    return RawEncounter(data, claim.place(), tuple(notes))


def undeclared_separators(claim: ClaimLoop) -> set[tuple[str, str]]:
    """Find the component separators that a claim uses though its header declares another: pairs of declared and used.

    >>> from payrule.formats.x12.loops import Loops
    >>> undeclared_separators(ClaimLoop(Loops(), (Segment(8, "CLM", ("A-1", "10", "", "", "11>B>1")),)))
    {(':', '>')}
    """
    composites = {"CLM": (5,), "HI": (1,), "SV1": (1, 7)}
    return {
        (segment.separator, segment.separator_in(position))
        for segment in claim.segments
        for position in composites.get(segment.name, ())
        if segment.separator_in(position) != segment.separator
    }


def _diagnoses(head: list[Segment], notes: list[str]) -> list[str]:
    """Read the diagnoses in claim order: lines point to them by their place, so that a gap cannot be passed over."""
    result: list[str] = []
    old = False
    for segment in (each for each in head if each.name == "HI"):
        composites = [segment.components(position) for position in range(1, len(segment.elements) + 1)]
        while composites and not any(composites[-1]):
            composites.pop()
        if not any(composite[0] in _DIAGNOSIS for composite in composites):
            continue
        for composite in composites:
            qualifier, code, *_ = [*composite, ""]
            if qualifier not in _DIAGNOSIS or not code:
                raise Refused(
                    segment,
                    f"diagnosis {len(result) + 1} is {shown(':'.join(composite))}",
                    "give each diagnosis a qualifier (`ABK`, `ABF`, `BK`, `BF`) and a code, and leave no gap",
                )
            old |= _DIAGNOSIS[qualifier] == _DIAGNOSIS["BK"]
            result.append(with_point(code, version=_DIAGNOSIS[qualifier]))
    if old:
        notes.append("diagnoses are ICD-9-CM codes")
    return result


def _role(claim: ClaimLoop, notes: list[str]) -> dict[str, object]:
    responsibility = claim.loops.responsibility
    if not responsibility:
        notes.append("the claim does not say whether the payer is first (SBR01 is empty): it counts as primary")
        return {}
    role = _ROLE.get(responsibility)
    if role is None:
        notes.append(f"the payer is neither first nor second (SBR01 is `{responsibility}`): it counts as secondary")
    return {"payer_role": role or "secondary"}


def _patient(claim: ClaimLoop, first_day: date, notes: list[str]) -> dict[str, object]:
    member = claim.loops.patient or claim.loops.subscriber
    result: dict[str, object] = {"id": member.identifier} if member.identifier else {}
    if member.born:
        try:
            age = age_in_years(read_day(member.born), first_day)
        except ValueError:
            age = None
        if age is None:
            notes.append(
                f"the date of birth `{member.born}` is not a day before the service: the patient's age is left open"
            )
        else:
            result["age_years"] = age
    return {"patient": result} if result else {}


def _remarks(claim: ClaimLoop, taxonomies: Mapping[str, str]) -> list[str]:
    """Say what the claim holds beyond its encounter."""
    notes = []
    frequency = claim.segments[0].components(5)[2:3]
    if frequency and frequency[0] in _FREQUENCY:
        notes.append(f"the claim {_FREQUENCY[frequency[0]]} an earlier one (frequency `{frequency[0]}`)")
    rendering = {each.element(3) for each in claim.segments if each.name == "PRV" and each.element(1) == "PE"}
    notes.extend(
        f"taxonomy `{taxonomy}` stands for no provider type that is known here"
        for taxonomy in sorted(rendering | {claim.loops.billing.taxonomy})
        if taxonomy and provider_type(taxonomy, taxonomies) is None
    )
    return notes
