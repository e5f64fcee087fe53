"""Rows become the table of lines, each distinct value read once, by the very functions of the door.

An encounter is all rows that name it, wherever they stand. What is plainly right is taken here; every other encounter
is set aside whole, for the door to say why.
"""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from payrule.batch.lines import LINES, Lines
from payrule.batch.rows import ROWS, Titled, literal
from payrule.batch.statements import create
from payrule.batch.store import Store
from payrule.documents.encounter_values import LARGEST, LONGEST, MOST, PLAIN, value_reader
from payrule.documents.models import Attribute
from payrule.documents.values import Value

SUSPECTS = "suspects"
"""The table of the ids of encounters in doubt."""

ID, NUMBER, PAYER = "encounter.id", "line.number", "encounter.payer"


def take_in(store: Store, titled: Sequence[Titled], attributes: Sequence[str], declared: dict[str, Attribute]) -> Lines:
    """Make the table of lines from the view of rows; the encounters in doubt are left out."""
    taking = _Taking(store, titled, declared)
    store.run(create("taken", taking.taken()))
    store.run(create("whole", taking.whole()))
    store.run(
        create(
            "twice",
            "SELECT DISTINCT id FROM taken SEMI JOIN (SELECT id FROM whole WHERE numbers < n) USING (id)"
            " GROUP BY id, number HAVING count(*) > 1",
        )
    )
    store.run(create(SUSPECTS, "SELECT id FROM whole WHERE doubt IS NOT false UNION SELECT id FROM twice"))
    store.run(create("right_ones", f"SELECT * FROM whole ANTI JOIN {SUSPECTS} USING (id)"))
    store.run(create(LINES, taking.lines(attributes)))
    store.drop(["taken", "whole", "twice", "right_ones"])
    values = {name: taking.values.get(name) or _default_values(declared[name]) for name in attributes}
    return Lines(tuple(attributes), values, taking.payers)


def count_doubted(store: Store, titled: Sequence[Titled]) -> int:
    """Count the rows that were set aside: those of encounters in doubt, and those that name none."""
    at = next(at for at, each in enumerate(titled) if each.name == ID)
    ((count,),) = store.rows(f"SELECT count(*) FROM {ROWS} WHERE k{at} IS NULL OR k{at} IN (SELECT id FROM {SUSPECTS})")
    return int(count)


