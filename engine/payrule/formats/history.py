"""Earlier lines from files: rows are read, kept by patient in a temporary file, and joined to claims of the patient.

A row has the keys of an earlier line, and `patient.id`; a claim is read as it was billed. One that is wrong refuses the
whole file: without it, nobody could tell what is complete. Memory is bounded by the lines of one patient.
"""

import pickle
import sqlite3
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

import msgspec

from payrule.encounter.encounter import SAYS_NOTHING, EarlierLine, Encounter, as_billed
from payrule.encounter.validator import EncounterValidator, no_patient
from payrule.formats.encounters import RawEncounter, Read, checked
from payrule.formats.reading import read_rows
from payrule.model.encounter_schema import STATUS
from payrule.model.vocabulary import Frequency, Vocabulary
from payrule.source.diagnostics import Diagnostic, EncounterError, InputError, RequestError, counted, shown
from payrule.source.json_source import JsonSource
from payrule.source.json_source import Path as Steps

RECEIVED = "encounter.received"
"""The attribute that says which of two claims of a file came first."""

MOST_ERRORS = 100
"""Errors of one file that are reported."""

_TABLES = """
CREATE TABLE earlier (patient TEXT, claim TEXT, number INTEGER, file TEXT, place TEXT, line BLOB);
CREATE TABLE complete (patient TEXT PRIMARY KEY, since TEXT, file TEXT, place TEXT);
CREATE TABLE claims (patient TEXT, id TEXT, received TEXT, lines BLOB, whole INTEGER);
"""

_INDEXES = """
CREATE INDEX IF NOT EXISTS earlier_of ON earlier (patient, claim, number);
CREATE INDEX IF NOT EXISTS claims_of ON claims (patient, id);
"""


class Joined(msgspec.Struct):
    """How much was joined: lines of history files, lines of claims of the file, and claims that got some."""

    claims: int = 0
    lines: int = 0
    linked: int = 0
    linked_lines: int = 0
    perhaps: int = 0
    nameless: int = 0

    def sentence(self, files: Iterable[str], *, links: bool) -> str:
        """Say what was joined.

        >>> Joined(claims=2, lines=5, linked=1, linked_lines=3, nameless=1).sentence(["h.csv"], links=True)
        'history of 2 claims: 5 lines joined from `h.csv`; 3 lines of 1 claim linked; 1 claim without `patient.id`'
        """
        named = ", ".join(f"`{each}`" for each in files)
        parts = [f"{counted(self.lines, 'line')} joined from {named}"] if named else []
        if links:
            perhaps = f" ({self.perhaps:,} perhaps)" if self.perhaps else ""
            parts.append(f"{counted(self.linked_lines, 'line')} of {counted(self.linked, 'claim')} linked{perhaps}")
        if self.nameless:
            parts.append(f"{counted(self.nameless, 'claim')} without `patient.id`")
        return f"history of {counted(self.claims, 'claim')}: {'; '.join(parts)}"


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
        self._last: tuple[str | None, list[EarlierLine], date | None, list[tuple[Any, ...]]] = (None, [], None, [])

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
        """Take the claims of a file, so that those that were received earlier are linked to later ones."""
        self._links = True
        for read in reads:
            claim = read.encounter
            if claim is not None and claim.patient is not None:
                received = claim.values.get(RECEIVED)
                row = (
                    claim.patient,
                    claim.claim,
                    received and str(received),
                    pickle.dumps(as_billed(claim, self._frequency)),
                    not claim.without_code_or_date,
                )
                self._store.execute("INSERT INTO claims VALUES (?, ?, ?, ?, ?)", row)
        self._store.executescript(_INDEXES)

    def join(self, encounter: Encounter) -> Encounter:
        """Add to a claim the earlier lines of its patient, and the day from which on they are complete.

        Lines that the claim gives itself come before those of others. Of a claim that is in the file of claims, only
        what that file says holds. Where a line of it has no readable code or date, the earlier lines are not complete.
        """
        if encounter.patient is None:
            self.joined.nameless += 1
            return encounter
        lines, since, claims = self._of(encounter.patient)
        given = {(each.claim, each.number) for each in encounter.history}
        in_file = {name for name, *_ in claims}
        kept = [
            each
            for each in lines
            if each.claim not in in_file and each.claim != encounter.claim and not (each.claim and _key(each) in given)
        ]
        linked = [
            (name, found)
            for name, received, listed, _ in claims
            if (found := _linked(encounter, name, received, listed))
        ]
        cut = {name for name, _, _, is_whole in claims if not is_whole}
        is_complete = cut.isdisjoint(name for name, _ in linked)
        days = [day for day in (encounter.history_from, since) if day is not None and is_complete]
        of_claims = [each for _, found in linked for each in found]
        self._count(kept, linked, of_claims)
        if not kept and not of_claims and not days and is_complete:
            return encounter
        history = (*encounter.history, *kept, *of_claims)
        return msgspec.structs.replace(
            encounter, history=history, history_from=min(days, default=None), is_history_cut=not is_complete
        )

    def _of(self, patient: str) -> tuple[list[EarlierLine], date | None, list[tuple[Any, ...]]]:
        """Give the earlier lines of a patient, since when they are complete, and the claims; of the last one again."""
        if self._last[0] != patient:
            run = self._store.execute
            lines = run("SELECT line FROM earlier WHERE patient = ? ORDER BY rowid", (patient,))
            since = run("SELECT since FROM complete WHERE patient = ?", (patient,)).fetchone()
            claims = run(
                "SELECT id, received, lines, whole FROM claims WHERE patient = ? ORDER BY id", (patient,)
            ).fetchall()
            known = date.fromisoformat(since[0]) if since else self._since
            billed = [(name, received, _earlier_line(held), bool(whole)) for name, received, held, whole in claims]
            self._last = patient, [_earlier_line(each) for (each,) in lines], known, billed
        return self._last[1:]

    def _count(self, kept: list[EarlierLine], linked: list[tuple[str, Any]], of_claims: list[EarlierLine]) -> None:
        self.joined.claims += bool(kept or of_claims)
        self.joined.lines += len(kept)
        self.joined.linked += len(linked)
        self.joined.linked_lines += len(of_claims)
        self.joined.perhaps += sum(bool(each.perhaps) for each in of_claims)


def _linked(
    encounter: Encounter, name: str, received: str | None, lines: tuple[EarlierLine, ...]
) -> tuple[EarlierLine, ...]:
    """Give the lines of another claim of the file if it was received earlier, or perhaps was; else none.

    >>> line = EarlierLine({}, "C-7", 1)
    >>> claim = Encounter("C-8", None, {RECEIVED: date(2024, 3, 5)}, ())
    >>> [len(_linked(claim, "C-7", day, (line,))) for day in ("2024-03-04", "2024-03-05", "2024-03-06")]
    [1, 1, 0]
    >>> _linked(claim, "C-7", None, (line,))[0].perhaps
    ('history[C-7].received',)
    """
    if name == encounter.claim:
        return ()
    own = encounter.values.get(RECEIVED)
    unknown = [] if isinstance(own, date) else [RECEIVED]
    unknown += [] if received is not None else [f"history[{name}].received"]
    if unknown:
        return tuple(msgspec.structs.replace(each, perhaps=tuple(unknown)) for each in lines)
    return lines if (str(received), name) < (str(own), encounter.claim) else ()


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
