"""Answers of encounters that were decided one by one, put among those by columns; and what is said of whole claims."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from payrule.batch.keys import ANSWERED
from payrule.batch.lines import CODE, Lines
from payrule.batch.outlet import CLAIM_COLUMNS, CLAIMS, NOTED, shared
from payrule.batch.store import Store
from payrule.documents.determinations import LineDetermination
from payrule.documents.findings import ClaimWarning

_APART = "apart"
"""The table of the rows of such encounters, which holds numbers of its own for codes, payers and answers."""

_AT_ONCE = 50_000

_KINDS = {
    _APART: {
        "row": "UBIGINT",
        "id": "VARCHAR",
        "number": "BIGINT",
        "code": "UINTEGER",
        "p": "UINTEGER",
        "answer": "UINTEGER",
    },
    NOTED: {"row": "UBIGINT", "c": "UINTEGER"},
}


class ClaimSaid(msgspec.Struct, frozen=True):
    """What is said of a claim as a whole, in every row of it: that it voids or replaces another, and its warnings.

    Warnings are a JSON array; what there is nothing to say of is None.
    """

    answer: str | None = None
    voids: str | None = None
    replaces: str | None = None
    warnings: str | None = None

    @classmethod
    def of(cls, earlier: Mapping[str, Any], warnings: Sequence[ClaimWarning]) -> "ClaimSaid":
        """Take what an answer says of an earlier claim, and what can be doubted.

        >>> ClaimSaid.of({"replaces": "A-1"}, ()).replaces
        'A-1'
        """
        written = msgspec.json.encode(warnings).decode() if warnings else None
        return cls(earlier.get("answer"), earlier.get("voids"), earlier.get("replaces"), written)


class ApartRows:
    """Gather rows some at a time, each distinct code, payer, answer and saying once."""

    def __init__(self, store: Store) -> None:
        """Begin with nothing."""
        self._store = store
        self._answers: dict[bytes, tuple[int, LineDetermination]] = {}
        self._codes: dict[str | None, int] = {}
        self._payers: dict[str | None, int] = {}
        self._claims: dict[ClaimSaid, int] = {}
        self._of_all: int | None = None
        self._rows: dict[str, list[tuple[Any, ...]]] = {_APART: [], NOTED: []}

    def answer(self, row: int, encounter: str, payer: str | None, line: LineDetermination | None) -> None:
        """Take the answer for the line of a row, or None for the one row of a claim without lines."""
        number, code = (line.number, line.code) if line else (None, None)
        known = self._answers.setdefault(shared(line), (len(self._answers), line))[0] if line else None
        c, p = self._codes.setdefault(code, len(self._codes)), self._payers.setdefault(payer, len(self._payers))
        self._add(_APART, (row, encounter, number, c, p, known))

    def note(self, rows: Sequence[int], said: ClaimSaid) -> None:
        """Keep what is said of a claim as a whole for its rows; nothing needs no place."""
        if said != ClaimSaid():
            number = self._claims.setdefault(said, len(self._claims))
            for row in rows:
                self._add(NOTED, (row, number))

    def note_all(self, said: ClaimSaid) -> None:
        """Keep what is said of every claim of which nothing else is."""
        self._of_all = self._claims.setdefault(said, len(self._claims))

    def into(self, lines: Lines, answers: Sequence[LineDetermination]) -> list[LineDetermination]:
        """Put the rows among those that columns answered, and give all answers; `lines` learn of codes and payers."""
        for table in self._rows:
            self._flush(table)
        known = {shared(each): at for at, each in enumerate(answers)}
        for key in self._answers:
            known.setdefault(key, len(known))
        whole = [*answers, *(line for key, (_, line) in self._answers.items() if known[key] >= len(answers))]
        if _APART in self._store.tables():
            self._insert(
                {
                    "answer": [known[key] for key in self._answers],
                    "code": [_numbered(lines.values[CODE], code) for code in self._codes],
                    "p": [_numbered(lines.payers, payer) for payer in self._payers],
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
        told = "a.row, a.id, a.number, new_code.n, new_p.n, new_answer.n"
        self._store.run(
            f"INSERT INTO {ANSWERED} (row, id, number, code, p, answer) SELECT {told} FROM {_APART} a {joined}"
        )
        self._store.drop([_APART, *(f"new_{name}" for name in renumbered)])

    def _add(self, table: str, row: tuple[Any, ...]) -> None:
        self._rows[table].append(row)
        if len(self._rows[table]) >= _AT_ONCE:
            self._flush(table)

    def _flush(self, table: str) -> None:
        if self._rows[table]:
            columns = zip(_KINDS[table].items(), zip(*self._rows[table], strict=True), strict=True)
            self._store.add(table, {name: (kind, held) for (name, kind), held in columns})
            self._rows[table].clear()


def _numbered(listed: list[Any], value: Any) -> int:
    """Give the place of a value in a list, to which it is added where it is not there."""
    if value not in listed:
        listed.append(value)
    return listed.index(value)
