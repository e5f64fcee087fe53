"""Make the table of lines from the rows of Parquet files, and set aside the claims that need the validator.

A claim is all rows that name it, wherever they stand. What is plainly right is taken; any other claim is set aside
whole, for `single_claims`.
"""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from payrule.columns.doubts import doubt_of_text, doubts_of, out_of_bounds, pointing, set_aside_conditions
from payrule.columns.earlier import EARLIER_ROWS, EarlierRows
from payrule.columns.lines import (
    EARLIER,
    LINES,
    ROWS,
    ClaimColumn,
    Lines,
    by_patient,
    columns_of,
    fields_for,
    shares_of,
)
from payrule.columns.sql import mask, number, packed, select, width
from payrule.encounter.decoder import borrowed, value_reader
from payrule.encounter.encounter import CODE, PATIENT
from payrule.formats.typed_columns import WHOLE
from payrule.model.encounter_schema import STATUS, encounter_keys
from payrule.model.value_schema import LARGEST, MOST
from payrule.model.values import Value, as_json_number
from payrule.model.vocabulary import Attribute, Frequency, Vocabulary
from payrule.source.database import Store, literal

SUSPECTS = "suspects"
"""The table of the ids of encounters in doubt."""

ID, NUMBER, PAYER = "encounter.id", "line.number", "encounter.payer"


def ingest(  # noqa: PLR0913 - what rows are taken in by
    store: Store,
    titled: Sequence[ClaimColumn],
    attributes: Sequence[str],
    vocabulary: Vocabulary,
    *,
    as_of: date | None = None,
    is_every: bool = False,
    earlier: EarlierRows | None = None,
) -> tuple[Lines, int]:
    """Make the table of lines from the view of rows; claims in doubt, and those for the validator, are left out.

    Gives the lines, and how many claims the rows name; a row that names none is a claim. `as_of` is the day as of which
    is decided: the validator is shown claims with a later date, and with `is_every` all. `earlier` are rows of earlier
    lines, which are numbered alike.
    """
    taking = _Ingest(store, titled, attributes, encounter_keys(vocabulary).attributes, earlier)
    taking.leave_to_validator(vocabulary, as_of)
    taking.settle_earlier(vocabulary.frequency)
    store.keep("taken", taking.taken())
    store.keep("whole", taking.whole())
    store.keep("twice", _TWICE)
    store.keep(SUSPECTS, "SELECT id FROM whole" if is_every else taking.suspects())
    others = f"(SELECT count(*) FROM taken WHERE id IS NULL), (SELECT count(*) FROM {SUSPECTS})"
    query = f"SELECT count(*), count(DISTINCT hash(id) | 1), {others}, bool_or(uneven) FROM whole"
    ((encounters, numbers, nameless, in_doubt, uneven),) = store.rows(query)
    if encounters != numbers:
        taking.number_anew()
    shares = shares_of(store)
    if nameless or in_doubt or uneven:
        store.keep(LINES, taking.lines())
    else:
        store.drop([LINES])
        store.run(f"ALTER TABLE taken RENAME TO {LINES}")
        for name in taking.compared:
            store.run(f"ALTER TABLE {LINES} DROP COLUMN {name}")
    if earlier is not None:
        joins = taking.joins_of_earlier(earlier.titled)
        claim = "hash(id)" if encounters == numbers else "first"
        earlier.keep(taking.words_of_earlier(earlier.titled), joins, claim, _RIGHT)
        ((rows,),) = store.rows(f"SELECT (SELECT count(*) FROM {LINES}) + (SELECT count(*) FROM {EARLIER})")
        shares = by_patient(int(rows))
    store.drop(["taken", "whole", "twice"])
    lines = Lines(taking.fields, taking.values, taking.payers, shares, earlier is not None)
    return lines, int(encounters + nameless)


