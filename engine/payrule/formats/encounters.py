"""From a claim file to encounters that a rulebase can decide: each is checked at the door, and a bad one is named."""

from collections.abc import Iterable, Iterator

import msgspec

from payrule.documents.encounter_door import Door
from payrule.documents.encounters import Encounter
from payrule.documents.findings import EncounterError, Finding
from payrule.documents.places import Text, scan
from payrule.formats.raw import RawEncounter


class Read(msgspec.Struct, frozen=True):
    """One encounter of a file, or none where it cannot be one, with what there is to say of it."""

    encounter: Encounter | None
    findings: tuple[Finding, ...] = ()


def checked(
    items: Iterable[RawEncounter | Finding], door: Door, file: str | None = None, *, strict: bool = False
) -> Iterator[Read]:
    """Check each encounter of a reader; findings name the file, and the place in it where that is known."""
    for item in items:
        if isinstance(item, Finding):
            yield Read(None, (item,))
        else:
            yield _checked(item, door, file, strict=strict)


def _checked(raw: RawEncounter, door: Door, file: str | None, *, strict: bool) -> Read:
    notes = tuple(
        Finding(code="note", message=f"{raw.place}: {note}", file=file, severity="warning") for note in raw.notes
    )
    encounter, findings = _read(raw, door, None, strict=strict)
    if findings and raw.text is not None:
        findings = _read(raw, door, scan(raw.text, file, EncounterError), strict=strict)[1]
        return Read(encounter, notes + tuple(_moved(each, raw) for each in findings))
    return Read(encounter, notes + tuple(_named(each, raw, file) for each in findings))


def _read(
    raw: RawEncounter, door: Door, text: Text | None, *, strict: bool
) -> tuple[Encounter | None, tuple[Finding, ...]]:
    try:
        return door.read(raw.data, text=text, strict=strict)
    except EncounterError as fault:
        return None, fault.findings


def _moved(finding: Finding, raw: RawEncounter) -> Finding:
    """Move a finding from the text of an encounter to its place in the file."""
    line, column = finding.line or 1, finding.column or 1
    moved = column + raw.column - 1 if line == 1 else column
    return msgspec.structs.replace(finding, line=line + raw.line - 1, column=moved)


def _named(finding: Finding, raw: RawEncounter, file: str | None) -> Finding:
    """Name the claim of a finding where the format has no lines and columns."""
    return msgspec.structs.replace(finding, file=file, message=f"{raw.place}: {finding.message}")
