"""Classes of values: values that pass the same tests are one, and so are days on which tables say the same."""

import re
from bisect import bisect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import chain
from math import prod

import msgspec

from payrule.columns.clause_bitsets import Bound
from payrule.columns.lines import EARLIER, LINES, Lines
from payrule.columns.relations import relating_column, relating_number
from payrule.columns.sql import Field, Fields, combined, laid_out, mask, number, packed, select
from payrule.encounter.encounter import CODE, DATE, Line
from payrule.execute.plan.stages import Source
from payrule.language.derived import Computed, LineFunction, Setting
from payrule.language.enrichment import among
from payrule.model.values import Value, read_codes
from payrule.source.database import Columns, Store, by_column


def table_of_days(store: Store, lines: Lines, turns: Iterable[date], table: str) -> None:
    """Make a table from the number of a `day` to that of the first one after the same turn, by which it is `looked` up.

    At a turn what is said may change; before the first one, and between two, it stays.
    """
    listed = sorted(set(turns))
    first: dict[int, int] = {}
    days = sorted((lines.day(number), number) for number in range(1, len(lines.values[DATE])))
    looked = {number: first.setdefault(bisect(listed, day), number) for day, number in days}
    store.table(table, {"day": ("UINTEGER", list(looked)), "looked": ("UINTEGER", list(looked.values()))})


_ONE_DAY = date(2000, 1, 1)
"""The date of service in cases of a function that looks nothing up, so that cases of all dates are one."""

NO_SUPPORT, NOBODY_KNOWS = -2, -1
"""What stands for the units allowed where a line has no support to look for, and where it is not known."""


class ComputedColumn(msgspec.Struct, frozen=True):
    """What was computed: the values by number, of which 0 is unknown, and the table with a row for each line.

    In the table `id` is the number of a value, `allowed` the units, and `waits` names, as far as two lines may differ
    in it, what an unknown value waits for. `beside` names the other lines that have a say in it, and their codes, and
    the first day on which the table says the same.
    """

    table: str
    values: tuple[Value | None, ...]


def compute(  # noqa: PLR0913, PLR0917 - what a computed attribute rests on
    store: Store, lines: Lines, known: LineFunction, setting: Setting, within: str, table: str
) -> ComputedColumn:
    """Compute an attribute of the lines `within`, a condition, by its function."""
    computing = _Computing(lines, known, setting)
    if known.alone:
        return _computed_alone(store, lines, known, setting, within, table)
    table_of_days(store, lines, known.turns(setting), "days")
    code, day = lines.number(CODE), "days.looked"
    dated = f"{LINES} l JOIN days ON days.day = {lines.number(DATE)}"
    apart = f"l.claim, {lines.number(DATE)}" + (f", {code}" if known.by_code else "")
    alone = [
        (c, d, *computing.alone(c, d))
        for c, d in store.rows(f"SELECT DISTINCT {code}, {day} FROM {dated} WHERE {within} ORDER BY ALL")
    ]
    kinds = {"code": "UINTEGER", "day": "UINTEGER", "id": "UINTEGER", "touched": "BOOLEAN"}
    store.table("alone", by_column(kinds, alone))
    listed = ", ".join(day if name == DATE else computing.read(store, name) for name in computing.names)
    joined = f"FROM {dated} JOIN alone t ON t.code = {code} AND t.day = {day} WHERE {within}"
    store.keep(
        "dates",
        "SELECT list(l.row ORDER BY l.number) AS rows, list(l.number ORDER BY l.number) AS numbers, "
        f"list([{listed}] ORDER BY l.number) AS facts {joined} AND t.touched GROUP BY {apart}",
    )
    store.keep("cases", "SELECT facts, row_number() OVER () AS n FROM (SELECT DISTINCT facts FROM dates)")
    found = [(n, computing.case(facts)) for facts, n in store.rows("SELECT facts, n FROM cases")]
    flat = [(n, place, *each) for n, case in found for place, each in enumerate(case, start=1)]
    kinds = {"n": "BIGINT", "place": "BIGINT", "id": "UINTEGER", "allowed": "BIGINT", "kind": "VARCHAR"}
    store.table("results", by_column(kinds | {"waits": "BIGINT[]", "beside": "BIGINT[]"}, flat))
    # The rows of a table that an answer quotes are those of the line's day.
    looked, looked_alone = ("d.facts[d.place][2] || '@' ||", "t.day || '@'") if known.columns else ("", "''")
    store.keep(
        table,
        "SELECT d.row, r.id, r.allowed, CASE WHEN r.kind = '' THEN '' ELSE "
        "r.kind || array_to_string(list_transform(r.waits, lambda n: d.numbers[n]), ' ') END AS waits, "
        f"{looked} array_to_string(list_transform(r.beside, lambda n: d.numbers[n] || ':' || d.facts[n][1]), ' ') "
        "AS beside "
        "FROM (SELECT unnest(rows) AS row, unnest(range(1, len(rows) + 1)) AS place, n, numbers, facts "
        "FROM dates JOIN cases USING (facts)) d JOIN results r ON r.n = d.n AND r.place = d.place "
        f"UNION ALL SELECT l.row, t.id, {NO_SUPPORT}, '', {looked_alone} {joined} AND NOT t.touched",
    )
    return ComputedColumn(table, (None, *computing.numbers))


