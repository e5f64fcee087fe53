"""Turn the service lines of an X12 claim (loops 2400) into lines of an encounter."""

from collections.abc import Iterable
from datetime import date

import msgspec

from payrule.formats.x12.segments import Segment
from payrule.formats.x12.values import read_day, scaled, whole

_OTHER_SERVICES = {"SV2": "institutional", "SV3": "dental"}
_SERVICE_DATE = "472"


class Refused(Exception):  # noqa: N818 - it becomes a finding of the claim
    """A claim cannot be decided for what one of its segments holds; `help` says how to mend it."""

    def __init__(self, segment: Segment, message: str, cure: str) -> None:
        """Keep the segment, so that the finding can name its place."""
        super().__init__(message)
        self.segment, self.message, self.help = segment, message, cure


class LineLoop(msgspec.Struct, frozen=True):
    """Hold one service line: its `LX`, and the segments up to the next."""

    opening: Segment
    segments: tuple[Segment, ...]


class Line(msgspec.Struct, frozen=True):
    """Hold one line as the contract has it, but for its provider; its day; and what a reader should know of it."""

    data: dict[str, object]
    day: date
    notes: tuple[str, ...]


def split_lines(segments: Iterable[Segment]) -> tuple[list[Segment], list[LineLoop]]:
    """Part the segments of a claim into those of the claim itself and those of each line.

    >>> head, lines = split_lines([Segment(1, "CLM", ()), Segment(2, "LX", ("1",)), Segment(3, "SV1", ())])
    >>> len(head), [line.opening.number for line in lines]
    (1, [2])
    """
    head: list[Segment] = []
    loops: list[tuple[Segment, list[Segment]]] = []
    for segment in segments:
        if segment.name == "LX":
            loops.append((segment, []))
        elif loops:
            loops[-1][1].append(segment)
        else:
            head.append(segment)
    return head, [LineLoop(opening, tuple(below)) for opening, below in loops]


def read_line(loop: LineLoop, claim_date: Segment | None, place_of_service: str) -> Line:
    """Read one line; the claim's own date and place of service hold where the line has none.

    Raises Refused for a line that has no procedure code, no single date, or no whole number of units or minutes.

    >>> service = Segment(8, "SV1", ("HC:00001:A1", "35.00", "UN", "1.00", "", "", "1:2"))
    >>> loop = LineLoop(Segment(7, "LX", ("1",)), (service, Segment(9, "DTP", ("472", "D8", "20240801"))))
    >>> read_line(loop, None, "11").data == {
    ...     "number": 1, "code": "00001", "date": "2024-08-01", "modifiers": ["A1"], "units": 1, "charge_cents": 3500,
    ...     "place_of_service": "11", "diagnosis_pointers": [1, 2]}
    True
    """
    number = whole(loop.opening.element(1))
    if not number:
        raise Refused(
            loop.opening,
            f"line number `{loop.opening.element(1)}` is not a whole number from 1",
            "number the lines in `LX`",
        )
    service = _service(loop, number)
    day, notes = service_day(service_date(loop.segments) or claim_date, service, number)
    code, modifiers = _procedure(service, number)
    data: dict[str, object] = {"number": number, "code": code, "date": day.isoformat()}
    if modifiers:
        data["modifiers"] = modifiers
    measure, amount = _quantity(service, number)
    data[measure] = amount
    if measure == "minutes":
        notes.append(f"line {number} gives {amount} minutes instead of units: one unit is taken")
    if service.element(2):
        data["charge_cents"] = _charge(service, number)
    place = service.element(5) or place_of_service
    if place:
        data["place_of_service"] = place
    pointers = _pointers(service, number)
    if pointers:
        data["diagnosis_pointers"] = pointers
    return Line(data, day, tuple(notes))


def service_date(segments: Iterable[Segment]) -> Segment | None:
    """Find the date of service, `DTP*472`, among the segments of a claim or of one line.

    >>> service_date([Segment(9, "DTP", ("454", "D8", "20240801"))]) is None
    True
    """
    return next((each for each in segments if each.name == "DTP" and each.element(1) == _SERVICE_DATE), None)


def service_day(dated: Segment | None, service: Segment, number: int) -> tuple[date, list[str]]:
    """Read a line's day from its `DTP`: one day, or the first of a range, with a note when the range has several.

    Raises Refused when there is no date, or one that no calendar has.

    >>> dated = Segment(9, "DTP", ("472", "RD8", "20240801-20240803"))
    >>> service_day(dated, Segment(8, "SV1", ()), 1)
    (datetime.date(2024, 8, 1), ['line 1 lasts from 2024-08-01 to 2024-08-03: its first day is taken'])
    """
    if dated is None:
        raise Refused(service, f"line {number} has no date of service", "give it in `DTP*472`")
    form, text = dated.element(2), dated.element(3)
    if form not in ("D8", "RD8"):
        raise Refused(
            dated, f"the date of line {number} has the form `{form}`", "write it as `D8` (one day) or `RD8` (from-to)"
        )
    first, dash, last = text.partition("-") if form == "RD8" else (text, "", text)
    try:
        begin, end = read_day(first.strip()), read_day(last.strip())
    except ValueError:
        cure = "write each day as `CCYYMMDD`" if dash or form == "D8" else "write it as `CCYYMMDD-CCYYMMDD`"
        raise Refused(dated, f"`{text}` is not a date of service (line {number})", cure) from None
    if end < begin:
        raise Refused(dated, f"line {number} ends on {end}, before it begins on {begin}", "mend the dates in `DTP*472`")
    return begin, [f"line {number} lasts from {begin} to {end}: its first day is taken"] if end > begin else []


def _service(loop: LineLoop, number: int) -> Segment:
    for segment in loop.segments:
        if segment.name == "SV1":
            return segment
        if segment.name in _OTHER_SERVICES:
            what = _OTHER_SERVICES[segment.name]
            raise Refused(
                segment, f"line {number} is {what} (`{segment.name}`)", "give a professional claim, with `SV1`"
            )
    raise Refused(loop.opening, f"line {number} has no service", "give it in `SV1`")


def _procedure(service: Segment, number: int) -> tuple[str, list[str]]:
    qualifier, code, *rest = [*service.components(1), ""]
    if qualifier != "HC" or not code:
        raise Refused(
            service,
            f"line {number} has no procedure code, but `{service.element(1)}`",
            "write `HC`, the code, its modifiers",
        )
    return code, [each for each in rest[:4] if each]


def _quantity(service: Segment, number: int) -> tuple[str, int]:
    unit, text = service.element(3), service.element(4)
    measure = {"UN": "units", "MJ": "minutes"}.get(unit)
    if measure is None:
        raise Refused(service, f"line {number} counts in `{unit}`", "use `UN` (units) or `MJ` (minutes)")
    amount = whole(text)
    if amount is None:
        raise Refused(
            service, f"`{text}` is not a whole number of {measure} (line {number})", f"give {measure} in whole numbers"
        )
    return measure, amount


def _charge(service: Segment, number: int) -> int:
    cents = scaled(service.element(2), 2)
    if cents is None:
        raise Refused(
            service,
            f"`{service.element(2)}` is not a charge in dollars and cents (line {number})",
            "write it as in `35.50`",
        )
    return cents


def _pointers(service: Segment, number: int) -> list[int]:
    result = []
    for text in filter(None, service.components(7)):
        pointer = whole(text)
        if not pointer:
            raise Refused(
                service,
                f"`{text}` does not point to a diagnosis (line {number})",
                "give its place on the claim, such as `1`",
            )
        result.append(pointer)
    return result
