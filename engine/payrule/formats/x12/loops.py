"""What stands above a claim in an X12 file, and its providers and payers.

Loop numbers are those of the implementation guides X098 (version 4010) and X222 (version 5010): 2000A and 2010AA is the
billing provider, 2000B and 2010BA the subscriber, 2000C and 2010CA the patient, 2300 and all below it the claim. The
hierarchical levels (`HL`) are 20, 22 and 23.
"""

import re
from collections.abc import Iterable, Mapping

import msgspec
from msgspec import UNSET
from msgspec.structs import replace

from payrule.formats.x12.segments import Segment, shown
from payrule.source.diagnostics import Diagnostic


class Billing(msgspec.Struct, frozen=True):
    """Hold the billing provider: its NPI and taxonomy, empty where the file has none, and whether it is a person."""

    npi: str = ""
    taxonomy: str = ""
    person: bool = False


class Member(msgspec.Struct, frozen=True):
    """Hold the subscriber or the patient: member id, and date of birth in eight digits; empty when not given."""

    identifier: str = ""
    born: str = ""


class Payer(msgspec.Struct, frozen=True):
    """Hold what `SBR` says of a payer: its place among the payers (SBR01), and what kind of plan it is (SBR09)."""

    responsibility: str = ""
    plan: str = ""


class Loops(msgspec.Struct, frozen=True):
    """Hold what stands above a claim; `payer` is the payer that the claim is sent to."""

    level: str = ""
    billing: Billing = Billing()
    payer: Payer = Payer()
    subscriber: Member = Member()
    patient: Member | None = None


class ClaimLoop(msgspec.Struct, frozen=True):
    """Hold one claim: what stands above it, and its own segments from `CLM` on."""

    loops: Loops
    segments: tuple[Segment, ...]

    @property
    def id(self) -> str:
        """Give the claim's id as the provider wrote it, CLM01."""
        return self.segments[0].element(1)

    def diagnostic(self, diagnostic: Diagnostic, segment: Segment | None = None) -> Diagnostic:
        """Say of a diagnostic which claim it speaks of, and at which segment; without one at its `CLM`.

        >>> ClaimLoop(Loops(), (Segment(28, "CLM", ("A-1", "10")),)).diagnostic(Diagnostic(code="x", message="y")).path
        'segment 28'
        """
        return replace(diagnostic, claim=self.id or UNSET, path=self.place(segment))

    def place(self, segment: Segment | None = None) -> str:
        """Say where the claim or one of its segments stands.

        >>> ClaimLoop(Loops(), (Segment(28, "CLM", ("A-1", "10")),)).place()
        'segment 28'
        """
        return f"segment {(segment or self.segments[0]).number}"


def above(loops: Loops, segment: Segment) -> Loops:
    """Take a segment that stands above the claims into the loops.

    >>> above(Loops(level="22"), Segment(9, "SBR", ("S", "18"))).payer
    Payer(responsibility='S', plan='')
    """
    match segment.name, loops.level, segment.element(1):
        case "HL", _, _:
            loops = _descend(loops, segment.element(3))
        case "PRV", "20", "BI":
            loops = replace(loops, billing=replace(loops.billing, taxonomy=segment.element(3)))
        case "NM1", "20", "85":
            npi = npi_of(segment)
            loops = replace(loops, billing=replace(loops.billing, npi=npi, person=segment.element(2) == "1"))
        case "SBR", "22", responsibility:
            loops = replace(loops, payer=Payer(responsibility, segment.element(9)))
        case "NM1", "22", "IL":
            loops = replace(loops, subscriber=replace(loops.subscriber, identifier=segment.element(9)))
        case "DMG", "22", "D8":
            loops = replace(loops, subscriber=replace(loops.subscriber, born=segment.element(2)))
        case "NM1", "23", "QC":
            loops = replace(loops, patient=replace(loops.patient or Member(), identifier=segment.element(9)))
        case "DMG", "23", "D8":
            loops = replace(loops, patient=replace(loops.patient or Member(), born=segment.element(2)))
    return loops


def npi_of(name: Segment) -> str:
    """Give the NPI in a name (NM108 and NM109); empty where another number stands there, or none.

    >>> npi_of(Segment(9, "NM1", ("85", "2", *[""] * 5, "XX", "9000000001")))
    '9000000001'
    """
    return national(name.element(9)) if name.element(8) == "XX" else ""


