"""What makes a condition hold: values of a line, and lines beside it that are counted, of its claim and earlier."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import msgspec

from payrule.analysis.witness import put
from payrule.encounter.encounter import CODE, DATE, UNITS
from payrule.language.condition import All, Condition, Count, Fact, Lines, Not, Quota, Some, Test, parse
from payrule.language.condition import OtherLine as AnotherLine
from payrule.language.counting import LINES, Window
from payrule.language.names import Names
from payrule.model.encounter_schema import STATUS
from payrule.model.policy import Rule
from payrule.model.value_schema import example_of
from payrule.model.values import is_range, split_range
from payrule.model.vocabulary import Vocabulary

COMPLETE = "1900-01-01"
"""From this day on all earlier lines are given."""
PAID = "paid"


def asked(when: Mapping[str, Any], names: Names) -> dict[str, Any]:
    """Give a value of each attribute that a condition tests, such that it holds; of alternatives, of the first one.

    Negations need no value; for counts and other lines see `beside`.

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
    days: int = 0
    """How many days of its year come before the date of the example's line at least."""

    def __add__(self, other: "Beside") -> "Beside":
        """Give what both have; of values of the line itself, the later."""
        days = max(self.days, other.days)
        return Beside(self.lines + other.lines, self.own | other.own, self.has_history or other.has_history, days)

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

    Of what a quota limits, or the rule itself, the line bills more than that. Where lines of one claim share a quota by
    their numbers alone, none is found: the line of an example is the first.

    >>> from payrule import load
    >>> from payrule.model.policy import Conclude
    >>> names = Names(load().documents.vocabulary)
    >>> lines = {"window": {"days": 30}, "where": {"line.code": {"is": "00010"}}, "itself": True, "dates": {"is": 3}}
    >>> found = beside(Rule(id="r", summary="", when={"lines": lines}, conclude=Conclude(concern="", value="")), names)
    >>> [(each.values, each.days, each.is_earlier) for each in found.lines], found.has_history
    ([({'line.code': '00010'}, 1, True), ({'line.code': '00010'}, 2, True)], True)
    """
    found = _beside(parse(rule.when), names)
    if rule.conclude.pay is not msgspec.UNSET and isinstance(rule.conclude.pay.units, int):
        return msgspec.structs.replace(found, own={UNITS: rule.conclude.pay.units + 1} | found.own)
    return found


def _beside(condition: Condition, names: Names) -> Beside:
    found = Beside()
    for count, known in _counts(condition, names):
        if isinstance(count, Quota):
            found += _of_quota(count, known)
        elif isinstance(count, Lines):
            lines = tuple(placed(each, count.window) for each in _counted(count, known))
            own = dict(_asked(count.part, known)) if count.itself else {}
            days = max((each.days for each in lines), default=0) if count.window.unit == "year" else 0
            found += Beside(lines, own, has_history=not count.window.of_claim, days=days)
        else:
            found += Beside((OtherLine(dict(_asked(count.part, known))),))
    return found


def placed(line: OtherLine, window: Window) -> OtherLine:
    """Put a line that is counted into a window: of this claim on its date, else into the history.

    >>> placed(OtherLine({}, days=3), Window("patient-date"))
    OtherLine(values={}, same=(), days=0, is_earlier=True)
    """
    days = 0 if window.of_claim or window.unit == "patient-date" else line.days
    return msgspec.structs.replace(line, days=days, is_earlier=not window.of_claim)


def _of_quota(asks: Quota, names: Names) -> Beside:
    """Give what leaves nothing of a quota, or less than the line bills: of lines, those that come before it."""
    quota = names.quotas[asks.name]
    window, where = Window.read(quota.window), asked(quota.where, names)
    over = _least(asks.tests) if asks.kind == "over" else 0
    if quota.of != LINES:
        return Beside((), where | {quota.of: quota.at_most + over}, has_history=not window.of_claim)
    own, before = dict(where), dict(where)
    if window.of_claim:
        # Lines of one date share in the order of a number, such as the charge: the line itself comes last.
        ((way, attribute),) = quota.first[0].items() if quota.first else (("", ""),)
        if not attribute or names.attribute(attribute).type != "integer":
            return Beside((), own)
        low = example_of(names.attribute(attribute))
        own[attribute], before[attribute] = (low, low + 1) if way == "highest" else (low + 1, low)
    lines = (placed(OtherLine(before, quota.same, at), window) for at in range(1, quota.at_most + 1))
    return Beside(tuple(lines), own, has_history=not window.of_claim)


def _counts(condition: Condition, names: Names) -> Iterator[tuple[Lines | Quota | AnotherLine, Names]]:
    """List what a condition counts or finds on other lines, in positive places, with the names that it may use."""
    if isinstance(condition, All):
        for part in condition.parts:
            yield from _counts(part, names)
    elif isinstance(condition, Some):
        yield from _counts(condition.parts[0], names)
    elif isinstance(condition, Fact):
        yield from _counts(parse(names.fact(condition.name).when), names.owner(condition.name))
    elif isinstance(condition, (Lines, Quota, AnotherLine)):
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


class Change(msgspec.Struct, frozen=True):
    """A change of a claim: other values of its line, and lines beside it."""

    values: dict[str, Any]
    beside: Beside = Beside()


def ways_to_miss(rule: Rule, names: Names) -> Iterator[Change]:
    """List changes of a claim by which a rule may no longer match it, one of its parts each.

    >>> from payrule import load
    >>> from payrule.model.policy import Conclude
    >>> names = Names(load().documents.vocabulary)
    >>> when = {"line.units": {"at_least": 2}, "not": {"line.direct_contact": {"is": True}}}
    >>> rule = Rule(id="r", summary="", when=when, conclude=Conclude(concern="", value=""))
    >>> [each.values for each in ways_to_miss(rule, names)]
    [{'line.units': 1}, {'line.direct_contact': True}]
    """
    yield from _missing(parse(rule.when), names)


def _missing(condition: Condition, names: Names) -> Iterator[Change]:
    if isinstance(condition, (All, Some, Count)):
        for part in condition.parts:
            yield from _missing(part, names)
    elif isinstance(condition, Not):
        beside = _beside(condition.part, names)
        yield Change(beside.own | dict(_asked(condition.part, names)), beside)
    elif isinstance(condition, Fact):
        yield from _missing(parse(names.fact(condition.name).when), names.owner(condition.name))
    elif isinstance(condition, Test):
        yield from (Change({condition.attribute: each}) for each in _failing(condition, names))
    elif isinstance(condition, Lines) and condition.measure.kind in ("count", "dates"):
        line = OtherLine(dict(_asked(condition.part, names)), condition.same, 1)
        yield Change({}, Beside((placed(line, condition.window),), has_history=not condition.window.of_claim))


def _failing(test: Test, names: Names) -> Iterator[Any]:
    """List values that do not pass a test."""
    attribute, key, operand = names.attribute(test.attribute), test.test, test.operand
    if key in ("not_in", "none_of"):
        yield from (value for _, value in _asked(msgspec.structs.replace(test, test=_OPPOSITE[key]), names))
    elif key in ("any_of", "all_of", "is_empty"):
        yield example_of(attribute) if key == "is_empty" and operand else []
    elif attribute.type == "boolean":
        yield not operand
    elif attribute.type == "integer" and key in _NEXT:
        yield operand + _NEXT[key]
    elif key == "before":
        yield operand
    elif key in ("is", "in"):
        members = operand if test.set_name is None else names.sets[test.set_name]
        held = members if key == "in" else [operand]
        yield from (each for each in (attribute.values or (example_of(attribute),)) if each not in held)


_OPPOSITE = {"not_in": "in", "none_of": "any_of"}
_NEXT = {"at_least": -1, "at_most": 1, "is": 1}
"""What is added to the number of a test so that it just fails."""