_TWICE = (
    "SELECT DISTINCT id FROM taken SEMI JOIN (SELECT id FROM whole WHERE numbers < n) USING (id)"
    " GROUP BY id, number HAVING count(*) > 1"
)
"""The encounters of which two rows have one number; of a few only it is doubtful at first sight."""


_RIGHT = f"(SELECT * FROM whole ANTI JOIN {SUSPECTS} USING (id))"
"""The encounters of the table of whole ones that are right."""


def count_set_aside(store: Store, titled: Sequence[ClaimColumn]) -> int:
    """Count the rows that were set aside: those of encounters in doubt, and those that name none."""
    name = f"attr{next(at for at, each in enumerate(titled) if each.name == ID)}"
    query = f"SELECT count(*) FROM {ROWS} WHERE {name} IS NULL OR {name} IN (SELECT id FROM {SUSPECTS})"
    return int(store.rows(query)[0][0])


class _Found(NamedTuple):
    """A distinct value of a column, the number of its row in the table of them, and that of the value that it is."""

    value: Any
    n: int
    number: int


class _Ingest:
    """The statements by which rows are taken in; makes a table of the distinct values of each column on its way.

    Of what belongs to the encounter, a row may say nothing: `said0` … hold then what a row says, or 0.
    """

    def __init__(
        self,
        store: Store,
        titled: Sequence[ClaimColumn],
        attributes: Sequence[str],
        declared: dict[str, Attribute],
        earlier: EarlierRows | None = None,
    ) -> None:
        self._store, self._titled, self._attributes, self._declared = store, titled, attributes, declared
        self._earlier = earlier
        self._at = {each.name: at for at, each in enumerate(titled)}
        self._is_above = {each.name: each.is_above for each in titled}
        self.values: dict[str, list[Value | None]] = {}
        self._read: dict[str, list[Value | None]] = {}
        self.payers: list[str | None] = [None]
        self._numbers: dict[str, str] = {}
        self._joins: dict[str, str] = {}
        self._joins_lent: list[str] = []
        self._doubts: list[str] = []
        self._distinct: set[int] = set()
        self._are_right: set[str] = set()
        self._pointing: tuple[tuple[str, str], ...] = ()
        self.compared: tuple[str, ...] = ()
        """The columns of rows by which encounters are told to be in doubt."""
        self._columns = columns_of(store)
        self._kinds = kinds = dict(store.rows(f"SELECT column_name, column_type FROM (DESCRIBE {ROWS})"))
        for at, each in enumerate(titled):
            is_whole = kinds[f"attr{at}"] in WHOLE
            if each.name == ID:
                continue
            if each.name == PAYER:
                self._name_payers(at)
            if each.name == NUMBER:
                self._doubts += out_of_bounds(f"attr{at}", 1, LARGEST, is_whole=is_whole)
            elif each.is_read or each.attribute.many or each.attribute.type in ("choice", "code", "date"):
                self._number_values(at, each)
            elif not (each.is_above and each.attribute.type == "text"):
                self._doubts += doubts_of(f"attr{at}", each.attribute, is_whole=is_whole)
        lent = borrowed({name: declared[name] for name in attributes})
        self._lent = {name: source for name, source in lent.items() if source in self._numbers}
        for name, source in self._lent.items():
            self._lend(name, source)
        # Attributes that no column holds have values, too.
        self.values = {name: self._read.get(name) or _default_values(declared[name]) for name in attributes}
        self.fields = fields_for(self.values)

    def settle_earlier(self, frequency: Frequency | None) -> None:
        """Settle which patients' earlier lines are counted here; a claim that names one that it replaces is left."""
        if self._earlier is None:
            return
        needed = [each.name for each in self._titled if each.attribute.required and each.name in self._numbers]
        of_line = [self._has_no_number(name) for name in needed if name.startswith("line.")]
        is_line = f"attr{self._at[CODE]} IS NOT NULL"
        doubts = [*self._doubts, *(f"({is_line} AND {each})" for each in of_line)]
        self._earlier.settle(ROWS, doubts, self.joins_of_earlier(self._earlier.titled))
        if frequency is not None and frequency.reference in self._at:
            self._doubts.append(f"attr{self._at[frequency.reference]} IS NOT NULL")

    def leave_to_validator(self, vocabulary: Vocabulary, as_of: date | None) -> None:
        """Leave to the validator what is not decided as it stands."""
        columns = {name: f"attr{at}" for name, at in self._at.items()}

        def is_list(name: str) -> bool:
            return str(self._kinds[columns[name]]).endswith("[]")

        def codes() -> frozenset[str]:
            return frozenset(code for (code,) in self._store.rows(f"SELECT DISTINCT {columns[CODE]} FROM {ROWS}"))

        conditions = set_aside_conditions(vocabulary, columns, is_list, codes, as_of)
        self._doubts += [f"({' AND '.join(each.values())})" for each in conditions if self._may_hold(each)]
        self._pointing = tuple(pointing(vocabulary, columns, is_list))

    def _may_hold(self, asked: Mapping[str, str]) -> bool:
        """Tell whether some value of each attribute satisfies what is asked of it: values are few, and rows many."""
        for name, condition in asked.items():
            if (at := self._at.get(name, -1)) in self._distinct:
                values = f"(SELECT value AS attr{at} FROM {_values(at)})"
                if not self._store.rows(f"SELECT 1 FROM {values} WHERE {condition} LIMIT 1"):
                    return False
        return True

    @property
    def joins(self) -> str:
        """The joins by which rows get the numbers of their values."""
        return " ".join((*self._joins.values(), *self._joins_lent))

    def joins_of_earlier(self, titled: AbstractSet[str]) -> str:
        """Write the joins that an earlier line needs, of which columns hold the attributes that are `titled`.

        What is in doubt of a column that is empty there is asked all the same.
        """
        return " ".join(join for name, join in self._joins.items() if name in titled or name not in self._are_right)

    def words_of_earlier(self, titled: AbstractSet[str]) -> dict[str, str]:
        """Write the words of the values of an earlier line, of which columns hold the attributes that are `titled`.

        Nothing is lent, and a status is not by default.
        """
        held, known = {}, self._numbers.keys() & titled
        for name in self._attributes:
            default = "0" if name == STATUS else str(self._default_number(name))
            held[name] = f"coalesce({self._numbers[name]}, {default})" if name in known else default
        return packed(self.fields, held)

    def taken(self) -> str:
        """Give every row with the numbers of its values, and whether something about it is in doubt."""
        doubts = " OR ".join(f"coalesce({each}, false)" for each in self._doubts) or "false"
        missing = [each.name for each in self._titled if each.attribute.required and each.name in self._numbers]
        doubts += "".join(f" OR {self._has_no_number(name)}" for name in missing)
        name = f"attr{self._at[ID]}"
        columns = {"row": "row", "id": name, "claim": f"hash({name})", "number": self._own_number()}
        columns["payer"] = f"coalesce({self._numbers[PAYER]}, 0)::UINTEGER" if PAYER in self._numbers else "0::UINTEGER"
        columns |= packed(self.fields, {name: self._kept(name) for name in self._attributes})
        compared = {f"said{self._at[name]}": f"coalesce({self._numbers[name]}, 0)" for name in self._said_above()}
        compared |= {f"attr{self._at[name]}": f"attr{self._at[name]}" for name in self._unread_above()}
        compared |= {f"furthest{at}": far for at, (far, _) in enumerate(self._pointing)}
        compared |= {f"length{at}": count for at, (_, count) in enumerate(self._pointing)}
        self.compared = (*compared, "doubt")
        joins = self.joins
        if self._earlier is not None:
            # A patient of whom nobody knows who it is has an odd number, that of the claim, and no earlier line.
            known, more = self._earlier.patient_number
            columns["patient"] = f"coalesce({known}, hash({name}) | 1)" if PATIENT in self._at else f"hash({name}) | 1"
            joins += more if PATIENT in self._at else ""
        return select(columns | compared | {"doubt": doubts}, f"{ROWS} {joins}")

    def whole(self) -> str:
        """Give every encounter: what all its rows say, and whether something about it is in doubt.

        It is uneven where only some of its rows say what belongs to all.
        """
        said = [f"said{self._at[name]}" for name in self._said_above()]
        texts = [f"attr{self._at[name]}" for name in self._unread_above()]
        differ = [f"coalesce(min(nullif({each}, 0)) < max({each}), false)" for each in said]
        differ += [f"coalesce(max({each}) <> min({each}), false)" for each in texts]
        differ += [f"coalesce(max(furthest{at}) > max(length{at}), false)" for at in range(len(self._pointing))]
        uneven = " OR ".join(f"min({each}) < max({each})" for each in said) or "false"
        shared = {each: f"max({each})" for each in said}
        numbers = "bit_count(bit_or(1::UBIGINT << (number & 63)::UTINYINT))"
        columns = {"id": "id", "n": "count(*)", "first": "min(row)", "last": "max(row)", "numbers": numbers, **shared}
        if self._earlier is not None:
            uneven += " OR min(patient) < max(patient)"
            named = "FILTER (patient % 2 = 0)"
            differ.append(f"coalesce(min(patient) {named} < max(patient) {named}, false)")
            columns["patient"] = f"coalesce(max(patient) {named}, max(patient))"
        called = f"coalesce({doubt_of_text('id')}, false) OR id = ''"
        # A text is the same in all rows, or in doubt.
        above = [each for each in self._titled if f"attr{self._at[each.name]}" in texts]
        plain = [each for each in above if each.attribute.type == "text" and not each.attribute.many]
        written = [f"max(attr{self._at[each.name]})" for each in plain]
        differ += [f"coalesce({doubt_of_text(each)}, false)" for each in written]
        doubt = " OR ".join(["bool_or(doubt)", f"count(*) > {MOST}", called, *differ])
        return select(columns | {"uneven": uneven, "doubt": doubt}, "taken", where="id IS NOT NULL", group="id")

    def number_anew(self) -> None:
        """Give encounters, and patients of whom nobody knows who they are, the number of a row: digests are alike."""
        numbers = {"claim": "first"}
        if self._earlier is not None:
            numbers["patient"] = "CASE WHEN taken.patient % 2 = 0 THEN taken.patient ELSE first * 2 + 1 END"
        listed = ", ".join(f"{name} = {each}" for name, each in numbers.items())
        self._store.run(f"UPDATE taken SET {listed} FROM whole w WHERE w.id = taken.id")
        self._store.keep("whole", self.whole())

    def suspects(self) -> str:
        """Give the encounters in doubt; a row that names none is in doubt by itself."""
        found = "SELECT id FROM whole WHERE doubt IS NOT false UNION SELECT id FROM twice"
        return found if self._earlier is None else f"{found} UNION {self._earlier.suspects()}"

    def lines(self) -> str:
        """Give the lines of the encounters that are right, with what some row of an encounter says in all of them."""
        columns = {"row": "t.row", "id": "t.id", "claim": "t.claim", "number": "t.number"}
        said = self._said_above()
        columns["payer"] = f"w.said{self._at[PAYER]}::UINTEGER" if PAYER in said else "t.payer"
        lent = {name: source for name, source in self._lent.items() if source in said and name not in said}
        above = [name for name in self._attributes if name in said or name in lent]
        masks = [mask(self.fields, above, word) for word in range(width(self.fields))]
        own = {name: f"w.said{self._at[name]}" for name in above if name in said}
        filled = {name: f"CASE WHEN {v} = 0 THEN {self._default_number(name)} ELSE {v} END" for name, v in own.items()}
        joins = []
        for name, source in lent.items():
            table, held = self._table_lent(name), self.fields[name].of("t")
            joins.append(f"LEFT JOIN {table} ON {table}.source = w.said{self._at[source]}")
            filled[name] = f"CASE WHEN {held} = 0 THEN coalesce({table}.n, 0) ELSE {held} END"
        kept = [(word, f"(t.word{word} & ~{number(bits)})") for word, bits in enumerate(masks)]
        columns |= packed(self.fields, filled, kept)
        if self._earlier is not None:
            columns["patient"] = "w.patient"
        return select(columns, f"taken t JOIN {_RIGHT} w USING (id) {' '.join(joins)}")

    def _table_lent(self, name: str) -> str:
        """Name the table of what an attribute holds where it is left out, by the number of the value that is lent."""
        return f"lent_{self._attributes.index(name)}"

    def _kept(self, name: str) -> str:
        """Write the number of the value of an attribute in a row; what is left out has that of the default."""
        default = str(self._default_number(name))
        if name in self._lent:
            default = f"coalesce({self._table_lent(name)}.n, {default})"
        return f"coalesce({self._numbers[name]}, {default})" if name in self._numbers else default

    def _lend(self, name: str, source: str) -> None:
        """Give an attribute the values of another one, which it holds where it is left out."""
        known = self._read.setdefault(name, _default_values(self._declared[name]))
        numbers = {value: number for number, value in enumerate(known)}
        given = self._read[source][1:]
        known += [value for value in given if value not in numbers]
        numbers = {value: number for number, value in enumerate(known)}
        table = self._table_lent(name)
        found = [numbers[value] for value in given]
        self._store.table(table, {"source": ("UINTEGER", range(1, len(given) + 1)), "n": ("UINTEGER", found)})
        self._joins_lent.append(f"LEFT JOIN {table} ON {table}.source = {self._numbers[source]}")

    def _default_number(self, name: str) -> int:
        return len(_default_values(self._declared[name])) - 1

    def _has_no_number(self, name: str) -> str:
        """Write that a row has no number for an attribute: where all values are right, that it has no value."""
        return f"{f'attr{self._at[name]}' if name in self._are_right else self._numbers[name]} IS NULL"

    def _said_above(self) -> list[str]:
        """Name the attributes of the encounter or patient whose values are numbered."""
        return [name for name in self._numbers if self._is_above[name]]

    def _unread_above(self) -> list[str]:
        """Name the attributes of the encounter or patient that no rule reads, whose rows must agree all the same.

        Where there are earlier lines, the number of a patient stands for who it is.
        """
        known = {ID, *self._numbers} | ({PATIENT} if self._earlier is not None else set())
        return [each.name for each in self._titled if each.is_above and each.name not in known]

    def _own_number(self) -> str:
        """Write the number of a line; where it is left out, its place among the rows of the encounter."""
        place = f"row_number() OVER (PARTITION BY attr{self._at[ID]} ORDER BY row)"
        if NUMBER not in self._at:
            return place
        held = f"attr{self._at[NUMBER]}"
        is_left_out = self._store.rows(f"SELECT 1 FROM {ROWS} WHERE {held} IS NULL LIMIT 1")
        own = f"TRY_CAST({held} AS BIGINT)"
        return f"coalesce({own}, {place})" if is_left_out else own

    def _name_payers(self, at: int) -> None:
        query = f"SELECT DISTINCT attr{at} AS payer FROM {ROWS} WHERE payer IS NOT NULL ORDER BY payer"
        names = [name for (name,) in self._store.rows(query)]
        self.payers += names
        self._store.table("payers", {"name": ("VARCHAR", names), "payer": ("UINTEGER", range(1, len(names) + 1))})
        self._joins[PAYER] = f"LEFT JOIN payers ON payers.name = attr{at}"
        self._numbers[PAYER] = "payers.payer"

    def _number_values(self, at: int, titled: ClaimColumn) -> None:
        """Read each distinct value of a column; 0 numbers what the validator has to judge: no value, or a fraction."""
        reader, known = value_reader(titled.attribute), _default_values(titled.attribute)
        numbers: dict[Value, int] = {value: number for number, value in enumerate(known) if value is not None}
        name = _values(at)
        self._distinct.add(at)
        tables = [ROWS] if self._earlier is None else [ROWS, EARLIER_ROWS]
        distinct = " UNION ".join(
            f"SELECT DISTINCT attr{at} AS value FROM {table} WHERE value IS NOT NULL" for table in tables
        )
        self._store.keep(name, f"SELECT value, row_number() OVER () AS n FROM ({distinct})")
        found = []
        shown = self._columns[f"attr{at}"].replace(f"attr{at}", "value")
        for value, n in self._store.rows(f"SELECT {shown}, n FROM {name}"):
            read = _read(reader, value)
            whole = None if isinstance(read, Decimal) else read
            found.append(_Found(value, n, 0 if whole is None else numbers.setdefault(whole, len(numbers) + 1)))
        are_right = all(each.number for each in found)
        if not titled.is_read and are_right:
            return
        self._read[titled.name] = [None, *numbers]
        self._numbers[titled.name] = number = self._looked_up(at, titled, found)
        if are_right:
            self._are_right.add(titled.name)
        else:
            self._doubts.append(f"(attr{at} IS NOT NULL AND coalesce({number}, 0) = 0)")

    def _looked_up(self, at: int, titled: ClaimColumn, found: Sequence[_Found]) -> str:
        """Write how the number of a value is found: case by case, by its place in a list of texts, or in a table."""
        name, attribute = _values(at), titled.attribute
        if attribute.type in ("boolean", "integer", *_TEXTS) and 0 < len(found) <= _FEW and not attribute.many:
            right = [each for each in found if each.number]  # others may be NaN
            cases = [f"WHEN {_written(each.value)} THEN {each.number}" for each in right]
            return f"CASE attr{at} {' '.join(cases)} END" if cases else "0"
        texts = _in_turn(found) if attribute.type in _TEXTS and not attribute.many else ()
        if texts:
            self._store.run(f"CREATE OR REPLACE TYPE texts{at} AS ENUM ({', '.join(map(literal, texts))})")
            return f"(enum_code(TRY_CAST(attr{at} AS texts{at}))::UINTEGER + {min(each.number for each in found)})"
        ids = {"n": ("BIGINT", [each.n for each in found]), "id": ("UINTEGER", [each.number for each in found])}
        self._store.table("numbers", ids)
        self._store.keep(name, f"SELECT value, id FROM {name} JOIN numbers USING (n)")
        self._joins[titled.name] = f"LEFT JOIN {name} ON {name}.value = attr{at}"
        return f"{name}.id"


