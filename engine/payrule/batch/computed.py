"""Attributes of a line that are computed from all lines of its date, once for each distinct case of such lines."""

import re
from collections.abc import Sequence
from datetime import date

import msgspec

from payrule.batch.days import table_of_days
from payrule.batch.lines import CODE, DATE, LINES, Lines
from payrule.batch.statements import create
from payrule.batch.store import Store
from payrule.documents.encounters import Line
from payrule.documents.values import Value
from payrule.language.derived import LINE_FUNCTIONS, Computed, Setting

_ONE_DAY = date(2000, 1, 1)
"""The date of service in cases of a function that looks nothing up, so that cases of all dates are one."""

NO_SUPPORT, NOBODY_KNOWS = -2, -1
"""What stands for the units allowed where a line has no support to look for, and where it is not known."""


class ComputedColumn(msgspec.Struct, frozen=True):
    """What was computed: the values by number, of which 0 is unknown, and the table with a row for each line.

    In the table `id` is the number of a value, `allowed` the units, and `waits` names, as far as two lines may differ
    in it, what an unknown value waits for.
    """

    attribute: str
    table: str
    values: tuple[Value | None, ...]


def compute(  # noqa: PLR0913, PLR0917 - what a computed attribute rests on
    store: Store, lines: Lines, attribute: str, function: str, setting: Setting, within: str, table: str
) -> ComputedColumn:
    """Compute an attribute of the lines `within`, a condition."""
    computing = _Computing(lines, function, setting)
    known = LINE_FUNCTIONS[function]
    table_of_days(store, lines, known.turns(setting), "days")
    code, day = lines.number(CODE), "days.looked"
    dated = f"{LINES} l JOIN days ON days.day = {lines.number(DATE)}"
    apart = f"l.e, {lines.number(DATE)}" + (f", {code}" if known.by_code else "")
    alone = [
        (c, d, *computing.alone(c, d))
        for c, d in store.rows(f"SELECT DISTINCT {code}, {day} FROM {dated} WHERE {within} ORDER BY ALL")
    ]
    columns = list(zip(*alone, strict=True)) or [()] * 4
    kinds = (("c", "UINTEGER"), ("d", "UINTEGER"), ("id", "UINTEGER"), ("touched", "BOOLEAN"))
    store.table("alone", {name: (kind, column) for (name, kind), column in zip(kinds, columns, strict=True)})
    listed = ", ".join(day if name == DATE else computing.read(store, name) for name in computing.names)
    joined = f"FROM {dated} JOIN alone t ON t.c = {code} AND t.d = {day} WHERE {within}"
    store.run(
        create(
            "dates",
            "SELECT list(l.row ORDER BY l.number) AS rows, list(l.number ORDER BY l.number) AS numbers, "
            f"list([{listed}] ORDER BY l.number) AS facts {joined} AND t.touched GROUP BY {apart}",
        )
    )
    store.run(create("cases", "SELECT facts, row_number() OVER () AS n FROM (SELECT DISTINCT facts FROM dates)"))
    found = [(n, computing.case(facts)) for facts, n in store.rows("SELECT facts, n FROM cases")]
    flat = [(n, place, *each) for n, case in found for place, each in enumerate(case, start=1)]
    columns = list(zip(*flat, strict=True)) or [()] * 6
    names = {"n": "BIGINT", "place": "BIGINT", "id": "UINTEGER", "allowed": "BIGINT", "kind": "VARCHAR"}
    names["waits"] = "BIGINT[]"
    store.table("results", {name: (names[name], column) for name, column in zip(names, columns, strict=True)})
    store.run(
        create(
            table,
            "SELECT d.row, r.id, r.allowed, CASE WHEN r.kind = '' THEN '' ELSE "
            "r.kind || array_to_string(list_transform(r.waits, lambda n: d.numbers[n]), ' ') END AS waits "
            "FROM (SELECT unnest(rows) AS row, unnest(range(1, len(rows) + 1)) AS place, n, numbers "
            "FROM dates JOIN cases USING (facts)) d JOIN results r ON r.n = d.n AND r.place = d.place "
            f"UNION ALL SELECT l.row, t.id, {NO_SUPPORT}, '' {joined} AND NOT t.touched",
        )
    )
    return ComputedColumn(attribute, table, (None, *computing.numbers))


class _Computing:
    """One function for one payer, asked about lines as the tables hold them."""

    def __init__(self, lines: Lines, function: str, setting: Setting) -> None:
        self._lines, self._function, self._setting = lines, LINE_FUNCTIONS[function], setting
        self.numbers: dict[Value, int] = {}
        dated = (DATE,) if self._function.columns else ()
        read = (name for name in self._function.reads if name in lines.values)
        self.names = tuple(dict.fromkeys((CODE, *dated, *read)))

    def alone(self, code: int, day: int) -> tuple[int, bool]:
        """Compute for a line of which nothing else is known: what has no support to look for then has none at all."""
        values = {CODE: self._lines.values[CODE][code], DATE: self._lines.values[DATE][day]}
        made = Line(1, {name: value for name, value in values.items() if value is not None})
        if len(made.values) < len(values):
            return 0, False
        found = self._function.of([made], self._setting)[1]
        return self._number(found), found.among or found.support is not None

    def read(self, store: Store, name: str) -> str:
        """Write the number of a value; all that are alike to the function have one, so that cases are few."""
        number = self._lines.number(name)
        alike = self._function.alike.get(name)
        if alike is None:
            return number
        first: dict[Value | None, int] = {}
        numbers = [first.setdefault(alike(each, self._setting), at) for at, each in enumerate(self._lines.values[name])]
        store.table("alike", {"n": ("UINTEGER", range(len(numbers))), "first": ("UINTEGER", numbers)})
        ((listed,),) = store.rows("SELECT list(first ORDER BY n) FROM alike")
        return f"({listed}::UINTEGER[])[({number} + 1)::BIGINT]"

    def case(self, facts: Sequence[Sequence[int]]) -> list[tuple[int, int, str, list[int]]]:
        """Compute a case; only the order of its lines' numbers matters, so they are numbered from 1."""
        made = [
            Line(number, self._known(dict(zip(self.names, each, strict=True)))) for number, each in enumerate(facts, 1)
        ]
        found = self._function.of(made, self._setting)
        results = [(line.number, found[line.number]) for line in made]
        return [(self._number(each), _allowed(each), *_waits(each, number)) for number, each in results]

    def _known(self, numbers: dict[str, int]) -> dict[str, Value]:
        values = {name: self._lines.values[name][number] for name, number in numbers.items()}
        presumed = self._setting.presumptions
        known = {name: presumed.get(name) if value is None else value for name, value in values.items()}
        return {DATE: _ONE_DAY, **{name: value for name, value in known.items() if value is not None}}

    def _number(self, found: Computed) -> int:
        return 0 if found.value is None else self.numbers.setdefault(found.value, len(self.numbers) + 1)


def _allowed(found: Computed) -> int:
    if found.support is None:
        return NO_SUPPORT
    return NOBODY_KNOWS if found.support.allowed is None else found.support.allowed


def _waits(found: Computed, own: int) -> tuple[str, list[int]]:
    """Part what is waited for into its kind and the places of the lines in the case, which other cases number anew."""
    kind = ",".join(re.sub(r"\d+", "#", each) for each in found.waits)
    places = [int(each) for name in found.waits for each in re.findall(r"\[(\d+)\]", name)]
    return kind, [*places, own] if any(name.startswith("line.") for name in found.waits) else places