def _descend(loops: Loops, level: str) -> Loops:
    """Enter a hierarchical level: what stood on it and below it no longer holds."""
    if level == "20":
        return Loops(level=level)
    if level == "22":
        return Loops(level=level, billing=loops.billing)
    if level == "23":
        return replace(loops, level=level, patient=Member())
    return replace(loops, level=level)


_ROLES = {"P": "primary", "S": "secondary"}
_UNKNOWN = ("", "U")
_MEDICARE = ("MA", "MB")
"""Medicare Part A and Part B in SBR09."""


def payer_role(payer: Payer, notes: list[Diagnostic]) -> dict[str, object]:
    """Give the role of the payer that the claim is sent to, from SBR01.

    >>> payer_role(Payer("S"), [])
    {'payer_role': 'secondary'}
    """
    if payer.responsibility in _UNKNOWN:
        message = f"the claim does not say whether the payer is first (SBR01 is {shown(payer.responsibility)}): "
        notes.append(_assumed(f"{message}primary is assumed"))
        return {}
    role = _ROLES.get(payer.responsibility)
    if role is None:
        message = f"the payer is neither first nor second (SBR01 is {shown(payer.responsibility)}): "
        notes.append(_assumed(f"{message}secondary is assumed"))
    return {"payer_role": role or "secondary"}


def medicare_role(payer: Payer, head: Iterable[Segment], notes: list[Diagnostic]) -> dict[str, object]:
    """Give the role of Medicare for the claim, from the `SBR` of all its payers (loops 2000B and 2320).

    Where none of them is Medicare its role is `none`; where one does not say what kind of plan it is, nobody knows.

    >>> medicare_role(Payer("P", "CI"), [Segment(20, "SBR", ("S", "18", *[""] * 6, "MB"))], [])
    {'medicare_role': 'secondary'}
    >>> medicare_role(Payer("P", "CI"), [], []), medicare_role(Payer("P"), [], [])
    ({'medicare_role': 'none'}, {})
    """
    others = [Payer(each.element(1), each.element(9)) for each in head if each.name == "SBR"]
    payers = [payer, *others]
    medicare = [each.responsibility for each in payers if each.plan in _MEDICARE]
    if not medicare:
        return {} if any(not each.plan for each in payers) else {"medicare_role": "none"}
    known = [each for each in medicare if each not in _UNKNOWN]
    if not known:
        notes.append(_assumed("the claim does not say in which place Medicare pays (SBR01): its role is left open"))
        return {}
    role = next((_ROLES[each] for each in _ROLES if each in known), None)
    if role is None:
        notes.append(
            _assumed(f"Medicare is neither first nor second (SBR01 is {shown(known[0])}): secondary is assumed")
        )
    return {"medicare_role": role or "secondary"}


def _assumed(message: str) -> Diagnostic:
    return Diagnostic(code="payer-role-assumed", message=message, help="give the place of each payer in SBR01")


class Rendering(msgspec.Struct, frozen=True):
    """Hold a rendering provider (loops 2310B and 2420A): NPI and taxonomy, empty where the claim has none."""

    npi: str = ""
    taxonomy: str = ""


def rendering_provider(segments: Iterable[Segment]) -> Rendering | None:
    """Find the rendering provider among the segments of a claim or of one line; None when it is not named.

    A claim's providers of another payer (loop 2330D) do not count: they stand below `SBR`.

    >>> name, specialty = ("82", "1", *[""] * 5, "XX", "9000000001"), ("PE", "PXC", "12AB")
    >>> rendering_provider([Segment(9, "NM1", name), Segment(10, "PRV", specialty)])
    Rendering(npi='9000000001', taxonomy='12AB')
    """
    found: Rendering | None = None
    for segment in segments:
        if segment.name == "SBR":
            break
        if segment.name == "NM1" and segment.element(1) == "82":
            found = Rendering(npi=npi_of(segment))
        elif segment.name == "PRV" and segment.element(1) == "PE" and found:
            found = Rendering(npi=found.npi, taxonomy=segment.element(3))
    return found


