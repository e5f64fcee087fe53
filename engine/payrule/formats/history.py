"""Earlier lines from files: rows are read, kept by patient in a temporary file, and joined to claims of the patient.

A row has the keys of an earlier line, and `patient.id`; a claim is read as it was billed. One that is wrong refuses the
whole file: without it, nobody could tell what is complete. Memory is bounded by the lines of one patient.
"""

import pickle
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

import msgspec

from payrule.encounter.encounter import PATIENT, SAYS_NOTHING, EarlierLine, Encounter, as_billed, counted_perhaps
from payrule.encounter.validator import EncounterValidator, no_patient
from payrule.formats.csv_columns import keys_of
from payrule.formats.encounters import RECEIVED, RawEncounter, Read, checked
from payrule.formats.reading import read_rows
from payrule.model.encounter_schema import STATUS
from payrule.model.value_schema import LONGEST, PLAIN
from payrule.model.values import read_date
from payrule.model.vocabulary import Frequency, Vocabulary
from payrule.source.diagnostics import Diagnostic, EncounterError, InputError, RequestError, counted, shown
from payrule.source.json_source import JsonSource
from payrule.source.json_source import Path as Steps

MOST_ERRORS = 100
"""Errors of one file that are reported."""

_TABLES = """
CREATE TABLE earlier (patient TEXT, claim TEXT, number INTEGER, file TEXT, place TEXT, line BLOB);
CREATE TABLE complete (patient TEXT PRIMARY KEY, since TEXT, file TEXT, place TEXT);
CREATE TABLE claims (patient TEXT, id TEXT, received TEXT, lines BLOB, whole INTEGER, doubt TEXT);
"""

_INDEXES = """
CREATE INDEX IF NOT EXISTS earlier_of ON earlier (patient, claim, number);
CREATE INDEX IF NOT EXISTS claims_of ON claims (patient, id);
"""


class Joined(msgspec.Struct):
    """How much was joined: lines of history files, lines of claims of the file, and claims that got some.

    `cut` counts the claims of which an earlier one cannot be read, or perhaps an earlier one.
    """

    claims: int = 0
    lines: int = 0
    linked: int = 0
    linked_lines: int = 0
    perhaps: int = 0
    nameless: int = 0
    cut: int = 0

    def sentence(self, files: Iterable[str], *, links: bool) -> str:
        """Say what was joined.

        >>> Joined(claims=2, lines=5, linked=1, linked_lines=3, nameless=1).sentence(["h.csv"], links=True)
        'history of 2 claims: 5 lines joined from `h.csv`; 3 lines of 1 claim linked; 1 claim without `patient.id`'
        >>> Joined(cut=2).sentence([], links=True).partition("; ")[2]
        'not complete for 2 claims, as an earlier one cannot be read'
        """
        named = ", ".join(f"`{each}`" for each in files)
        parts = [f"{counted(self.lines, 'line')} joined from {named}"] if named else []
        if links:
            perhaps = f" ({self.perhaps:,} perhaps)" if self.perhaps else ""
            parts.append(f"{counted(self.linked_lines, 'line')} of {counted(self.linked, 'claim')} linked{perhaps}")
        if self.cut:
            parts.append(f"not complete for {counted(self.cut, 'claim')}, as an earlier one cannot be read")
        if self.nameless:
            parts.append(f"{counted(self.nameless, 'claim')} without `patient.id`")
        return f"history of {counted(self.claims, 'claim')}: {'; '.join(parts)}"


class _LinkedClaim(msgspec.Struct, frozen=True):
    """A claim of the file as the history of others; `doubt` is the fact without which nobody knows what it replaces.

    A claim that cannot be read has no lines here, and is not whole; without `patient` it may be of any patient.
    """

    id: str
    patient: str | None = None
    received: str | None = None
    lines: tuple[EarlierLine, ...] = ()
    is_whole: bool = False
    doubt: str | None = None


