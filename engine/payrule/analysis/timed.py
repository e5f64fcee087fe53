"""Claims on which units are supported, or not, by a hair: one claim, with the minutes of each boundary in turn."""

from collections.abc import Iterator
from typing import Any

from payrule.analysis.claims import put
from payrule.analysis.mixes import MINUTES, UNITS, Timed, boundaries
from payrule.language.derived import Setting


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
