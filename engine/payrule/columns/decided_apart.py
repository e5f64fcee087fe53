"""Answers of encounters that were decided one by one, put among those by columns; and what is said of whole claims.

They are few: a claim that voids or replaces another, a line of several days, a code that had ended, a value that is not
in force yet, a position that points to nothing, and what else only the door settles.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import Any

import msgspec

from payrule.columns.answer_key import ANSWERED
from payrule.columns.lines import CODE, Lines
from payrule.columns.writer import CLAIM_COLUMNS, CLAIMS, NOTED, shared
from payrule.encounter.encounter import Encounter, later_than
from payrule.formats.rejects import Rejected
from payrule.results.determination import LineDetermination
from payrule.rulebase.request import DecisionRequest
from payrule.rulebase.rulebase import Rulebase
from payrule.source.database import Store
from payrule.source.diagnostics import ClaimWarning, InputError

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


Place = Callable[[], tuple[str, int | None]]
"""Says in which file and row an encounter begins."""


class Apart:
    """Decide encounters one by one; keep what there is to write of them, and what is said of claims as a whole."""

    def __init__(self, store: Store, rulebase: Rulebase, terms: Callable[[str | None], DecisionRequest]) -> None:
        """Take what decides; `terms` gives those of a payer that an encounter names, or of none."""
        self.encounters = self.voids = 0
        self.known: dict[str | None, DecisionRequest] = {}
        self.rejected: list[tuple[Rejected, ...]] = []
        self._rulebase, self._terms = rulebase, terms
        self._rows = ApartRows(store)

    def is_apart(self, encounter: Encounter) -> bool:
        """Tell whether columns leave an encounter to this."""
        rulebase = self._rulebase
        return (
            "voids" in rulebase.earlier(encounter)
            or rulebase.in_days(encounter) is not encounter
            or any(map(rulebase.is_retired, encounter.lines))
        )

    def note(self, encounter: Encounter, rows: Sequence[int]) -> None:
        """Keep for the rows of an encounter what is said of it as a whole."""
        warnings = (*encounter.warnings, *self._later(encounter))
        self._rows.note(rows, ClaimSaid.of(self._rulebase.earlier(encounter), warnings))

    def _later(self, encounter: Encounter) -> tuple[ClaimWarning, ...]:
        """Doubt dates that are later than the day as of which is decided; without terms nothing is decided."""
        try:
            terms = self.known[encounter.payer]
        except KeyError:
            try:
                terms = self.known[encounter.payer] = self._terms(encounter.payer)
            except InputError:
                return ()
        return later_than(encounter, terms.known_on)

    def as_of(self) -> date | None:
        """Give the day as of which claims are decided, whoever decides; None where no payer can decide."""
        for payer in (None, *self._rulebase.payers):
            with suppress(InputError):
                return self._terms(payer).known_on
        return None

    def note_all(self, warnings: Sequence[ClaimWarning]) -> None:
        """Keep what can be doubted about every encounter of which nothing else is said."""
        self._rows.note_all(ClaimSaid.of({}, warnings))

    def decide(self, encounter: Encounter, rows: Mapping[int, int], place: Place) -> None:
        """Decide an encounter, or say why that cannot be; `rows` are those of its lines, by number, or one by 0."""
        try:
            terms = self._terms(encounter.payer)
            found = self._rulebase.decide_under(terms, encounter)
        except InputError as fault:
            file, row = place()
            refused = (Rejected(encounter.id, file, row, None, x.code, x.message, x.help) for x in fault.findings)
            self.rejected.append(tuple(refused))
            return
        self.known[encounter.payer] = terms
        self.encounters += 1
        self.voids += found.is_void
        if found.is_void:
            self._rows.answer(min(rows.values()), encounter.id, encounter.payer, None)
        for line in found.lines:
            self._rows.answer(rows[line.number], encounter.id, encounter.payer, line)
        self.note(encounter, tuple(rows.values()))

    def into(self, lines: Lines, answers: Sequence[LineDetermination]) -> list[LineDetermination]:
        """Put the answers among those of the others, and give all."""
        return self._rows.into(lines, answers)
