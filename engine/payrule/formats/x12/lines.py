"""Turn the service lines of an X12 claim (loops 2400) into the lines of a claim."""

import re
from collections.abc import Container, Iterable
from datetime import date

import msgspec

from payrule.formats.x12.segments import Refused, Segment, decimal, scaled, shown, whole
from payrule.source.diagnostics import Diagnostic

_OTHER_SERVICES = {"SV2": "institutional", "SV3": "dental"}
_SERVICES = ("SV1", *_OTHER_SERVICES)
_SERVICE_DATE = "472"


class LineLoop(msgspec.Struct, frozen=True):
    """Hold one service line: its `LX`, and the segments up to the next."""

    opening: Segment
    segments: tuple[Segment, ...]


class Line(msgspec.Struct, frozen=True):
    """Hold one line as the contract has it, but for its provider; its day and charge; what a reader should know of it.

    A charge of which nothing is said counts as nothing; one that cannot be read is None, and so is the day.
    `unreadable` is what cannot be read of the line, each with the attributes of which nothing is known then.
    """

    data: dict[str, object]
    day: date | None
    notes: tuple[Diagnostic, ...]
    charge_cents: int | None
    unreadable: tuple[tuple[Refused, tuple[str, ...]], ...] = ()


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


def refuse_gaps(loops: Iterable[LineLoop]) -> None:
    """Raise Refused unless lines are numbered one after the other from 1: a number that is missing may be a lost line.

    >>> refuse_gaps([LineLoop(Segment(7, "LX", ("1",)), ()), LineLoop(Segment(9, "LX", ("3",)), ())])
    Traceback (most recent call last):
    payrule.formats.x12.segments.Refused: line number `3` is where `2` is expected: a line may be lost
    """
    placed: dict[int, Segment] = {}
    for expected, loop in enumerate(loops, start=1):
        written = loop.opening.element(1)
        number = whole(written)
        if not number:
            help_text = "number the lines in `LX`"
            raise Refused(loop.opening, f"line number {shown(written)} is not a whole number from 1", help_text)
        if number in placed:
            message = f"two lines are numbered {number}: `LX` (segment {placed[number].number}) and this one"
            raise Refused(loop.opening, message, "number the lines 1, 2, 3 … in `LX`")
        if number != expected:
            message = f"line number `{number}` is where `{expected}` is expected: a line may be lost"
            raise Refused(loop.opening, message, "make sure that no line was lost; number them 1, 2, 3 … in `LX`")
        placed[number] = loop.opening


def read_line(
    loop: LineLoop, claim_date: Segment | None, place_of_service: str, fractions: Container[str] = ()
) -> Line:
    """Read one line; the claim's own date and place of service hold where the line has none.

    What cannot be read of a code, a date, a quantity, a charge or pointers is left out, and named; `fractions` are the
    attributes that may be no whole number. Raises Refused for a line that has no service, or several.

    >>> service = Segment(8, "SV1", ("HC:00001:A1", "35.00", "UN", "1.00", "", "", "1:2"))
    >>> loop = LineLoop(Segment(7, "LX", ("1",)), (service, Segment(9, "DTP", ("472", "D8", "20240801"))))
    >>> read_line(loop, None, "11").data == {
    ...     "number": 1, "code": "00001", "date": "2024-08-01", "modifiers": ["A1"], "units": 1, "charge_cents": 3500,
    ...     "place_of_service": "11", "diagnosis_pointers": [1, 2]}
    True
    """
    number = whole(loop.opening.element(1)) or 0
    service = _service(loop, number)
    unreadable: list[tuple[Refused, tuple[str, ...]]] = []
    first: date | None = None
    last: date | None = None
    code, modifiers = "", list[str]()
    measure, amount = "units", None
    charge: int | None = 0
    pointers: list[int] = []
    try:
        code, modifiers = _procedure(service, number)
    except Refused as fault:
        unreadable.append((fault, ("line.code", "line.modifiers")))
    try:
        dated = service_date(loop.segments, f"line {number}") or claim_date
        first, last = _service_days(dated, service, number)
    except Refused as fault:
        unreadable.append((fault, ("line.date", "line.date_to")))
    try:
        measure, amount = _quantity(service, number, fractions)
    except Refused as fault:
        unreadable.append((fault, ("line.units",) if service.element(3) == "UN" else ("line.units", "line.minutes")))
    try:
        charge = _charge(service, number) if service.element(2) else 0
    except Refused as fault:
        charge = None
        unreadable.append((fault, ("line.charge_cents",)))
    try:
        pointers = _pointers(service, number)
    except Refused as fault:
        unreadable.append((fault, ("line.diagnosis_pointers",)))
    stated = {
        "number": number,
        "code": code,
        "date": first.isoformat() if first else "",
        "date_to": last.isoformat() if first and last and last > first else "",
        "modifiers": modifiers,
        measure: amount,
        "charge_cents": charge if service.element(2) else None,
        "place_of_service": service.element(5) or place_of_service,
        "diagnosis_pointers": pointers,
        "ndc": _drug(loop.segments),
        **_paid(loop.segments),
    }
    notes = []
    if measure == "minutes":
        message = f"line {number} gives {amount} minutes instead of units: one unit is taken"
        notes.append(service.note("minutes-for-units", message, "give units (`UN`) in SV103 and SV104"))
    data: dict[str, object] = {key: value for key, value in stated.items() if value not in ("", [], None)}
    return Line(data, first, tuple(notes), charge, tuple(unreadable))


