"""An encounter as a frozen value: everything billed for one patient by one billing provider on one claim.

So no rule and no execution knows of spans, and what is proved of lines of one day holds of each day of a span. A day
has its own policy versions, its own companions, and its part of what the line holds for all days together; where that
does not divide evenly, the part of a day is unknown, and at most the whole.

A value that is not yet in force on a day, such as a modifier of a later year, is none on it.
"""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import chain
from operator import is_
from typing import Any

import msgspec

from payrule.model.values import Amount, FrozenDict, Value, frozen, read_date
from payrule.model.vocabulary import BIRTH, Frequency, Spans, Vocabulary
from payrule.source.diagnostics import ClaimWarning

CODE, DATE = "line.code", "line.date"
"""What every line has, but for one in which it cannot be read."""
UNITS, CHARGE, PATIENT = "line.units", "line.charge_cents", "patient.id"


def _freeze(held: msgspec.Struct, name: str, value: Mapping[str, Value]) -> None:
    if type(value) is dict:
        msgspec.structs.force_setattr(held, name, FrozenDict(value))


class Line(msgspec.Struct, frozen=True, repr_omit_defaults=True):
    """One billed service: its number, and the values of its attributes; an attribute that is not there is unknown.

    Of a line that is one day of several, `most` is how much an amount can be at most that is unknown for the day.
    """

    number: int
    values: dict[str, Value]
    most: dict[str, Amount] = {}

    @property
    def code(self) -> str:
        """The service code; raises KeyError where it cannot be read."""
        return str(self.values[CODE])

    @property
    def known_code(self) -> str | None:
        """The service code; None where it cannot be read.

        >>> Line(1, {"line.code": "00001"}).known_code, Line(2, {}).known_code
        ('00001', None)
        """
        return self.code if CODE in self.values else None

    @property
    def date(self) -> date:
        """The date of service; raises KeyError where it cannot be read."""
        value = self.values[DATE]
        if not isinstance(value, date):
            raise TypeError(value)
        return value


class EarlierLine(msgspec.Struct, frozen=True, repr_omit_defaults=True):
    """A line of an earlier claim of the patient; what is None is not known.

    `claim` is the claim number as sent, `reference` the payer's number of the claim, and `original_reference` that of
    the claim that it replaces or voids. A claim that voids another and has no lines of its own is one line without
    values. `perhaps` are the facts without which nobody knows whether the line is an earlier one at all. Nothing is
    assumed of the attributes that are `unreadable`.
    """

    values: dict[str, Value]
    claim: str | None = None
    number: int | None = None
    reference: str | None = None
    frequency: str | None = None
    original_reference: str | None = None
    perhaps: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()


class Identifiers(msgspec.Struct, frozen=True):
    """How a sender knows a claim and its lines, by name: read by no rule, and given back with the answer.

    `sent` is what else the claim says that no rule reads, such as notes, and what other payers paid. `lines` and
    `sent_lines` are by the number of the line.
    """

    claim: dict[str, str] = {}
    lines: dict[int, dict[str, str]] = {}
    sent: dict[str, Any] = {}
    sent_lines: dict[int, dict[str, Any]] = {}

    def __post_init__(self) -> None:
        """See that nobody changes them."""
        for name in self.__struct_fields__:
            msgspec.structs.force_setattr(self, name, frozen(getattr(self, name)))


class UnreadableLine(msgspec.Struct, frozen=True):
    """The attributes of a line of which nothing is known, for they cannot be read, and why."""

    attributes: tuple[str, ...]
    because: tuple[str, ...]


