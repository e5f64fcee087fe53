"""Claims on which units are supported, or not, by a hair: one claim, with the minutes of each boundary in turn.

And claims on which minutes support units by one way of counting and not by another, which takes a second timed service.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import islice, product
from typing import Any

from payrule.analysis.claims import put
from payrule.analysis.minimize import State
from payrule.analysis.unit_boundaries import MINUTES, UNITS, Timed, boundaries
from payrule.analysis.variables import Space
from payrule.encounter.encounter import Line
from payrule.language.derived import Setting
from payrule.language.derived.units import EIGHT, QUARTER, units_supported
from payrule.model.values import Value, read_date


def timed_claims(encounter: dict[str, Any], setting: Setting) -> Iterator[dict[str, Any]]:
    """Vary the minutes of a claim: two timed lines of one day, of different codes where there are two such codes.

    The second line is another timed one that the claim has, or a copy of the first with another code. Nothing where
    the claim has no timed line.
    """
    lines = encounter["lines"]
    timed = [place for place, line in enumerate(lines) if line["code"] in setting.timed_codes]
    if not timed:
        return
    first = lines[timed[0]]
    beside = (place for place in timed[1:] if _differs(first, lines[place]))
    second = next(beside, len(lines))
    partner = lines[second] if second < len(lines) else _copy(first, len(lines) + 1, setting)
    for mix in boundaries(setting.units_method):
        changed = [*lines, partner] if second == len(lines) else [*lines]
        changed[timed[0]], changed[second] = _with(first, mix[0]), _with(partner, mix[1])
        yield {**encounter, "lines": changed}


def _differs(one: dict[str, Any], two: dict[str, Any]) -> bool:
    """Tell whether two lines of a date have two codes, and whatever tells a discipline alike."""
    alike = all(one.get(key) == two.get(key) for key in ("date", "modifiers", "provider"))
    return alike and bool(one["code"] != two["code"])


def _copy(line: dict[str, Any], number: int, setting: Setting) -> dict[str, Any]:
    """Copy a line with another timed code, or with the same one where there is no other."""
    codes = (
        *sorted(map(str, setting.timed_codes.values)),
        *(end for ends in setting.timed_codes.ranges for end in ends),
    )
    return {**line, "number": number, "code": next((code for code in codes if code != line["code"]), line["code"])}


def _with(line: dict[str, Any], timed: Timed) -> dict[str, Any]:
    """Give a line other units and minutes."""
    changed = {key: value for key, value in line.items() if key != "minutes"}
    put(changed, UNITS, timed.units)
    if timed.minutes is not None:
        put(changed, MINUTES, timed.minutes)
    return changed


_MOST_LINES = 4
"""Timed lines whose minutes are chosen together."""

_CODES = 4
"""Codes that are tried for a line that is added, of those that the same sides time."""

_TRIES = 2
"""Ways to choose minutes that are tried of each claim."""

Wanted = Mapping[str, Mapping[int, bool | None]]
"""By what a payer settles and line number, whether units are supported; None where that is not known."""


def told_apart(space: Space, state: State, encounter: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Choose minutes of a claim so that each side sees units supported as a state has it, adding timed lines if needed.

    Several ways of counting minutes differ only where two services are timed: a line is added that is like the subject
    but for its code, then one of the subject's code too, of the same plan of care or of one that is open. Nothing where
    the state says nothing of units.
    """
    wanted = _wanted(space, state)
    settings = {settled: space.settings[settled] for settled in wanted}
    if not wanted:
        return
    fixed = _minutes_asked(state)
    codes = list(_timed_codes(tuple(settings.values()), {each["code"] for each in encounter["lines"]}))
    for shape in _shapes(encounter["lines"][0], tuple(settings.values())):
        # Which code is added makes no difference to minutes, only which sides time it.
        minutes: dict[tuple[bool, ...], list[tuple[int | None, ...]]] = {}
        for code, timed in codes if shape else codes[:1]:
            lines = [*encounter["lines"], *(_numbered(shape, code, len(encounter["lines"])))]
            chosen = _chosen(lines, settings.values(), fixed)
            if timed not in minutes:
                minutes[timed] = list(islice(_fitting(lines, chosen, wanted, settings), _TRIES))
            for each in minutes[timed]:
                yield {**encounter, "lines": _with_minutes(lines, chosen, each)}


Lines = list[dict[str, Any]]


def _wanted(space: Space, state: State) -> dict[str, dict[int, bool | None]]:
    numbers = {line: position + 1 for position, line in enumerate(state.lines)}
    found: dict[str, dict[int, bool | None]] = {}
    for slot in state.literals:
        if slot.line is not None and slot.settled and slot.settled in space.settings:
            found.setdefault(slot.settled, {})[numbers[slot.line]] = state.values.get(slot)
    return found


