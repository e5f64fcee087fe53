"""What stands above a claim in an X12 file, and its providers and payers.

Loop numbers are those of the implementation guides X098 (version 4010) and X222 (version 5010): 2000A and 2010AA is the
billing provider, 2000B and 2010BA the subscriber, 2000C and 2010CA the patient, 2300 and all below it the claim. The
hierarchical levels (`HL`) are 20, 22 and 23.
"""

from collections.abc import Iterable, Mapping
from itertools import takewhile

import msgspec
from msgspec import UNSET
from msgspec.structs import replace

from payrule.formats.claim_parts import OTHER, Provider, is_taxonomy, npi, provider_type, tin
from payrule.formats.x12.segments import Segment, shown
from payrule.source.diagnostics import ClaimIdentifiers, Diagnostic


class Member(msgspec.Struct, frozen=True):
    """Hold the subscriber or the patient: member id, date of birth in eight digits, sex and state, empty if absent."""

    identifier: str = ""
    born: str = ""
    sex: str = ""
    state: str = ""


class Payer(msgspec.Struct, frozen=True):
    """Hold what `SBR` says of a payer: its place among the payers (SBR01), and what kind of plan it is (SBR09).

    `NM1*PR` gives its name and its number; `segment` is the one of the two that comes last, by its number.
    """

    responsibility: str = ""
    plan: str = ""
    name: str = ""
    identifier: str = ""
    segment: int = 0


class Envelope(msgspec.Struct, frozen=True):
    """Hold the control numbers of the interchange, the group and the transaction that a claim is in."""

    interchange: str = ""
    group: str = ""
    transaction: str = ""

    def entered(self, header: Segment) -> "Envelope":
        """Enter what a header opens.

        >>> Envelope("1", "2", "3").entered(Segment(9, "GS", ("HC", "", "", "", "", "7")))
        Envelope(interchange='1', group='7', transaction='')
        """
        if header.name == "ISA":
            return Envelope(header.element(13))
        if header.name == "GS":
            return Envelope(self.interchange, header.element(6))
        return replace(self, transaction=header.element(2))


class Loops(msgspec.Struct, frozen=True):
    """Hold what stands above a claim; `payer` is the payer that the claim is sent to, `entity` who was named last."""

    envelope: Envelope = Envelope()
    level: str = ""
    entity: str = ""
    billing: Provider = Provider()
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
        path = f"segment {(segment or self.segments[0]).number}"
        return replace(diagnostic, claim=self.id or UNSET, path=path, identifiers=self.identifiers)

    @property
    def identifiers(self) -> ClaimIdentifiers:
        """By what its sender finds it again: its envelopes, its `CLM`, and `REF*D9` before any other payer."""
        envelope, own = self.loops.envelope, takewhile(lambda each: each.name != "SBR", self.segments)
        traces = (each.element(2) for each in own if each.name == "REF" and each.element(1) == "D9")
        return ClaimIdentifiers(
            envelope.interchange,
            envelope.group,
            envelope.transaction,
            str(self.segments[0].number),
            next(traces, ""),
        )


def above(loops: Loops, segment: Segment) -> Loops:  # noqa: C901 - one case for each segment
    """Take a segment that stands above the claims into the loops.

    >>> above(Loops(level="22"), Segment(9, "SBR", ("S", "18"))).payer
    Payer(responsibility='S', plan='', name='', identifier='', segment=9)
    """
    if segment.name == "NM1":
        loops = replace(loops, entity=segment.element(1))
    match segment.name, loops.level, segment.element(1):
        case "HL", _, _:
            loops = _descend(loops, segment.element(3))
        case "PRV", "20", "BI":
            loops = replace(loops, billing=replace(loops.billing, taxonomy=segment.element(3)))
        case "NM1", "20", "85":
            npi = npi_of(segment)
            loops = replace(loops, billing=replace(loops.billing, npi=npi, person=segment.element(2) == "1"))
        case ("SBR", "22", _) | ("NM1", "22", "PR"):
            loops = replace(loops, payer=_payer(loops.payer, segment))
        case "NM1", "22", "IL":
            loops = replace(loops, subscriber=replace(loops.subscriber, identifier=segment.element(9)))
        case "REF", "20", "EI" if loops.entity == "85":
            loops = replace(loops, billing=replace(loops.billing, tin=tin(segment.element(2))))
        case "DMG", "22", "D8":
            loops = replace(loops, subscriber=_born(loops.subscriber, segment))
        case "N4", "22", _ if loops.entity == "IL":
            loops = replace(loops, subscriber=replace(loops.subscriber, state=segment.element(2)))
        case "NM1", "23", "QC":
            loops = replace(loops, patient=replace(loops.patient or Member(), identifier=segment.element(9)))
        case "DMG", "23", "D8":
            loops = replace(loops, patient=_born(loops.patient or Member(), segment))
        case "N4", "23", _ if loops.entity == "QC":
            loops = replace(loops, patient=replace(loops.patient or Member(), state=segment.element(2)))
    return loops