def _computed_alone(  # noqa: PLR0913, PLR0917 - what a computed attribute rests on
    store: Store, lines: Lines, function: LineFunction, setting: Setting, within: str, table: str
) -> ComputedColumn:
    """Compute an attribute that reads nothing of other lines: once for all lines that say the same."""
    names = [name for name in function.reads if name in lines.values]
    held = {f"v{at}": lines.number(name) for at, name in enumerate(names)} or {"v0": "0"}
    distinct = select(held, f"{LINES} l", where=within, distinct=True)
    store.keep("cases", f"SELECT *, row_number() OVER () AS n FROM ({distinct})")
    numbers: dict[Value, int] = {}
    found: list[tuple[int, int, str, str]] = []
    for *case, n in store.rows(f"SELECT {', '.join(held)}, n FROM cases"):
        known = _known(lines, setting, dict(zip(names, case, strict=False)))
        each = function.of([Line(1, known)], setting)[1]
        value = 0 if each.value is None else numbers.setdefault(each.value, len(numbers) + 1)
        found.append((n, value, ",".join(each.waits), each.row.words if each.row else ""))
    kinds = {"n": "BIGINT", "id": "UINTEGER", "waits": "VARCHAR", "beside": "VARCHAR"}
    store.table("results", by_column(kinds, found))
    same = " AND ".join(f"c.{name} = {number}" for name, number in held.items())
    # What a line waits for it names itself, whatever its number: so lines that wait for the same share an answer.
    store.keep(
        table,
        f"SELECT l.row, r.id, {NO_SUPPORT} AS allowed, r.waits, r.beside "
        f"FROM {LINES} l JOIN cases c ON {same} JOIN results r ON r.n = c.n WHERE {within}",
    )
    return ComputedColumn(table, (None, *numbers))


def _known(lines: Lines, setting: Setting, numbers: Mapping[str, int]) -> dict[str, Value]:
    """Give the values that numbers stand for, and where there is none what is presumed."""
    values = {name: lines.values[name][number] for name, number in numbers.items()}
    presumed = setting.presumptions
    known = {name: presumed.get(name) if value is None else value for name, value in values.items()}
    return {name: value for name, value in known.items() if value is not None}


class _Computing:
    """One function for one payer, asked about lines as the tables hold them."""

    def __init__(self, lines: Lines, function: LineFunction, setting: Setting) -> None:
        self._lines, self._function, self._setting = lines, function, setting
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
        """Write the number of a value; lists of which the function reads the same members have one: cases are few."""
        number = self._lines.number(name)
        if name not in self._function.members:
            return number
        members = self._function.members[name](self._setting)
        first: dict[Value | None, int] = {}
        numbers = [first.setdefault(among(each, members), at) for at, each in enumerate(self._lines.values[name])]
        store.table("alike", {"n": ("UINTEGER", range(len(numbers))), "first": ("UINTEGER", numbers)})
        ((listed,),) = store.rows("SELECT list(first ORDER BY n) FROM alike")
        return f"({listed}::UINTEGER[])[({number} + 1)::BIGINT]"

    def case(self, facts: Sequence[Sequence[int]]) -> list[tuple[int, int, str, list[int], list[int]]]:
        """Compute a case; only the order of its lines' numbers matters, so they are numbered from 1."""
        made = [
            Line(number, self._known(dict(zip(self.names, each, strict=True)))) for number, each in enumerate(facts, 1)
        ]
        found = self._function.of(made, self._setting)
        results = [(line.number, found[line.number]) for line in made]
        return [
            (self._number(each), _allowed(each), *_waits(each, own), [at for at in each.beside if at != own])
            for own, each in results
        ]

    def _known(self, numbers: dict[str, int]) -> dict[str, Value]:
        return {DATE: _ONE_DAY, **_known(self._lines, self._setting, numbers)}

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


