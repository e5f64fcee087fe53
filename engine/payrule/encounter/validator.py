"""What an encounter of the right shape says that cannot be: days out of order, pointers to nothing, later modifiers.

A span that ends before it begins, or of too many days, refuses the encounter. A position that points to nothing, and a
value that is not yet in force on the date of service, count as absent and are told.

There are two ways through, and a property test holds them together. The quick one takes what is plainly right. Whatever
it does not take goes the careful way, by the schema and `wording`, which alone say what is wrong.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from payrule.encounter.decoder import EncounterDecoder
from payrule.encounter.encounter import Encounter, Line, count_days, days_of, not_in_force
from payrule.encounter.python_values import UnfitValueError, plain
from payrule.model.choices import document_named
from payrule.model.encounter_schema import (
    LISTS,
    EncounterKeys,
    Keys,
    encounter_keys,
    encounter_schema,
    unknown_keys,
)
from payrule.model.faults import Fault, shown
from payrule.model.policy import Spans, Vocabulary
from payrule.model.schema_validator import SchemaValidator
from payrule.model.value_reader import MOST_DAYS, MOST_LINE_DAYS, bounded
from payrule.source.diagnostics import ClaimWarning, Diagnostic, EncounterError, sort_key
from payrule.source.json_source import JsonSource, Path
from payrule.source.suggest import closest, did_you_mean


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
                yield Fault(path, "dates-swapped", message, "fix the dates, or swap them")
            elif count > MOST_DAYS:
                message = (
                    f"line {line.number} covers {count:,} days, from {first} to {last}; at most {MOST_DAYS} are decided"
                )
                yield Fault(path, "too-many-days", message, "fix the dates, or bill the service in several lines")
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
            lines.append(_line_without(line, gone))
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
            help_text = f"see what the sender means by it; known are {known}"
            yield Fault(self._places[self._frequency.attribute], "other-frequency", message, help_text)

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
            yield Fault((*at, *self._places[name]), "not-in-force", message, "fix the date, or the value")


def _positions(data: Any) -> dict[int, int]:
    """Find at which place of the list each line stands, by its number."""
    return {int(line["number"]): at for at, line in enumerate(data["lines"])}


def _at(data: Any, place: Path) -> Any:
    for step in place:
        data = data.get(step) if isinstance(data, dict) else None
    return data


def _line_without(line: Line, gone: Mapping[str, Iterable[int]]) -> Line:
    """Leave out positions of attributes of a line."""
    if not gone:
        return line
    values = dict(line.values)
    for name, positions in gone.items():
        held = values[name]
        values[name] = held - frozenset(positions) if isinstance(held, frozenset) else held
    return Line(line.number, values, line.most)


class EncounterValidator:
    """Read encounters by one vocabulary.

    >>> from payrule.model.policy import Attribute, Regions, Timed
    >>> units = Attribute(type="integer", summary="units", default=1)
    >>> door = EncounterValidator(Vocabulary(kind="vocabulary", concerns=(), regions=Regions(contiguous=()),
    ...     timed=Timed(codes=(), method="x"), attributes={"line.units": units}))
    >>> encounter, warnings = door.read({"id": "E-1", "lines": [{"number": 1, "unit": 2}]})
    >>> encounter.lines[0].values
    {'line.units': 1}
    >>> print(*warnings)
    $.lines[0].unit: `unit` means nothing here, so it is not read (did you mean `units`?)
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        """Prepare for the vocabulary's attributes; raises DocumentError when two of them want the same key."""
        self._keys = encounter_keys(vocabulary)
        self._quick = EncounterDecoder(self._keys, vocabulary.attributes.keys(), vocabulary.frequency)
        self._shape = SchemaValidator(bounded(encounter_schema(vocabulary)), exact=False)
        self._doubts = Doubts(vocabulary, self._keys.places())
        pointed_to = vocabulary.pointers.values()
        self._ordered = frozenset(tuple(name.split(".")[1:]) for name in pointed_to)
        self._computed = [name for name, each in vocabulary.attributes.items() if each.derived is not None]

    def read(
        self, data: object, *, text: JsonSource | None = None, at: Path = (), strict: bool = False
    ) -> tuple[Encounter, tuple[Diagnostic, ...]]:
        """Read one encounter from JSON values; give it with a warning for each key that means nothing, which it keeps.

        Values of Python, NumPy and pandas that say what JSON would are taken, see `plain_values`.
        With `text`, findings name file, line and column; `at` is the path of the encounter in it. `strict` makes errors
        of the warnings. Raises EncounterError with everything that is wrong.
        """
        encounter = self._quick.read(data)
        if encounter is not None and not self._doubts.any(encounter, data):
            return encounter, ()
        return self._carefully(data, text, at, strict=strict)

    def _carefully(
        self, data: object, text: JsonSource | None, at: Path, *, strict: bool
    ) -> tuple[Encounter, tuple[Diagnostic, ...]]:
        try:
            data = plain(data, ordered=self._ordered)
        except UnfitValueError as unfit:
            raise EncounterError([unfit.fault.diagnostic(text, at)]) from None
        document = document_named(data)
        if document is not None:
            message = f"this is {document}, and an encounter is wanted here"
            raise EncounterError(
                [Fault((), "other-kind", message, "check it with `payrule check`").diagnostic(text, at)]
            )
        faults = (*self._shape.faults(data), *_duplicate_numbers(data))
        unknown = tuple(_unknown(data, self._keys))
        told = [self._unknown_key(path, keys) for path, keys in unknown]
        encounter = None
        if not faults:
            encounter = self._quick.read(_without(_whole(data), [path for path, _ in unknown]))
            if encounter is None:
                raise AssertionError("the schema accepts an encounter that the quick way cannot read")
            faults = tuple(self._doubts.faults(encounter, data))
            if not faults:
                encounter, doubts = self._doubts.settled(encounter, data)
                told += doubts
        severity = "error" if strict else "warning"
        findings = (msgspec.structs.replace(each.diagnostic(text, at), severity=severity) for each in told)
        warnings = tuple(sorted(findings, key=sort_key))
        if encounter is None or faults or (strict and warnings):
            raise EncounterError([*(fault.diagnostic(text, at) for fault in faults), *warnings])
        return encounter.warned(*map(ClaimWarning.of, warnings)), warnings

    def _unknown_key(self, path: Path, keys: Keys) -> Fault:
        key = str(path[-1])
        computed = next((name for name in self._computed if name.rpartition(".")[2] == key), None)
        known = [*keys.dotted(), *(LISTS if len(path) == 1 else ())]
        near = did_you_mean(key, known, also_called=keys.also_called(self._keys.attributes)) or self._elsewhere(key)
        help_text = f"leave it out: `{computed}` is computed" if computed else near or "leave it out"
        return Fault(path, "unknown-key", f"{shown(key)} means nothing here, so it is not read", help_text, key=True)

    def _elsewhere(self, key: str) -> str | None:
        """Name the key that is also called so in the other part of an encounter."""
        for part, keys in (("the encounter", self._keys.top), ("a line", self._keys.line)):
            also_called = keys.also_called(self._keys.attributes)
            if (meant := closest(key, (), also_called)) is not None:
                return f"did you mean `{meant}`, a key of {part}?"
        return None