def _payer(payer: Payer, segment: Segment) -> Payer:
    """Take what `SBR`, or the name, says of the payer of a claim."""
    if segment.name == "SBR":
        return Payer(segment.element(1), segment.element(9), segment=segment.number)
    return replace(payer, name=segment.element(3), identifier=segment.element(9), segment=segment.number)


def _born(member: Member, segment: Segment) -> Member:
    return replace(member, born=segment.element(2), sex=segment.element(3))


def npi_of(name: Segment) -> str:
    """Give the NPI in a name (NM108 and NM109), which has ten digits; empty where another number stands there, or none.

    >>> npi_of(Segment(9, "NM1", ("85", "2", *[""] * 5, "XX", "9000000001")))
    '9000000001'
    """
    return npi(name.element(9)) if name.element(8) == "XX" else ""


def _descend(loops: Loops, level: str) -> Loops:
    """Enter a hierarchical level: what stood on it and below it no longer holds."""
    if level in ("20", "22"):
        return Loops(loops.envelope, level=level, billing=loops.billing if level == "22" else Provider())
    return replace(loops, level=level, entity="", patient=Member() if level == "23" else loops.patient)


_ROLES = {"P": "primary", "S": "secondary"}
_UNKNOWN = ("", "U")
_MEDICARE = ("MA", "MB")
"""Medicare Part A and Part B in SBR09."""


def payer_role(payer: Payer, notes: list[Diagnostic]) -> dict[str, object]:
    """Give the role of the payer that the claim is sent to, from SBR01.

    >>> payer_role(Payer("S"), [])
    {'payer_role': 'secondary'}
    """
    said, role = f"(SBR01 is {shown(payer.responsibility)})", _ROLES.get(payer.responsibility)
    if payer.responsibility in _UNKNOWN:
        notes.append(_assumed(f"the claim does not say whether the payer is first {said}: primary is assumed"))
        return {}
    if role is None:
        notes.append(_assumed(f"the payer is neither first nor second {said}: secondary is assumed"))
    return {"payer_role": role or "secondary"}


def medicare_role(payer: Payer, head: Iterable[Segment], notes: list[Diagnostic]) -> dict[str, object]:
    """Give the role of Medicare for the claim, from the `SBR` of all its payers (loops 2000B and 2320).

    Where none of them is Medicare its role is `none`; where one does not say what kind of plan it is, nobody knows.

    >>> medicare_role(Payer("P", "CI"), [Segment(20, "SBR", ("S", "18", *[""] * 6, "MB"))], [])
    {'medicare_role': 'secondary'}
    >>> medicare_role(Payer("P", "CI"), [], []), medicare_role(Payer("P"), [], [])
    ({'medicare_role': 'none'}, {})
    """
    payers = [payer, *(Payer(each.element(1), each.element(9)) for each in head if each.name == "SBR")]
    medicare = [each.responsibility for each in payers if each.plan in _MEDICARE]
    if not medicare:
        return {} if any(not each.plan for each in payers) else {"medicare_role": "none"}
    known = [each for each in medicare if each not in _UNKNOWN]
    if not known:
        notes.append(_assumed("the claim does not say in which place Medicare pays (SBR01): its role is left open"))
        return {}
    role = next((_ROLES[each] for each in _ROLES if each in known), None)
    if role is None:
        said = f"(SBR01 is {shown(known[0])})"
        notes.append(_assumed(f"Medicare is neither first nor second {said}: secondary is assumed"))
    return {"medicare_role": role or "secondary"}


