"""Tables by which counts look up what numbers of values stand for: what lines agree in, are ordered by, or add up."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from payrule.columns.clause_bitsets import Bound
from payrule.columns.lines import Lines
from payrule.encounter.encounter import CODE
from payrule.language.counting import Summed
from payrule.language.domains import UNKNOWN_VALUE
from payrule.model.values import Value, read_codes
from payrule.model.vocabulary import BIRTH
from payrule.source.database import Store, by_column


def held_column(bound: Bound, attribute: str) -> str:
    """Name the column of lines that holds the number of the value of an attribute that counts compare."""
    return f"held{bound.compared.index(attribute)}"


def passed_by_codes(lines: Lines, bound: Bound) -> list[int]:
    """Say of each service code, by its number, which tests it passes; where nothing asks, it is as if unknown."""
    domain, system = bound.plan.domains.get(CODE), bound.systems.get(CODE)
    return [
        UNKNOWN_VALUE if domain is None or code is None else domain.passed(read_codes(code, system))
        for code in lines.values[CODE]
    ]


class HeldValues:
    """The tables of the values of attributes that counts compare, each made once, when it is first asked for."""

    def __init__(self, store: Store, lines: Lines, bound: Bound) -> None:
        """Take the lines, and what binds them."""
        self._store, self._lines, self._bound = store, lines, bound
        self._looked_up: dict[str, str] = {}

    def _values(self, attribute: str) -> list[Value | None]:
        """List the values of an attribute by number; what is unknown is as presumed."""
        listed = [self._bound.setting.presumptions.get(attribute), *self._lines.values.get(attribute, [None])[1:]]
        system = self._bound.systems.get(attribute)
        return listed if system is None else [read_codes(each, system) for each in listed]

    def count(self, attribute: str) -> int:
        """Count the numbers of the values of an attribute."""
        return len(self._lines.values.get(attribute, [None]))

    def _table(self, what: str, attribute: str, held: Callable[[], tuple[str, Sequence[Any]]]) -> str:
        """Make a table by the number of the values of an attribute, once."""
        name = f"count_{what}{self._bound.compared.index(attribute)}"
        if name not in self._looked_up:
            kind, listed = held()
            self._store.table(name, {"n": ("UINTEGER", range(len(listed))), "held": (kind, listed)})
            self._looked_up[name] = name
        return name

    def same(self, attribute: str) -> str:
        """Make a table of what lines agree in: a number, or a list of texts."""
        values = self._values(attribute)

        def held() -> tuple[str, Sequence[Any]]:
            if any(isinstance(each, frozenset) for each in values):
                lists = [sorted(map(str, each)) if isinstance(each, frozenset) else None for each in values]
                return "VARCHAR[]", lists
            known: dict[Value, int] = {}
            return "UINTEGER", [None if each is None else known.setdefault(each, len(known)) for each in values]

        return self._table("same", attribute, held)

    def ordered(self, attribute: str) -> str:
        """Make a table of what lines are put in order by."""
        return self._table("order", attribute, lambda: ("BIGINT", list(map(_ordinal, self._values(attribute)))))

    def birth(self) -> str:
        """Make a table of days of birth, as far as they are known."""
        values = self._lines.values.get(BIRTH, [None])
        return self._table("birth", BIRTH, lambda: ("INTEGER", [each and _ordinal(each) for each in values]))

    def amounts(self, summed: Summed) -> str:
        """Make a table of what a line adds at least and at most; None is without end."""
        at = self._bound.compared.index(summed.attribute)
        name = f"count_amount{at}"
        if name not in self._looked_up:
            both = [
                (each, each) if isinstance(each, int) else (summed.least, summed.most)
                for each in self._values(summed.attribute)
            ]
            rows = [(n, *each) for n, each in enumerate(both)]
            self._store.table(name, by_column({"n": "UINTEGER", "low": "BIGINT", "high": "BIGINT"}, rows))
            self._looked_up[name] = name
        return name

    def is_list(self, attribute: str) -> bool:
        """Tell whether an attribute holds lists."""
        return any(isinstance(each, frozenset) for each in self._values(attribute))


def _ordinal(value: object) -> int | None:
    return value.toordinal() if isinstance(value, date) else value if isinstance(value, int) else None