class Encounter(msgspec.Struct, frozen=True):
    """A claim, as it is decided: attributes of the claim and the patient, and the lines by number.

    Make one with `Rulebase.encounter`, which validates it; treat it as read-only. `warnings` say what is doubtful about
    the claim; its answer repeats them. `history` are earlier lines of the patient; from `history_from` on, that day
    included, there are no others. `patient` is how the sender knows the patient, whether or not rules can read it.
    `computed` names the attributes that were computed from the order of lists, each with the number of its line, or 0.
    `identifiers` are given back with the answer. `sent_id` is the number of the claim as it was sent, where another
    claim of the run has the same and `id` says more. `payer_document` decides the claim where another document than
    `payer` was chosen for it; no digest has it. `unreadable` are the lines, by number, that are not decided, for
    something in them cannot be read. `is_history_cut` says that an earlier claim, or a line of one, could not be
    read: that there are no others cannot be assumed.
    """

    id: str
    payer: str | None
    values: dict[str, Value]
    lines: tuple[Line, ...]
    warnings: tuple[ClaimWarning, ...] = ()
    history: tuple[EarlierLine, ...] = ()
    history_from: date | None = None
    patient: str | None = None
    computed: frozenset[tuple[int, str]] = frozenset()
    identifiers: Identifiers | None = None
    sent_id: str | None = None
    unreadable: dict[int, UnreadableLine] = {}
    payer_document: str | None = None
    is_history_cut: bool = False

    @property
    def decided_by(self) -> str | None:
        """The payer document that decides it: the one that was chosen for it, else the one that it names.

        >>> Encounter("A-1", "12345", {}, (), payer_document="plain-plan").decided_by
        'plain-plan'
        """
        return self.payer if self.payer_document is None else self.payer_document

    @property
    def claim(self) -> str:
        """The number of the claim as it was sent: by it histories name claims.

        >>> Encounter("A-1 (b.837, 0002)", None, {}, (), sent_id="A-1").claim
        'A-1'
        """
        return self.id if self.sent_id is None else self.sent_id

    @property
    def undated(self) -> frozenset[int]:
        """The numbers of the lines whose date of service cannot be read.

        >>> from datetime import date
        >>> from payrule.encounter.encounter import Line
        >>> Encounter("A-1", None, {}, (Line(1, {"line.date": date(2024, 8, 5)}), Line(2, {}))).undated
        frozenset({2})
        """
        return frozenset(line.number for line in self.lines if DATE not in line.values)

    @property
    def dated(self) -> tuple[Line, ...]:
        """The lines whose date of service can be read.

        >>> from datetime import date
        >>> from payrule.encounter.encounter import Line
        >>> claim = Encounter("A-1", None, {}, (Line(1, {"line.date": date(2024, 8, 5)}), Line(2, {})))
        >>> [line.number for line in claim.dated]
        [1]
        """
        return tuple(line for line in self.lines if DATE in line.values)

    @property
    def without_code_or_date(self) -> frozenset[int]:
        """The numbers of the lines whose code or date of service cannot be read.

        >>> from payrule.encounter.encounter import UnreadableLine
        >>> unread = UnreadableLine(("line.code",), ("the line has no code",))
        >>> Encounter("A-1", None, {}, (), unreadable={2: unread}).without_code_or_date
        frozenset({2})
        """
        gone = self.unreadable.items()
        return frozenset(number for number, each in gone if CODE in each.attributes or DATE in each.attributes)

    def __post_init__(self) -> None:
        """See that nobody changes the values."""
        _freeze(self, "values", self.values)
        msgspec.structs.force_setattr(self, "unreadable", frozen(self.unreadable))
        for line in self.lines:
            _freeze(line, "values", line.values)
            _freeze(line, "most", line.most)
        for earlier in self.history:
            _freeze(earlier, "values", earlier.values)

    def warned(self, *warnings: ClaimWarning) -> "Encounter":
        """Add warnings before those that are there, each once.

        >>> from payrule.source.diagnostics import ClaimWarning
        >>> doubt = ClaimWarning("note", "the file was cut off")
        >>> Encounter("E-1", None, {}, ()).warned(doubt).warned(doubt).warnings == (doubt,)
        True
        """
        said = tuple(dict.fromkeys((*warnings, *self.warnings)))
        return msgspec.structs.replace(self, warnings=said) if warnings else self


def later_than(encounter: Encounter, day: date) -> tuple[ClaimWarning, ...]:
    """Doubt each date of the claim that is later than a day: on that day it had not come yet.

    >>> line = Line(1, {"line.date": date(2062, 3, 1)})
    >>> print(*later_than(Encounter("E-1", None, {}, (line,)), date(2026, 1, 1)))
    line 1, date: `2062-03-01` is after the "as published on" date, 2026-01-01 (check the year)
    """
    parts: tuple[Encounter | Line, ...] = (encounter, *encounter.lines)
    late = [
        (part, name, value)
        for part in parts
        for name, value in part.values.items()
        if type(value) is date and value > day
    ]
    return tuple(
        ClaimWarning(
            "later-date",
            f'{"the date" if name == BIRTH else f"`{value}`"} is after the "as published on" date, {day}',
            "check the year",
            f"{f'line {part.number}, ' if isinstance(part, Line) else ''}{name.partition('.')[2]}",
        )
        for part, name, value in late
    )


