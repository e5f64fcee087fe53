"""Lines as a plan sees them: instead of each value, its class, which tells the tests that the value passes."""

from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING

import msgspec

from payrule.batch.bound import Bound
from payrule.batch.computed import ComputedColumn, compute
from payrule.batch.days import table_of_days
from payrule.batch.fields import Fields, laid_out, packed
from payrule.batch.lines import CODE, DATE, LINES, Lines
from payrule.batch.plan import Source
from payrule.batch.relations import relating_column, relating_number
from payrule.batch.statements import select
from payrule.batch.store import Store
from payrule.language.derived import PAIR_FUNCTIONS

if TYPE_CHECKING:
    from payrule.documents.values import Value


class Classified(msgspec.Struct, frozen=True):
    """The query that gives lines as a plan sees them, and what stands in its columns.

    Beside `row`, `id`, `number`, `code` and `p` of a line: `e` and `day`, by which lines see each other, `subject`, and
    `r0` …, the numbers of what relations read of it. In the words `w0` … stand, by `fields`, the classes of attributes,
    and bits that say whether something was presumed. `classes` are what each class tells, `computed` what was computed.
    """

    query: str
    fields: Fields
    classes: dict[Source, tuple[int, ...]]
    computed: dict[str, ComputedColumn]
    presumed: tuple[str, ...]


def classify(store: Store, lines: Lines, bound: Bound) -> Classified:
    """Write the query over the lines that are bound, with the encounters that they are in."""
    within = bound.share
    if bound.where != "true":
        within += f" AND l.e IN (SELECT l.e FROM {LINES} l WHERE {within} AND {bound.where})"
    computed = {
        attribute: compute(store, lines, attribute, function, bound.setting, within, f"computed{at}")
        for at, (attribute, function) in enumerate(bound.computed.items())
    }
    return _Classifying(store, lines, bound, computed).classified(within)


class _Classifying:
    def __init__(self, store: Store, lines: Lines, bound: Bound, computed: dict[str, ComputedColumn]) -> None:
        self._store, self._lines, self._bound, self._computed = store, lines, bound, computed
        self._classes: dict[Source, tuple[int, ...]] = {}
        self._joined = [f"{LINES} l"]

    def classified(self, within: str) -> Classified:
        columns = {name: f"l.{name}" for name in ("row", "id", "e", "number", "p")}
        columns |= {"code": f"{self._lines.number(CODE)}::UINTEGER", "day": f"{self._lines.number(DATE)}::UINTEGER"}
        columns["subject"] = self._bound.where
        columns |= self._relating()
        for at, made in enumerate(self._computed.values()):
            self._joined.append(f"JOIN {made.table} ON {made.table}.row = l.row")
            columns |= {f"n{at}": f"{made.table}.allowed", f"q{at}": f"{made.table}.waits"}
        numbers: dict[str, list[int]] = {}
        for name in self._bound.plan.domains:
            if name not in self._bound.pairs:
                numbers[name], self._classes[name] = self._numbered(name)
        known = [name for name in self._bound.read if name not in self._bound.pairs]
        presumed = {f"{name} is presumed": name for name in known if name in self._bound.setting.presumptions}
        sizes = {name: len(self._classes[name]) for name in numbers} | dict.fromkeys(presumed, 2)
        fields = laid_out(sizes)
        held = {name: self._class(name, at, listed) for at, (name, listed) in enumerate(numbers.items())}
        held |= {said: f"{self._number_of(name)} = 0" for said, name in presumed.items()}
        columns |= packed(fields, held)
        query = select(columns, " ".join(self._joined), where=within)
        return Classified(query, fields, self._classes, self._computed, tuple(presumed))

    def _number_of(self, attribute: str) -> str:
        """Say where the number of a value stands; what is not computed for a line is true of it."""
        if attribute in self._computed:
            return f"{self._computed[attribute].table}.id"
        return self._lines.number(attribute)

    def _class(self, attribute: str, at: int, numbers: Sequence[int]) -> str:
        """Write the class of what an attribute holds: its number, where each value has a class of its own."""
        held = self._number_of(attribute)
        if list(numbers) == list(range(len(numbers))):
            return held
        name = f"classes{at}"
        self._store.table(name, {"id": ("UBIGINT", range(len(numbers))), "class": ("UBIGINT", numbers)})
        self._joined.append(f"JOIN {name} ON {name}.id = {held}")
        return f"{name}.class"

    def _numbered(self, attribute: str) -> tuple[list[int], tuple[int, ...]]:
        """Give every value of an attribute its class, and for each class the tests that it passes.

        The first class is that of unknown values. Where there are none it tells what the next does, for otherwise it
        would leave every clause, and make every table as wide as that.
        """
        domain = self._bound.plan.domains[attribute]
        computed = self._computed.get(attribute)
        values: Sequence[Value | None] = computed.values if computed else self._lines.values[attribute]
        passed = [domain.passed(value) for value in values[1:]]
        if passed and not computed and not self._leaves_out(attribute):
            known = {each: at for at, each in enumerate(dict.fromkeys(passed), start=1)}
            return [0, *(known[each] for each in passed)], (passed[0], *known)
        known = {domain.passed(self._bound.setting.presumptions.get(attribute)): 0}
        return [0, *(known.setdefault(each, len(known)) for each in passed)], tuple(known)

    def _leaves_out(self, attribute: str) -> bool:
        """Tell whether some line does not say what an attribute holds."""
        asked = f"{self._bound.share} AND {self._lines.number(attribute)} = 0"
        return bool(self._store.rows(f"SELECT 1 FROM {LINES} l WHERE {asked} LIMIT 1"))

    def _relating(self) -> dict[str, str]:
        """Write the numbers of what relations read of a line.

        Where lines see those of their own date alone, days on which tables say the same are one.
        """
        functions = {name: PAIR_FUNCTIONS[function] for name, function in self._bound.pairs.items()}
        held: dict[str, str] = {}
        if any(DATE in each.reads for each in functions.values()) and not self._bound.plan.any_date:
            turns = chain.from_iterable(each.turns(self._bound.setting) for each in functions.values())
            table_of_days(self._store, self._lines, turns, "related_days")
            self._joined.append(f"JOIN related_days ON related_days.day = {self._lines.number(DATE)}")
            held[DATE] = "related_days.looked"
        return {
            relating_column(self._bound, name): relating_number(self._lines, function.reads, held)
            for name, function in functions.items()
        }
