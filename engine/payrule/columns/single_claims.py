"""Claims that columns leave: each is checked, and decided alone or rejected.

They are few: a claim that voids or replaces another, a line of several days, a code that had ended, a value that is not
in force yet, a pointer to nothing, a number that is not whole, and in Parquet whatever the validator has to judge.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

import msgspec

from payrule.columns.answer_key import ANSWERED
from payrule.columns.countable import counts_lines, has_plain_history, is_by_claim
from payrule.columns.ingest import ID, SUSPECTS, as_json
from payrule.columns.lines import ROWS, ClaimColumn, Lines, columns_of, helped
from payrule.columns.writer import CLAIM_COLUMNS, CLAIMS, NOTED
from payrule.encounter.encounter import CODE, PATIENT, Encounter, Identifiers, later_than
from payrule.encounter.validator import EncounterValidator
from payrule.formats.answer_cells import shared
from payrule.formats.claim_parts import fractional
from payrule.formats.csv_columns import keys_of, nearest_place, put
from payrule.formats.encounters import rejected_at
from payrule.results.determination import LineDetermination
from payrule.rulebase.request import DecisionRequest
from payrule.rulebase.rulebase import Rulebase
from payrule.source.database import Store, by_column
from payrule.source.diagnostics import ClaimWarning, Diagnostic, EncounterError, InputError, shown
from payrule.source.json_source import json_path


class Rejected(msgspec.Struct, frozen=True):
    """An encounter, or a row that names none, with what is wrong with it; and what it says, as far as it can be read.

    `doubted` are the attributes of which it cannot be told what it says.
    """

    findings: tuple[Diagnostic, ...]
    claim: str | None
    data: dict[str, Any]
    doubted: frozenset[str] = frozenset()


class Accepted(msgspec.Struct, frozen=True):
    """An encounter that was set aside and that the validator takes, with the row of each line by its number.

    `errors` say what of its lines cannot be read.
    """

    encounter: Encounter
    rows: dict[int, int]
    place: Callable[[], tuple[str, int | None]]
    errors: tuple[Diagnostic, ...] = ()


def check_suspects(
    store: Store, validator: EncounterValidator, files: Sequence[str], titled: Sequence[ClaimColumn]
) -> Iterator[Rejected | Accepted]:
    """Settle every encounter that was set aside, or say what is wrong with it, and with every row that names none.

    A row that names no encounter is rejected alone: nobody can tell whose it is.
    """
    shown = columns_of(store)
    columns = ", ".join(shown[f"attr{at}"] for at in range(len(titled)))
    at = next(at for at, each in enumerate(titled) if each.name == ID)
    patient = next((shown[f"attr{at}"] for at, each in enumerate(titled) if each.name == PATIENT), "NULL")
    nameless = f"SELECT file, place, {patient} FROM {ROWS} WHERE attr{at} IS NULL ORDER BY row"
    for file, place, whose in store.rows(nameless):
        message, help_text = "the row does not say which claim it belongs to", "write the id in each of its rows"
        fault = Diagnostic(code="empty-cell", message=message, help=help_text)
        findings = rejected_at([fault], None, files[file], place, titled[at].title)
        said = {} if whose is None else {"patient": {"id": as_json(whose)}}
        yield Rejected(findings, None, said, frozenset({PATIENT} if whose is None else ()))
    found = store.rows(
        f"SELECT attr{at}, file, place, row, {columns} FROM {ROWS} WHERE attr{at} IN (SELECT id FROM {SUSPECTS}) "
        f"ORDER BY min(row) OVER (PARTITION BY attr{at}), row"
    )
    for name, rows in groupby(found, key=lambda row: row[0]):
        yield _settled(str(name), list(rows), files, titled, validator)


def _settled(
    name: str, rows: list[Any], files: Sequence[str], titled: Sequence[ClaimColumn], validator: EncounterValidator
) -> Rejected | Accepted:
    """Give the encounter of some rows, with warnings that say their row and column, or everything that is wrong."""
    lines: list[dict[str, Any]] = [{"number": n} for n in range(1, len(rows) + 1)]
    data: dict[str, Any] = {"id": name, "lines": lines}
    found: list[Diagnostic] = []
    doubted: set[str] = set()

    def at(n: int, column: str | None, diagnostic: Diagnostic) -> Diagnostic:
        return rejected_at([diagnostic], name, files[rows[n][1]], rows[n][2], column)[0]

    def placed(diagnostic: Diagnostic) -> Diagnostic:
        n, title = nearest_place(_places(titled, len(rows)), diagnostic.path or "$", (0, None))
        return at(n, title, helped(titled, rows[n][_FIRST_VALUE:], title, diagnostic))

    for place, each in enumerate(titled, start=_FIRST_VALUE):
        keys = keys_of(each.name)
        said = [(n, as_json(row[place])) for n, row in enumerate(rows) if row[place] is not None]
        if not each.is_above:
            for n, value in said:
                put(lines[n], keys, value)
        elif said:
            (_, first), *others = said
            put(data, keys, first)
            differ = [(n, x) for n, x in others if _plain(x) != _plain(first)]
            found += [at(n, each.title, _disagreement(x, first)) for n, x in differ]
            doubted.update({each.name} if differ else ())
    try:
        encounter, doubts = validator.read(data)
    except EncounterError as fault:
        return Rejected((*found, *map(placed, fault.findings)), name, data, frozenset(doubted))
    if found:
        return Rejected(tuple(found), name, data, frozenset(doubted))
    told = tuple(map(placed, doubts))
    warnings, errors = tuple(map(ClaimWarning.of, told)), tuple(each for each in told if each.severity == "error")
    numbered = {line["number"]: row[3] for line, row in zip(lines, rows, strict=True)}
    place_of_first = files[rows[0][1]], rows[0][2]
    return Accepted(msgspec.structs.replace(encounter, warnings=warnings), numbered, lambda: place_of_first, errors)


def _places(titled: Sequence[ClaimColumn], count: int) -> dict[str, tuple[int, str | None]]:
    """Give for JSON paths of an encounter of so many rows the row and the column that they are from."""
    places: dict[str, tuple[int, str | None]] = {json_path(("lines", n)): (n, None) for n in range(count)}
    for each in titled:
        for n in range(1 if each.is_above else count):
            keys = keys_of(each.name)
            places[json_path(keys if each.is_above else ("lines", n, *keys))] = (n, each.title)
    return places


_FIRST_VALUE = 4
"""Where the values stand in a row, after the id, the file, the place in it, and the number of the row."""


def _disagreement(value: Any, first: Any) -> Diagnostic:
    """Say that a value of the encounter or the patient differs from that of another row."""
    message = f"{shown(value)} is here, and {shown(first)} in another row of the claim"
    help_text = "write the same in all rows of a claim, or leave all but one empty"
    return Diagnostic(code="rows-disagree", message=message, help=help_text)


def _plain(value: Any) -> Any:
    return frozenset(value) if isinstance(value, list) else value


def has_fractions(encounter: Encounter, names: Iterable[str]) -> bool:
    """Tell whether a claim, or an earlier line of it, holds a number that is not whole in one of some attributes.

    >>> from payrule.encounter.encounter import Line
    >>> part, whole = (Line(1, {"line.units": each}) for each in (Decimal("1.5"), 2))
    >>> [has_fractions(Encounter("E-1", None, {}, (line,)), ["line.units"]) for line in (part, whole)]
    [True, False]
    """
    held = [encounter.values, *(each.values for each in encounter.lines), *(each.values for each in encounter.history)]
    return any(type(values.get(name)) is Decimal for name in names for values in held)


_SINGLE = "single_claims"
"""The table of the rows of such encounters, which holds numbers of its own for codes, payers and answers."""

_AT_ONCE = 50_000

_KINDS: dict[str, dict[str, str]] = {
    _SINGLE: {"row": "UBIGINT", "id": "VARCHAR", "number": "BIGINT"}
    | dict.fromkeys(("code", "payer", "answer"), "UINTEGER"),
    NOTED: {"row": "UBIGINT", "note": "UINTEGER"},
}


class ClaimNotes(msgspec.Struct, frozen=True):
    """What is said of a claim as a whole, in every row of it: that it voids or replaces another, and its warnings.

    Warnings are a JSON array, identifiers an object; what there is nothing to say of is None.
    """

    answer: str | None = None
    voids: str | None = None
    replaces: str | None = None
    warnings: str | None = None
    identifiers: str | None = None

    @property
    def sent(self) -> Identifiers:
        """The identifiers, and what else the claim says.

        >>> ClaimNotes(identifiers='{"claim": {"trace": "T-1"}}').sent.claim["trace"]
        'T-1'
        """
        return msgspec.json.decode(self.identifiers or "{}", type=Identifiers)


Place = Callable[[], tuple[str, int | None]]
"""Says in which file and row an encounter begins."""


class SingleClaims:
    """Decide claims one by one; keep what there is to write of them, and what is said of claims as a whole.

    Rows are put away some at a time, each distinct code, payer, answer and note once.
    """

    def __init__(self, store: Store, rulebase: Rulebase, terms: Callable[[str | None], DecisionRequest]) -> None:
        """Take what decides; `terms` gives those of a payer that a claim names, or of none."""
        self.encounters = self.voids = self.unreadable = 0
        self.known: dict[str | None, DecisionRequest] = {}
        self.rejected: list[tuple[Diagnostic, ...]] = []
        self._store, self._rulebase, self._terms = store, rulebase, terms
        self._is_by_claim, self._counts = is_by_claim(rulebase), counts_lines(rulebase)
        self._fractional = fractional(rulebase.documents.vocabulary.attributes)
        self._answers: dict[bytes, tuple[int, LineDetermination]] = {}
        self._codes: dict[str | None, int] = {}
        self._payers: dict[str | None, int] = {}
        self._claims: dict[ClaimNotes, int] = {}
        self._of_all: int | None = None
        self._rows: dict[str, list[tuple[Any, ...]]] = {_SINGLE: [], NOTED: []}

    @property
    def notes(self) -> tuple[ClaimNotes, ...]:
        """What is said of claims, in the order of their numbers."""
        return tuple(self._claims)

    def is_single(self, encounter: Encounter) -> bool:
        """Tell whether columns leave a claim to this."""
        rulebase = self._rulebase
        return (
            self._is_by_claim
            or "voids" in rulebase.earlier(encounter)
            or rulebase.in_days(encounter) is not encounter
            or any(map(rulebase.is_retired, encounter.lines))
            or bool(encounter.unreadable)
            or has_fractions(encounter, self._fractional)
            or (self._counts and not has_plain_history(encounter, rulebase.documents.vocabulary))
        )

    def as_of(self) -> date | None:
        """Give the day as of which claims are decided, whoever decides; None where no payer can decide."""
        for payer in (None, *self._rulebase.payers):
            with suppress(InputError):
                return self._terms(payer).known_on
        return None

    def note_all(self, warnings: Sequence[ClaimWarning]) -> None:
        """Keep what can be doubted about every claim of which nothing else is said."""
        notes = ClaimNotes(warnings=msgspec.json.encode(warnings).decode())
        self._of_all = self._claims.setdefault(notes, len(self._claims))

    def note(self, encounter: Encounter, rows: Sequence[int]) -> None:
        """Keep for the rows of a claim what is said of it as a whole; nothing needs no place."""
        warnings = (*encounter.warnings, *self._later(encounter))
        written = msgspec.json.encode(warnings).decode() if warnings else None
        sent = msgspec.structs.asdict(encounter.identifiers) if encounter.identifiers else {}
        said = {name: held for name, held in sent.items() if held}
        identifiers = msgspec.json.encode(said).decode() if said else None
        notes = ClaimNotes(**self._rulebase.earlier(encounter), warnings=written, identifiers=identifiers)
        if notes != ClaimNotes():
            number = self._claims.setdefault(notes, len(self._claims))
            for row in rows:
                self._add(NOTED, (row, number))

    def _later(self, encounter: Encounter) -> tuple[ClaimWarning, ...]:
        """Doubt dates that are later than the day as of which is decided; without terms nothing is decided."""
        if encounter.decided_by not in self.known:
            with suppress(InputError):
                self.known[encounter.decided_by] = self._terms(encounter.decided_by)
        terms = self.known.get(encounter.decided_by)
        return () if terms is None else later_than(encounter, terms.known_on)

    def decide(self, encounter: Encounter, rows: Mapping[int, int], place: Place) -> None:
        """Decide a claim, or say why that cannot be; `rows` are those of its lines, by number, or one by 0."""
        try:
            terms = self._terms(encounter.decided_by)
            found = self._rulebase.decide_under(terms, encounter)
        except InputError as fault:
            file, row = place()
            self.rejected.append(rejected_at(fault.findings, encounter.id, file, row))
            return
        self.known[encounter.decided_by] = terms
        self.encounters += 1
        self.voids += found.is_void
        self.unreadable += found.unreadable_lines
        if found.is_void:
            self._answer(min(rows.values()), encounter, None)
        for line in found.lines:
            self._answer(rows[line.number], encounter, line)
        self.note(encounter, tuple(rows.values()))

    def _answer(self, row: int, encounter: Encounter, line: LineDetermination | None) -> None:
        """Take the answer for the line of a row, or None for the one row of a claim without lines."""
        number, code = (line.number, line.code) if line else (None, None)
        known = self._answers.setdefault(shared(line), (len(self._answers), line))[0] if line else None
        c = self._codes.setdefault(code, len(self._codes))
        p = self._payers.setdefault(encounter.decided_by, len(self._payers))
        self._add(_SINGLE, (row, encounter.id, number, c, p, known))

    def into(self, lines: Lines, answers: Sequence[LineDetermination]) -> list[LineDetermination]:
        """Put the rows among those that columns answered, and give all answers; `lines` learn of codes and payers.

        What is numbered here comes after what is numbered there.
        """
        for table in self._rows:
            self._flush(table)
        if _SINGLE in self._store.tables():
            after = {"code": len(lines.values[CODE]), "payer": len(lines.payers), "answer": len(answers)}
            numbers = ", ".join(f"{name} + {count}" for name, count in after.items())
            columns = ", ".join(_KINDS[_SINGLE])
            self._store.run(f"INSERT INTO {ANSWERED} ({columns}) SELECT row, id, number, {numbers} FROM {_SINGLE}")
            self._store.drop([_SINGLE])
        lines.values[CODE].extend(self._codes)
        lines.payers.extend(self._payers)
        texts = {f"x_{name}": ("VARCHAR", [getattr(each, name) for each in self._claims]) for name in CLAIM_COLUMNS}
        self._store.table(CLAIMS, {"n": ("UINTEGER", range(len(self._claims))), **texts})
        if NOTED not in self._store.tables():
            self._store.table(NOTED, by_column(_KINDS[NOTED], ()))
        if self._of_all is not None:
            others = f"SELECT row, {self._of_all} FROM {ANSWERED} ANTI JOIN {NOTED} USING (row)"
            self._store.run(f"INSERT INTO {NOTED} {others}")
        return [*answers, *(line for _, line in self._answers.values())]

    def _add(self, table: str, row: tuple[Any, ...]) -> None:
        self._rows[table].append(row)
        if len(self._rows[table]) >= _AT_ONCE:
            self._flush(table)

    def _flush(self, table: str) -> None:
        if self._rows[table]:
            self._store.add(table, by_column(_KINDS[table], self._rows[table]))
            self._rows[table].clear()
