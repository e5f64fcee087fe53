"""Earlier lines of patients from Parquet files, which all claims of a patient share in columns.

A patient of whom some row is not plainly right, or has what columns do not count, is left to claims: each row is then
checked, and joined to claims by `Histories`. One that is wrong refuses the file, as in every format.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from itertools import groupby
from pathlib import Path

import msgspec

from payrule.columns.doubts import doubt_of_text
from payrule.columns.lines import EARLIER, FIRST_EARLIER, ROWS, SINCE, ClaimColumn, helped
from payrule.columns.sql import WIDTH, Expressions, number, select
from payrule.encounter.encounter import CODE, DATE, PATIENT, Encounter
from payrule.encounter.validator import EncounterValidator
from payrule.formats.csv_columns import keys_of, nearest_place, put
from payrule.formats.encounters import RawEncounter, Read, rejected_at
from payrule.formats.history import Histories, Joined, checked_rows, history_rows, is_text
from payrule.model.encounter_schema import encounter_keys, row_attributes
from payrule.model.value_schema import LONGEST
from payrule.model.vocabulary import Frequency, Vocabulary
from payrule.source.database import PARQUET, Store, by_column, literal, quoted
from payrule.source.diagnostics import Diagnostic
from payrule.source.json_source import json_path

EARLIER_ROWS = "earlier_rows"
"""The view of the rows of history files, with the columns of that of rows and more."""

_ID = "encounter.id"
CLAIM, NUMBER = "history.claim", "line.number"
_REPLACED, _FREQUENCY, _SINCE = "history.original_reference", "history.frequency", "history.history_from"

_WRITTEN = "history_rows"
"""The table of rows that are written as Parquet."""
_KINDS = {"integer": "BIGINT", "boolean": "BOOLEAN", "date": "DATE"}
"""The types of columns that do not hold texts."""
_AT_ONCE = 50_000

PATIENTS, ODD = "patients", "odd_patients"
"""The tables of patients, each with a number, and of those that are left to claims."""
_JOINED = "claims_joined"
"""The table of the claims that columns decide, each with its patient."""


class EarlierFiles(msgspec.Struct, frozen=True):
    """Files of histories; from `history_from` on they are complete, for patients of whom no row says another day.

    With `links`, the claims themselves are the history of later claims of the same patient. `called` are the files that
    the user knows, where others of the same rows are read.
    """

    files: tuple[Path, ...]
    history_from: date | None = None
    links: bool = False
    called: tuple[Path, ...] = ()

    @property
    def is_any(self) -> bool:
        """Tell whether anything is said of earlier lines."""
        return bool(self.files) or self.history_from is not None or self.links

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the files that the user knows."""
        return tuple(map(str, self.called or self.files))


def in_parquet(
    store: Store, earlier: EarlierFiles, folder: Path, vocabulary: Vocabulary, validator: EncounterValidator
) -> tuple[EarlierFiles, tuple[Diagnostic, ...]]:
    """Write the rows of files of other formats as Parquet, into a folder; give all files, and warnings.

    Raises InputError with what is wrong with a file.
    """
    histories = Histories(vocabulary)
    made: list[Path] = []
    warnings: list[Diagnostic] = []
    for at, file in enumerate(earlier.files):
        if file.suffix.lower() == PARQUET:
            made.append(file)
            continue
        rows = _RowsToWrite(store, vocabulary)
        warnings += histories.add_rows(rows.noted(history_rows(file, vocabulary, validator)))
        made.append(folder / f"history-{at}{PARQUET}")
        rows.write(made[-1])
    return msgspec.structs.replace(earlier, files=tuple(made), called=earlier.files), tuple(warnings)


class _RowsToWrite:
    """Rows of earlier lines on their way into a Parquet file, some at a time, with the columns that some row fills."""

    def __init__(self, store: Store, vocabulary: Vocabulary) -> None:
        attributes = row_attributes(encounter_keys(vocabulary).attributes)
        self._names = {name: f"c{at}" for at, name in enumerate(attributes)}
        kinds = {name: _KINDS.get(each.type, "VARCHAR") + "[]" * each.many for name, each in attributes.items()}
        self._kinds = {self._names[name]: kind for name, kind in kinds.items()}
        self._store, self._held = store, list[Mapping[str, object]]()
        store.table(_WRITTEN, by_column(self._kinds, ()))

    def noted(self, reads: Iterable[Read]) -> Iterator[Read]:
        """Hand on what was read, and take its rows."""
        for read in reads:
            if read.encounter is not None:
                self._held.extend(_rows_of(read.encounter))
            if len(self._held) >= _AT_ONCE:
                self._put_away()
            yield read

    def write(self, path: Path) -> None:
        """Write all rows that were taken."""
        self._put_away()
        (counts,) = self._store.rows(f"SELECT {', '.join(f'count({each})' for each in self._kinds)} FROM {_WRITTEN}")
        filled = zip(self._names.items(), counts, strict=True)
        columns = {quoted(name): column for (name, column), count in filled if count or name == PATIENT}
        self._store.copy(select(columns, _WRITTEN), path, "FORMAT parquet")
        self._store.drop([_WRITTEN])

    def _put_away(self) -> None:
        rows = [[each.get(name) for name in self._names] for each in self._held]
        self._store.add(_WRITTEN, by_column(self._kinds, rows))
        self._held.clear()