class Classified(msgspec.Struct, frozen=True):
    """The query that gives lines as a plan sees them, and what stands in its columns.

    Beside `row`, `number` and `code` of a line: `claim` and `day`, by which lines see each other, `subject`, and
    `relation0` …, the numbers of what relations read of it. In the words `word0` … stand, by `fields`, the classes of
    attributes, and bits that say whether something was presumed. `classes` are what each class tells, `computed` what
    was computed. `earlier` gives the earlier lines of patients alike, where there are any that something counts.
    """

    query: str
    earlier: str | None
    fields: Fields
    classes: dict[Source, tuple[int, ...]]
    computed: dict[str, ComputedColumn]
    presumed: tuple[str, ...]


def classify(store: Store, lines: Lines, bound: Bound) -> Classified:
    """Write the query over the lines that are bound, with the encounters that they are in."""
    within = bound.share
    if bound.where != "true":
        whose = "l.patient" if lines.has_history else "l.claim"
        within += f" AND {whose} IN (SELECT {whose} FROM {LINES} l WHERE {within} AND {bound.where})"
    computed = {
        attribute: compute(store, lines, function, bound.setting, within, f"computed{at}")
        for at, (attribute, function) in enumerate(bound.computed.items())
    }
    return _Classifying(store, lines, bound, computed).classified(within)


_MOST_TOGETHER = 1 << 13
"""Combinations of values that attributes looked up together may have."""

_Told = dict[str, list[tuple[Field, Sequence[int]]]]
"""What each value of an attribute tells, by its number: numbers, and the field where each stands."""


