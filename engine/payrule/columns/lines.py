"""The tables of lines: the rows of Parquet files as they are, and lines with their values as numbers.

Lines are decided in shares of whole claims, so that memory does not grow with the number of lines.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path

import msgspec

from payrule.columns.sql import Fields, laid_out, packed, select
from payrule.encounter.encounter import Encounter, Line, encounter_digest
from payrule.model.values import Value
from payrule.model.vocabulary import Attribute
from payrule.source.database import Store, by_column

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


CODE, DATE = "line.code", "line.date"
LINES = "lines"
"""The table of lines: `row` counts them in the order of answers, `id` and the number `claim` say of which claim it is,
`number` is its own, `payer` numbers the payer that the claim names; `word0` … hold the numbers of its values."""

DIGESTS = "digests"
"""The table of the digest of each encounter that a reader gave whole, by its first `row`; the rows up to the next are
its own. There is none where lines come from Parquet files, of which not every column is read."""

_AT_ONCE = 100_000


class Lines(msgspec.Struct, frozen=True):
    """What a table of lines holds: where the numbers of the values of attributes stand, and what they stand for.

    `values[attribute][n]` is what the number `n` stands for, and `payers[p]` a payer that encounters name; the first is
    none. `shares` are conditions on lines `l`, each on whole encounters, which part the lines into what is decided at
    once.
    """

    fields: Fields
    values: dict[str, list[Value | None]]
    payers: list[str | None]
    shares: tuple[str, ...] = ALL

    def number(self, attribute: str) -> str:
        """Write the number of the value that a line `l` holds."""
        return self.fields[attribute].of("l")

    def day(self, number: int) -> date:
        """Give the date of service that a number stands for; every line has one."""
        day = self.values[DATE][number]
        if not isinstance(day, date):
            raise TypeError(day)
        return day


def load(
    store: Store,
    encounters: Iterable[Encounter],
    attributes: Sequence[str],
    taken: Callable[[Encounter, range], bool] = lambda *_: True,
    digest: Callable[[Encounter], str] = encounter_digest,
) -> Lines:
    """Make the table of lines from encounters that passed the validator, in their order.

    `taken` hears of each encounter the numbers of its rows, and says whether it belongs in the table. One without lines
    has the number of one row, though there is none. `digest` gives that of a claim.
    """
    kinds = {"row": "UBIGINT", "id": "VARCHAR", "claim": "UBIGINT", "number": "BIGINT", "payer": "UINTEGER"}
    kept = {name: name for name in kinds}
    kinds |= {f"value{at}": "UINTEGER" for at in range(len(attributes))}
    numbers: list[dict[Value, int]] = [{} for _ in attributes]
    payers: dict[str | None, int] = {None: 0}
    rows: list[tuple[int | str, ...]] = []
    digests: list[tuple[int, str]] = []
    starts, row, count = [0], 0, 0

    def put_away() -> None:
        store.add("loaded", by_column(kinds, rows))
        store.add(DIGESTS, by_column({"row": "UBIGINT", "digest": "VARCHAR"}, digests))
        rows.clear()
        digests.clear()

    for encounter in encounters:
        own = range(row, row + max(len(encounter.lines), 1))
        digests.append((own.start, digest(encounter)))
        if not taken(encounter, own):
            row = own.stop
            continue
        if row - starts[-1] >= MOST:
            starts.append(row)
        payer = payers.setdefault(encounter.payer, len(payers))
        for line in encounter.lines:
            values = encounter.values | line.values
            found = [
                0 if (value := values.get(name)) is None else known.setdefault(value, len(known) + 1)
                for name, known in zip(attributes, numbers, strict=True)
            ]
            rows.append((row, encounter.id, count, line.number, payer, *found))
            row += 1
        count += 1
        if max(len(rows), len(digests)) >= _AT_ONCE:
            put_away()
    put_away()
    held: dict[str, list[Value | None]] = {
        name: [None, *known] for name, known in zip(attributes, numbers, strict=True)
    }
    fields = fields_for(held)
    words = packed(fields, {name: f"value{at}" for at, name in enumerate(attributes)})
    store.keep(LINES, select(kept | words, "loaded"))
    store.drop(["loaded"])
    return Lines(fields, held, list(payers), by_rows(starts))


def fields_for(values: Mapping[str, Sequence[Value | None]]) -> Fields:
    """Lay out the numbers of values."""
    return laid_out({name: len(held) for name, held in values.items()})


def count_lines(store: Store) -> int:
    """Count the lines."""
    return int(store.rows(f"SELECT count(*) FROM {LINES}")[0][0])


def count_encounters(store: Store) -> int:
    """Count the encounters that have lines."""
    return int(store.rows(f"SELECT count(DISTINCT claim) FROM {LINES}")[0][0])


def take_out(store: Store, payer: int) -> list[tuple[int, str]]:
    """Take out the encounters that name a payer; give the first row of each, and its id."""
    found = store.rows(f"SELECT min(row) AS first, id FROM {LINES} WHERE payer = {payer} GROUP BY id ORDER BY first")
    store.run(f"DELETE FROM {LINES} WHERE payer = {payer}")
    return [(row, name) for row, name in found]


def encounters_of(store: Store, lines: Lines, wanted: Iterable[int]) -> dict[int, Encounter]:
    """Make encounters again from the tables, by their numbers; what belongs to them stands in each of their lines."""
    store.table("wanted", {"claim": ("UBIGINT", sorted(set(wanted)))})
    found: dict[int, list[Line]] = {}
    named: dict[int, tuple[str, int]] = {}
    for e, name, p, number, *numbers in store.rows(
        f"SELECT l.claim, l.id, l.payer, l.number, {', '.join(map(lines.number, lines.fields))} "
        f"FROM {LINES} l SEMI JOIN wanted USING (claim) ORDER BY l.claim, l.number"
    ):
        held = {
            name: value
            for name, at in zip(lines.fields, numbers, strict=True)
            if (value := lines.values[name][at]) is not None
        }
        found.setdefault(e, []).append(Line(number, held))
        named[e] = name, p
    return {e: Encounter(name, lines.payers[p], {}, tuple(found[e])) for e, (name, p) in named.items()}


ROWS = "rows"
"""The table: `row` counts the rows of all files from 0, `file` is the position of a file, `place` the row in it from 1;
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


def columns_of(store: Store) -> dict[str, str]:
    """Give for each column of the table how its values are read: a date by its text, for it may be infinite."""
    kinds = store.rows(f"SELECT column_name, column_type FROM (DESCRIBE {ROWS})")
    return {name: f"{name}::VARCHAR" if kind == "DATE" else name for name, kind in kinds}


WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "HUGEINT")
"""The types of columns that hold whole numbers and nothing else."""


def place_of(store: Store, files: Sequence[Path], row: int) -> tuple[str, int]:
    """Say in which file a row of all stands, and where there."""
    ((file, place),) = store.rows(f"SELECT file, place FROM {ROWS} WHERE row = {row}")
    return str(files[file]), place
