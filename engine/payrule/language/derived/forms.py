"""Attributes that the vocabulary computes from others: an age, days between dates, a difference, what pointers name.

What one is computed from may be computed itself. Where something is unknown, so is the value; of a line of several days
the first counts. A value that a claim gives wins, but an age is counted from the birth date where that is known. What
an attribute cannot hold, by its values, pattern, minimum and maximum, is unknown too.

What rests on the order of a list (`pointed`, `first_of`) is computed where a claim is read, for sets have no order.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

import msgspec
from msgspec import UNSET

from payrule.encounter.encounter import Line
from payrule.language.derived.computed import Computed, LineFunction, Setting, TableRow, Values
from payrule.model.tables import Table, kept_columns
from payrule.model.values import Value
from payrule.model.vocabulary import BIRTH, Attribute, Computation, Vocabulary


def completed(born: date, day: date, unit: str) -> int | None:
    """Count the years, months or days that someone has completed on a day; None before birth.

    Where a month or a year lacks the day, it is completed on the first of the next month: of who was born on 29
    February on 1 March.

    >>> [completed(date(2004, 2, 29), day, "years") for day in (date(2022, 2, 28), date(2022, 3, 1))]
    [17, 18]
    >>> [completed(date(2024, 1, 31), day, "months") for day in (date(2024, 2, 29), date(2024, 3, 1))]
    [0, 1]
    """
    if day < born:
        return None
    if unit == "days":
        return (day - born).days
    months = 12 * (day.year - born.year) + day.month - born.month - (day.day < born.day)
    return months // 12 if unit == "years" else months


def inputs(name: str, attributes: Mapping[str, Attribute], pointers: Mapping[str, str]) -> tuple[str, ...]:
    """Name the attributes that a form names, the pointers of a list among them."""
    attribute = attributes.get(name)
    if attribute is None or attribute.computation is None:
        return ()
    made = attribute.computation
    pointing = (each for each, to in pointers.items() if to == made.pointed)
    return (*(pointing if made.pointed is not None else ()), *made.reads)


def closure(name: str, attributes: Mapping[str, Attribute], pointers: Mapping[str, str]) -> tuple[str, ...]:
    """Name an attribute with all that it is computed from, those that are computed themselves before the others.

    A circle, of which the vocabulary's own check says the path, is gone through once.
    """
    found = {name: None}
    waiting = [name]
    while waiting:
        for each in inputs(waiting.pop(), attributes, pointers):
            if each not in found:
                found[each] = None
                waiting.append(each)
    return tuple(found)


def circle(name: str, attributes: Mapping[str, Attribute], pointers: Mapping[str, str]) -> tuple[str, ...]:
    """Give the path from an attribute back to it; empty where it is not computed from itself.

    >>> both = {"line.a": Computation(minus=("line.b", "line.c")), "line.b": Computation(minus=("line.a", "line.c"))}
    >>> declared = {name: Attribute(type="integer", summary="", derived=each) for name, each in both.items()}
    >>> circle("line.a", declared, {})
    ('line.a', 'line.b', 'line.a')
    """
    paths: list[tuple[str, ...]] = [(name,)]
    seen = set[str]()
    for path in paths:
        for each in inputs(path[-1], attributes, pointers):
            if each == name:
                return (*path, name)
            if each not in seen:
                seen.add(each)
                paths.append((*path, each))
    return ()


class Form:
    """Compute one attribute of a vocabulary by its form."""

    def __init__(self, name: str, vocabulary: Vocabulary) -> None:
        """Take the attribute; it has a form."""
        self.name = name
        self._attributes, self._pointers = vocabulary.attributes, vocabulary.pointers
        self.reads = closure(name, vocabulary.attributes, vocabulary.pointers)

    def of(self, lines: Iterable[Line], setting: Setting) -> dict[int, Computed]:
        """Compute it for lines, by their numbers."""
        return {line.number: _of_line(self._found(self.name, line.values, setting), line.number) for line in lines}

    def _found(self, name: str, values: Values, setting: Setting) -> Computed:
        """Compute an attribute, or give what a claim says of it or a payer presumes."""
        attribute = self._attributes.get(name)
        made = None if attribute is None else attribute.computation
        given = values.get(name)
        if made is None or attribute is None or (given is not None and not (made.age_on and BIRTH in values)):
            return Computed(given, () if given is not None else (name,))
        if made.is_of_order:
            unknown = [each for each in inputs(name, self._attributes, self._pointers) if each not in values]
            return self._unknown(unknown, values, setting)
        parts = {each: self._part(each, values, setting).value for each in made.reads}
        known = {each: value for each, value in parts.items() if value is not None}
        if len(known) < len(parts):
            return self._unknown([each for each in parts if each not in known], values, setting)
        found = FORMS[made.form](made, known, setting)
        if found.value is not None and not can_hold(attribute, found.value):
            return Computed(None, found.waits, row=found.row)
        return found

    def _part(self, name: str, values: Values, setting: Setting) -> Computed:
        """Give what something is computed from, where a payer may presume what nobody says."""
        found = self._found(name, values, setting)
        return Computed(setting.presumptions[name]) if found.value is None and name in setting.presumptions else found

    def _unknown(self, names: Sequence[str], values: Values, setting: Setting) -> Computed:
        """Say what an unknown value waits for."""
        waits = {wait for each in names for wait in self._found(each, values, setting).waits or (each,)}
        return Computed(None, tuple(sorted(waits)))


def _of_line(found: Computed, number: int) -> Computed:
    """Say of which line a row was looked up."""
    if found.row is None:
        return found
    return msgspec.structs.replace(found, row=msgspec.structs.replace(found.row, lines=(number,)))


def can_hold(attribute: Attribute, value: Value) -> bool:
    """Tell whether an attribute can hold a computed value, by its values, its minimum and its maximum.

    >>> can_hold(Attribute(type="integer", summary="age", maximum=150), 151)
    False
    """
    if type(value) is not int:
        return attribute.type != "choice" or value in attribute.values
    low, high = attribute.minimum, attribute.maximum
    return (low is None or low <= value) and (high is None or value <= high)


def _days_between(made: Computation, parts: Values, _: Setting) -> Computed:
    first, second = (parts[name] for name in made.days_between or ())
    if not isinstance(first, date) or not isinstance(second, date):
        return Computed(None)
    days = (second - first).days
    since, until = ("the birth date" if name == BIRTH else str(parts[name]) for name in made.days_between or ())
    return Computed(days, words=f"{days} {_many('day', days)} from {since} to {until}")


def _age_on(made: Computation, parts: Values, _: Setting) -> Computed:
    day, born, unit = parts[str(made.age_on)], parts[BIRTH], made.unit or "years"
    if not isinstance(day, date) or not isinstance(born, date):
        return Computed(None)
    age = completed(born, day, unit)
    if age is None:
        return Computed(None, (BIRTH,))
    return Computed(age, words=f"age {age} {_many(unit.removesuffix('s'), age)} on {day}")


def _minus(made: Computation, parts: Values, _: Setting) -> Computed:
    one, two = (parts[name] for name in made.minus or ())
    if not isinstance(one, int | Decimal) or not isinstance(two, int | Decimal):
        return Computed(None)
    first, second = (name.rpartition(".")[2].replace("_", " ") for name in made.minus or ())
    return Computed(one - two, words=f"{first} {one} less {second} {two} is {one - two}")


def _lookup(made: Computation, parts: Values, setting: Setting) -> Computed:
    """Give the value of the one row of a key that holds on the day; where there is none it is unknown."""
    table, day = setting.look_ups.get(made.lookup or ""), parts.get(made.day or "")
    if table is None or (isinstance(day, date) and not table.covers(day)):
        return Computed(None)
    by = made.by or {}
    columns, kinds = kept_columns(table.table), {each.name: each.type for each in table.table.columns}
    if set(by) != set(table.table.key) or made.value not in columns:
        return Computed(None)
    key = [_written(parts[by[name]]) for name in table.table.key]
    for row in table.rows.find(*key):
        cells = dict(zip(columns, row, strict=True))
        if _holds(table.table, cells, day):
            value = _read(cells[made.value], kinds[made.value])
            return Computed(value, row=_row(table.table, cells, made.value))
    return Computed(None)


def _holds(table: Table, cells: Mapping[str, str], day: Value | None) -> bool:
    """Tell whether a row holds on a day; every row does in a table whose rows have no dates."""
    if table.dates is UNSET:
        return True
    first, last = cells[table.dates.first], cells[table.dates.last] if table.dates.last else ""
    written = f"{day:%Y%m%d}" if isinstance(day, date) else ""
    return bool(written) and first <= written and (not last or written <= last)


def _row(table: Table, cells: Mapping[str, str], value: str) -> TableRow:
    kinds = {each.name: each.type for each in table.columns}
    read = {name: _read(cell, kinds[name]) for name, cell in cells.items()}
    told: dict[str, str | float | None] = {
        name: each.isoformat() if isinstance(each, date) else each for name, each in read.items()
    }
    words = (
        f"row {'/'.join(cells[name] for name in table.key)} of `{table.id}`: {value.replace('_', ' ')} {told[value]}"
    )
    if table.dates is not UNSET:
        since = told[table.dates.first]
        until = told[table.dates.last] if table.dates.last else None
        words += f", from {since}" if since else ""
        words += f", to {until}" if until else ""
    return TableRow(table.id, told, words)


def _written(value: Value) -> str:
    """Write a value as a row file has it."""
    return f"{value:%Y%m%d}" if isinstance(value, date) else str(value)


def _read(cell: str, kind: str) -> str | int | date | None:
    """Read a cell of a row file; an empty one is unknown."""
    if not cell:
        return None
    if kind == "integer":
        return int(cell)
    return date.fromisoformat(cell) if kind == "date" else cell


def _many(word: str, count: int) -> str:
    return word if abs(count) == 1 else f"{word}s"


FORMS: Mapping[str, Callable[[Computation, Values, Setting], Computed]] = {
    "days_between": _days_between,
    "age_on": _age_on,
    "minus": _minus,
    "lookup": _lookup,
}
"""What each form gives of known values; the forms that rest on the order of a list are not among them."""


def form_function(name: str, vocabulary: Vocabulary) -> LineFunction:
    """Make the function that computes an attribute by its form."""
    form = Form(name, vocabulary)
    return LineFunction(form.reads, form.of, alone=True)
