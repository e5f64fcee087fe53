"""Minutes of two timed services of one day, at the boundaries of what they support together.

The minutes of a day are pooled, so that the units of one line are supported by what another one leaves over, or not.
A boundary is where a minute more or less of one line, or a minute count that nobody knows, changes what is supported.
"""

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from itertools import product
from typing import NamedTuple

from payrule.encounter.encounter import Line
from payrule.language.derived import Setting, units_support
from payrule.language.derived.units import is_supported
from payrule.language.truth import Truth
from payrule.model.values import Value, ValueSet

UNITS = "line.units"
MINUTES = "line.minutes"

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
