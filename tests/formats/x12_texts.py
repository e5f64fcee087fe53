"""Small X12 files for tests, put together from segments, and what is read from them."""

import io
from pathlib import Path
from typing import Any

import msgspec

from payrule.formats.encounters import RawEncounter
from payrule.formats.x12 import read_x12
from payrule.source.diagnostics import Diagnostic

TAXONOMIES = {
    "111N": "chiropractor",
    "2251": "physical-therapist",
    "2257": "massage-therapist",
    "225X": "occupational-therapist",
    "20": "physician",
    "163W": "nurse",
}

Source = Path | str | bytes | io.BytesIO

HEADER = "ISA*00*          *00*          *ZZ*SAMPLESENDER   *ZZ*SAMPLEPAYER    *240902*1200*^*00501*000000001*0*T*:~"
GROUP = "GS*HC*SAMPLESENDER*SAMPLEPAYER*20240902*1200*1*X*005010X222A1"
BILLING = ("HL*1**20*1", "PRV*BI*PXC*111N00000X", "NM1*85*2*SAMPLE CLINIC*****XX*9000000001")
SUBSCRIBER = ("HL*2*1*22*0", "SBR*P*18*******CI", "NM1*IL*1*SAMPLE*ONE****MI*SAMPLE0001", "DMG*D8*19700115*F")
CLAIM = ("CLM*A-1*65***11:B:1*Y*A*Y*Y", "HI*ABK:M9901*ABF:M62830", "LX*1", "SV1*HC:98940*65*UN*1***1:2")
DATED = "DTP*472*D8*20240805"


def transaction(*segments: str, opening: str = "ST*837*0001*005010X222A1", count: int | None = None) -> str:
    body = [opening, *segments]
    return "".join(f"{each}~" for each in [*body, f"SE*{count or len(body) + 1}*0001"])


def interchange(*transactions: str, group: str = GROUP, header: str = HEADER) -> str:
    return f"{header}{group}~{''.join(transactions)}GE*{len(transactions)}*1~IEA*1*000000001~"


def claims(*segments: str) -> str:
    """Put segments from `CLM` on below one billing provider and one subscriber."""
    return interchange(transaction(*BILLING, *SUBSCRIBER, *segments))


def read(source: Source) -> list[RawEncounter | Diagnostic]:
    """Give encounters, what is wrong with the file, and each thing that is wrong with a claim."""
    found: list[RawEncounter | Diagnostic] = []
    for item in read_x12(source, TAXONOMIES):
        found += item if isinstance(item, tuple) else refused(item) or [item]
    return [msgspec.structs.replace(each, placed=None) if isinstance(each, RawEncounter) else each for each in found]


def refused(item: RawEncounter | Diagnostic | tuple[Diagnostic, ...]) -> tuple[Diagnostic, ...]:
    """Give what is wrong with a claim; nothing of one that can be decided, and of what is wrong with the file."""
    return item if isinstance(item, tuple) else item.faults if isinstance(item, RawEncounter) else ()


def encounters(source: Source) -> list[RawEncounter]:
    found = read(source)
    assert not [str(each) for each in found if isinstance(each, Diagnostic)]
    return [each for each in found if isinstance(each, RawEncounter)]


def encounter(source: Source) -> RawEncounter:
    (only,) = encounters(source)
    return only


def lines(raw: RawEncounter) -> list[dict[str, Any]]:
    found = raw.data["lines"]
    assert isinstance(found, list)
    return found


def findings(source: Source) -> list[str]:
    return [str(each) for each in read(source) if isinstance(each, Diagnostic)]


def notes(raw: RawEncounter) -> tuple[str, ...]:
    return tuple(each if isinstance(each, str) else each.message for each in raw.notes)


def billed(total: str, claim: str = "A-1") -> str:
    """Open a claim of a total."""
    return f"CLM*{claim}*{total}***11:B:1*Y*A*Y*Y"


def one_line(service: str, *more: str, head: tuple[str, ...] = ()) -> dict[str, Any]:
    """Give the line of a claim that bills one service."""
    opening = billed(service.split("*")[2] or "0")
    (line,) = lines(encounter(claims(opening, *head, "LX*1", service, *(more or (DATED,)))))
    return line
