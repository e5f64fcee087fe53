"""What stands above a claim in an X12 file, and the claim itself.

Loop numbers are those of the implementation guides X098 (version 4010) and X222 (version 5010): 2000A and 2010AA is the
billing provider, 2000B and 2010BA the subscriber, 2000C and 2010CA the patient, 2300 and all below it the claim. The
hierarchical levels (`HL`) are 20, 22 and 23.
"""

import msgspec
from msgspec import UNSET
from msgspec.structs import replace

from payrule.documents.findings import Finding
from payrule.formats.x12.segments import Segment
from payrule.formats.x12.values import national


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

    def finding(self, finding: Finding, segment: Segment | None = None) -> Finding:
        """Say of a finding which claim it speaks of, and at which segment; without one at its `CLM`.

        >>> ClaimLoop(Loops(), (Segment(28, "CLM", ("A-1", "10")),)).finding(Finding(code="x", message="y")).path
        'segment 28'
        """
        return replace(finding, claim=self.id or UNSET, path=self.place(segment))

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
