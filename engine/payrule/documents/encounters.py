"""An encounter as a frozen value: everything billed for one patient by one billing provider on one claim."""

import hashlib
from collections.abc import Mapping
from datetime import date

import msgspec

from payrule.documents.findings import ClaimWarning
from payrule.documents.frozen import FrozenDict
from payrule.documents.values import Value


def _freeze(held: msgspec.Struct, name: str, value: Mapping[str, Value]) -> None:
    if type(value) is dict:
        msgspec.structs.force_setattr(held, name, FrozenDict(value))


class Line(msgspec.Struct, frozen=True, repr_omit_defaults=True):
    """One billed service: its number, and the values of its attributes; an attribute that is not there is unknown.

    Of a line that is one day of several, `most` is how much an amount can be at most that is unknown for the day.
    """

    number: int
    values: dict[str, Value]
    most: dict[str, int] = {}

    @property
    def code(self) -> str:
        """The service code."""
        return str(self.values["line.code"])

    @property
    def date(self) -> date:
        """The date of service."""
        value = self.values["line.date"]
        if not isinstance(value, date):
            raise TypeError(value)
        return value


class Encounter(msgspec.Struct, frozen=True):
    """The unit that is decided: attributes of the encounter and the patient, and the lines by number.

    Make one with `Rulebase.encounter`, which checks it; treat it as read-only. `warnings` are what can be doubted about
    the claim, which its answer repeats.
    """

    id: str
    payer: str | None
    values: dict[str, Value]
    lines: tuple[Line, ...]
    warnings: tuple[ClaimWarning, ...] = ()

    def __post_init__(self) -> None:
        """See that nobody changes the values."""
        _freeze(self, "values", self.values)
        for line in self.lines:
            _freeze(line, "values", line.values)
            _freeze(line, "most", line.most)

    def warned(self, *warnings: ClaimWarning) -> "Encounter":
        """Add warnings before those that are there, each once.

        >>> from payrule.documents.encounters import ClaimWarning
        >>> doubt = ClaimWarning("note", "the file was cut off")
        >>> Encounter("E-1", None, {}, ()).warned(doubt).warned(doubt).warnings == (doubt,)
        True
        """
        if not warnings:
            return self
        return msgspec.structs.replace(self, warnings=tuple(dict.fromkeys((*warnings, *self.warnings))))


def later_than(encounter: Encounter, day: date) -> tuple[ClaimWarning, ...]:
    """Doubt each date of the claim that is later than a day: on that day it had not come yet.

    >>> line = Line(1, {"line.date": date(2062, 3, 1)})
    >>> print(*later_than(Encounter("E-1", None, {}, (line,)), date(2026, 1, 1)))
    line 1, date: `2062-03-01` is later than 2026-01-01, as of which is decided (see that the year is right)
    """
    groups = [("", encounter.values), *((f"line {line.number}, ", line.values) for line in encounter.lines)]
    return tuple(
        ClaimWarning(
            "later-date",
            f"`{value.isoformat()}` is later than {day.isoformat()}, as of which is decided",
            "see that the year is right",
            f"{where}{name.partition('.')[2]}",
        )
        for where, values in groups
        for name, value in values.items()
        if isinstance(value, date) and value > day
    )


def encounter_digest(encounter: Encounter) -> str:
    """Give the SHA-256 of an encounter as it was read: its canonical JSON, whatever format it came in.

    That is an object with `id`, `payer`, `values` and `lines`, each line with `number` and `values`; attributes are
    named as in the vocabulary, those with a default have it, keys are sorted, sets too, and there are no blanks.

    >>> line = Line(1, {"line.code": "00001", "line.date": date(2024, 7, 1), "line.modifiers": frozenset({"B", "A"})})
    >>> canonical_encounter(Encounter("E-1", None, {}, (line,))).decode()[:83]
    '{"id":"E-1","lines":[{"number":1,"values":{"line.code":"00001","line.date":"2024-07'
    >>> encounter_digest(Encounter("E-1", None, {}, (line,)))[:14]
    'sha256:c614996'
    """
    return f"sha256:{hashlib.sha256(canonical_encounter(encounter)).hexdigest()}"


def canonical_encounter(encounter: Encounter) -> bytes:
    """Write an encounter so that equal ones are written alike; warnings about it are no part of it."""
    lines = [{"number": line.number, "values": line.values} for line in encounter.lines]
    whole = {"id": encounter.id, "payer": encounter.payer, "values": encounter.values, "lines": lines}
    return _canonical.encode(whole)


_canonical = msgspec.json.Encoder(order="deterministic")