class _Taking:
    """The statements by which rows are taken in; makes a table of the distinct values of each column on its way."""

    def __init__(self, store: Store, titled: Sequence[Titled], declared: dict[str, Attribute]) -> None:
        self._store, self._titled, self._declared = store, titled, declared
        self._at = {each.name: at for at, each in enumerate(titled)}
        self.values: dict[str, list[Value | None]] = {}
        self.payers: list[str | None] = [None]
        self._columns: dict[str, str] = {}
        self._joins: list[str] = []
        self._doubts: list[str] = []
        for at, each in enumerate(titled):
            if each.name == PAYER:
                self._name_payers(at)
            if each.name == NUMBER:
                self._doubts.append(f"k{at} <> round(k{at}) OR k{at} < 1 OR k{at} > {LARGEST}")
            elif each.is_read or each.attribute.many or each.attribute.type in ("choice", "code", "date"):
                self._number_values(at, each)
            else:
                self._doubts += _doubts_of(f"k{at}", each.attribute)

    def taken(self) -> str:
        """Give every row with the numbers of its values, and whether something about it is in doubt."""
        doubts = " OR ".join(f"coalesce({each}, false)" for each in self._doubts) or "false"
        doubts += f" OR k{self._at[ID]} IS NULL OR k{self._at[ID]} = ''"
        missing = [each.name for each in self._titled if each.attribute.required and each.name in self.values]
        doubts += "".join(f" OR {self._columns[name]} IS NULL" for name in missing)
        columns = [f"{expression} AS v{self._at[name]}" for name, expression in self._columns.items()]
        own = f"k{self._at[NUMBER]}::BIGINT" if NUMBER in self._at else "NULL"
        if NUMBER in self._at:
            own = f"TRY_CAST(k{self._at[NUMBER]} AS BIGINT)"
        position = f"row_number() OVER (PARTITION BY k{self._at[ID]} ORDER BY row)"
        number = f"coalesce({own}, {position})" if self._leaves_numbers_out() else own
        above = [f"k{self._at[name]}" for name in self._unread_above()]
        return (
            f"SELECT row, k{self._at[ID]} AS id, {number} AS number, {', '.join([*columns, *above, ''])}"
            f"({doubts}) AS doubt FROM {ROWS} {' '.join(self._joins)}"
        )

    def whole(self) -> str:
        """Give every encounter: its first row, what all its rows say, and whether something about it is in doubt."""
        above = [f"v{self._at[name]}" for name in self._columns if self._titled[self._at[name]].is_above]
        said = above + [f"k{self._at[name]}" for name in self._unread_above()]
        differ = "".join(f" OR coalesce(max({each}) <> min({each}), false)" for each in said)
        shared = "".join(f"max({each}) AS {each}, " for each in above)
        payer = f"coalesce(max(v{self._at[PAYER]}), 0)" if PAYER in self._columns else "0"
        return (
            "SELECT id, min(row) AS e, count(*) AS n, "
            f"bit_count(bit_or(1::UBIGINT << (number & 63)::UTINYINT)) AS numbers, "
            f"{shared}{payer}::UINTEGER AS p, bool_or(doubt) OR count(*) > {MOST}{differ} AS doubt "
            "FROM taken WHERE id IS NOT NULL GROUP BY id"
        )

    def lines(self, attributes: Sequence[str]) -> str:
        """Give the lines of the encounters that are right."""
        columns = ["t.row", "t.id", "w.e", "t.number", "w.p"]
        for at, name in enumerate(attributes):
            default = _default(self._declared[name])
            if name in self._columns:
                side = "w" if self._titled[self._at[name]].is_above else "t"
                number = self.values[name].index(default) if default is not None else 0
                columns.append(f"coalesce({side}.v{self._at[name]}, {number})::UINTEGER AS a{at}")
            else:
                columns.append(f"{0 if default is None else 1}::UINTEGER AS a{at}")
        return f"SELECT {', '.join(columns)} FROM taken t JOIN right_ones w USING (id)"

    def _unread_above(self) -> list[str]:
        """Name the attributes of the encounter or patient that no rule reads, whose rows must agree all the same."""
        return [
            each.name for each in self._titled if each.is_above and each.name != ID and each.name not in self._columns
        ]

    def _leaves_numbers_out(self) -> bool:
        if NUMBER not in self._at:
            return True
        return bool(self._store.rows(f"SELECT 1 FROM {ROWS} WHERE k{self._at[NUMBER]} IS NULL LIMIT 1"))

    def _name_payers(self, at: int) -> None:
        self.payers += [
            name
            for (name,) in self._store.rows(f"SELECT DISTINCT k{at} AS p FROM {ROWS} WHERE p IS NOT NULL ORDER BY p")
        ]
        self._store.table(
            "payers", {"name": ("VARCHAR", self.payers[1:]), "p": ("UINTEGER", range(1, len(self.payers)))}
        )
        self._joins.append(f"LEFT JOIN payers ON payers.name = k{at}")
        self._columns[PAYER] = "payers.p"

    def _number_values(self, at: int, titled: Titled) -> None:
        """Read each distinct value of a column; 0 numbers what is no value of the attribute."""
        reader, known = value_reader(titled.attribute), _default_values(titled.attribute)
        numbers: dict[Value, int] = {value: number for number, value in enumerate(known) if value is not None}
        name = f"values{at}"
        self._store.run(
            create(name, f"SELECT k{at} AS v, 0::UINTEGER AS n FROM {ROWS} WHERE v IS NOT NULL GROUP BY ALL")
        )
        self._store.run(create(name, f"SELECT v, row_number() OVER () AS n FROM {name}"))
        found = []
        for value, n in self._store.rows(f"SELECT v, n FROM {name}"):
            read = _read(reader, value)
            found.append((n, 0 if read is None else numbers.setdefault(read, len(numbers) + 1)))
        if not titled.is_read and all(number for _, number in found):
            return
        columns = list(zip(*found, strict=True)) or [(), ()]
        self._store.table("numbers", {"n": ("BIGINT", columns[0]), "id": ("UINTEGER", columns[1])})
        self._store.run(create(name, f"SELECT v, id FROM {name} JOIN numbers USING (n)"))
        self.values[titled.name] = [None, *numbers]
        self._joins.append(f"LEFT JOIN {name} ON {name}.v = k{at}")
        self._columns[titled.name] = f"{name}.id"
        self._doubts.append(f"(k{at} IS NOT NULL AND coalesce({name}.id, 0) = 0)")


def escaped(pattern: str) -> str:
    r"""Write the characters of a pattern that SQL cannot hold, or a reader not see, by their numbers.

    >>> escaped("[^\u2028]")
    '[^\\x{2028}]'
    """
    return "".join(each if " " <= each <= "~" else f"\\x{{{ord(each):x}}}" for each in pattern)


def as_json(value: Any) -> Any:
    """Turn what DuckDB gives into what JSON would say.

    >>> as_json([date(2016, 3, 1), Decimal("15.0")])
    ['2016-03-01', 15]
    """
    if isinstance(value, list):
        return [as_json(each) for each in value]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        value = float(value)
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _read(reader: Callable[[Any], Value], value: Any) -> Value | None:
    try:
        return reader(as_json(value))
    except (TypeError, ValueError, KeyError):
        return None


def _default(attribute: Attribute) -> Value | None:
    return None if attribute.default is None else value_reader(attribute)(attribute.default)


def _default_values(attribute: Attribute) -> list[Value | None]:
    default = _default(attribute)
    return [None] if default is None else [None, default]


def _doubts_of(column: str, attribute: Attribute) -> list[str]:
    """Write what makes a value of a column, which no rule reads, one that the door may refuse."""
    if attribute.type == "text":
        return [f"length({column}) > {LONGEST} OR NOT regexp_full_match({column}, {literal(escaped(PLAIN))})"]
    if attribute.type == "integer":
        low = max(-LARGEST, -LARGEST if attribute.minimum is None else attribute.minimum)
        high = min(LARGEST, LARGEST if attribute.maximum is None else attribute.maximum)
        return [f"{column} <> round({column}) OR {column} < {low} OR {column} > {high}"]
    return []
