"""The tables of lines: the rows of Parquet files as they are, and lines with their values as numbers.

Lines are decided in shares of whole claims, so that memory does not grow with the number of lines.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from itertools import pairwise

import msgspec

from payrule.columns.sql import Fields, laid_out, packed, select
from payrule.encounter.encounter import DATE, EarlierLine, Encounter, Line, encounter_digest
from payrule.formats.typed_columns import asking_for_zeros
from payrule.model.values import FrozenDict, Value
from payrule.model.vocabulary import Attribute
from payrule.source.database import Store, by_column
from payrule.source.diagnostics import Diagnostic
from payrule.source.memory import Remembered

MOST = 4_000_000
"""Lines of a share; it has a few more, up to the end of an encounter."""

ALL = ("true",)
"""All lines in one share."""


def shares_of(store: Store) -> tuple[str, ...]:
    """Part the lines of a table of whole encounters; by rows, where the rows of each encounter stand together.

    Gives conditions on lines `l`.
    """
    ((rows, are_together),) = store.rows("SELECT sum(n), bool_and(last - first + 1 = n) FROM whole")
    count = -(-int(rows or 0) // MOST)
    if count <= 1:
        return ALL
    if not are_together:
        return tuple(f"l.claim % {count} = {at}" for at in range(count))
    after = ", ".join(f"min(first) FILTER (first >= {at * MOST})" for at in range(1, count))
    ((*starts,),) = store.rows(f"SELECT {after} FROM whole")
    return by_rows([0, *dict.fromkeys(each for each in starts if each is not None)])


def by_rows(starts: Sequence[int]) -> tuple[str, ...]:
    """Part lines `l` by the rows at which some encounters begin, the first of them 0.

    >>> by_rows([0]), by_rows([0, 7])
    (('true',), ('l.row >= 0 AND l.row < 7', 'l.row >= 7'))
    """
    if len(starts) == 1:
        return ALL
    between = tuple(f"l.row >= {first} AND l.row < {after}" for first, after in pairwise(starts))
    return (*between, f"l.row >= {starts[-1]}")


LINES = "lines"
"""The table of lines: `row` counts them in the order of answers, `id` and the number `claim` say of which claim it is,
`number` is its own, `payer` numbers the payer that the claim names; `word0` … hold the numbers of its values."""

DIGESTS = "digests"
"""The table of the digest of each encounter that a reader gave whole, by its first `row`; the rows up to the next are
its own. There is none where lines come from Parquet files, of which not every column is read."""

EARLIER, SINCE = "earlier", "since"
"""The tables of earlier lines of patients, as lines are but of no claim and payer, and of the day, as a number, from
which on those of a `patient` are all there. Where they are, lines say of which `patient` they are. `named` is the
number of the claim that an earlier line names by its `id`, where it is one of these."""

_AT_ONCE = 100_000


class Lines(msgspec.Struct, frozen=True):
    """What a table of lines holds: where the numbers of the values of attributes stand, and what they stand for.

    `values[attribute][n]` is what the number `n` stands for, and `payers[p]` a payer that encounters name; the first is
    none. `shares` are conditions on lines `l`, each on whole encounters, which part the lines into what is decided at
    once. `has_history` says that there are tables of earlier lines; shares are then whole patients.
    """

    fields: Fields
    values: dict[str, list[Value | None]]
    payers: list[str | None]
    shares: tuple[str, ...] = ALL
    has_history: bool = False

    def number(self, attribute: str) -> str:
        """Write the number of the value that a line `l` holds."""
        return self.fields[attribute].of("l")

    def day(self, number: int) -> date:
        """Give the date of service that a number stands for; every line has one."""
        day = self.values[DATE][number]
        if not isinstance(day, date):
            raise TypeError(day)
        return day


def load(  # noqa: PLR0913, PLR0917 - what lines are loaded with
    store: Store,
    encounters: Iterable[Encounter],
    attributes: Sequence[str],
    taken: Callable[[Encounter, range], bool] = lambda *_: True,
    earlier: Callable[[Encounter], Sequence[EarlierLine]] = lambda _: (),
    digest: Callable[[Encounter], str] = encounter_digest,
) -> Lines:
    """Make the table of lines from encounters that passed the validator, in their order.

    `taken` hears of each encounter the numbers of its rows, and says whether it belongs in the table. One without lines
    has the number of one row, though there is none. `earlier` gives the earlier lines that count for an encounter: here
    each encounter is a patient. `digest` gives that of a claim.
    """
    loading = _Loading(store, attributes)
    starts, row = [0], 0
    for encounter in encounters:
        own = range(row, row + max(len(encounter.lines), 1))
        row = own.stop
        loading.digest(own.start, digest(encounter))
        if taken(encounter, own):
            if own.start - starts[-1] >= MOST:
                starts.append(own.start)
            row = own.start + len(encounter.lines)
            loading.take(own.start, encounter, earlier(encounter))
    loading.put_away()
    return loading.lines(starts, row)


class _Loading:
    """Encounters on their way into the tables, some at a time."""

    def __init__(self, store: Store, attributes: Sequence[str]) -> None:
        self._store, self._attributes = store, attributes
        kinds = {"row": "UBIGINT", "id": "VARCHAR", "claim": "UBIGINT", "number": "BIGINT", "payer": "UINTEGER"}
        self._kept = {name: name for name in kinds}
        self._kinds = kinds | {f"value{at}": "UINTEGER" for at in range(len(attributes))}
        self._numbers: list[dict[Value, int]] = [{} for _ in attributes]
        self._payers: dict[str | None, int] = {None: 0}
        self._rows: list[tuple[int | str, ...]] = []
        self._digests: list[tuple[int, str]] = []
        self._earlier: list[tuple[int | str | None, ...]] = []
        self._since: list[tuple[int, int | None]] = []
        self._count = self._count_earlier = 0

    def digest(self, row: int, digest: str) -> None:
        """Keep the digest of an encounter."""
        self._digests.append((row, digest))

    def take(self, row: int, encounter: Encounter, earlier: Sequence[EarlierLine]) -> None:
        """Take the lines of an encounter, and the earlier ones that count for it."""
        payer = self._payers.setdefault(encounter.decided_by, len(self._payers))
        for at, line in enumerate(encounter.lines, start=row):
            values = self._numbered(encounter.values | line.values)
            self._rows.append((at, encounter.id, self._count, line.number, payer, *values))
        for each in earlier:
            values = self._numbered(encounter.values | each.values)
            first = FIRST_EARLIER + self._count_earlier
            # `payer` tells whether it is a line of this claim.
            self._earlier.append((first, each.claim, self._count, each.number, each.claim == encounter.claim, *values))
            self._count_earlier += 1
        if earlier or encounter.history_from is not None:
            since = None if encounter.history_from is None else encounter.history_from.toordinal()
            self._since.append((self._count, since))
        self._count += 1
        if max(len(self._rows), len(self._digests), len(self._earlier)) >= _AT_ONCE:
            self.put_away()

    def _numbered(self, values: Mapping[str, Value]) -> list[int]:
        return [
            0 if (value := values.get(name)) is None else known.setdefault(value, len(known) + 1)
            for name, known in zip(self._attributes, self._numbers, strict=True)
        ]

    def put_away(self) -> None:
        """Put away what was taken."""
        if self._since:
            self._store.add(_LOADED_EARLIER, by_column(self._kinds, self._earlier))
            self._store.add(SINCE, by_column({"patient": "UBIGINT", "since": "INTEGER"}, self._since))
        self._store.add("loaded", by_column(self._kinds, self._rows))
        self._store.add(DIGESTS, by_column({"row": "UBIGINT", "digest": "VARCHAR"}, self._digests))
        for listed in (self._earlier, self._since, self._rows, self._digests):
            listed.clear()

    def lines(self, starts: Sequence[int], rows: int) -> Lines:
        """Make the tables of all that was taken."""
        held: dict[str, list[Value | None]] = {
            name: [None, *known] for name, known in zip(self._attributes, self._numbers, strict=True)
        }
        fields = fields_for(held)
        words = packed(fields, {name: f"value{at}" for at, name in enumerate(self._attributes)})
        has_history = SINCE in self._store.tables()
        if has_history:
            own = {name: name for name in ("row", "id", "number")}
            own |= {"patient": "claim", "named": "CASE WHEN payer = 1 THEN claim END"}
            self._store.keep(EARLIER, select(own | words, _LOADED_EARLIER))
            words |= {"patient": "claim"}
        self._store.keep(LINES, select(self._kept | words, "loaded"))
        self._store.drop(["loaded", _LOADED_EARLIER])
        shares = by_patient(rows + self._count_earlier) if has_history else by_rows(starts)
        return Lines(fields, held, list(self._payers), shares, has_history)


_LOADED_EARLIER = "loaded_earlier"
FIRST_EARLIER = 1 << 48
"""The number of the first row of earlier lines: no line has one so high."""


def by_patient(rows: int) -> tuple[str, ...]:
    """Part lines `l` by their patients; the rows are lines and earlier ones, which take less.

    The last digit of a patient's number tells whether anybody knows who it is.

    >>> by_patient(8_000_000), by_patient(9_000_000)
    (('true',), ('l.patient // 2 % 2 = 0', 'l.patient // 2 % 2 = 1'))
    """
    count = -(-rows // (2 * MOST))
    return ALL if count <= 1 else tuple(f"l.patient // 2 % {count} = {at}" for at in range(count))


def fields_for(values: Mapping[str, Sequence[Value | None]]) -> Fields:
    """Lay out the numbers of values."""
    return laid_out({name: len(held) for name, held in values.items()})


def count_lines(store: Store) -> int:
    """Count the lines."""
    return int(store.rows(f"SELECT count(*) FROM {LINES}")[0][0])


def row_parts(store: Store) -> tuple[str, ...]:
    """Part all lines `l` by their rows alone, wherever encounters begin."""
    return by_rows(range(0, max(count_lines(store), 1), MOST))


def count_encounters(store: Store) -> int:
    """Count the encounters that have lines."""
    return int(store.rows(f"SELECT count(DISTINCT claim) FROM {LINES}")[0][0])


def take_out(store: Store, payer: int) -> list[tuple[int, str]]:
    """Take out the encounters that name a payer; give the first row of each, and its id."""
    found = store.rows(f"SELECT min(row) AS first, id FROM {LINES} WHERE payer = {payer} GROUP BY id ORDER BY first")
    store.run(f"DELETE FROM {LINES} WHERE payer = {payer}")
    return [(row, name) for row, name in found]


_MOST_HELD = 1 << 16
"""Values of lines together that are remembered, so that lines that say the same share them."""


def encounters_of(store: Store, lines: Lines, wanted: Iterable[int]) -> dict[int, Encounter]:
    """Make encounters again from the tables, by their numbers, with the earlier lines of their patients."""
    store.table("wanted", {"claim": ("UBIGINT", sorted(set(wanted)))})
    found: dict[int, list[Line]] = {}
    named: dict[int, tuple[str, int]] = {}
    above: dict[int, dict[str, Value]] = {}
    own = {name: lines.values[name] for name in lines.fields if name.startswith("line.")}
    of_claim = {name: lines.values[name] for name in lines.fields if name not in own}
    columns = ", ".join(map(lines.number, own))
    both = ", ".join(map(lines.number, (*own, *of_claim)))

    def held(values: Mapping[str, Sequence[Value | None]], numbers: Sequence[int]) -> FrozenDict:
        named = zip(values.items(), numbers, strict=True)
        return FrozenDict({name: value for (name, listed), at in named if (value := listed[at]) is not None})

    of_line = Remembered[tuple[int, ...], FrozenDict](lambda numbers: held(own, numbers), _MOST_HELD)

    for e, name, p, number, *numbers in store.rows(
        f"SELECT l.claim, l.id, l.payer, l.number, {both} "
        f"FROM {LINES} l SEMI JOIN wanted USING (claim) ORDER BY l.claim, l.number"
    ):
        if e not in named:
            above[e] = held(of_claim, numbers[len(own) :])
            named[e] = name, p
        found.setdefault(e, []).append(Line(number, of_line[tuple(numbers[: len(own)])]))
    earlier: dict[int, list[EarlierLine]] = {}
    since: dict[int, date] = {}
    if lines.has_history:
        of_patients = f"(SELECT DISTINCT l.claim, l.patient FROM {LINES} l SEMI JOIN wanted USING (claim)) w"
        for e, claim, number, *numbers in store.rows(
            f"SELECT w.claim, l.id, l.number, {columns} FROM {EARLIER} l JOIN {of_patients} ON w.patient = l.patient "
            "ORDER BY l.row"
        ):
            earlier.setdefault(e, []).append(EarlierLine(of_line[tuple(numbers)], claim, number))
        query = f"SELECT w.claim, s.since FROM {SINCE} s JOIN {of_patients} ON w.patient = s.patient"
        since = {e: date.fromordinal(day) for e, day in store.rows(query) if day is not None}
    return {
        e: Encounter(
            name,
            lines.payers[p],
            above[e],
            tuple(found[e]),
            history=tuple(earlier.get(e, ())),
            history_from=since.get(e),
        )
        for e, (name, p) in named.items()
    }


ROWS = "rows"
"""The view: `row` counts the rows of all files from 0, `file` is the position of a file, `place` the row in it from 1;
`attr0`, `attr1` … are the columns of attributes."""


class ClaimColumn(msgspec.Struct, frozen=True):
    """An attribute and the title of the column that holds it; `is_read` says that some rule reads it."""

    name: str
    title: str
    attribute: Attribute
    is_read: bool

    @property
    def is_above(self) -> bool:
        """Whether it belongs to the encounter or the patient, so that all rows of an encounter say the same."""
        return not self.name.startswith("line.")


def helped(
    titled: Sequence[ClaimColumn], values: Sequence[object], title: str | None, diagnostic: Diagnostic
) -> Diagnostic:
    """Say how to fix a value of a row that is refused, where its column has a type that values lose something in."""
    found = next(((each, value) for each, value in zip(titled, values, strict=True) if each.title == title), None)
    return diagnostic if found is None else asking_for_zeros(diagnostic, found[1], found[0].attribute)


def columns_of(store: Store) -> dict[str, str]:
    """Give for each column of the view how its values are read: a date by its text, for it may be infinite."""
    kinds = store.rows(f"SELECT column_name, column_type FROM (DESCRIBE {ROWS})")
    return {name: f"{name}::VARCHAR" if kind == "DATE" else name for name, kind in kinds}


def place_of(files: Sequence[str], starts: Sequence[int], row: int) -> tuple[str, int]:
    """Say in which file a row of all stands, and where there; `starts` are the numbers of the first rows of files.

    >>> place_of(["a.parquet", "b.parquet"], [0, 3, 5], 4)
    ('b.parquet', 2)
    """
    at = bisect_right(starts, row) - 1
    return files[at], row - starts[at] + 1