def unread_claim(read: Read, frequency: Frequency | None) -> _LinkedClaim | None:
    """Give what histories need of a claim that is rejected; None where it is in no history, as it names no patient.

    What it says is taken from it as far as it can be read; nothing is guessed. A claim without an id is named `?`.

    >>> read = Read(None, claim="C-7", data={"patient": {"id": "P-1"}, "received": "2024-03-05", "lines": 7})
    >>> unread_claim(read, None)
    _LinkedClaim(id='C-7', patient='P-1', received='2024-03-05', lines=(), is_whole=False, doubt=None)
    >>> unread_claim(msgspec.structs.replace(read, data={}), None)
    >>> unread_claim(Read(None, claim="C-7", data=None), None).doubt
    'history[C-7].patient.id'
    """
    name, data = read.claim or "?", read.data
    if data is None:
        return _LinkedClaim(name, doubt=f"history[{name}].{PATIENT}")

    def said(attribute: str) -> object:
        value: object = data
        for key in keys_of(attribute):
            value = value.get(key) if isinstance(value, Mapping) else _UNTOLD if value is not None else None
        return _UNTOLD if attribute in read.doubted else value

    patient, received = said(PATIENT), said(RECEIVED)
    if patient is None:
        return None
    original = None if frequency is None else said(frequency.reference)
    is_told, is_original_told = is_text(patient), original is None or is_text(original)
    doubt, lines = None, tuple[EarlierLine, ...]()
    if original is not None and not is_told:
        doubt = f"history[{name}].{PATIENT}"
    elif not is_original_told and frequency is not None:
        doubt = f"history[{name}].{frequency.reference.partition('.')[2]}"
    elif original is not None:
        lines = (EarlierLine({}, claim=name, original_reference=str(original)),)
    return _LinkedClaim(
        name,
        str(patient) if is_told else None,
        _day(received) if read.claim else None,
        lines,
        doubt=doubt,
    )


_UNTOLD = object()
"""What nobody can tell, though the claim says something there."""


def is_text(value: object) -> bool:
    r"""Tell whether a value is a text as claims have them.

    >>> is_text("P-1"), is_text("P-1\n"), is_text(7)
    (True, False, False)
    """
    return isinstance(value, str) and len(value) <= LONGEST and re.fullmatch(PLAIN, value) is not None


def _day(value: object) -> str | None:
    """Give the day that a value says; None for what says none.

    >>> _day("2024-03-05"), _day("March 5"), _day(None)
    ('2024-03-05', None, None)
    """
    with suppress(ValueError):
        return str(read_date(value)) if isinstance(value, str) else None
    return None


class _Rows(msgspec.Struct, frozen=True):
    """A validator of rows in place of one of claims; a claim becomes the history of its patient."""

    validator: EncounterValidator
    frequency: Frequency | None = None

    def read(
        self, data: object, *, text: JsonSource | None = None, at: Steps = (), strict: bool = False
    ) -> tuple[Encounter, tuple[Diagnostic, ...]]:
        """Read one row, or one claim."""
        if not isinstance(data, dict) or "lines" not in data:
            return self.validator.read_row(data, text=text, at=at, strict=strict)
        claim, warnings = self.validator.read(data, text=text, at=at, strict=strict)
        if claim.patient is None:
            raise EncounterError([no_patient("claim", text, at)])
        lines = tuple(map(_decided, as_billed(claim, self.frequency)))
        return msgspec.structs.replace(claim, lines=(), history=(*claim.history, *lines)), warnings


def _decided(line: EarlierLine) -> EarlierLine:
    """Say of a line of an earlier claim that nobody knows what became of it, unless the claim says so.

    >>> _decided(EarlierLine({"line.code": "00001", "line.status": "billed"})).values
    {'line.code': '00001'}
    """
    if line.values.get(STATUS) != SAYS_NOTHING[STATUS]:
        return line
    return msgspec.structs.replace(line, values={name: held for name, held in line.values.items() if name != STATUS})


def history_rows(
    path: Path, vocabulary: Vocabulary, validator: EncounterValidator, *, strict: bool = False
) -> Iterator[Read]:
    """Read a file of histories; each row is a patient with one earlier line, or none, each claim one with its lines.

    What is wrong with a row is said with its file and place.
    """
    rows = _Rows(validator, vocabulary.frequency)
    return checked(read_rows(path, vocabulary), rows, str(path), strict=strict)


def checked_rows(
    items: Iterable[RawEncounter], validator: EncounterValidator, file: str, *, strict: bool = False
) -> Iterator[Read]:
    """Check rows of histories that are given with their places."""
    return checked(items, _Rows(validator), file, strict=strict)