def service_date(segments: Iterable[Segment], of: str) -> Segment | None:
    """Find the date of service, `DTP*472`, among the segments of a claim or of one line; `of` is which of them.

    Raises Refused for a second one.

    >>> service_date([Segment(9, "DTP", ("454", "D8", "20240801"))], "line 1") is None
    True
    """
    dates = [each for each in segments if each.name == "DTP" and each.element(1) == _SERVICE_DATE]
    if len(dates) > 1:
        message = f"{of} has two dates of service: `DTP*472` (segment {dates[0].number}) and this one"
        raise Refused(dates[1], message, "give one, with `RD8` where the service lasted several days")
    return dates[0] if dates else None


def _service_days(dated: Segment | None, service: Segment, number: int) -> tuple[date, date]:
    if dated is None:
        raise Refused(service, f"line {number} has no date of service", "give it in `DTP*472`")
    form, text = dated.element(2), dated.element(3)
    if form not in ("D8", "RD8"):
        message = f"the date of line {number} has the form {shown(form)}"
        raise Refused(dated, message, "write it as `D8` (one day) or `RD8` (from-to)")
    first, dash, last = text.partition("-") if form == "RD8" else (text, "", text)
    try:
        begin, end = read_day(first.strip()), read_day(last.strip())
    except ValueError:
        help_text = "write each day as `CCYYMMDD`" if dash or form == "D8" else "write it as `CCYYMMDD-CCYYMMDD`"
        raise Refused(dated, f"{shown(text)} is not a date of service (line {number})", help_text) from None
    if end < begin:
        raise Refused(dated, f"line {number} ends on {end}, before it begins on {begin}", "fix the dates in `DTP*472`")
    return begin, end


def _service(loop: LineLoop, number: int) -> Segment:
    services = [each for each in loop.segments if each.name in _SERVICES]
    if not services:
        raise Refused(loop.opening, f"line {number} has no service", "give it in `SV1`")
    first = services[0]
    if len(services) > 1:
        places = " and ".join(f"`{each.name}` (segment {each.number})" for each in services)
        message = f"line {number} has {len(services)} services: {places}"
        raise Refused(first, message, "give each service an `LX` of its own")
    if first.name in _OTHER_SERVICES:
        what = _OTHER_SERVICES[first.name]
        raise Refused(first, f"line {number} is {what} (`{first.name}`)", "give a professional claim, with `SV1`")
    return first


def _procedure(service: Segment, number: int) -> tuple[str, list[str]]:
    qualifier, code, *rest = [*service.components(1), ""]
    if qualifier != "HC" or not code:
        message = f"line {number} has no procedure code, but {shown(service.element(1))}"
        raise Refused(service, message, "write `HC`, the code, its modifiers")
    return code, [each for each in rest[:4] if each]


def _quantity(service: Segment, number: int, fractions: Container[str]) -> tuple[str, float]:
    unit, text = service.element(3), service.element(4)
    measure = {"UN": "units", "MJ": "minutes"}.get(unit)
    if measure is None:
        raise Refused(service, f"line {number} counts in {shown(unit)}", "use `UN` (units) or `MJ` (minutes)")
    may_be_part = f"line.{measure}" in fractions
    amount = decimal(text) if may_be_part else whole(text)
    if amount is None:
        kind = "number" if may_be_part else "whole number"
        message = f"{shown(text)} is not a {kind} of {measure} (line {number})"
        raise Refused(service, message, f"give {measure} in {kind}s")
    return measure, amount


def _charge(service: Segment, number: int) -> int:
    cents = scaled(service.element(2), 2)
    if cents is None:
        message = f"{shown(service.element(2))} is not a charge in dollars and cents (line {number})"
        raise Refused(service, message, "write it as in `35.50`")
    return cents


def _drug(segments: Iterable[Segment]) -> str:
    """Find the national drug code of a line (`LIN`, qualifier `N4`, loop 2410): eleven digits, and one alone.

    >>> _drug([Segment(9, "LIN", ("", "N4", "00002143380"))])
    '00002143380'
    """
    found = {each.element(3) for each in segments if each.name == "LIN" and each.element(2) == "N4"}
    return next((each for each in found if len(found) == 1 and _NDC.fullmatch(each)), "")


_NDC = re.compile(r"\d{11}", re.ASCII)


def _paid(segments: Iterable[Segment]) -> dict[str, int]:
    """Add up what other payers paid of a line (`SVD`, loop 2430); units where one of them alone says how many.

    An amount that is none leaves all open.

    >>> _paid([Segment(9, "SVD", ("A", "20.5", "HC:00001", "", "2"))])
    {'paid_cents': 2050, 'paid_units': 2}
    """
    answers = [each for each in segments if each.name == "SVD"]
    amounts = [scaled(each.element(2), 2) for each in answers]
    known = [each for each in amounts if each is not None and each >= 0]
    if not known or len(known) < len(amounts):
        return {}
    units = whole(answers[0].element(5)) if len(answers) == 1 else None
    return {"paid_cents": sum(known)} | ({} if units is None else {"paid_units": units})


def _pointers(service: Segment, number: int) -> list[int]:
    result = []
    for text in filter(None, service.components(7)):
        pointer = whole(text)
        if not pointer:
            message = f"{shown(text)} does not point to a diagnosis (line {number})"
            raise Refused(service, message, "give its place on the claim, such as `1`")
        result.append(pointer)
    return result


_D8 = re.compile(r"\d{8}", re.ASCII)


def read_day(text: str) -> date:
    """Read a day written as eight digits, the form that X12 calls D8.

    Raises ValueError for another form, or for a day that no calendar has.

    >>> read_day("20240801")
    datetime.date(2024, 8, 1)
    """
    if not _D8.fullmatch(text):
        raise ValueError(text)
    return date(int(text[:4]), int(text[4:6]), int(text[6:]))