class _Classifying:
    def __init__(self, store: Store, lines: Lines, bound: Bound, computed: dict[str, ComputedColumn]) -> None:
        self._store, self._lines, self._bound, self._computed = store, lines, bound, computed
        self._classes: dict[Source, tuple[int, ...]] = {}
        self._counts = bool(bound.plan.counted)
        self._has_earlier = self._counts and lines.has_history
        self._of_claims: list[str] = []
        self._joined: list[str] = []

    def classified(self, within: str) -> Classified:
        columns = {"row": "l.row", "number": "l.number"}
        columns |= {"code": f"{self._lines.number(CODE)}::UINTEGER", "day": f"{self._lines.number(DATE)}::UINTEGER"}
        if self._counts:
            columns["patient"] = "l.patient" if self._has_earlier else "l.claim"
        columns |= {
            f"held{at}": f"{self._lines.number(name)}::UINTEGER" if name in self._lines.values else "0::UINTEGER"
            for at, name in enumerate(self._bound.compared)
        }
        own = {"claim": "l.claim", "subject": self._bound.where, **self._relating()}
        for at, made in enumerate(self._computed.values()):
            self._of_claims.append(f"JOIN {made.table} ON {made.table}.row = l.row")
            own |= {f"allowed{at}": f"{made.table}.allowed", f"missing{at}": f"{made.table}.waits"}
            own[f"beside{at}"] = f"{made.table}.beside"
        numbers: dict[str, list[int]] = {}
        for name in self._bound.plan.domains:
            if name not in self._bound.pairs:
                numbers[name], self._classes[name] = self._numbered(name)
        known = [name for name in self._bound.read if name not in self._bound.pairs]
        presumed = {f"{name} is assumed": name for name in known if name in self._bound.setting.presumptions}
        sizes = {name: len(self._classes[name]) for name in numbers} | dict.fromkeys(presumed, 2)
        fields = laid_out(sizes)
        told: _Told = {name: [(fields[name], listed)] for name, listed in numbers.items()}
        for said, name in presumed.items():
            told.setdefault(name, []).append((fields[said], [1] + [0] * (len(self._values(name)) - 1)))
        own_bits = [bits for name in told if name in self._computed for bits in self._looked_up([name], told)]
        bits = [bits for group in self._together(told) for bits in self._looked_up(group, told)]
        both = " ".join(self._joined)
        source = f"{LINES} l {' '.join(self._of_claims)} {both}"
        query, earlier = select(columns | own | packed(fields, {}, [*own_bits, *bits]), source, where=within), None
        if self._has_earlier:
            # What is computed is computed of lines of a claim: of an earlier one nothing is.
            unknown = [
                (f.word, number(listed[0] << f.shift)) for name in self._computed for f, listed in told.get(name, ())
            ]
            columns |= {"named": "l.named"} | packed(fields, {}, [*unknown, *bits])
            earlier = select(columns, f"{EARLIER} l {both}", where=within)
        return Classified(query, earlier, fields, self._classes, self._computed, tuple(presumed))

    def _together(self, told: _Told) -> list[list[str]]:
        """Put attributes that are not computed together whose numbers stand in one word and have few combinations."""
        held = self._lines.fields
        groups: list[list[str]] = []
        read = [name for name in told if name not in self._computed]
        for name in sorted(read, key=lambda name: (held[name].word, len(self._values(name)))):
            last = groups[-1] if groups else []
            size = prod(len(self._values(each)) for each in [*last, name])
            if last and held[name].word == held[last[0]].word and size <= _MOST_TOGETHER:
                last.append(name)
            else:
                groups.append([name])
        return groups

    def _looked_up(self, group: Sequence[str], told: _Told) -> Iterator[tuple[int, str]]:
        """Make the table of what the values of some attributes tell together; write its bits, by their word."""
        first, held = group[0], self._lines.fields
        is_computed = first in self._computed
        of_value = f"{self._computed[first].table}.id" if is_computed else self._lines.number(first)
        if len(group) == len(told[first]) == 1:
            ((field, listed),) = told[first]
            if list(listed) == list(range(len(listed))):
                yield field.word, field.put(of_value)
                return
        keys = list(range(len(self._values(first))))
        if not is_computed:
            word = held[first].word
            keys = combined(held[name].within(word, range(len(self._values(name)))) for name in group)
            of_value = f"l.word{word} & {number(mask(held, group, word))}"
        table, joined = f"told{list(told).index(first)}", self._of_claims if is_computed else self._joined
        words = sorted({field.word for name in group for field, _ in told[name]})
        columns: Columns = {"held": ("UBIGINT", keys)}
        for word in words:
            bits = [[field.within(word, listed) for field, listed in told[name]] for name in group]
            columns[f"word{word}"] = (
                "UBIGINT",
                combined([sum(each) for each in zip(*own, strict=True)] for own in bits),
            )
        self._store.table(table, columns)
        joined.append(f"JOIN {table} ON {table}.held = {of_value}")
        yield from ((word, f"{table}.word{word}") for word in words)

    def _values(self, attribute: str) -> Sequence[Value | None]:
        """List what the numbers of an attribute stand for."""
        computed = self._computed.get(attribute)
        return self._lines.values[attribute] if computed is None else computed.values

    def _numbered(self, attribute: str) -> tuple[list[int], tuple[int, ...]]:
        """Give every value of an attribute its class, and for each class the tests that it passes.

        The first class is that of unknown values. Where there are none it tells what the next does, for otherwise it
        would leave every clause, and make every table as wide as that.
        """
        domain, system = self._bound.plan.domains[attribute], self._bound.systems.get(attribute)
        passed = [domain.passed(read_codes(value, system)) for value in self._values(attribute)[1:]]
        if passed and attribute not in self._computed and not self._leaves_out(attribute):
            known = {each: at for at, each in enumerate(dict.fromkeys(passed), start=1)}
            return [0, *(known[each] for each in passed)], (passed[0], *known)
        known = {domain.passed(read_codes(self._bound.setting.presumptions.get(attribute), system)): 0}
        return [0, *(known.setdefault(each, len(known)) for each in passed)], tuple(known)

    def _leaves_out(self, attribute: str) -> bool:
        """Tell whether some line does not say what an attribute holds."""
        asked = f"{self._bound.share} AND {self._lines.number(attribute)} = 0"
        tables = (LINES, EARLIER) if self._has_earlier else (LINES,)
        return any(self._store.rows(f"SELECT 1 FROM {table} l WHERE {asked} LIMIT 1") for table in tables)

    def _relating(self) -> dict[str, str]:
        """Write the numbers of what relations read of a line.

        Where lines see those of their own date alone, days on which tables say the same are one.
        """
        functions = self._bound.pairs
        held: dict[str, str] = {}
        if any(DATE in each.reads for each in functions.values()) and not self._bound.plan.any_date:
            turns = chain.from_iterable(each.turns(self._bound.setting) for each in functions.values())
            table_of_days(self._store, self._lines, turns, "related_days")
            self._of_claims.append(f"JOIN related_days ON related_days.day = {self._lines.number(DATE)}")
            held[DATE] = "related_days.looked"
        return {
            relating_column(self._bound, name): relating_number(self._lines, function.reads, held)
            for name, function in functions.items()
        }
