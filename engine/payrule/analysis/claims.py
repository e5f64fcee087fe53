"""Write the state of a claim as an encounter, as people write one in JSON."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import islice
from typing import Any

from payrule.analysis.minimize import State
from payrule.analysis.value_classes import UNWRITTEN
from payrule.analysis.variables import DATE, MINUTES, SUBJECT, UNITS, Slot, Space

_ENOUGH, _TOO_FEW = 15, 7
"""Minutes that support a unit, and minutes that do not."""


def claim(space: Space, state: State, name: str) -> dict[str, Any]:
    """Write a state as an encounter; the subject is line 1.

    Minutes are made up so that the units of a line are supported, or not, as the state has it; whether the engine
    agrees is seen when it decides the claim.
    """
    encounter: dict[str, Any] = {"id": name, "lines": [{"number": line + 1} for line in range(len(state.lines))]}
    numbers = {line: position for position, line in enumerate(state.lines)}
    days = _days(space, state)
    for line, position in numbers.items():
        target = encounter["lines"][position]
        for attribute in space.required():
            put(target if attribute.startswith("line.") else encounter, attribute, _usual(space, attribute, line))
        put(target, DATE, days[line].isoformat())
    for slot in sorted(state.values, key=lambda slot: slot.attribute):
        target = encounter if slot.line is None else encounter["lines"][numbers[slot.line]]
        value = _written(space, slot, state.values[slot])
        if slot.attribute != DATE and value is not None and not slot.settled:
            put(target, slot.attribute, value)
    for slot in state.values:
        if slot.line is not None and slot.settled:
            line = encounter["lines"][numbers[slot.line]]
            if line["code"] in space.settings[slot.settled].timed_codes:
                put(line, MINUTES, _minutes(space, state, slot, line))
    return encounter


def claims(space: Space, state: State, name: str) -> Iterator[dict[str, Any]]:
    """Write a state as an encounter in the ways that are worth a try.

    The minutes of a day are pooled, so the units of one line can wait for the minutes of another, of which the state
    says nothing: they are left out, then made up so as to support the other line's units, then none; at last all
    minutes are left out, for sides that presume them differently. There is no way when the state holds a value of
    which no instance is known.
    """
    if _is_unwritten(space, state):
        return
    yield claim(space, state, name)
    settings = list(space.settings.values())
    for each in (_ENOUGH, 0):
        encounter = claim(space, state, name)
        silent = [line for line in encounter["lines"] if "minutes" not in line]
        timed = [line for line in silent if any(line["code"] in setting.timed_codes for setting in settings)]
        for line in timed:
            put(line, MINUTES, each * line.get("units", 1))
        if timed:
            yield encounter
    if MINUTES in space.required():
        return
    encounter = claim(space, state, name)
    said = [line.pop("minutes") for line in encounter["lines"] if "minutes" in line]
    if said:
        yield encounter


def leave_out_minutes(
    space: Space, encounter: dict[str, Any], fits: Callable[[dict[str, Any]], bool]
) -> dict[str, Any]:
    """Leave out minutes that were made up to no purpose, for without them the claim is as fit."""
    for position, line in enumerate(encounter["lines"]):
        if "minutes" in line and MINUTES not in space.required():
            shorter = {key: value for key, value in line.items() if key != "minutes"}
            lines = [*encounter["lines"][:position], shorter, *encounter["lines"][position + 1 :]]
            smaller = {**encounter, "lines": lines}
            encounter = smaller if fits(smaller) else encounter
    return encounter


def put(target: dict[str, Any], attribute: str, value: Any) -> None:
    """Put a value where an encounter has the attribute.

    >>> line = {}
    >>> put(line, "line.provider.type", "physician")
    >>> line
    {'provider': {'type': 'physician'}}
    """
    root, *groups, key = attribute.split(".")
    for group in ([root] if root == "patient" else []) + groups:
        target = target.setdefault(group, {})
    target[key] = value


def _is_unwritten(space: Space, state: State) -> bool:
    usual = [_usual(space, attribute, line) for attribute in space.required() for line in state.lines]
    held = [each for slot, value in state.values.items() for each in (value if slot.many else [value])]
    return any(each is UNWRITTEN for each in (*usual, *held))


def _usual(space: Space, attribute: str, line: int) -> Any:
    """Give what a claim says of an attribute that has to be there, as long as nothing asks for another value."""
    slot = space.slot(attribute, line)
    if slot.many:
        return []
    return slot.choices[0][0] if slot.choices else _written(space, slot, (None, None))


def _written(space: Space, slot: Slot, value: Any) -> Any:
    if slot.many:
        return [_as_json(each) for each in value]
    if slot.choices:
        return value
    low, below = value
    ordinary = space.ordinary(slot.attribute)
    if space.declared(slot.attribute)[0].type == "date":
        return _as_json(next(iter(_near(low, below, ordinary))))
    return _between(low, below, ordinary)


def _as_json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _between(low: Any, below: Any, ordinary: Any) -> Any:
    """Choose a number from the first to before the second, the ordinary one where it lies between them."""
    if ordinary is not None and (low is None or low <= ordinary) and (below is None or ordinary < below):
        return ordinary
    if low is not None and (ordinary is None or ordinary < low):
        return low
    return below - 1 if below is not None else ordinary


def _days(space: Space, state: State) -> dict[int, date]:
    """Give each line its date of service: the subject's, or another one, which is a day of its own where it can be."""
    found: dict[int, date] = {}
    for line in state.lines:
        if line != SUBJECT and line not in state.other_dates:
            found[line] = found[SUBJECT]
            continue
        low, below = state.values[space.slot(DATE, line)]
        days = list(islice(_near(low, below, space.ordinary(DATE)), len(found) + 1))
        free = [day for day in days if day not in found.values()]
        found[line] = (free or [day for day in days if day != found[SUBJECT]])[0]
    return found


def _near(low: date | None, below: date | None, ordinary: date | None) -> Iterator[date]:
    """List the days from the first to before the second, from the ordinary one on, then those before it."""
    first, last = low or date.min, below - timedelta(days=1) if below else date.max
    start = min(max(ordinary or first, first), last)
    for step in range((last - start).days + 1):
        yield start + timedelta(days=step)
    for step in range(1, (start - first).days + 1):
        yield start - timedelta(days=step)


def _minutes(space: Space, state: State, slot: Slot, line: dict[str, Any]) -> int:
    """Make up minutes that support the units of a line, or that do not."""
    units: int = line.get("units", space.ordinary(UNITS) or 1)
    supported = state.values[slot]
    wanted = units * _ENOUGH if supported else max(0, (units - 1) * _ENOUGH + _TOO_FEW)
    asked = next((each for each in state.values if each.attribute == MINUTES and each.line == slot.line), None)
    if asked is None:
        return wanted
    low, below = state.values[asked]
    return int(_between(low, below, wanted))
