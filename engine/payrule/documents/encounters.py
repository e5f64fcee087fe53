"""An encounter as a frozen value: everything billed for one patient by one billing provider on one claim."""

from datetime import date

import msgspec

from payrule.documents.findings import ClaimWarning
from payrule.documents.values import Value


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

    def warned(self, *warnings: ClaimWarning) -> "Encounter":
        """Add warnings before those that are there, each once.

        >>> doubt = ClaimWarning("note", "the file was cut off")
        >>> Encounter("E-1", None, {}, ()).warned(doubt).warned(doubt).warnings == (doubt,)
        True
        """
        if not warnings:
            return self
        return msgspec.structs.replace(self, warnings=tuple(dict.fromkeys((*warnings, *self.warnings))))
