"""Claims that columns leave: each is checked, and decided alone or rejected.

They are few: a claim that voids or replaces another, a line of several days, a code that had ended, a value that is not
in force yet, a pointer to nothing, and in Parquet whatever the validator has to judge.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

import msgspec

from payrule.columns.answer_key import ANSWERED
from payrule.columns.ingest import ID, SUSPECTS, as_json
from payrule.columns.lines import CODE, ROWS, ClaimColumn, Lines, columns_of
from payrule.columns.writer import CLAIM_COLUMNS, CLAIMS, NOTED, shared
from payrule.encounter.encounter import Encounter, later_than
from payrule.encounter.validator import EncounterValidator
from payrule.formats.csv_columns import keys_of, nearest_place, put
from payrule.formats.encounters import rejected_at
from payrule.results.determination import LineDetermination
from payrule.rulebase.request import DecisionRequest
from payrule.rulebase.rulebase import Rulebase
from payrule.source.database import Store
from payrule.source.diagnostics import ClaimWarning, Diagnostic, EncounterError, InputError, shown
from payrule.source.json_source import json_path


def count_named(store: Store, titled: Sequence[ClaimColumn]) -> int:
    """Count the encounters that rows name, and each row that names none, which is rejected alone."""
    at = next(at for at, each in enumerate(titled) if each.name == ID)
    return int(store.rows(f"SELECT count(DISTINCT attr{at}) + count(*) FILTER (attr{at} IS NULL) FROM {ROWS}")[0][0])


class Accepted(msgspec.Struct, frozen=True):
    """An encounter that was set aside and that the validator takes, with the row of each line by its number."""

    encounter: Encounter
    rows: dict[int, int]
    place: Callable[[], tuple[str, int | None]]


def check_suspects(
    store: Store, validator: EncounterValidator, files: Sequence[Path], titled: Sequence[ClaimColumn]
) -> Iterator[list[Diagnostic] | Accepted]:
    """Settle every encounter that was set aside, or say what is wrong with it, and with every row that names none.

    A row that names no encounter is rejected alone: nobody can tell whose it is.
    """
    shown = columns_of(store)
    columns = ", ".join(shown[f"attr{at}"] for at in range(len(titled)))
    at = next(at for at, each in enumerate(titled) if each.name == ID)
    for file, place in store.rows(f"SELECT file, place FROM {ROWS} WHERE attr{at} IS NULL ORDER BY row"):
        message, help_text = "the row does not say which claim it belongs to", "write the id in each of its rows"
        fault = Diagnostic(code="empty-cell", message=message, help=help_text)
        yield [*rejected_at([fault], None, str(files[file]), place, titled[at].title)]
    found = store.rows(
        f"SELECT attr{at}, file, place, row, {columns} FROM {ROWS} WHERE attr{at} IN (SELECT id FROM {SUSPECTS}) "
        f"ORDER BY min(row) OVER (PARTITION BY attr{at}), row"
    )
    for name, rows in groupby(found, key=lambda row: row[0]):
        yield _SuspectClaim(str(name), list(rows), files, titled).settled(validator)


class _SuspectClaim:
    """The rows of one encounter, as JSON says them."""

    def __init__(self, name: str, rows: list[Any], files: Sequence[Path], titled: Sequence[ClaimColumn]) -> None:
        self._name, self._titled = name, titled
        self._places = [(str(files[row[1]]), row[2]) for row in rows]
        self._numbers = [row[3] for row in rows]
        self._rows = [tuple(map(as_json, row[4:])) for row in rows]

    def settled(self, validator: EncounterValidator) -> list[Diagnostic] | Accepted:
        """Give the encounter, with warnings that say their row and column, or else everything that is wrong."""
        found = list(self._disagreeing())
        data = self._data()
        try:
            encounter, doubts = validator.read(data)
        except EncounterError as fault:
            return [*found, *map(self._placed, fault.findings)]
        if found:
            return found
        warnings = tuple(ClaimWarning.of(self._placed(each)) for each in doubts)
        rows = {line["number"]: row for line, row in zip(data["lines"], self._numbers, strict=True)}
        return Accepted(msgspec.structs.replace(encounter, warnings=warnings), rows, lambda: self._places[0])

    def _disagreeing(self) -> Iterator[Diagnostic]:
        """Find values of the encounter or the patient that differ between its rows."""
        for at, each in enumerate(self._titled):
            if each.is_above and each.name != ID:
                said = [(n, row[at]) for n, row in enumerate(self._rows) if row[at] is not None]
                for n, value in said[1:]:
                    if _plain(value) != _plain(said[0][1]):
                        message = f"{shown(value)} is here, and {shown(said[0][1])} in another row of the claim"
                        help_text = "write the same in all rows of a claim, or leave all but one empty"
                        fault = Diagnostic(code="rows-disagree", message=message, help=help_text)
                        yield self._at(n, each.title, fault)

    def _data(self) -> dict[str, Any]:
        lines: list[dict[str, Any]] = [{"number": n} for n in range(1, len(self._rows) + 1)]
        data: dict[str, Any] = {"id": self._name, "lines": lines}
        for at, each in enumerate(self._titled):
            keys = keys_of(each.name)
            held = [(n, row[at]) for n, row in enumerate(self._rows) if row[at] is not None]
            if each.is_above and held:
                put(data, keys, held[0][1])
            for n, value in () if each.is_above else held:
                put(lines[n], keys, value)
        return data

    def _placed(self, diagnostic: Diagnostic) -> Diagnostic:
        """Give a diagnostic of the validator its row and column."""
        places: dict[str, tuple[int, str | None]] = {}
        for n in range(len(self._rows)):
            places[json_path(("lines", n))] = (n, None)
        for each in self._titled:
            keys = keys_of(each.name)
            for n in range(1 if each.is_above else len(self._rows)):
                places[json_path(keys if each.is_above else ("lines", n, *keys))] = (n, each.title)
        row, column = nearest_place(places, diagnostic.path or "$", (0, None))
        return self._at(row, column, diagnostic)

    def _at(self, row: int, column: str | None, diagnostic: Diagnostic) -> Diagnostic:
        file, place = self._places[row]
        return rejected_at([diagnostic], self._name, file, place, column)[0]


def _plain(value: Any) -> Any:
    return frozenset(value) if isinstance(value, list) else value


_SINGLE = "apart"
"""The table of the rows of such encounters, which holds numbers of its own for codes, payers and answers."""

_AT_ONCE = 50_000

_KINDS = {
    _SINGLE: {
        "row": "UBIGINT",
        "id": "VARCHAR",
        "number": "BIGINT",
        "code": "UINTEGER",
        "payer": "UINTEGER",
        "answer": "UINTEGER",
    },
    NOTED: {"row": "UBIGINT", "note": "UINTEGER"},
}


class ClaimNotes(msgspec.Struct, frozen=True):
    """What is said of a claim as a whole, in every row of it: that it voids or replaces another, and its warnings.

    Warnings are a JSON array; what there is nothing to say of is None.
    """

    answer: str | None = None
    voids: str | None = None
    replaces: str | None = None
    warnings: str | None = None

    @classmethod
    def of(cls, earlier: Mapping[str, Any], warnings: Sequence[ClaimWarning]) -> "ClaimNotes":
        """Take what an answer says of an earlier claim, and what can be doubted.

        >>> ClaimNotes.of({"replaces": "A-1"}, ()).replaces
        'A-1'
        """
        written = msgspec.json.encode(warnings).decode() if warnings else None
        return cls(earlier.get("answer"), earlier.get("voids"), earlier.get("replaces"), written)


def _numbered(listed: list[Any], value: Any) -> int:
    """Give the place of a value in a list, to which it is added where it is not there."""
    if value not in listed:
        listed.append(value)
    return listed.index(value)


Place = Callable[[], tuple[str, int | None]]
"""Says in which file and row an encounter begins."""


class SingleClaims:
    """Decide claims one by one; keep what there is to write of them, and what is said of claims as a whole.

    Rows are put away some at a time, each distinct code, payer, answer and note once.
    """

    def __init__(self, store: Store, rulebase: Rulebase, terms: Callable[[str | None], DecisionRequest]) -> None:
        """Take what decides; `terms` gives those of a payer that a claim names, or of none."""
        self.encounters = self.voids = 0
        self.known: dict[str | None, DecisionRequest] = {}
        self.rejected: list[tuple[Diagnostic, ...]] = []
        self._store, self._rulebase, self._terms = store, rulebase, terms
        self._counts_lines = rulebase.counts_lines
        self._answers: dict[bytes, tuple[int, LineDetermination]] = {}
        self._codes: dict[str | None, int] = {}
        self._payers: dict[str | None, int] = {}
        self._claims: dict[ClaimNotes, int] = {}
        self._of_all: int | None = None
        self._rows: dict[str, list[tuple[Any, ...]]] = {_SINGLE: [], NOTED: []}

    def is_single(self, encounter: Encounter) -> bool:
        """Tell whether columns leave a claim to this."""
        rulebase = self._rulebase
        return (
            self._counts_lines
            or "voids" in rulebase.earlier(encounter)
            or rulebase.in_days(encounter) is not encounter
            or any(map(rulebase.is_retired, encounter.lines))
        )

    def as_of(self) -> date | None:
        """Give the day as of which claims are decided, whoever decides; None where no payer can decide."""
        for payer in (None, *self._rulebase.payers):
            with suppress(InputError):
                return self._terms(payer).known_on
        return None

    def note_all(self, warnings: Sequence[ClaimWarning]) -> None:
        """Keep what can be doubted about every claim of which nothing else is said."""
        self._of_all = self._claims.setdefault(ClaimNotes.of({}, warnings), len(self._claims))

    def note(self, encounter: Encounter, rows: Sequence[int]) -> None:
        """Keep for the rows of a claim what is said of it as a whole; nothing needs no place."""
        warnings = (*encounter.warnings, *self._later(encounter))
        notes = ClaimNotes.of(self._rulebase.earlier(encounter), warnings)
        if notes != ClaimNotes():
            number = self._claims.setdefault(notes, len(self._claims))
            for row in rows:
                self._add(NOTED, (row, number))

    def _later(self, encounter: Encounter) -> tuple[ClaimWarning, ...]:
        """Doubt dates that are later than the day as of which is decided; without terms nothing is decided."""
        if encounter.payer not in self.known:
            with suppress(InputError):
                self.known[encounter.payer] = self._terms(encounter.payer)
        terms = self.known.get(encounter.payer)
        return () if terms is None else later_than(encounter, terms.known_on)

    def decide(self, encounter: Encounter, rows: Mapping[int, int], place: Place) -> None:
        """Decide a claim, or say why that cannot be; `rows` are those of its lines, by number, or one by 0."""
        try:
            terms = self._terms(encounter.payer)
            found = self._rulebase.decide_under(terms, encounter)
        except InputError as fault:
            file, row = place()
            self.rejected.append(rejected_at(fault.findings, encounter.id, file, row))
            return
        self.known[encounter.payer] = terms
        self.encounters += 1
        self.voids += found.is_void
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
        p = self._payers.setdefault(encounter.payer, len(self._payers))
        self._add(_SINGLE, (row, encounter.id, number, c, p, known))

    def into(self, lines: Lines, answers: Sequence[LineDetermination]) -> list[LineDetermination]:
        """Put the rows among those that columns answered, and give all answers; `lines` learn of codes and payers."""
        for table in self._rows:
            self._flush(table)
        known = {shared(each): at for at, each in enumerate(answers)}
        for key in self._answers:
            known.setdefault(key, len(known))
        whole = [*answers, *(line for key, (_, line) in self._answers.items() if known[key] >= len(answers))]
        if _SINGLE in self._store.tables():
            self._insert(
                {
                    "answer": [known[key] for key in self._answers],
                    "code": [_numbered(lines.values[CODE], code) for code in self._codes],
                    "payer": [_numbered(lines.payers, payer) for payer in self._payers],
                }
            )
        texts = {f"x_{name}": ("VARCHAR", [getattr(each, name) for each in self._claims]) for name in CLAIM_COLUMNS}
        self._store.table(CLAIMS, {"n": ("UINTEGER", range(len(self._claims))), **texts})
        if NOTED not in self._store.tables():
            self._store.table(NOTED, {name: (kind, ()) for name, kind in _KINDS[NOTED].items()})
        if self._of_all is not None:
            others = f"SELECT row, {self._of_all} FROM {ANSWERED} ANTI JOIN {NOTED} USING (row)"
            self._store.run(f"INSERT INTO {NOTED} {others}")
        return whole

    def _insert(self, renumbered: Mapping[str, Sequence[int]]) -> None:
        for name, held in renumbered.items():
            self._store.table(f"new_{name}", {"old": ("UINTEGER", range(len(held))), "n": ("UINTEGER", held)})
        joined = " ".join(f"LEFT JOIN new_{name} ON new_{name}.old = a.{name}" for name in renumbered)
        columns = "a.row, a.id, a.number, new_code.n, new_payer.n, new_answer.n"
        self._store.run(
            f"INSERT INTO {ANSWERED} (row, id, number, code, payer, answer) SELECT {columns} FROM {_SINGLE} a {joined}"
        )
        self._store.drop([_SINGLE, *(f"new_{name}" for name in renumbered)])

    def _add(self, table: str, row: tuple[Any, ...]) -> None:
        self._rows[table].append(row)
        if len(self._rows[table]) >= _AT_ONCE:
            self._flush(table)

    def _flush(self, table: str) -> None:
        if self._rows[table]:
            columns = zip(_KINDS[table].items(), zip(*self._rows[table], strict=True), strict=True)
            self._store.add(table, {name: (kind, held) for (name, kind), held in columns})
            self._rows[table].clear()
