"""What an encounter of the right shape says that cannot be: days out of order, pointers to nothing, later modifiers.

A span that ends before it begins, or of too many days, refuses the encounter. A position that points to nothing, and a
value that is not yet in force on the date of service, count as absent and are told.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from payrule.documents.encounter_values import MOST_DAYS, MOST_LINE_DAYS
from payrule.documents.encounters import Encounter, Line
from payrule.documents.faults import Fault, shown
from payrule.documents.models import Spans, Vocabulary
from payrule.documents.places import Path
from payrule.documents.spans import count_days, days_of, not_in_force


class Doubts:
    """Look at encounters of one vocabulary; `places` says where attributes stand, as keys from the line or the top."""

    def __init__(self, vocabulary: Vocabulary, places: Mapping[str, Path]) -> None:
        """Take what the vocabulary says of spans, pointers and the first days of values."""
        self._spans, self._begins = vocabulary.spans, vocabulary.begins
        self._pointers = {name: (places[name], places[to]) for name, to in vocabulary.pointers.items()}
        self._pointed = dict(vocabulary.pointers)
        self._places = places
        self._frequency = vocabulary.frequency

    def any(self, encounter: Encounter, data: Any) -> bool:
        """Tell whether anything of an encounter is to be looked at more closely, as of few."""
        if self._odd_frequency(encounter) is not None:
            return True
        total = 0
        for line in encounter.lines:
            count = 1 if self._spans is None else count_days(line, self._spans)
            if not 1 <= count <= MOST_DAYS:
                return True
            if self._begins and not_in_force(line.values, line.date, self._begins):
                return True
            if any(self._unpointed(line, name, data) for name in self._pointers):
                return True
            total += count
        return len(encounter.lines) < total > MOST_LINE_DAYS

    def faults(self, encounter: Encounter, data: Any) -> Iterator[Fault]:
        """Find lines that end before they begin, and more days than are decided."""
        if self._spans is None:
            return
        where = _positions(data)
        total = 0
        for line in encounter.lines:
            count = count_days(line, self._spans)
            path: Path = ("lines", where[line.number], *self._places[self._spans.last])
            first, last = line.values[self._spans.first], line.values.get(self._spans.last)
            if count < 1:
                message = f"line {line.number} ends on {last}, before it begins on {first}"
                yield Fault(path, "dates-swapped", message, "mend the dates, or swap them")
            elif count > MOST_DAYS:
                message = (
                    f"line {line.number} covers {count:,} days, from {first} to {last}; at most {MOST_DAYS} are decided"
                )
                yield Fault(path, "too-many-days", message, "mend the dates, or bill the service in several lines")
            total += max(count, 1)
        if len(encounter.lines) < total > MOST_LINE_DAYS:
            message = f"the lines cover {total:,} days together; at most {MOST_LINE_DAYS:,} are decided of one claim"
            yield Fault(("lines",), "too-many-days", message, "bill the services in several claims")

    def settled(self, encounter: Encounter, data: Any) -> tuple[Encounter, tuple[Fault, ...]]:
        """Leave out positions that point to nothing; say that they do not count, nor values that are not in force."""
        where = _positions(data)
        told: list[Fault] = []
        lines = []
        for line in encounter.lines:
            at: Path = ("lines", where[line.number])
            gone = {name: found for name in self._pointers if (found := self._unpointed(line, name, data))}
            told += (self._points_to_nothing(at, name, positions, data) for name, positions in gone.items())
            told += self._late(line, at)
            lines.append(_without(line, gone))
        told += self._said_of_frequency(encounter)
        return msgspec.structs.replace(encounter, lines=tuple(lines)), tuple(told)

    def _odd_frequency(self, encounter: Encounter) -> str | None:
        """Give the frequency of a claim that is neither an original, nor a replacement, nor a void."""
        if self._frequency is None or not self._frequency.listed:
            return None
        value = encounter.values.get(self._frequency.attribute)
        return None if value is None or value in self._frequency.listed else str(value)

    def _said_of_frequency(self, encounter: Encounter) -> Iterator[Fault]:
        odd = self._odd_frequency(encounter)
        if odd is not None and self._frequency is not None:
            message = f"{shown(odd)} is the frequency of no original, replacement or void: decided as an original one"
            known = ", ".join(map(shown, self._frequency.listed))
            cure = f"see what the sender means by it; known are {known}"
            yield Fault(self._places[self._frequency.attribute], "other-frequency", message, cure)

    def _unpointed(self, line: Line, name: str, data: Any) -> list[int]:
        """List the positions in an attribute beyond the end of the list that it points to, where that is known."""
        held = line.values.get(name)
        if not isinstance(held, frozenset) or not held:
            return []
        listed = _at(data, self._pointers[name][1])
        return sorted(each for each in held if each > len(listed)) if isinstance(listed, list) else []

    def _points_to_nothing(self, at: Path, name: str, gone: Sequence[int], data: Any) -> Fault:
        place, listed = self._pointers[name]
        count = len(_at(data, listed))
        to = self._pointed[name].rpartition(".")[2]
        positions = ", ".join(map(str, gone))
        message = f"{shown(place[-1])} names position {positions}, and `{to}` has {count}: it points to nothing"
        return Fault(
            (*at, *place), "points-to-nothing", message, f"point to one of `{to}`, or add what is missing there"
        )

    def _late(self, line: Line, at: Path) -> Iterator[Fault]:
        """Say which values of a line are not in force on its date, or on some of its days."""
        if not self._begins:
            return
        spans = self._spans or Spans(first="line.date", last="")
        late: dict[tuple[str, str], int] = {}
        days = list(days_of(line, spans))
        for day in days:
            for name, values in not_in_force(line.values, day, self._begins).items():
                for value in values:
                    late[name, value] = late.get((name, value), 0) + 1
        for (name, value), count in sorted(late.items()):
            on = f"on {line.date}" if len(days) == 1 else f"on {count} of the {len(days)} days from {line.date} on"
            message = f"{shown(value)} is in force from {self._begins[name][value]} on: {on} it counts as absent"
            yield Fault((*at, *self._places[name]), "not-in-force", message, "mend the date, or the value")


def _positions(data: Any) -> dict[int, int]:
    """Find at which place of the list each line stands, by its number."""
    return {int(line["number"]): at for at, line in enumerate(data["lines"])}


def _at(data: Any, place: Path) -> Any:
    for step in place:
        data = data.get(step) if isinstance(data, dict) else None
    return data


def _without(line: Line, gone: Mapping[str, Iterable[int]]) -> Line:
    """Leave out positions of attributes of a line."""
    if not gone:
        return line
    values = dict(line.values)
    for name, positions in gone.items():
        held = values[name]
        values[name] = held - frozenset(positions) if isinstance(held, frozenset) else held
    return Line(line.number, values, line.most)
