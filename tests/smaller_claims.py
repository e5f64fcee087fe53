"""Claims that say one thing less than another: what a smallest claim is held against."""

import copy
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]


def smaller_claims(encounter: Json) -> Iterator[tuple[str, Json]]:
    """Make the claims that say one thing less: a line, a fact, or one value of a set."""
    for position in range(1, len(encounter["lines"])):
        smaller = copy.deepcopy(encounter)
        del smaller["lines"][position]
        yield f"line {position + 1}", smaller
    for place in _places(encounter):
        held: Any = encounter
        for step in place:
            held = held[step]
        smaller = copy.deepcopy(encounter)
        target: Any = smaller
        for step in place[:-1]:
            target = target[step]
        for value in held if isinstance(held, list) else ():
            target[place[-1]] = [each for each in held if each != value]
            yield f"{value} in {place}", copy.deepcopy(smaller)
        del target[place[-1]]
        yield str(place), smaller


def _places(encounter: Json) -> Iterator[tuple[Any, ...]]:
    for key, value in encounter.items():
        if key == "lines":
            for position, line in enumerate(value):
                yield from (("lines", position, *place) for place in _facts(line))
        elif key != "id":
            yield from ((key, *place) for place in _facts(value)) if isinstance(value, dict) else [(key,)]


def _facts(line: Json) -> Iterator[tuple[Any, ...]]:
    for key, value in line.items():
        if isinstance(value, dict):
            yield from ((key, *place) for place in _facts(value))
        elif key not in ("number", "code", "date"):
            yield (key,)
