"""Take a condition apart: each part with the place where the document writes it, to see how true it is on a line.

The truth of every part is the reference evaluator's; only the way through the parts is written here.
"""

from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

import msgspec

from payrule.documents.models import Condition
from payrule.documents.places import Path
from payrule.language.derived import INPUTS
from payrule.language.names import Names
from payrule.language.reference import Facts, Meaning, Situation, meaning
from payrule.language.truth import FALSE, TRUE, UNKNOWN, Truth


class Part(msgspec.Struct, frozen=True):
    """One part of a condition: its place in the document, itself as written there, its meaning, its own parts.

    A test, a named fact and an `other_line` are leaves. `waits` tells whether it can be unknown at all.
    """

    at: Path
    condition: Condition
    meaning: Meaning
    parts: tuple["Part", ...] = ()
    waits: bool = True

    @property
    def key(self) -> str:
        """The key that makes the part what it is: an attribute, or a connective."""
        return next(iter(self.condition), "all")

    @property
    def is_leaf(self) -> bool:
        """Tell whether it is a leaf: what is asked of a line, and no way of combining what is asked."""
        return self.key not in _COMBINED


class Sighting(msgspec.Struct, frozen=True):
    """How true a part was where it was asked; `alone` tells that the whole would be otherwise if this part were."""

    part: Part
    truth: Truth
    alone: bool


def taken_apart(condition: Condition, names: Names, at: Path = ()) -> Part:
    """Take a condition apart; `at` is where it stands in its document.

    >>> from payrule.documents.models import Attribute, Regions, Timed, Vocabulary
    >>> names = Names(Vocabulary(
    ...     kind="vocabulary", concerns=(), regions=Regions(contiguous=()), timed=Timed(codes=(), method="x"),
    ...     attributes={"line.units": Attribute(type="integer", summary="units")}))
    >>> whole = taken_apart({"not": {"line.units": {"at_least": 2, "at_most": 4}}}, names, ("when",))
    >>> [leaf.at for leaf in leaves(whole)]
    [('when', 'not', 'line.units', 'at_least'), ('when', 'not', 'line.units', 'at_most')]
    """
    return _conjunction(condition, _Reading(names, {}), at)


def every(part: Part) -> Iterator[Part]:
    """List a part and all parts in it, in the order of the document."""
    yield part
    yield from chain.from_iterable(map(every, part.parts))


def leaves(part: Part) -> Iterator[Part]:
    """List the leaves of a part, also those inside of an `other_line`."""
    return (each for each in every(part) if each.is_leaf)


def sightings(part: Part, here: Situation, *, alone: bool = True) -> Iterator[Sighting]:
    """Look at every part where it is asked: here, and inside of an `other_line` on each other line.

    `alone` tells that everything around this part leaves the answer to it.
    """
    yield Sighting(part, part.meaning.truth(here), alone)
    if part.key == "other_line":
        (inside,) = part.parts
        places = list(here.others(same_date=part.condition["other_line"].get("same_date", True)))
        truths = [inside.meaning.truth(there) for there in places]
        for position, there in enumerate(places):
            others = truths[:position] + truths[position + 1 :]
            yield from sightings(inside, there, alone=alone and all(each is FALSE for each in others))
        return
    truths = [each.meaning.truth(here) for each in part.parts]
    for position, each in enumerate(part.parts):
        others = truths[:position] + truths[position + 1 :]
        yield from sightings(each, here, alone=alone and _left_to_one(part, others))


def _left_to_one(part: Part, others: list[Truth]) -> bool:
    """Tell whether the other parts leave the truth of the whole to one of them."""
    if part.key == "any":
        return all(each is FALSE for each in others)
    if part.key == "count":
        return UNKNOWN not in others and others.count(TRUE) == part.condition["count"]["at_least"] - 1
    return all(each is TRUE for each in others)


class _Reading(msgspec.Struct, frozen=True):
    """What conditions are read with."""

    names: Names
    facts: Facts

    def part(self, condition: Condition, at: Path, parts: tuple[Part, ...] = (), *, waits: bool | None = None) -> Part:
        can_wait = any(each.waits for each in parts) if waits is None else waits
        return Part(at, condition, meaning(condition, self.names, self.facts), parts, can_wait)


def _conjunction(condition: Condition, reading: _Reading, at: Path) -> Part:
    entries = (
        part
        for key, operand in condition.items()
        if key != "same_date"
        for part in _PARTS.get(key, _tests)(key, operand, reading, at)
    )
    asked = {key: value for key, value in condition.items() if key != "same_date"}
    parts = tuple(entries)
    if len(parts) == 1:
        return parts[0]
    whole = Part(at, {"all": [asked]}, meaning(asked, reading.names, reading.facts), parts)
    return msgspec.structs.replace(whole, waits=any(each.waits for each in parts))


def _tests(key: str, operand: Any, reading: _Reading, at: Path) -> Iterator[Part]:
    waits = _can_wait(key, reading.names)
    for test, value in operand.items():
        yield reading.part({key: {test: value}}, (*at, key, test), waits=waits)


def _can_wait(name: str, names: Names) -> bool:
    """Tell whether an attribute can be unknown: a derived one can where something that it is computed from can."""
    attribute = names.attribute(name)
    if attribute.derived is not None:
        inputs = INPUTS.get(attribute.derived, ())
        return any(_can_wait(each, names) for each in inputs if each in names.vocabulary.attributes)
    return not attribute.required and attribute.default is None


def _group(key: str, operand: Any, reading: _Reading, at: Path) -> Iterator[Part]:
    listed = operand["of"] if key == "count" else operand
    under = (*at, key, "of") if key == "count" else (*at, key)
    parts = tuple(_conjunction(each, reading, (*under, number)) for number, each in enumerate(listed))
    yield reading.part({key: operand}, (*at, key), parts)


def _not(key: str, operand: Any, reading: _Reading, at: Path) -> Iterator[Part]:
    yield reading.part({key: operand}, (*at, key), (_conjunction(operand, reading, (*at, key)),))


def _facts(key: str, operand: Any, reading: _Reading, at: Path) -> Iterator[Part]:
    for place, name in _each(operand, (*at, key)):
        inside = _conjunction(reading.names.fact(name).when, _Reading(reading.names.owner(name), {}), place)
        yield reading.part({key: name}, place, waits=inside.waits)


def _other_lines(key: str, operand: Any, reading: _Reading, at: Path) -> Iterator[Part]:
    for place, inner in _each(operand, (*at, key)):
        yield reading.part({key: inner}, place, (_conjunction(inner, reading, place),))


def _each(operand: Any, at: Path) -> Iterator[tuple[Path, Any]]:
    """List what stands at a place: one, or a list of them."""
    if isinstance(operand, list | tuple):
        yield from (((*at, number), each) for number, each in enumerate(operand))
    else:
        yield at, operand


_PARTS: dict[str, Callable[[str, Any, _Reading, Path], Iterator[Part]]] = {
    "all": _group,
    "any": _group,
    "count": _group,
    "not": _not,
    "fact": _facts,
    "other_line": _other_lines,
}

_COMBINED = frozenset({"all", "any", "count", "not"})