class Histories:
    """Earlier lines by patient, in a temporary file that is gone when the process ends."""

    def __init__(self, vocabulary: Vocabulary, history_from: date | None = None) -> None:
        """Begin with nothing; `history_from` holds for patients of whom no row says since when they are complete."""
        self.joined = Joined()
        self._frequency, self._since = vocabulary.frequency, history_from
        self._links = False
        # An empty name is a database in a temporary file, of which a part is held in memory.
        self._store = sqlite3.connect("")
        self._store.executescript(f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; {_TABLES}")
        self._last: tuple[str | None, list[EarlierLine], date | None, list[_LinkedClaim]] = (None, [], None, [])
        self._of_anybody: list[_LinkedClaim] = []

    def add_rows(self, reads: Iterable[Read]) -> tuple[Diagnostic, ...]:
        """Take the rows of a file; give its warnings, each once. Raises InputError with what is wrong with it."""
        errors: list[Diagnostic] = []
        warnings: dict[tuple[str, str], Diagnostic] = {}
        for read in reads:
            errors += read.errors
            for each in read.findings:
                if each.severity != "error":
                    warnings.setdefault((each.code, each.message), each)
            if read.encounter is not None:
                errors += self._add_row(read, read.encounter)
            if len(errors) >= MOST_ERRORS:
                raise InputError(errors)
        self._store.executescript(_INDEXES)
        errors += self._in_two_forms()
        if errors:
            raise InputError(errors[:MOST_ERRORS])
        return tuple(warnings.values())

    def _add_row(self, read: Read, found: Encounter) -> Iterator[Diagnostic]:
        place = read.place or ""
        for each in found.history:
            row = (found.patient, each.claim, each.number, read.file, place, pickle.dumps(each))
            self._store.execute("INSERT INTO earlier VALUES (?, ?, ?, ?, ?, ?)", row)
        if found.history_from is not None:
            since = found.history_from.isoformat()
            said = (found.patient, since, read.file, place)
            if not self._store.execute("INSERT OR IGNORE INTO complete VALUES (?, ?, ?, ?)", said).rowcount:
                known = "SELECT since, file, place FROM complete WHERE patient = ?"
                other, file, there = self._store.execute(known, (found.patient,)).fetchone()
                if other != since:
                    where = there if file == read.file else f"`{file}`, {there}"
                    message = f"`history_from` is {since} here, and {other} in {where}, of the same patient"
                    yield _wrong(read.file, place, "rows-disagree", message, "write the same in all rows of a patient")

    def _in_two_forms(self) -> Iterator[Diagnostic]:
        """Find lines of one claim and number that do not say the same."""
        several = (
            "SELECT patient, claim, number FROM earlier WHERE claim IS NOT NULL AND number IS NOT NULL "
            "GROUP BY 1, 2, 3 HAVING count(*) > 1"
        )
        rows = self._store.execute(
            f"SELECT patient, claim, number, file, place, line FROM earlier JOIN ({several}) "  # noqa: S608 - no value
            "USING (patient, claim, number) ORDER BY patient, claim, number, earlier.rowid"
        )
        for (_, claim, number), listed in groupby(rows, key=lambda row: row[:3]):
            (*_, first_place, first), *others = listed
            for *_, file, place, line in others:
                if _earlier_line(line) != _earlier_line(first):
                    message = f"line {number} of the claim {shown(claim)} differs from that in {first_place}"
                    yield _wrong(file, place, "history-line-twice", message, "leave out the one that is wrong")

    def add_claims(self, reads: Iterable[Read]) -> None:
        """Take the claims of a file, so that those that were received earlier are linked to later ones.

        One that is rejected makes the history of its patient incomplete; where nobody can tell whose it is, every one.
        """
        self._links = True
        for read in reads:
            if (claim := self._linked_claim(read)) is not None:
                row = (claim.patient, claim.id, claim.received, pickle.dumps(claim.lines), claim.is_whole, claim.doubt)
                self._store.execute("INSERT INTO claims VALUES (?, ?, ?, ?, ?, ?)", row)
        self._store.executescript(_INDEXES)
        self._of_anybody = self._claims("patient IS NULL ORDER BY received IS NOT NULL, received, id, doubt")

    def _linked_claim(self, read: Read) -> _LinkedClaim | None:
        claim = read.encounter
        if claim is None:
            return unread_claim(read, self._frequency) if read.errors else None
        if claim.patient is None:
            return None
        received = claim.values.get(RECEIVED)
        return _LinkedClaim(
            claim.claim,
            claim.patient,
            None if received is None else str(received),
            as_billed(claim, self._frequency),
            not claim.without_code_or_date,
        )

    def _claims(self, where: str, *values: str) -> list[_LinkedClaim]:
        query = f"SELECT id, patient, received, lines, whole, doubt FROM claims WHERE {where}"  # noqa: S608 - no value
        return [
            _LinkedClaim(name, patient, received, _earlier_line(held), bool(whole), doubt)
            for name, patient, received, held, whole, doubt in self._store.execute(query, values)
        ]

    def join(self, encounter: Encounter) -> Encounter:
        """Add to a claim the earlier lines of its patient, and the day from which on they are complete.

        Lines that the claim gives itself come before those of others. Of a claim that is in the file of claims, only
        what that file says holds. Where an earlier claim, or a line of one, cannot be read, the earlier lines are not
        complete; and where nobody knows which claim such a claim replaces, each of them counts perhaps.
        """
        if encounter.patient is None:
            self.joined.nameless += 1
            return encounter
        lines, since, claims = self._of(encounter.patient)
        given = {(each.claim, each.number) for each in encounter.history}
        in_file = {each.id for each in claims}
        kept = [
            each
            for each in lines
            if each.claim not in in_file and each.claim != encounter.claim and not (each.claim and _key(each) in given)
        ]
        linked = [(each, found) for each in claims if (found := _linked(encounter, each)) is not None]
        of_anybody = next((each for each in self._of_anybody if _linked(encounter, each) is not None), None)
        is_complete = of_anybody is None and all(each.is_whole for each, _ in linked)
        days = [day for day in (encounter.history_from, since) if day is not None and is_complete]
        of_claims = [each for _, found in linked for each in found]
        self._count(kept, linked, of_claims, is_complete=is_complete)
        if not kept and not of_claims and not days and is_complete:
            return encounter
        doubts = [each.doubt for each in (*(each for each, _ in linked), of_anybody) if each and each.doubt]
        history = (*encounter.history, *kept, *of_claims)
        if doubts:
            history = tuple(counted_perhaps(each, doubts) if each.values else each for each in history)
        return msgspec.structs.replace(
            encounter, history=history, history_from=min(days, default=None), is_history_cut=not is_complete
        )

    def _of(self, patient: str) -> tuple[list[EarlierLine], date | None, list[_LinkedClaim]]:
        """Give the earlier lines of a patient, since when they are complete, and the claims; of the last one again."""
        if self._last[0] != patient:
            run = self._store.execute
            lines = run("SELECT line FROM earlier WHERE patient = ? ORDER BY rowid", (patient,))
            since = run("SELECT since FROM complete WHERE patient = ?", (patient,)).fetchone()
            claims = self._claims("patient = ? ORDER BY id", patient)
            known = date.fromisoformat(since[0]) if since else self._since
            self._last = patient, [_earlier_line(each) for (each,) in lines], known, claims
        return self._last[1:]

    def _count(
        self,
        kept: list[EarlierLine],
        linked: list[tuple[_LinkedClaim, tuple[EarlierLine, ...]]],
        of_claims: list[EarlierLine],
        *,
        is_complete: bool,
    ) -> None:
        self.joined.claims += bool(kept or of_claims)
        self.joined.lines += len(kept)
        self.joined.linked += sum(bool(found) for _, found in linked)
        self.joined.cut += not is_complete
        self.joined.linked_lines += len(of_claims)
        self.joined.perhaps += sum(bool(each.perhaps) for each in of_claims)


def _linked(encounter: Encounter, claim: _LinkedClaim) -> tuple[EarlierLine, ...] | None:
    """Give the lines of another claim of the file if it was received earlier, or perhaps was; else None.

    >>> other = _LinkedClaim("C-7", "P-1", "2024-03-05", (EarlierLine({}, "C-7", 1),))
    >>> claims = [Encounter("C-8", None, {RECEIVED: date(2024, 3, day)}, ()) for day in (4, 5, 6)]
    >>> [found and len(found) for found in (_linked(each, other) for each in claims)]
    [None, 1, 1]
    >>> _linked(claims[0], msgspec.structs.replace(other, received=None))[0].perhaps
    ('history[C-7].received',)
    """
    if claim.id == encounter.claim:
        return None
    own = encounter.values.get(RECEIVED)
    unknown = [] if isinstance(own, date) else [RECEIVED]
    unknown += [] if claim.received is not None else [f"history[{claim.id}].received"]
    if not unknown and (str(claim.received), claim.id) >= (str(own), encounter.claim):
        return None
    return tuple(counted_perhaps(each, unknown) for each in claim.lines)


def _key(line: EarlierLine) -> tuple[str | None, int | None]:
    return line.claim, line.number


def _earlier_line(held: bytes) -> Any:
    return pickle.loads(held)  # noqa: S301 - written by this process, into a file of its own


def _wrong(file: str | None, place: str, code: str, message: str, help_text: str) -> Diagnostic:
    return Diagnostic(code=code, message=message, help=help_text, file=file, path=place)


def refuse_streams(files: Iterable[str]) -> None:
    """Refuse to link claims of a stream, which cannot be read twice; raises RequestError.

    >>> refuse_streams(["claims.json"])
    """
    if "-" in files:
        message = "`--link` reads the claims twice, and standard input can be read once"
        raise RequestError.of("no-file", message, "write the claims to a file, and give that")