def _values(at: int) -> str:
    """Name the table of the distinct values of a column."""
    return f"values{at}"


_TEXTS = ("choice", "code", "text")
"""The types of attributes that texts hold."""
_MOST_TEXTS, _FEW = 10_000, 8


def _written(value: object) -> str:
    """Write a value of a column as a constant."""
    return literal(value) if isinstance(value, str) else str(value)


def _in_turn(found: Sequence[_Found]) -> list[str]:
    """List the texts in the order of their numbers, where each number has one text, and none is left out."""
    listed = sorted(found, key=lambda each: each.number)
    first = listed[0].number if listed else 0
    is_in_turn = [each.number for each in listed] == list(range(first, first + len(listed)))
    return [each.value for each in listed] if first and is_in_turn and len(listed) <= _MOST_TEXTS else []


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
        number = as_json_number(value)
        return number if Decimal(repr(number)) == value else str(value)
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _read(reader: Callable[[Any], Value], value: Any) -> Value | None:
    try:
        return reader(as_json(value))
    except (TypeError, ValueError, KeyError):
        return None


def _default_values(attribute: Attribute) -> list[Value | None]:
    """List what the first numbers stand for: 0 for nothing, 1 for the default where there is one."""
    return [None] if attribute.default is None else [None, value_reader(attribute)(attribute.default)]
