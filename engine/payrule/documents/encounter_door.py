"""The door: JSON becomes an encounter here, or is refused in words that say where and how to mend it.

There are two ways through, and a property test holds them together. The quick one takes what is plainly right. Whatever
it does not take goes the careful way, by the schema and `wording`, which alone say what is wrong.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from payrule.documents.encounter_doubts import Doubts
from payrule.documents.encounter_keys import LISTS, EncounterKeys, Keys, encounter_keys, unknown_keys
from payrule.documents.encounter_quick import QuickReader
from payrule.documents.encounter_schema import encounter_schema
from payrule.documents.encounter_values import bounded
from payrule.documents.encounters import Encounter
from payrule.documents.faults import Fault, shown
from payrule.documents.findings import ClaimWarning, EncounterError, Finding, sort_key
from payrule.documents.kinds import document_named
from payrule.documents.models import Vocabulary
from payrule.documents.places import Path, Text
from payrule.documents.plain_values import UnfitValueError, plain
from payrule.documents.shape import Shape
from payrule.documents.suggest import closest, did_you_mean


class Door:
    """Read encounters by one vocabulary.

    >>> from payrule.documents.models import Attribute, Regions, Timed
    >>> units = Attribute(type="integer", summary="units", default=1)
    >>> door = Door(Vocabulary(kind="vocabulary", concerns=(), regions=Regions(contiguous=()),
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
        self._quick = QuickReader(self._keys, vocabulary.attributes.keys())
        self._shape = Shape(bounded(encounter_schema(vocabulary)), exact=False)
        self._doubts = Doubts(vocabulary, self._keys.places())
        pointed_to = vocabulary.pointers.values()
        self._ordered = frozenset(tuple(name.split(".")[1:]) for name in pointed_to)
        self._computed = [name for name, each in vocabulary.attributes.items() if each.derived is not None]

    def read(
        self, data: object, *, text: Text | None = None, at: Path = (), strict: bool = False
    ) -> tuple[Encounter, tuple[Finding, ...]]:
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
        self, data: object, text: Text | None, at: Path, *, strict: bool
    ) -> tuple[Encounter, tuple[Finding, ...]]:
        try:
            data = plain(data, ordered=self._ordered)
        except UnfitValueError as unfit:
            raise EncounterError([unfit.fault.finding(text, at)]) from None
        document = document_named(data)
        if document is not None:
            message = f"this is {document}, and an encounter is wanted here"
            raise EncounterError([Fault((), "other-kind", message, "check it with `payrule check`").finding(text, at)])
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
        findings = (msgspec.structs.replace(each.finding(text, at), severity=severity) for each in told)
        warnings = tuple(sorted(findings, key=sort_key))
        if encounter is None or faults or (strict and warnings):
            raise EncounterError([*(fault.finding(text, at) for fault in faults), *warnings])
        return encounter.warned(*map(ClaimWarning.of, warnings)), warnings

    def _unknown_key(self, path: Path, keys: Keys) -> Fault:
        key = str(path[-1])
        computed = next((name for name in self._computed if name.rpartition(".")[2] == key), None)
        known = [*keys.dotted(), *(LISTS if len(path) == 1 else ())]
        near = did_you_mean(key, known, also_called=keys.also_called(self._keys.attributes)) or self._elsewhere(key)
        cure = f"leave it out: `{computed}` is computed" if computed else near or "leave it out"
        return Fault(path, "unknown-key", f"{shown(key)} means nothing here, so it is not read", cure, key=True)

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