def encounter_digest(encounter: Encounter, in_order: Collection[str] = ()) -> str:
    """Give the SHA-256 of an encounter as it was read: its canonical JSON, whatever format it came in.

    That is an object with `id`, `payer`, `values` and `lines`, each line with `number` and `values`; attributes are
    named as in the vocabulary, those with a default have it, keys are sorted, sets too, and there are no blanks. Values
    in `SAYS_NOTHING` are left out, so that a claim that says nothing new has the digest that it always had; so is what
    was computed from the order of lists, but for the attributes `in_order`, which some rule reads.

    >>> line = Line(1, {"line.code": "00001", "line.date": date(2024, 7, 1), "line.modifiers": frozenset({"B", "A"})})
    >>> encounter_digest(Encounter("E-1", None, {}, (line,)))[:14]
    'sha256:c614996'
    """
    unread: dict[int, set[str]] = {}
    for number, name in encounter.computed:
        if name not in in_order:
            unread.setdefault(number, set()).add(name)
    lines = [{"number": line.number, "values": _said(line.values, unread.get(line.number))} for line in encounter.lines]
    whole: dict[str, object] = {
        "id": encounter.claim,
        "payer": encounter.payer,
        "values": _said(encounter.values, unread.get(0)),
        "lines": lines,
    }
    if encounter.history:
        whole["history"] = sorted(map(_earlier, encounter.history), key=_canonical.encode)
    if encounter.history_from is not None:
        whole["history_from"] = encounter.history_from
    if encounter.is_history_cut:
        whole["is_history_cut"] = True
    return f"sha256:{hashlib.sha256(_canonical.encode(whole)).hexdigest()}"


def _earlier(line: EarlierLine) -> dict[str, object]:
    found = msgspec.structs.asdict(line) | {"values": _said(line.values)}
    return {key: value for key, value in found.items() if value or key not in ("perhaps", "unreadable")}


_canonical = msgspec.json.Encoder(order="deterministic", decimal_format="number")

SAYS_NOTHING: Mapping[str, Value] = {"encounter.prior_authorizations": frozenset(), "line.status": "billed"}
"""Defaults of attributes that came after digests were published: what every claim says that does not name them."""


def _said(values: Mapping[str, Value], unread: Iterable[str] | None = None) -> Mapping[str, Value]:
    """Leave out what says nothing, and what is not read.

    >>> _said({"line.status": "billed", "line.units": 1}), _said({"line.status": "paid"})
    ({'line.units': 1}, {'line.status': 'paid'})
    """
    nothing = [name for name, value in SAYS_NOTHING.items() if values.get(name) == value]
    if not nothing and not unread:
        return values
    said = dict(values)
    for name in (*nothing, *(unread or ())):
        said.pop(name, None)
    return said


def in_days(encounter: Encounter, vocabulary: Vocabulary) -> Encounter:
    """Make each line of several days as many lines of one day, of the same number, and leave out what is not in force.

    >>> from payrule.model.vocabulary import Regions, Timed
    >>> words = Vocabulary(kind="vocabulary", attributes={}, concerns=(), regions=Regions(contiguous=()),
    ...     timed=Timed(codes=(), method=""), spans=Spans(first="line.date", last="line.to", spread=("line.units",)))
    >>> days = {"line.date": date(2024, 8, 5), "line.to": date(2024, 8, 6)}
    >>> claim = in_days(Encounter("E-1", None, {}, (Line(1, {**days, "line.units": 8}),)), words)
    >>> [(line.number, str(line.date), line.values["line.units"]) for line in claim.lines]
    [(1, '2024-08-05', 4), (1, '2024-08-06', 4)]
    """
    lines = [day for line in encounter.lines for day in by_days(line, vocabulary)]
    if all(map(is_, lines, encounter.lines)):
        return encounter
    return msgspec.structs.replace(encounter, lines=tuple(lines))


