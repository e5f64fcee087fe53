"""Encounters for generated rulebases, at random and quick, the same for the same seed.

Hypothesis shrinks what it draws and takes its time; a search of many encounters needs neither.
"""

import random
from collections.abc import Iterator, Sequence
from typing import Any

from tests.property.generated import EARLIER, nested
from tests.property.words import DECLARED, USUAL_DATES, Json, is_written, pool

UNNAMED: dict[str, tuple[Any, ...]] = {
    "line.code": ("A0005", "Z0009"),
    "line.place": ("A0005", "other"),
    "line.provider.npi": ("N9",),
    "line.provider.taxonomy": ("T9",),
    "encounter.sender": ("N9",),
    "line.modifiers": ("M9",),
    "line.units": (4, 9),
    "line.minutes": (15, 30, 120),
    "patient.age": (-1, 9),
    "line.pointers": (9,),
    "line.remark": ("other",),
    "encounter.diagnoses": ("other",),
    "encounter.received": ("2024-06-29", "2024-07-09"),
    "line.visits": ("2024-06-29",),
}
"""Values that no generated rule names."""

OTHER_DATES = ("2024-06-29", "2024-07-09")
COUNTED = ("line.units", "line.minutes", "line.provider.npi", "line.place", "line.record.site")
"""What counts of lines and quotas are about."""
_SOMETIMES = 0.05
_KNOWN = (0.3, 0.7, 0.9, 1.0)
MOST_LINES = 5
_MOST_VALUES = 3


def quick_encounters(attributes: Sequence[str], seed: int, *, counting: bool = False) -> Iterator[Json]:
    """Draw encounters about some attributes, without end: more or less known, on one date or on several.

    With `counting`, most have a history, or say since when it is complete.
    """
    attributes = (*attributes, *COUNTED) if counting else attributes
    chance = random.Random(seed)  # noqa: S311 - the same encounters each time, no secret
    written = [name for name in dict.fromkeys(("line.code", *attributes)) if is_written(name) and name != "line.date"]
    pools = {name: (*pool(name), *UNNAMED.get(name, ())) for name in written}
    number = 0
    while True:
        number += 1
        known = chance.choice(_KNOWN)
        dates = chance.choices((*USUAL_DATES, *OTHER_DATES), k=chance.randint(1, 2))
        found = _fields(chance, pools, ("encounter.", "patient."), known)
        found["id"] = str(number)
        found["lines"] = [
            _fields(chance, pools, ("line.",), known) | {"number": at, "date": chance.choice(dates)}
            for at in range(1, chance.randint(1, MOST_LINES) + 1)
        ]
        if counting:
            found |= _history(chance, pools, known)
        yield found


def _history(chance: random.Random, pools: dict[str, tuple[Any, ...]], known: float) -> Json:
    found: Json = {}
    if chance.random() < known:
        found["history_from"] = chance.choice(("2024-01-01", "2023-01-01", "2024-06-30", "2024-07-01"))
    lines = [
        _fields(chance, pools, ("line.",), known)
        | {"number": at, "claim": chance.choice(("C1", "C2")), "date": chance.choice(EARLIER)}
        | ({"frequency": "8"} if chance.random() < _SOMETIMES else {})
        | ({"original_reference": "C1"} if chance.random() < _SOMETIMES else {})
        for at in range(1, chance.randint(0, MOST_LINES) + 1)
    ]
    return found | ({"history": lines} if lines else {})


def _fields(chance: random.Random, pools: dict[str, tuple[Any, ...]], roots: tuple[str, ...], known: float) -> Json:
    found: Json = {}
    for name, values in pools.items():
        if name.startswith(roots) and (DECLARED[name].required or chance.random() < known):
            many = DECLARED[name].many
            held = chance.choices(values, k=chance.randint(0, _MOST_VALUES)) if many else chance.choice(values)
            found[name.removeprefix("line.").removeprefix("encounter.")] = held
    return nested(found)
