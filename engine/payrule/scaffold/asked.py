"""What makes a condition hold: values of a line, and lines beside it that are counted, of its claim and earlier."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import msgspec

from payrule.analysis.witness import put
from payrule.language.condition import All, Condition, Fact, Lines, Quota, Some, Test, parse
from payrule.language.counting import LINES, Window
from payrule.language.names import Names
from payrule.model.encounter_schema import STATUS
from payrule.model.policy import Rule
from payrule.model.value_schema import example_of
from payrule.model.values import is_range, split_range
from payrule.model.vocabulary import Vocabulary

CODE, DATE, UNITS = "line.code", "line.date", "line.units"
COMPLETE = "1900-01-01"
"""From this day on all earlier lines are given."""
PAID = "paid"


def asked(when: Mapping[str, Any], names: Names) -> dict[str, Any]:
    """Give a value of each attribute that a condition tests, such that it holds; of alternatives, of the first one.

    Negations and other lines need no value; for counts see `beside`.

    >>> from payrule import load
    >>> names = Names(load().documents.vocabulary)
    >>> asked({"line.code": {"in": ["00010-00013"]}, "any": [{"line.units": {"at_least": 2}}]}, names)
    {'line.code': '00010', 'line.units': 2}
    """
    return dict(_asked(parse(when), names))


def _asked(condition: Condition, names: Names) -> Iterator[tuple[str, Any]]:
    if isinstance(condition, All):
        for part in condition.parts:
            yield from _asked(part, names)
    elif isinstance(condition, Some):
        yield from _asked(condition.parts[0], names)
    elif isinstance(condition, Fact):
        yield from _asked(parse(names.fact(condition.name).when), names.owner(condition.name))
    elif isinstance(condition, Test) and condition.test in _TAKEN:
        members = condition.operand if condition.set_name is None else names.sets[condition.set_name]
        if (code_set := names.code_set(condition.operand)) is not None:
            members = [each.code for each in sorted(code_set.entries, key=lambda one: one.last is not None)]
        if names.attribute(condition.attribute).system is not None:
            members = [_plainly(each) for each in members] if isinstance(members, (list, tuple)) else _plainly(members)
        yield condition.attribute, _TAKEN[condition.test](members)


def _plainly(member: Any) -> str:
    """Give a code that a member of a set of codes of a system holds: of a category its name, of a range its beginning.

    >>> [_plainly(each) for each in ("M54.*", "M54.2-M54.5", "M54.50")]
    ['M54', 'M54.2', 'M54.50']
    """
    return str(member).removesuffix("*").removesuffix(".").partition("-")[0]


def _first(members: Any) -> Any:
    """Give the first member; of a range of codes its beginning."""
    return split_range(members[0])[0] if is_range(members[0]) else members[0]


_TAKEN: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("is", "at_least", "at_most", "on_or_after"), lambda value: value),
    "in": _first,
    "any_of": lambda members: [_first(members)],
    "all_of": list,
}
"""By test, what value passes it."""


class OtherLine(msgspec.Struct, frozen=True):
    """A line that is counted: what it says, in what it agrees with the example's line, and how many days before."""

    values: dict[str, Any]
    same: tuple[str, ...] = ()
    days: int = 0
    is_earlier: bool = False


class Beside(msgspec.Struct, frozen=True):
    """The lines that a rule counts, and what the example's line says so that a limit of its own is exceeded."""

    lines: tuple[OtherLine, ...] = ()
    own: dict[str, Any] = {}
    has_history: bool = False

    def put(self, encounter: dict[str, Any], values: Mapping[str, Any], vocabulary: Vocabulary) -> None:
        """Add the lines to a claim whose first line has these values; earlier ones were paid."""
        day = date.fromisoformat(values[DATE])
        attributes = vocabulary.attributes
        required = {name: example_of(each) for name, each in attributes.items() if each.required}
        history: list[dict[str, Any]] = []
        for each in self.lines:
            said = {CODE: values[CODE]} | each.values | {DATE: (day - timedelta(days=each.days)).isoformat()}
            said |= {name: values[name] for name in each.same if name in values}
            if each.is_earlier:
                line: dict[str, Any] = {"claim": f"earlier {len(history) + 1}", "number": 1}
                history.append(line)
                said |= {STATUS: PAID} if STATUS in attributes else {}
            else:
                line = {"number": len(encounter["lines"]) + 1}
                encounter["lines"].append(line)
            for name, value in (required | said).items():
                if name.startswith("line."):
                    put(line, name, value)
        if self.has_history:
            encounter |= {"history": history, "history_from": COMPLETE}


