"""Conditions: every test on every type, every connective, nested."""

from typing import Any, NamedTuple

from hypothesis import strategies as st
from tests.property.choosing import number, pick, picks, rarely, some
from tests.property.words import DECLARED, RANGES, SETS, Json, pool

from payrule.model.encounter_schema import is_pair
from payrule.model.value_schema import Operator, operators_for

DATED = {"line.code": "@dated", "line.place": "@dated", "line.modifiers": "@marks"}
"""Code lists whose codes have dates, by the attributes whose values they hold."""

MOST_TESTS = 6
"""Tests in one condition: enough to nest every connective, few enough to stay within 64 clauses."""


class Scope(NamedTuple):
    """What a condition may name besides sets: attributes, and facts, those about a single line apart.

    `within` is a condition on another line, `alone` one on a line that nothing relates to another; `counting` tells
    whether lines may be counted, and `quotas` are those that may be asked for; `dated` whether there is a code list
    whose codes have dates.
    """

    attributes: tuple[str, ...]
    facts: tuple[str, ...] = ()
    local: tuple[str, ...] = ()
    within: bool = False
    counting: bool = False
    quotas: tuple[str, ...] = ()
    alone: bool = False
    dated: bool = False

    @property
    def readable(self) -> tuple[str, ...]:
        """The attributes that may stand here."""
        return tuple(name for name in self.attributes if self.within or not is_pair(name))

    @property
    def usable(self) -> tuple[str, ...]:
        """The facts that may stand here."""
        return self.local if self.within or self.alone else self.facts


def members(name: str) -> list[Any]:
    """List what a set for an attribute may hold: its values, and ranges of codes."""
    ranges = RANGES if DECLARED[name].type == "code" else ()
    return [*pool(name), *(each for each in ranges if name != "line.code" or each.startswith("A"))]


def condition(draw: st.DrawFn, scope: Scope, size: int = MOST_TESTS) -> Json:
    """Draw a condition of at most so many tests."""
    entries = min(pick(draw, (1, 1, 2)), size)
    found: Json = {}
    for _ in range(entries):
        if size > 1 and pick(draw, (False, True, True)):
            key = pick(draw, _connectives(scope))
            found[key] = _connected(draw, key, scope, size // entries)
        else:
            name = pick(draw, scope.readable)
            found[name] = _tests(draw, name, dated=scope.dated)
    return found


def _tests(draw: st.DrawFn, name: str, *, dated: bool) -> Json:
    chosen = some(draw, operators_for(DECLARED[name]), 1, 2 if rarely(draw, 4) else 1)
    return {operator.key: _operand(draw, name, operator, dated=dated) for operator in chosen}


def _operand(draw: st.DrawFn, name: str, operator: Operator, *, dated: bool) -> Any:
    if operator.operand == "boolean":
        return pick(draw, (True, False))
    if operator.operand == "value":
        return pick(draw, pool(name))
    sets = [f"@{each}" for each, fitting in SETS.items() if name in fitting]
    if dated and name in DATED and rarely(draw, 3):
        return DATED[name]
    if sets and rarely(draw, 3):
        return sets[0]
    return picks(draw, members(name), 1, 3)


def _connectives(scope: Scope) -> list[str]:
    found = ["not", "any", "all", "count"]
    if not scope.within and not scope.alone:
        found += ["other_line"] * 2
        found += ["lines"] * scope.counting + ["quota"] * bool(scope.quotas)
    if scope.usable:
        found += ["fact"] * 2
    return found


def _connected(draw: st.DrawFn, key: str, scope: Scope, size: int) -> Any:
    """Draw what a connective holds."""
    if key == "fact":
        names = some(draw, scope.usable, 1, 2)
        return names[0] if len(names) == 1 and pick(draw, (True, False)) else names
    if key == "not":
        return condition(draw, scope, size)
    if key == "other_line":
        return _other_lines(draw, scope._replace(within=True), size)
    if key == "lines":
        return counted_lines(draw, scope, size)
    if key == "quota":
        return {pick(draw, scope.quotas): {pick(draw, ("over", "over", "within")): _measured(draw)}}
    parts = number(draw, 1, min(3, size))
    listed = [condition(draw, scope, max(1, size // parts)) for _ in range(parts)]
    return {"at_least": number(draw, 1, parts), "of": listed} if key == "count" else listed


_DATES: tuple[Json, ...] = ({}, {}, {}, {"same_date": False}, {"same_date": True})


def _other_lines(draw: st.DrawFn, scope: Scope, size: int) -> Any:
    """Draw conditions on other lines, of the same date or of any."""
    found = [
        ({} if rarely(draw, 8) else condition(draw, scope, size)) | pick(draw, _DATES)
        for _ in range(number(draw, 1, 2))
    ]
    return found[0] if len(found) == 1 and pick(draw, (True, False)) else found


WINDOWS: tuple[Any, ...] = (
    "date", "date", "encounter", "patient-date", {"days": 2}, {"months": 1}, {"full_months": 1}, "year", "ever",
)  # fmt: skip
OF_LINES: tuple[str, ...] = ("line.provider.npi", "line.code", "line.place", "line.record.site")
AMOUNTS = ("line.units", "line.minutes")


def _measured(draw: st.DrawFn) -> Json:
    return {pick(draw, ("at_least", "at_least", "at_most", "is")): number(draw, 0, 3)}


def counted_lines(draw: st.DrawFn, scope: Scope, size: int) -> Json:
    """Draw a count of lines."""
    itself = rarely(draw, 2)
    kind = pick(draw, ("count", "count", "sum", "dates", "days_since"))
    measure = _measured(draw) | ({"of": pick(draw, AMOUNTS)} if kind == "sum" else {})
    found: Json = {"window": pick(draw, WINDOWS), kind: measure}
    if not rarely(draw, 3):
        inner = scope._replace(within=not itself, alone=itself, counting=False, quotas=())
        found["where"] = condition(draw, inner, size)
    if rarely(draw, 2):
        found["same"] = some(draw, (*OF_LINES, "line.modifiers"), 1, 2)
    return found | ({"itself": True} if itself else {})


def quota(draw: st.DrawFn, scope: Scope) -> Json:
    """Draw a quota."""
    found: Json = {"summary": "quota", "of": pick(draw, ("lines", *AMOUNTS)), "at_most": number(draw, 1, 3)}
    found["window"] = pick(draw, WINDOWS)
    if rarely(draw, 2):
        over_time = found["window"] not in ("date", "encounter")
        found["where"] = condition(draw, scope._replace(alone=over_time, quotas=()), 2)
    if rarely(draw, 2):
        found["same"] = some(draw, OF_LINES, 1, 1)
    if rarely(draw, 2):
        found["first"] = [
            {pick(draw, ("highest", "lowest")): each} for each in some(draw, (*AMOUNTS, "line.date"), 1, 2)
        ]
    return found