def _unknown(data: Any, keys: EncounterKeys) -> Iterator[tuple[Path, Keys]]:
    if not isinstance(data, dict):
        return
    yield from unknown_keys(keys.top, data, (), LISTS)
    for name in sorted(LISTS):
        lines = data.get(name)
        for index, line in enumerate(lines if isinstance(lines, list) else ()):
            if isinstance(line, dict):
                yield from unknown_keys(keys.line, line, (name, index))


def _duplicate_numbers(data: Any) -> Iterator[Fault]:
    """Find the second line of a number, and any further one."""
    lines = data.get("lines") if isinstance(data, dict) else None
    seen: set[float] = set()
    for index, line in enumerate(lines if isinstance(lines, list) else ()):
        number = line.get("number") if isinstance(line, dict) else None
        if isinstance(number, bool) or not isinstance(number, int | float) or number != number // 1:
            continue  # no number of a line, which the schema says
        if number in seen:
            yield Fault(
                ("lines", index, "number"),
                "duplicate-line-number",
                f"two lines are numbered {shown(int(number)).strip('`')}",
                "give each line a number of its own",
            )
        seen.add(number)


def _whole(value: Any) -> Any:
    """Copy a JSON value, turning numbers such as 1.0 into the whole numbers they are."""
    if isinstance(value, dict):
        return {key: _whole(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_whole(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _without(data: Any, paths: list[Path]) -> Any:
    """Take keys out of a JSON value that may be changed."""
    for path in paths:
        parent = data
        for step in path[:-1]:
            parent = parent[step]
        del parent[path[-1]]
    return data
