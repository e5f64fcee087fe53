"""An encounter as a frozen value: everything billed for one patient by one billing provider on one claim."""

from datetime import date

import msgspec

from payrule.documents.findings import ClaimWarning
from payrule.documents.values import Value


class Line(msgspec.Struct, frozen=True):
    """One billed service: its number, and the values of its attributes; an attribute that is not there is unknown."""

    number: int
    values: dict[str, Value]

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

    def warned(self, *warnings: ClaimWarning) -> "Encounter":
        """Add warnings before those that are there, each once.

        >>> doubt = ClaimWarning("note", "the file was cut off")
        >>> Encounter("E-1", None, {}, ()).warned(doubt).warned(doubt).warnings == (doubt,)
        True
        """
        if not warnings:
            return self
        return msgspec.structs.replace(self, warnings=tuple(dict.fromkeys((*warnings, *self.warnings))))

    def later_than(self, day: date) -> tuple[ClaimWarning, ...]:
        """Doubt each date of the claim that is later than a day: on that day it had not come yet.

        >>> line = Line(1, {"line.date": date(2062, 3, 1)})
        >>> print(*Encounter("E-1", None, {}, (line,)).later_than(date(2026, 1, 1)))
        line 1, date: `2062-03-01` is later than 2026-01-01, as of which is decided (see that the year is right)
        """
        groups = [("", self.values), *((f"line {line.number}, ", line.values) for line in self.lines)]
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