def provider_of(rendering: Rendering | None, billing: Billing, taxonomies: Mapping[str, str]) -> dict[str, object]:
    """Give a line's provider as the contract has it, without what the claim leaves open.

    A claim that names no rendering provider says that the billing provider rendered the service: its taxonomy is the
    line's. The relationship is `self` when the billing provider is a person and the claim names no other, or both have
    the same NPI; an organization leaves it open. A claim does not say who is employed or supervised.

    >>> provider_of(None, Billing(npi="9", taxonomy="12AB00000X", person=True), {"12AB": "some-type"})
    {'type': 'some-type', 'relationship': 'self', 'taxonomy': '12AB00000X'}
    >>> provider_of(None, Billing(npi="9", taxonomy="34CD00000X"), {"12AB": "some-type"})
    {'type': 'other', 'taxonomy': '34CD00000X'}
    >>> provider_of(Rendering(npi="8"), Billing(npi="9", taxonomy="12AB", person=True), {"12AB": "some-type"})
    {'npi': '8'}
    """
    if rendering is None:
        own, taxonomy = billing.person, billing.taxonomy
    else:
        own = bool(rendering.npi) and rendering.npi == billing.npi
        taxonomy = rendering.taxonomy or (billing.taxonomy if own else "")
    result = {
        "type": provider_type(taxonomy, taxonomies),
        "relationship": "self" if own else "",
        "npi": rendering.npi if rendering else "",
        "taxonomy": taxonomy if is_taxonomy(taxonomy) else "",
    }
    return {key: value for key, value in result.items() if value}


def billing_provider(billing: Billing, taxonomies: Mapping[str, str]) -> dict[str, object]:
    """Give the billing provider as the contract has it, without what the claim leaves open.

    >>> billing_provider(Billing(npi="9", taxonomy="34CD00000X"), {"12AB": "some-type"})
    {'type': 'other', 'npi': '9', 'taxonomy': '34CD00000X'}
    """
    kind = provider_type(billing.taxonomy, taxonomies)
    result = {"type": kind, "npi": billing.npi, "taxonomy": billing.taxonomy if is_taxonomy(billing.taxonomy) else ""}
    return {key: value for key, value in result.items() if value}


_TAXONOMY = re.compile(r"[0-9A-Z]{10}", re.ASCII)
_NPI = re.compile(r"\d{10}", re.ASCII)


def national(identifier: str) -> str:
    """Give a national provider identifier, NPI, which has ten digits; nothing for another text.

    >>> national("9000000001"), national("999OU812")
    ('9000000001', '')
    """
    return identifier if _NPI.fullmatch(identifier) else ""


OTHER = "other"
"""The type of a provider whose taxonomy is known, and is that of no type that has a name."""


def provider_type(taxonomy: str, taxonomies: Mapping[str, str]) -> str | None:
    """Find the provider type of a taxonomy code: the one whose prefix is the longest, else `other`.

    None when there is no taxonomy code, which has ten characters.

    >>> provider_type("12AB00000X", {"12": "one", "12AB": "another"})
    'another'
    >>> provider_type("9900000000", {"12": "one"}), provider_type("99", {"12": "one"})
    ('other', None)
    """
    for length in range(len(taxonomy), 0, -1):
        if taxonomy[:length] in taxonomies:
            return taxonomies[taxonomy[:length]]
    return OTHER if is_taxonomy(taxonomy) else None


def is_taxonomy(text: str) -> bool:
    """Tell whether a text has the form of a taxonomy code: ten digits and capital letters.

    >>> is_taxonomy("12AB00000X"), is_taxonomy("12AB")
    (True, False)
    """
    return _TAXONOMY.fullmatch(text) is not None


def provider_notes(claim: ClaimLoop, taxonomies: Mapping[str, str]) -> list[Diagnostic]:
    """Say which numbers of rendering providers are no NPI, and which taxonomy codes have no named type, or are none."""
    names = [each for each in claim.segments if each.name == "NM1" and each.element(1) == "82"]
    ill = [each for each in names if each.element(8) == "XX" and not npi_of(each)]
    left_open = "is no NPI: an NPI has ten digits, so the number of this provider is left open"
    found = {each.element(3) for each in claim.segments if each.name == "PRV" and each.element(1) == "PE"}
    codes = sorted((found | {claim.loops.billing.taxonomy}) - {""})
    as_other = f"counts as provider type `{OTHER}`"
    add = "add it to `taxonomies` of the vocabulary if a rule asks for that profession"
    left_out, form = "is no taxonomy code: it is left out", "a taxonomy code has ten digits and capital letters"
    return [
        *(each.note("no-npi", f"{shown(each.element(9))} {left_open}") for each in ill),
        *(
            Diagnostic(code="other-taxonomy", message=f"taxonomy {shown(code)} {as_other}", help=add)
            for code in codes
            if provider_type(code, taxonomies) == OTHER
        ),
        *(
            Diagnostic(code="no-taxonomy", message=f"{shown(code)} {left_out}", help=form)
            for code in codes
            if not is_taxonomy(code)
        ),
    ]