def _minutes_asked(state: State) -> frozenset[int]:
    """Give the numbers of lines of which a rule asks for the minutes themselves, which are left as they are."""
    numbers = {line: position + 1 for position, line in enumerate(state.lines)}
    return frozenset(numbers[each.line] for each in state.values if each.attribute == MINUTES and each.line in numbers)


def _shapes(subject: Mapping[str, Any], settings: Sequence[Setting]) -> Iterator[Lines]:
    """List the lines to add, the fewest first; one without a code gets another than the subject's."""
    same = {"units": 1, **{key: subject[key] for key in ("date", "modifiers", "provider") if key in subject}}
    disciplines = [each.modifier for setting in settings for each in setting.disciplines]
    borne = set(subject.get("modifiers", ())) & set(disciplines)
    apart: dict[str, Any] = {"units": 1, "date": subject["date"], "code": subject["code"]}
    if disciplines and not borne:
        apart["modifiers"] = disciplines[:1]
    yield []
    for like in (same, {**subject, "units": 1}):
        other = {key: each for key, each in like.items() if key not in ("code", "number")}
        yield [other]
        yield [other, {**other, "code": subject["code"]}]
        if disciplines:
            yield [other, apart]


def _numbered(shape: Lines, code: str, before: int) -> Lines:
    return [{"number": before + place, "code": code, **line} for place, line in enumerate(shape, start=1)]


def _timed_codes(settings: Sequence[Setting], billed: AbstractSet[str]) -> Iterator[tuple[str, tuple[bool, ...]]]:
    """List some codes that are not billed yet, with which sides time them; those that all do come first."""
    found: dict[tuple[bool, ...], dict[str, None]] = {}
    for setting in settings:
        ends = (end for span in setting.timed_codes.ranges for end in span)
        for code in (*sorted(map(str, setting.timed_codes.values)), *ends):
            if code not in billed:
                found.setdefault(tuple(code in each.timed_codes for each in settings), {})[code] = None
    for timed, codes in sorted(found.items(), reverse=True):
        yield from ((code, timed) for code in islice(codes, _CODES))


def _chosen(lines: Lines, settings: Iterable[Setting], fixed: frozenset[int]) -> tuple[int, ...]:
    """Give the places of timed lines of the subject's day whose minutes may be chosen."""
    timed = {place for setting in settings for place, line in enumerate(lines) if line["code"] in setting.timed_codes}
    return tuple(
        place for place in sorted(timed) if lines[place]["date"] == lines[0]["date"] and place + 1 not in fixed
    )


def _fitting(
    lines: Lines, chosen: Sequence[int], wanted: Wanted, settings: Mapping[str, Setting]
) -> Iterator[tuple[int | None, ...]]:
    """List the ways to choose minutes by which each side sees units supported as it is wanted."""
    if not chosen or len(chosen) > _MOST_LINES:
        return
    for minutes in product(*(_amounts(lines[place].get("units", 1)) for place in chosen)):
        read = [_line(line) for line in _with_minutes(lines, chosen, minutes)]
        if all(_as_wanted(read, settings[settled], asked) for settled, asked in wanted.items()):
            yield minutes


def _with_minutes(lines: Lines, chosen: Sequence[int], minutes: Sequence[int | None]) -> Lines:
    changed = [*lines]
    for place, each in zip(chosen, minutes, strict=True):
        changed[place] = _timed(lines[place], each)
    return changed


def _as_wanted(lines: Sequence[Line], setting: Setting, asked: Mapping[int, bool | None]) -> bool:
    found = units_supported(lines, setting)
    return all(found[number].value is each for number, each in asked.items())


def _amounts(units: int) -> tuple[int | None, ...]:
    """List minutes around what so many units need: full quarter hours, started ones, and none that anybody knows."""
    full = units * QUARTER
    near = {full - EIGHT, full - EIGHT + 1, full - 1, full, full + EIGHT - 1, full + EIGHT, full + EIGHT + 1, 0}
    return (*sorted(each for each in near if each >= 0), None)


def _timed(line: dict[str, Any], minutes: int | None) -> dict[str, Any]:
    changed = {key: value for key, value in line.items() if key != "minutes"}
    return changed if minutes is None else {**changed, "minutes": minutes}


def _line(line: Mapping[str, Any]) -> Line:
    """Read what is looked at of a line to count its minutes."""
    values: dict[str, Value] = {"line.units": 1}
    waiting = [("line", line)]
    while waiting:
        name, group = waiting.pop()
        for key, value in group.items():
            if isinstance(value, Mapping):
                waiting.append((f"{name}.{key}", value))
            elif isinstance(value, list):
                values[f"{name}.{key}"] = frozenset(value)
            else:
                values[f"{name}.{key}"] = read_date(value) if key == "date" else value
    return Line(line["number"], values)
