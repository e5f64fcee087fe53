"""Minutes of two timed services of one day, at the boundaries of what they support together.

The minutes of a day are pooled, so that the units of one line are supported by what another one leaves over, or not.
A boundary is where a minute more or less of one line, or a minute count that nobody knows, changes what is supported.
"""

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from itertools import product
from typing import Any, NamedTuple

from payrule.analysis.variables import MINUTES
from payrule.analysis.witness import put
from payrule.encounter.encounter import UNITS, Line
from payrule.language.derived import Setting, units_support
from payrule.language.derived.units import is_supported
from payrule.language.truth import Truth
from payrule.model.values import Value, ValueSet

_CODES = ("first", "second")
"""Two codes with a time component, whatever they are called."""

_MOST_UNITS = 2
"""Units of a line, so that a full quarter hour and a started one can be told apart."""

_MOST_MINUTES = 31
"""Minutes of a line: what these units need, and one more."""


class Timed(NamedTuple):
    """What a line says of its time; minutes that nobody knows are None."""

    units: int
    minutes: int | None


Mix = tuple[Timed, Timed]
"""Two lines of different codes, in the order of their numbers."""


@lru_cache
def boundaries(method: str) -> tuple[Mix, ...]:
    """List a mix for each way in which what two lines support can change around it, by a method of counting.

    >>> (Timed(1, 4), Timed(1, 4)) in boundaries("cms-8-minute")
    True
    """
    setting = Setting(method, ValueSet(frozenset(_CODES)), frozenset())
    minutes = (None, *range(_MOST_MINUTES + 1))
    amounts = [Timed(units, each) for units in range(1, _MOST_UNITS + 1) for each in minutes]
    supported = {mix: _supported(mix, setting) for mix in product(amounts, amounts)}
    found: dict[tuple[tuple[Truth, ...] | None, ...], Mix] = {}
    for mix in supported:
        around = tuple(supported.get(each) if each is not None else None for each in (mix, *_beside(mix)))
        if len(set(around) - {None}) > 1:
            found.setdefault(around, mix)
    return tuple(found.values())


def _beside(mix: Mix) -> Iterator[Mix | None]:
    """Give what stands beside a mix: each line in turn with a minute less, a minute more, and minutes unknown."""
    one, two = mix
    for near in _near(one):
        yield (near, two) if near is not None else None
    for near in _near(two):
        yield (one, near) if near is not None else None


def _near(timed: Timed) -> tuple[Timed | None, ...]:
    if timed.minutes is None:
        return (None, None, None)
    return tuple(timed._replace(minutes=each) for each in (timed.minutes - 1, timed.minutes + 1, None))


def _supported(mix: Mix, setting: Setting) -> tuple[Truth, ...]:
    """Say of each line whether its units are supported."""
    lines = [_line(number, code, timed) for number, (code, timed) in enumerate(zip(_CODES, mix, strict=True), 1)]
    found = units_support(lines, setting)
    supports = [found[line.number].support for line in lines]
    return tuple(is_supported(support) for support in supports if support is not None)


def _line(number: int, code: str, timed: Timed) -> Line:
    values: dict[str, Value] = {"line.code": code, "line.date": date.min, UNITS: timed.units}
    return Line(number, values if timed.minutes is None else {**values, MINUTES: timed.minutes})


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
