"""Encounters in doubt: the door reads them one by one, and says what is wrong where."""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import msgspec

from payrule.columns.ingest import ID, SUSPECTS, as_json
from payrule.columns.rows import ROWS, Titled, columns_of
from payrule.encounter.encounter import Encounter
from payrule.encounter.validator import EncounterValidator
from payrule.formats.rejects import Rejected
from payrule.model.faults import shown
from payrule.source.database import Store
from payrule.source.diagnostics import ClaimWarning, Diagnostic, EncounterError
from payrule.source.json_source import json_path


def count_named(store: Store, titled: Sequence[Titled]) -> int:
    """Count the encounters that rows name, and each row that names none, which is rejected alone."""
    at = next(at for at, each in enumerate(titled) if each.name == ID)
    return int(store.rows(f"SELECT count(DISTINCT k{at}) + count(*) FILTER (k{at} IS NULL) FROM {ROWS}")[0][0])


class Settled(msgspec.Struct, frozen=True):
    """An encounter that was set aside and that the door takes, with the row of each line by its number."""

    encounter: Encounter
    rows: dict[int, int]
    place: Callable[[], tuple[str, int | None]]


def doubted(
    store: Store, door: EncounterValidator, files: Sequence[Path], titled: Sequence[Titled]
) -> Iterator[list[Rejected] | Settled]:
    """Settle every encounter that was set aside, or say what is wrong with it, and with every row that names none.

    A row that names no encounter is rejected alone: nobody can tell whose it is.
    """
    shown = columns_of(store)
    columns = ", ".join(shown[f"k{at}"] for at in range(len(titled)))
    at = next(at for at, each in enumerate(titled) if each.name == ID)
    for file, place in store.rows(f"SELECT file, place FROM {ROWS} WHERE k{at} IS NULL ORDER BY row"):
        message, help_text = "the row does not say of which encounter it is", "write the id in each of its rows"
        yield [Rejected(None, str(files[file]), place, titled[at].title, "empty-cell", message, help_text)]
    found = store.rows(
        f"SELECT k{at}, file, place, row, {columns} FROM {ROWS} WHERE k{at} IN (SELECT id FROM {SUSPECTS}) "
        f"ORDER BY min(row) OVER (PARTITION BY k{at}), row"
    )
    for name, rows in groupby(found, key=lambda row: row[0]):
        yield _Doubted(str(name), list(rows), files, titled).settled(door)


class _Doubted:
    """The rows of one encounter, as JSON says them."""

    def __init__(self, name: str, rows: list[Any], files: Sequence[Path], titled: Sequence[Titled]) -> None:
        self._name, self._titled = name, titled
        self._places = [(str(files[row[1]]), row[2]) for row in rows]
        self._numbers = [row[3] for row in rows]
        self._rows = [tuple(map(as_json, row[4:])) for row in rows]

    def settled(self, door: EncounterValidator) -> list[Rejected] | Settled:
        """Give the encounter, with warnings that say their row and column, or else everything that is wrong."""
        found = list(self._disagreeing())
        data = self._data()
        try:
            encounter, doubts = door.read(data)
        except EncounterError as fault:
            return found + [self._placed(each) for each in fault.findings]
        if found:
            return found
        warnings = tuple(map(self._warning, doubts))
        rows = {line["number"]: row for line, row in zip(data["lines"], self._numbers, strict=True)}
        return Settled(msgspec.structs.replace(encounter, warnings=warnings), rows, lambda: self._places[0])

    def _warning(self, diagnostic: Diagnostic) -> ClaimWarning:
        placed = self._placed(diagnostic)
        path = f"row {placed.row}, column {placed.column}" if placed.column else f"row {placed.row}"
        return ClaimWarning(diagnostic.code, diagnostic.message, diagnostic.help, path)

    def _disagreeing(self) -> Iterator[Rejected]:
        """Find values of the encounter or the patient that differ between its rows."""
        for at, each in enumerate(self._titled):
            if each.is_above and each.name != ID:
                said = [(n, row[at]) for n, row in enumerate(self._rows) if row[at] is not None]
                for n, value in said[1:]:
                    if _plain(value) != _plain(said[0][1]):
                        message = f"{shown(value)} stands here, and {shown(said[0][1])} in another row of the encounter"
                        help_text = "say the same in all rows of an encounter, or leave all but one empty"
                        yield self._at(n, each.title, "rows-disagree", message, help_text)

    def _data(self) -> dict[str, Any]:
        data: dict[str, Any] = {"id": self._name, "lines": []}
        for at, each in enumerate(self._titled):
            value = next((row[at] for row in self._rows if row[at] is not None), None)
            if each.is_above and value is not None:
                _put(data, keys_of(each.name), value)
        for n, row in enumerate(self._rows):
            line: dict[str, Any] = {"number": n + 1}
            for at, each in enumerate(self._titled):
                if not each.is_above and row[at] is not None:
                    _put(line, keys_of(each.name), row[at])
            data["lines"].append(line)
        return data

    def _placed(self, diagnostic: Diagnostic) -> Rejected:
        """Give a finding of the door its row and column."""
        path = diagnostic.path or "$"
        places: dict[str, tuple[int, str | None]] = {}
        for each in self._titled:
            if each.is_above:
                places[json_path(keys_of(each.name))] = (0, each.title)
        for n in range(len(self._rows)):
            places[json_path(("lines", n))] = (n, None)
            places |= {
                json_path(("lines", n, *keys_of(each.name))): (n, each.title)
                for each in self._titled
                if not each.is_above
            }
        while path not in places and path != "$":
            path = path[: max(path.rfind("."), path.rfind("["))]
        row, column = places.get(path, (0, None))
        return self._at(row, column, diagnostic.code, diagnostic.message, diagnostic.help)

    def _at(self, row: int, column: str | None, code: str, message: str, help_text: str | None) -> Rejected:
        file, place = self._places[row]
        return Rejected(self._name, file, place, column, code, message, help_text)


def keys_of(name: str) -> tuple[str, ...]:
    """Give the keys that lead to an attribute, from the encounter, or for one of a line from its line.

    >>> keys_of("line.provider.type"), keys_of("patient.age"), keys_of("encounter.role")
    (('provider', 'type'), ('patient', 'age'), ('role',))
    """
    root, *steps = name.split(".")
    return ("patient", *steps) if root == "patient" else tuple(steps)


def _put(data: dict[str, Any], keys: tuple[str, ...], value: Any) -> None:
    for key in keys[:-1]:
        data = data.setdefault(key, {})
    data[keys[-1]] = value


def _plain(value: Any) -> Any:
    return frozenset(value) if isinstance(value, list) else value