def _rows_of(patient: Encounter) -> Iterator[Mapping[str, object]]:
    """Give the rows of a patient: one for each earlier line, or one that says since when they are complete."""
    known: dict[str, object] = {PATIENT: patient.patient, _SINCE: patient.history_from}
    for each in patient.history:
        values = {name: sorted(held) if isinstance(held, frozenset) else held for name, held in each.values.items()}
        said = {CLAIM: each.claim, NUMBER: each.number, "history.reference": each.reference}
        yield known | values | said | {_FREQUENCY: each.frequency, _REPLACED: each.original_reference}
    if not patient.history:
        yield known


def _even_digest(column: str) -> str:
    """Write the digest of a text as a number that is even."""
    return f"hash({column}) & {number((1 << WIDTH) - 2)}"


class EarlierRows:
    """The statements by which earlier lines are taken in; `columns` are those of rows, by the name of an attribute."""

    def __init__(
        self,
        store: Store,
        vocabulary: Vocabulary,
        earlier: EarlierFiles,
        titled: Sequence[ClaimColumn],
        at: Mapping[str, int],
    ) -> None:
        """Take the rows; `titled` are the columns of history files, and `at` says where each stands."""
        self._store, self._vocabulary, self._earlier, self._titled, self._at = store, vocabulary, earlier, titled, at
        self.histories = Histories(vocabulary, earlier.history_from)
        self._has_own = CLAIM in at and NUMBER in at
        self._are_digests = True

    def _of(self, name: str) -> str:
        """Write the column of an attribute."""
        return f"attr{self._at[name]}" if name in self._at else "NULL::VARCHAR"

    @property
    def titled(self) -> frozenset[str]:
        """The attributes of which history files have columns."""
        return frozenset(each.name for each in self._titled)

    @property
    def patient(self) -> str:
        """The column of rows that says which patient they are of."""
        return self._of(PATIENT)

    @property
    def patient_number(self) -> tuple[str, str]:
        """Write the number of the patient of a row, and the join that this needs; null where none is named.

        It is even: the digest of the id, unless those of two patients are alike.
        """
        if self._are_digests:
            return f"CASE WHEN {self.patient} IS NOT NULL THEN {_even_digest(self.patient)} END", ""
        return "p.n", f" LEFT JOIN {PATIENTS} p ON p.id = {self.patient}"

    def settle(self, rows: str, doubts: Sequence[str], joins: str) -> None:
        """Make the tables of patients, of whom the rows of claims are some, and of those that are left to claims."""
        names = f"SELECT {self.patient} AS id FROM {rows} UNION SELECT {self.patient} AS id FROM {EARLIER_ROWS}"
        self._store.keep(PATIENTS, f"SELECT id, {_even_digest('id')} AS n FROM ({names}) WHERE id IS NOT NULL")
        ((self._are_digests,),) = self._store.rows(f"SELECT count(*) = count(DISTINCT n) FROM {PATIENTS}")
        if not self._are_digests:
            self._store.keep(PATIENTS, f"SELECT id, (row_number() OVER () * 2)::UBIGINT AS n FROM {PATIENTS}")
        is_named_oddly = bool(self._store.rows(f"SELECT 1 FROM {PATIENTS} WHERE {self._doubt_of_text('id')} LIMIT 1"))
        texts = [self._doubt_of_text(self.patient)] if is_named_oddly else []
        odd = [select({"id": self.patient}, f"{EARLIER_ROWS} {joins}", where=self._is_odd([*doubts, *texts]))]
        if is_named_oddly:
            odd.append(select({"id": "id"}, PATIENTS, where=doubt_of_text("id")))
        if self._has_own:
            same = f"hash({self.patient}, {self._of(CLAIM)}, {self._of(NUMBER)})"
            self._store.keep("twice", select({"same": same}, EARLIER_ROWS, group="same") + " HAVING count(*) > 1")
            if self._store.rows("SELECT 1 FROM twice LIMIT 1"):
                odd.append(select({"id": self.patient}, EARLIER_ROWS, where=f"{same} IN (SELECT same FROM twice)"))
        if _SINCE in self._at:
            since = self._of(_SINCE)
            odd.append(select({"id": self.patient}, EARLIER_ROWS, group="id") + f" HAVING min({since}) <> max({since})")
        if self._earlier.links:
            # What is linked depends on the claim, so that claims of a patient share no earlier lines.
            found = select({"id": self.patient}, rows, where=f"{self.patient} IS NOT NULL", group="id")
            odd.append(f"{found} HAVING count(DISTINCT coalesce({self._of(_ID)}, '')) > 1")
            if self._is_anybody(rows, is_named_oddly=is_named_oddly):
                odd.append(f"SELECT id FROM {PATIENTS}")
        self._store.keep(ODD, f"SELECT DISTINCT id FROM ({' UNION ALL '.join(odd)})")

    def _is_anybody(self, rows: str, *, is_named_oddly: bool) -> bool:
        """Tell whether nobody can tell of which patient some rows of claims are."""
        claim, patient = self._of(_ID), self.patient
        nobody = f"SELECT 1 FROM {rows} WHERE {claim} IS NULL AND {patient} IS NULL LIMIT 1"
        several = f"WHERE {claim} IS NOT NULL GROUP BY {claim} HAVING count(DISTINCT {patient}) > 1"
        two = f"SELECT 1 FROM {rows} {several} LIMIT 1"
        if self._store.rows(nobody) or self._store.rows(two):
            return True
        texts = f"SELECT id FROM {PATIENTS} WHERE {self._doubt_of_text('id')}" if is_named_oddly else None
        return texts is not None and any(not is_text(name) for (name,) in self._store.rows(texts))

    def _is_odd(self, doubts: Sequence[str]) -> str:
        """Write what is not plainly a row of an earlier line that columns count, or of `history_from` alone."""
        others = [f"{self._of(each.name)} IS NOT NULL" for each in self._titled if each.name not in {PATIENT, _SINCE}]
        is_line = f"({self._of(_SINCE)} IS NULL OR {' OR '.join(others) or 'false'})"
        needed = " OR ".join(f"{self._of(name)} IS NULL" for name in (PATIENT, CLAIM, NUMBER, CODE, DATE))
        found = [f"({is_line} AND ({needed}))", *(f"coalesce({each}, false)" for each in doubts)]
        texts = [name for name in (CLAIM, "history.reference") if name in self._at]
        found += [f"coalesce({self._doubt_of_text(self._of(name))}, false)" for name in texts]
        if self._vocabulary.frequency is not None:
            found.append(f"({self._of(_FREQUENCY)} IS NOT NULL AND {self._is_no_original(self._vocabulary.frequency)})")
        found.append(f"{self._of(_REPLACED)} IS NOT NULL")
        since = f"{self._of(_SINCE)}::VARCHAR"
        found.append(f"({since} IS NOT NULL AND coalesce(TRY_CAST({since} AS DATE)::VARCHAR, '') <> {since})")
        return " OR ".join(found)

    @staticmethod
    def _doubt_of_text(column: str) -> str:
        return f"length({column}) > {LONGEST} OR NOT regexp_full_match({column}, '[!-~ ]+')"

    def _is_no_original(self, frequency: Frequency) -> str:
        plain = [each for each in frequency.listed if each not in frequency.void]
        return f"{self._of(_FREQUENCY)} NOT IN ({', '.join(map(literal, plain)) or 'NULL'})" if plain else "true"

    def read_odd(self, validator: EncounterValidator, suspects: str, id_at: int) -> tuple[Diagnostic, ...]:
        """Check the rows of patients that are left to claims; give warnings, and raise InputError for what is wrong.

        These are the patients of claims in the table of `suspects`, too; `id_at` says in which column the id stands.
        """
        columns = ", ".join(_shown(self._store, f"attr{self._at[each.name]}") for each in self._titled)
        left = f"SELECT {self.patient} FROM {ROWS} WHERE attr{id_at} IN (SELECT id FROM {suspects})"
        where = f"{self.patient} IS NULL OR {self.patient} IN (SELECT id FROM {ODD} UNION {left})"
        rows = self._store.rows(f"SELECT file, place, {columns} FROM {EARLIER_ROWS} WHERE {where} ORDER BY row")

        def reads() -> Iterator[Read]:
            for at, listed in groupby(rows, key=lambda row: row[0]):
                file = self._earlier.names[at]
                items = (
                    RawEncounter(self._data(values), f"row {place}", placed=partial(self._placed, file, place, values))
                    for _, place, *values in listed
                )
                yield from checked_rows(items, validator, file)

        return self.histories.add_rows(reads())

    def _placed(self, file: str, row: int, values: Sequence[object], diagnostic: Diagnostic) -> Diagnostic:
        """Say of a diagnostic in which row and column it is."""
        titles = {json_path(keys_of(each.name)): each.title for each in self._titled}
        column = nearest_place(titles, diagnostic.path or "$", "") or None
        return rejected_at([helped(self._titled, values, column, diagnostic)], None, file, row, column)[0]

    def _data(self, values: Sequence[object]) -> dict[str, object]:
        found: dict[str, object] = {}
        for each, value in zip(self._titled, values, strict=True):
            if value is not None:
                put(found, keys_of(each.name), msgspec.to_builtins(value))
        return found

    def suspects(self) -> str:
        """Write the encounters that are left to claims."""
        return f"SELECT id FROM whole WHERE patient IN (SELECT p.n FROM {PATIENTS} p JOIN {ODD} o ON o.id = p.id)"

    def keep(self, words: Expressions, joins: str, claim: str, right: str) -> None:
        """Make the tables of earlier lines, of which `words` are the values, and of since when they are complete.

        In the table of whole claims `claim` is the number of each; `right` gives those that are not left to claims.
        """
        columns = {"row": f"row + {FIRST_EARLIER}", "id": self._of(CLAIM), "named": "w.named"}
        columns |= {"number": f"TRY_CAST({self._of(NUMBER)} AS BIGINT)", **words}
        columns["patient"], known = self.patient_number
        whole = select({"whole_id": "id", "named": claim}, "whole")
        source = f"{EARLIER_ROWS} {joins}{known} LEFT JOIN ({whole}) w ON w.whole_id = {self._of(CLAIM)}"
        left = f"{self.patient} NOT IN (SELECT id FROM {ODD})"
        self._store.keep(EARLIER, select(columns, source, where=f"{self._of(CODE)} IS NOT NULL AND {left}"))
        self._store.keep(_JOINED, select({"claim": claim, "patient": "patient"}, right))
        otherwise, day = self._earlier.history_from, "NULL"
        source = f"{PATIENTS} p"
        if _SINCE in self._at:
            said = f"SELECT {self.patient} AS id, min(TRY_CAST({self._of(_SINCE)} AS DATE)) AS day FROM {EARLIER_ROWS}"
            source += f" LEFT JOIN ({said} GROUP BY 1) s ON s.id = p.id"
            day = "date_diff('day', DATE '0001-01-01', s.day) + 1"
        default = "NULL" if otherwise is None else str(otherwise.toordinal())
        self._store.keep(SINCE, select({"patient": "p.n", "since": f"coalesce({day}, {default})::INTEGER"}, source))

    def joined(self) -> Joined:
        """Count what was joined to claims, those that are left among them."""
        found = self.histories.joined
        of_all = f"SELECT patient, count(*) AS k FROM {EARLIER} GROUP BY patient"
        of_own = f"SELECT patient, named, count(*) AS k FROM {EARLIER} WHERE named IS NOT NULL GROUP BY ALL"
        source = f"{_JOINED} c LEFT JOIN ({of_all}) n ON n.patient = c.patient "
        source += f"LEFT JOIN ({of_own}) o ON o.patient = c.patient AND o.named = c.claim"
        lines = "coalesce(n.k, 0) - coalesce(o.k, 0)"
        counts = f"count(*) FILTER ({lines} > 0), coalesce(sum({lines}), 0), count(*) FILTER (c.patient % 2 = 1)"
        ((count, joined, nameless),) = self._store.rows(f"SELECT {counts} FROM {source}")
        return msgspec.structs.replace(
            found, claims=found.claims + count, lines=found.lines + int(joined), nameless=found.nameless + nameless
        )


def _shown(store: Store, column: str) -> str:
    """Write how a value is read: a date by its text."""
    ((kind,),) = store.rows(f"SELECT column_type FROM (DESCRIBE {EARLIER_ROWS}) WHERE column_name = {literal(column)}")
    return f"{column}::VARCHAR" if kind == "DATE" else column