def placed_on(encounter: Encounter, day: date, numbers: Collection[int], vocabulary: Vocabulary) -> Encounter:
    """Suppose that of the lines without a readable date some are of a day, and the others of no day of the claim.

    Such a line may be one day of several: how much of its amounts is of that day is unknown, and at most the whole.

    >>> from payrule.model.vocabulary import Regions, Timed
    >>> words = Vocabulary(kind="vocabulary", attributes={}, concerns=(), regions=Regions(contiguous=()),
    ...     timed=Timed(codes=(), method=""), spans=Spans(first="line.date", last="line.to", spread=("line.units",)))
    >>> claim = Encounter("E-1", None, {}, (Line(1, {"line.date": date(2024, 8, 5)}), Line(2, {"line.units": 3})))
    >>> [line.number for line in placed_on(claim, date(2024, 8, 5), (), words).lines]
    [1]
    >>> placed_on(claim, date(2024, 8, 5), (2,), words).lines[1]
    Line(number=2, values={'line.date': datetime.date(2024, 8, 5)}, most={'line.units': 3})
    """
    spans = vocabulary.spans or Spans(first=DATE, last="")
    lines = []
    for line in encounter.lines:
        if DATE in line.values:
            lines.append(line)
        elif line.number in numbers:
            most = {name: each for name in spans.spread if isinstance(each := line.values.get(name), int | Decimal)}
            kept = {name: value for name, value in line.values.items() if name not in most and name != spans.last}
            lines.append(_in_force(Line(line.number, {**kept, DATE: day}, most), vocabulary.begins))
    return msgspec.structs.replace(encounter, lines=tuple(lines))


def counted_history(encounter: Encounter, frequency: Frequency | None) -> Iterator[tuple[str, EarlierLine]]:
    """List the earlier lines that count, each with its name: not those of this claim, of a void, or of one replaced.

    Where it is not known whether the claim that voids or replaces another is an earlier one, the lines of that other
    one count perhaps.

    >>> one, two, three = ({"line.code": code} for code in ("00001", "00002", "00003"))
    >>> earlier = [EarlierLine(one, "C-7", 2), EarlierLine(two, "C-8", 1, original_reference="C-7"), EarlierLine(three)]
    >>> [name for name, _ in counted_history(Encounter("C-9", None, {}, (), history=tuple(earlier)), None)]
    ['C-8/1', '3']
    >>> named = Encounter("C-9", None, {}, (), history=(EarlierLine(one, "None", 1),))
    >>> [name for name, _ in counted_history(named, Frequency(attribute="a", reference="b"))]
    ['None/1']
    """
    replaced: dict[str, tuple[str, ...]] = {}
    for one in encounter.history:
        if (name := one.original_reference) is not None and replaced.get(name) != ():
            replaced[name] = (*replaced.get(name, ()), *one.perhaps) if one.perhaps else ()
    if frequency is not None and frequency.reference in encounter.values:
        replaced[str(encounter.values[frequency.reference])] = ()
    seen: set[tuple[str, int]] = set()
    for place, given in enumerate(encounter.history, start=1):
        is_void = frequency is not None and given.frequency in frequency.void
        gone = [replaced[name] for name in (given.claim, given.reference) if name is not None and name in replaced]
        if is_void or not given.values or given.claim == encounter.claim or () in gone:
            continue
        each = counted_perhaps(given, chain.from_iterable(gone))
        if each.claim is None or each.number is None:
            yield str(place), each
        elif (each.claim, each.number) not in seen:
            seen.add((each.claim, each.number))
            yield f"{each.claim}/{each.number}", each


def counted_perhaps(line: EarlierLine, facts: Iterable[str]) -> EarlierLine:
    """Say of a line that it is an earlier one perhaps, as long as some facts are not known.

    >>> counted_perhaps(EarlierLine({}, "C-7", 1), ["encounter.received"]).perhaps
    ('encounter.received',)
    """
    more = tuple(dict.fromkeys((*line.perhaps, *facts)))
    return line if more == line.perhaps else msgspec.structs.replace(line, perhaps=more)


