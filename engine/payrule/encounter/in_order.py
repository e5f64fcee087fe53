"""Attributes that rest on the order of a list: the diagnoses that a line points to, the first modifier of a line.

They are computed where a claim is read, for a set of values has no order. What a claim gives itself stays.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import msgspec

from payrule.model.encounter_schema import EncounterKeys
from payrule.model.values import NO_VALUE, Value, read_date
from payrule.model.vocabulary import Vocabulary
from payrule.source.json_source import Path


class _Ordered(msgspec.Struct, frozen=True):
    """An attribute of the line, or of the claim, with the list that it is computed from, and what points into that."""

    name: str
    source: str
    pointers: str | None


class InOrder:
    """Compute such attributes of a vocabulary.

    >>> from payrule.model.encounter_schema import Keys
    >>> from payrule.model.vocabulary import Attribute, Computation, Regions, Timed
    >>> first = Attribute(type="code", summary="first mark", derived=Computation(first_of="line.marks"))
    >>> words = Vocabulary(kind="vocabulary", attributes={"line.marks": Attribute(type="code", summary="", many=True),
    ...     "line.mark": first}, concerns=(), regions=Regions(contiguous=()), timed=Timed(codes=(), method=""))
    >>> keys = EncounterKeys(Keys({}, {}), Keys({"marks": "line.marks", "mark": "line.mark"}, {}), words.attributes)
    >>> values = {}
    >>> InOrder(words, keys).add({}, {"marks": ["B", "A"]}, values, date(2024, 3, 1))
    ('line.mark',)
    >>> values
    {'line.mark': 'B'}
    """

    def __init__(self, vocabulary: Vocabulary, keys: EncounterKeys) -> None:
        """Take the vocabulary, and where its attributes stand in a claim."""
        self._attributes, self._places = vocabulary.attributes, keys.places()
        self._begins = {
            name: {value: read_date(day) for value, day in firsts.items()} for name, firsts in vocabulary.begins.items()
        }
        self._forms = tuple(_sorted(vocabulary))
        self._of_line = tuple(each for each in self._forms if each.name.startswith("line."))
        self._of_claim = tuple(each for each in self._forms if not each.name.startswith("line."))

    def __bool__(self) -> bool:
        """Tell whether there are any."""
        return bool(self._forms)

    def add(
        self, top: Mapping[str, Any] | None, line: Mapping[str, Any] | None, values: dict[str, Any], day: date | None
    ) -> tuple[str, ...]:
        """Add those of a line to its values, or without a line those of the claim, and name them.

        `top` and `line` are the claim and the line in JSON; of an earlier line there is no claim. `day` is the first
        day of the line, on which a value that is not in force yet is none.
        """
        made: list[str] = []
        lists: dict[str, list[Any]] = {}
        for each in self._of_claim if line is None else self._of_line:
            if each.name in values:
                continue
            found = self._found(each, top, line or {}, lists, day)
            if found is not None:
                if isinstance(found, list):
                    lists[each.name] = found
                values[each.name] = frozenset(found) if isinstance(found, list) else found
                made.append(each.name)
        return tuple(made)

    def _found(
        self,
        form: _Ordered,
        top: Mapping[str, Any] | None,
        line: Mapping[str, Any],
        lists: Mapping[str, list[Any]],
        day: date | None,
    ) -> list[Any] | Value | None:
        source = self._list(form.source, top, line, lists, day)
        if source is None:
            return None
        if form.pointers is None:
            return source[0] if source else NO_VALUE
        pointers = self._list(form.pointers, top, line, lists, day)
        # A position that points to nothing counts as absent, of which the validator warns.
        return None if pointers is None else [source[at - 1] for at in pointers if 1 <= at <= len(source)]

    def _list(
        self,
        name: str,
        top: Mapping[str, Any] | None,
        line: Mapping[str, Any],
        lists: Mapping[str, list[Any]],
        day: date | None,
    ) -> list[Any] | None:
        """Give a list as it was written, without what is not in force; None where it is unknown."""
        if name in lists:
            return lists[name]
        if top is None and not name.startswith("line."):
            return None  # the claim of an earlier line says it, which nobody gave
        held: Any = line if name.startswith("line.") else top
        for step in self._places.get(name, ()):
            held = held.get(step) if isinstance(held, dict) else None
        if held is None:
            held = self._attributes[name].default
        if held is None:
            return None
        begins = self._begins.get(name)
        if begins is None or day is None:
            return list(held)
        return [each for each in held if each not in begins or begins[each] <= day]

    def places(self) -> Iterator[Path]:
        """List where a claim holds lists whose order counts, without the numbers of lines."""
        for each in self._forms:
            for name in filter(None, (each.source, each.pointers)):
                place = self._places.get(name, ())
                yield ("lines", *place) if name.startswith("line.") else place


def _sorted(vocabulary: Vocabulary) -> Iterator[_Ordered]:
    """List the attributes whose forms rest on an order, each after the one that it is computed from."""
    made = {name: each.computation for name, each in vocabulary.attributes.items()}
    waiting = {name: each for name, each in made.items() if each is not None and each.is_of_order}
    while ready := [name for name, each in waiting.items() if each.reads[0] not in waiting]:
        for name in ready:
            form = waiting.pop(name)
            pointing = [each for each, to in vocabulary.pointers.items() if to == form.pointed]
            yield _Ordered(name, form.reads[0], pointing[0] if pointing and form.pointed else None)