def _assumed(message: str) -> Diagnostic:
    return Diagnostic(code="payer-role-assumed", message=message, help="give the place of each payer in SBR01")


def rendering_provider(segments: Iterable[Segment]) -> Provider | None:
    """Find the rendering provider (loops 2310B and 2420A) of a claim or of one line; None when it is not named.

    A claim's providers of another payer (loop 2330D) do not count: they stand below `SBR`.

    >>> name, specialty = ("82", "1", *[""] * 5, "XX", "9000000001"), ("PE", "PXC", "12AB")
    >>> rendering_provider([Segment(9, "NM1", name), Segment(10, "PRV", specialty)])
    Provider(npi='9000000001', taxonomy='12AB', person=False, tin='')
    """
    found: Provider | None = None
    for segment in takewhile(lambda each: each.name != "SBR", segments):
        if segment.name == "NM1" and segment.element(1) == "82":
            found = Provider(npi=npi_of(segment))
        elif segment.name == "PRV" and segment.element(1) == "PE" and found:
            found = replace(found, taxonomy=segment.element(3))
    return found


_LINE_PROVIDERS = {"ordering_provider": ("DK",), "referring_provider": ("DN",), "facility": ("77", "FA")}
"""What a line says of others than the rendering provider, and the kinds of `NM1` that name them."""


def others_of(line: Iterable[Segment], head: Iterable[Segment]) -> dict[str, object]:
    """Give the NPI of who ordered a service, who referred the patient, and where it was rendered.

    The line's own comes before the claim's (loops 2310 and 2420); another payer's, below `SBR`, does not count. Of two
    of a kind with different numbers, neither is taken.

    >>> others_of([], [Segment(9, "NM1", ("DN", "1", *[""] * 5, "XX", "9000000001"))])
    {'referring_provider': {'npi': '9000000001'}}
    """
    own = list(takewhile(lambda each: each.name != "SBR", head))
    result: dict[str, object] = {}
    for name, kinds in _LINE_PROVIDERS.items():
        for segments in (list(line), own):
            named = [each for each in segments if each.name == "NM1" and each.element(1) in kinds]
            if named:
                numbers = {npi_of(each) for each in named}
                if len(numbers) == 1 and all(numbers):
                    result[name] = {"npi": numbers.pop()}
                break
    return result


def provider_notes(claim: ClaimLoop, taxonomies: Mapping[str, str]) -> list[Diagnostic]:
    """Say which numbers of rendering providers are no NPI, and which taxonomy codes have no named type, or are none."""
    left_open = "is no NPI: an NPI has ten digits, so the number of this provider is left open"
    notes = [
        each.note("no-npi", f"{shown(each.element(9))} {left_open}")
        for each in claim.segments
        if (each.name, each.element(1), each.element(8)) == ("NM1", "82", "XX") and not npi_of(each)
    ]
    found = {each.element(3) for each in claim.segments if each.name == "PRV" and each.element(1) == "PE"}
    codes = sorted((found | {claim.loops.billing.taxonomy}) - {""})
    for code in (each for each in codes if provider_type(each, taxonomies) == OTHER):
        add = "add it to `taxonomies` of the vocabulary if a rule asks for that profession"
        message = f"taxonomy {shown(code)} counts as provider type `{OTHER}`"
        notes.append(Diagnostic(code="other-taxonomy", message=message, help=add))
    for code in (each for each in codes if not is_taxonomy(each)):
        form = "a taxonomy code has ten digits and capital letters"
        message = f"{shown(code)} is no taxonomy code: it is left out"
        notes.append(Diagnostic(code="no-taxonomy", message=message, help=form))
    return notes