def as_billed(encounter: Encounter, frequency: Frequency | None) -> tuple[EarlierLine, ...]:
    """Give a claim as the history of another one holds it: its lines, or one without values for a void without lines.

    A line whose code or date cannot be read is not among them.

    >>> as_billed(Encounter("C-7", None, {}, (Line(2, {"line.code": "00001"}),)), None)
    (EarlierLine(values={'line.code': '00001'}, claim='C-7', number=2),)
    """
    kind = None if frequency is None else encounter.values.get(frequency.attribute)
    original = None if frequency is None else encounter.values.get(frequency.reference)
    of_claim = EarlierLine(
        {},
        claim=encounter.claim,
        frequency=None if kind is None else str(kind),
        original_reference=None if original is None else str(original),
    )
    unread = encounter.without_code_or_date
    readable = (each for each in encounter.lines if each.number not in unread)
    gone = {number: each.attributes for number, each in encounter.unreadable.items()}
    lines = (
        msgspec.structs.replace(of_claim, values=each.values, number=each.number, unreadable=gone.get(each.number, ()))
        for each in readable
    )
    return tuple(lines) or ((of_claim,) if original is not None else ())


def days_of(line: Line, spans: Spans) -> Iterator[date]:
    """List the days of a line, the first alone where it names no last.

    >>> spans = Spans(first="line.date", last="line.to")
    >>> line = Line(1, {"line.date": date(2024, 2, 28), "line.to": date(2024, 3, 1)})
    >>> [day.day for day in days_of(line, spans)]
    [28, 29, 1]
    """
    yield from (line.date + timedelta(days=after) for after in range(count_days(line, spans)))


def count_days(line: Line, spans: Spans) -> int:
    """Count the days of a line, none or less where it ends before it begins.

    >>> spans = Spans(first="line.date", last="line.to")
    >>> lines = [Line(1, {"line.date": date(2024, 2, 28), "line.to": date(2024, 2, day)}) for day in (29, 28, 27)]
    >>> [count_days(line, spans) for line in lines]
    [2, 1, 0]
    """
    first, last = line.values.get(spans.first), line.values.get(spans.last)
    return (last - first).days + 1 if isinstance(first, date) and isinstance(last, date) else 1


def not_in_force(
    values: Mapping[str, Value], day: date, begins: Mapping[str, Mapping[str, str]]
) -> dict[str, set[str]]:
    """Give, by attribute, the values of a line that begin only after a day.

    >>> not_in_force({"line.marks": frozenset({"A", "B"})}, date(2014, 1, 1), {"line.marks": {"B": "2015-01-01"}})
    {'line.marks': {'B'}}
    """
    found = {}
    for attribute, firsts in begins.items():
        value = values.get(attribute)
        if value is None:
            continue
        held: Iterable[Any] = value if isinstance(value, frozenset) else (value,)
        if late := {each for each in held if each in firsts and day < _day(firsts[each])}:
            found[attribute] = late
    return found


_day = lru_cache(maxsize=4_096)(read_date)


def by_days(line: Line, vocabulary: Vocabulary) -> list[Line]:
    """Split a line of several days into its days, and leave out of each what is not in force.

    >>> from payrule.model.vocabulary import Regions, Timed
    >>> words = Vocabulary(kind="vocabulary", attributes={}, concerns=(), regions=Regions(contiguous=()),
    ...     timed=Timed(codes=(), method=""))
    >>> by_days(Line(1, {"line.date": date(2024, 8, 5)}), words)
    [Line(number=1, values={'line.date': datetime.date(2024, 8, 5)})]
    """
    spans, begins = vocabulary.spans, vocabulary.begins
    days = [line] if spans is None or spans.last not in line.values else _days(line, spans)
    return [_in_force(day, begins) for day in days] if begins else days


def _days(line: Line, spans: Spans) -> list[Line]:
    if DATE not in line.values or line.values[spans.last] == line.date:
        return [line]
    days = list(days_of(line, spans))
    whole = {name: each for name in spans.spread if isinstance(each := line.values.get(name), int | Decimal)}
    parts = {name: each // len(days) for name, each in whole.items() if each % len(days) == 0}
    rest = {name: value for name, value in line.values.items() if name not in whole}
    most = {name: each for name, each in whole.items() if name not in parts}
    return [Line(line.number, {**rest, **parts, spans.first: day, spans.last: day}, most) for day in days]


def _in_force(line: Line, begins: Mapping[str, Mapping[str, str]]) -> Line:
    late = not_in_force(line.values, line.date, begins) if DATE in line.values else {}
    if not late:
        return line
    values = dict(line.values)
    for attribute, gone in late.items():
        held = values.pop(attribute)
        if isinstance(held, frozenset):
            values[attribute] = held - gone
    return Line(line.number, values, line.most)
