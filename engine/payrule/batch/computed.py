"""Attributes of a line that are computed from all lines of its date, once for each distinct case of such lines."""

from datetime import date

import msgspec

from payrule.batch.lines import CODE, DATE, LINES, Lines
from payrule.batch.statements import create
from payrule.batch.store import Store
from payrule.documents.encounters import Line
from payrule.language.derived import INPUTS, LINE_FUNCTIONS, Setting
from payrule.language.truth import FALSE, TRUE, UNKNOWN

COMPUTED = "computed"
"""The table of computed values: for a row the number of its value, the units allowed (-1 where nobody can tell), and
the numbers of the lines whose facts it waits for."""

VALUES = (None, False, True)
"""What the numbers of computed values stand for."""

_ONE_DAY = date(2000, 1, 1)
_NOBODY_KNOWS = -1


class Case(msgspec.Struct, frozen=True):
    """What is computed for each line of a case, by position: truth, units allowed, the positions it waits for."""

    truths: tuple[int, ...]
    allowed: tuple[int, ...]
    waits: tuple[tuple[int, ...], ...]


def compute(store: Store, lines: Lines, function: str, setting: Setting, within: str) -> None:
    """Make the table of computed values for the lines `within`, a condition; lines that are not in it are supported."""
    names = (CODE, *INPUTS[function])
    touched = [number for number in range(len(lines.values[CODE])) if _is_computed(lines, number, function, setting)]
    store.table("touched", {"code": ("UINTEGER", touched)})
    listed = ", ".join(f"l.{lines.column(name)}" for name in names)
    store.run(
        create(
            "dates",
            "SELECT list(l.row ORDER BY l.number) AS rows, list(l.number ORDER BY l.number) AS numbers, "
            f"list([{listed}] ORDER BY l.number) AS facts FROM {LINES} l "
            f"JOIN touched t ON t.code = l.{lines.column(CODE)} WHERE {within} GROUP BY l.e, l.{lines.column(DATE)}",
        )
    )
    store.run(create("cases", "SELECT facts, row_number() OVER () AS n FROM (SELECT DISTINCT facts FROM dates)"))
    found = [
        (n, _case([dict(zip(names, each, strict=True)) for each in facts], lines, function, setting))
        for facts, n in store.rows("SELECT facts, n FROM cases")
    ]
    store.table(
        "results",
        {
            "n": ("BIGINT", [n for n, case in found for _ in case.truths]),
            "place": ("BIGINT", [at for _, case in found for at in range(1, len(case.truths) + 1)]),
            "id": ("UINTEGER", [truth for _, case in found for truth in case.truths]),
            "allowed": ("BIGINT", [allowed for _, case in found for allowed in case.allowed]),
            "waits": ("BIGINT[]", [waits for _, case in found for waits in case.waits]),
        },
    )
    store.run(
        create(
            COMPUTED,
            "SELECT d.row, r.id, r.allowed, "
            "array_to_string(list_transform(r.waits, lambda n: d.numbers[n]), ' ') AS waits "
            "FROM (SELECT unnest(rows) AS row, unnest(range(1, len(rows) + 1)) AS place, n, numbers "
            "FROM dates JOIN cases USING (facts)) d JOIN results r ON r.n = d.n AND r.place = d.place",
        )
    )


def _is_computed(lines: Lines, number: int, function: str, setting: Setting) -> bool:
    """Tell whether lines of a code have anything to compute: one alone, of which nothing is known, says so."""
    code = lines.values[CODE][number]
    if code is None:
        return False
    support, _ = LINE_FUNCTIONS[function]([Line(1, {CODE: code, DATE: _ONE_DAY})], setting)[1]
    return support is not None


def _case(facts: list[dict[str, int]], lines: Lines, function: str, setting: Setting) -> Case:
    """Compute a case; only the order of its lines' numbers matters, so they are numbered from 1."""
    made = []
    for number, each in enumerate(facts, start=1):
        held = {name: lines.values[name][at] for name, at in each.items()}
        known = {name: setting.presumptions.get(name) if value is None else value for name, value in held.items()}
        made.append(
            Line(number, {DATE: _ONE_DAY, **{name: value for name, value in known.items() if value is not None}})
        )
    found = LINE_FUNCTIONS[function](made, setting)
    supports = [found[line.number] for line in made]
    truths = [TRUE if support is None else support.truth for support, _ in supports]
    return Case(
        truths=tuple(_NUMBERS[truth] for truth in truths),
        allowed=tuple(
            _NOBODY_KNOWS if support is None or support.allowed is None else support.allowed for support, _ in supports
        ),
        waits=tuple(waits if truth is UNKNOWN else () for (_, waits), truth in zip(supports, truths, strict=True)),
    )


_NUMBERS = {UNKNOWN: VALUES.index(None), FALSE: VALUES.index(False), TRUE: VALUES.index(True)}