def beside(rule: Rule, names: Names) -> Beside:
    """Find the lines that make the counts of a rule come to as much as they ask for at least; of alternatives, one.

    Of what a quota limits, or the rule itself, the line bills more than that; lines of a quota that are ranked on one
    date stay with the analyst.

    >>> from payrule import load
    >>> from payrule.model.policy import Conclude
    >>> names = Names(load().documents.vocabulary)
    >>> lines = {"window": {"days": 30}, "where": {"line.code": {"is": "00010"}}, "itself": True, "dates": {"is": 3}}
    >>> found = beside(Rule(id="r", summary="", when={"lines": lines}, conclude=Conclude(concern="", value="")), names)
    >>> [(each.values, each.days, each.is_earlier) for each in found.lines], found.has_history
    ([({'line.code': '00010'}, 1, True), ({'line.code': '00010'}, 2, True)], True)
    """
    lines: list[OtherLine] = []
    own: dict[str, Any] = {}
    has_history = False
    if rule.conclude.pay is not msgspec.UNSET and isinstance(rule.conclude.pay.units, int):
        own[UNITS] = rule.conclude.pay.units + 1
    for count, known in _counts(parse(rule.when), names):
        if isinstance(count, Lines):
            window, found = count.window, _counted(count, known)
            own |= dict(_asked(count.part, known)) if count.itself else {}
        else:
            quota = known.quotas[count.name]
            window, where = Window.read(quota.window), asked(quota.where, known)
            over = _least(count.tests) if count.kind == "over" else 0
            own |= where
            if quota.of != LINES:
                own |= {quota.of: quota.at_most + over}
            found = [OtherLine(where, quota.same, at) for at in range(1, quota.at_most + 1) if quota.of == LINES]
            found = [] if window.of_claim else found
        has_history |= not window.of_claim
        lines += [
            msgspec.structs.replace(each, days=0 if window.of_claim else each.days, is_earlier=not window.of_claim)
            for each in found
        ]
    return Beside(tuple(lines), own, has_history)


def _counts(condition: Condition, names: Names) -> Iterator[tuple[Lines | Quota, Names]]:
    """List what a condition counts, in positive places, with the names that it may use."""
    if isinstance(condition, All):
        for part in condition.parts:
            yield from _counts(part, names)
    elif isinstance(condition, Some):
        yield from _counts(condition.parts[0], names)
    elif isinstance(condition, Fact):
        yield from _counts(parse(names.fact(condition.name).when), names.owner(condition.name))
    elif isinstance(condition, (Lines, Quota)):
        yield condition, names


def _counted(count: Lines, names: Names) -> list[OtherLine]:
    """Give the lines that make a count come to what it asks for at least, one a day, the line itself left out."""
    where, least, window = dict(_asked(count.part, names)), _least(count.measure.tests), count.window
    if count.measure.kind == "days_since":
        days = max((number for _, number in count.measure.tests), default=0) if least else 0
        return [OtherLine(where, count.same, days)]
    if count.measure.kind == "sum":
        return [OtherLine(where | {str(count.measure.of): least}, count.same, 1)] if least else []
    together = window.unit == "days" and least > window.size
    return [OtherLine(where, count.same, 1 if together else at) for at in range(1, least - count.itself + 1)]


def _least(tests: tuple[tuple[str, int], ...]) -> int:
    """Give the least number that passes tests."""
    return max((number for test, number in tests if test != "at_most"), default=0)
