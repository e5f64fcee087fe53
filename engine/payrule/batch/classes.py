"""Lines as a plan sees them: instead of each value, its class, which tells the tests that the value passes."""

import msgspec

from payrule.batch.bound import Bound
from payrule.batch.computed import ComputedColumn, compute
from payrule.batch.lines import CODE, DATE, LINES, Lines
from payrule.batch.plan import Source
from payrule.batch.statements import select
from payrule.batch.store import Store
from payrule.language.derived import PAIR_FUNCTIONS

_MOST_SMALL = 256
"""Classes that a byte tells apart."""


class Classified(msgspec.Struct, frozen=True):
    """The query that gives lines as a plan sees them, and what stands in its columns.

    Beside `row`, `id`, `number`, `code` and `p` of a line: `e` and `day`, by which lines see each other, `subject`, and
    `r`, the number of what relates it to others. `columns` are those of the classes of attributes, `classes` what each
    class tells, and `computed` what was computed.
    """

    query: str
    columns: dict[str, str]
    classes: dict[Source, tuple[int, ...]]
    computed: dict[str, ComputedColumn]
    presumed: tuple[str, ...]


def classify(store: Store, lines: Lines, bound: Bound) -> Classified:
    """Write the query over the lines that are bound, with the encounters that they are in."""
    within = f"l.e IN (SELECT l.e FROM {LINES} l WHERE {bound.where})" if bound.where != "true" else "true"
    computed = {
        attribute: compute(store, lines, attribute, function, bound.setting, within, f"computed{at}")
        for at, (attribute, function) in enumerate(bound.computed.items())
    }
    return _Classifying(store, lines, bound, computed).classified(within)


def related_by(bound: Bound) -> tuple[str, ...]:
    """Name the attributes that relations of two lines read."""
    return tuple(sorted({each for name in bound.pairs.values() for each in PAIR_FUNCTIONS[name].reads}))


class _Classifying:
    def __init__(self, store: Store, lines: Lines, bound: Bound, computed: dict[str, ComputedColumn]) -> None:
        self._store, self._lines, self._bound, self._computed = store, lines, bound, computed
        self._classes: dict[Source, tuple[int, ...]] = {}
        self._joined = [f"{LINES} l"]

    def classified(self, within: str) -> Classified:
        columns = {name: f"l.{name}" for name in ("row", "id", "e", "number", "p")}
        columns |= {"code": f"l.{self._lines.column(CODE)}", "day": f"l.{self._lines.column(DATE)}"}
        columns["subject"] = self._bound.where
        if self._bound.pairs:
            columns["r"] = self._relating_number()
        for at, made in enumerate(self._computed.values()):
            self._joined.append(f"JOIN {made.table} ON {made.table}.row = l.row")
            columns |= {f"n{at}": f"{made.table}.allowed", f"q{at}": f"{made.table}.waits"}
        presumed = [
            name for name in self._bound.read if name in self._bound.setting.presumptions and name not in self._bound.pairs
        ]
        columns |= {f"z{at}": f"{self._number_of(name)} = 0" for at, name in enumerate(presumed)}
        attributes = [name for name in self._bound.plan.domains if name not in self._bound.pairs]
        named = {name: f"c{at}" for at, name in enumerate(attributes)}
        columns |= {column: self._class(name, column) for name, column in named.items()}
        query = select(columns, " ".join(self._joined), where=within)
        return Classified(query, named, self._classes, self._computed, tuple(f"z{at}" for at in range(len(presumed))))

    def _number_of(self, attribute: str) -> str:
        """Say where the number of a value stands; what is not computed for a line is true of it."""
        if attribute in self._computed:
            return f"{self._computed[attribute].table}.id"
        return f"l.{self._lines.column(attribute)}"

    def _class(self, attribute: str, column: str) -> str:
        """Write the class of what an attribute holds: where each value has a class of its own, its number or nearly."""
        first, numbers, self._classes[attribute] = self._numbered(attribute)
        kind = "UTINYINT" if len(self._classes[attribute]) <= _MOST_SMALL else "UINTEGER"
        held = self._number_of(attribute)
        if numbers == list(range(len(numbers))):
            return f"({held} - {first})::{kind}" if first else f"{held}::{kind}"
        ids = range(first, first + len(numbers))
        self._store.table(f"m_{column}", {"id": ("UINTEGER", ids), "class": (kind, numbers)})
        self._joined.append(f"JOIN m_{column} ON m_{column}.id = {held}")
        return f"m_{column}.class"

    def _numbered(self, attribute: str) -> tuple[int, list[int], tuple[int, ...]]:
        """Give the classes of the values of an attribute, from 0 for unknown on, or from 1 where it is always known.

        Gives beside them for each class the tests that it passes.
        """
        domain = self._bound.plan.domains[attribute]
        computed = self._computed.get(attribute)
        values = computed.values if computed else self._lines.values[attribute]
        presumed = self._bound.setting.presumptions.get(attribute)
        first = 0 if computed or len(values) == 1 or self._leaves_out(attribute) else 1
        known: dict[int, int] = {}
        passed = (domain.passed(value if at else presumed) for at, value in enumerate(values[first:], first))
        numbers = [known.setdefault(each, len(known)) for each in passed]
        return first, numbers, tuple(known)

    def _leaves_out(self, attribute: str) -> bool:
        """Tell whether some line does not say what an attribute holds; what all lines say needs no class for that."""
        column = self._lines.column(attribute)
        return bool(self._store.rows(f"SELECT 1 FROM {LINES} WHERE {column} = 0 LIMIT 1"))

    def _relating_number(self) -> str:
        """Write the number that tells lines apart that are related otherwise: the values that relations read."""
        terms, step = [], 1
        for name in related_by(self._bound):
            terms.append(f"{step} * l.{self._lines.column(name)}::UBIGINT")
            step *= len(self._lines.values[name])
        return " + ".join(terms)
