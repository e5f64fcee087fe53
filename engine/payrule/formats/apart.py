"""Encounters that columns do not decide: each is decided by itself, and its answers stand among those of the others.

They are few: a claim that voids or replaces another, a line of several days, a code that had ended, a value that is not
in force yet, a position that points to nothing, and what else only the door settles.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import date

from payrule.adjudication.rulebase import Rulebase
from payrule.adjudication.terms import Terms
from payrule.batch.apart import ApartRows, ClaimSaid
from payrule.batch.doubts import Rejected
from payrule.batch.lines import Lines
from payrule.batch.store import Store
from payrule.documents.determinations import LineDetermination
from payrule.documents.encounters import Encounter, later_than
from payrule.documents.findings import ClaimWarning, InputError

Place = Callable[[], tuple[str, int | None]]
"""Says in which file and row an encounter begins."""


class Apart:
    """Decide encounters one by one; keep what there is to write of them, and what is said of claims as a whole."""

    def __init__(self, store: Store, rulebase: Rulebase, terms: Callable[[str | None], Terms]) -> None:
        """Take what decides; `terms` gives those of a payer that an encounter names, or of none."""
        self.encounters = self.voids = 0
        self.known: dict[str | None, Terms] = {}
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
        """Decide an encounter, or say why that cannot be; `rows` are those of its lines, by number."""
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
