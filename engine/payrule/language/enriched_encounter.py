"""The scene that rules are asked about: the lines of an encounter, earlier lines, and how two lines are related.

Both executions read the same scene, so that a derived attribute has one value; what a condition means on it they work
out apart.
"""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any, TypeVar

import msgspec

from payrule.encounter.encounter import CODE, Line
from payrule.language.counting import EARLIEST, Window
from payrule.language.derived import (
    Kind,
    PairFunction,
    Setting,
    Support,
    TableRow,
)
from payrule.language.truth import Truth
from payrule.model.values import Value
from payrule.model.vocabulary import of_other_line

FEW_KINDS = 40
"""Kinds of lines up to which each pair is related by itself: that costs less than to read all that is listed."""

Key = TypeVar("Key", bound=Hashable)

Day = tuple[int, date]
"""What tells lines of a scene apart: the number, and the date, for the days of one line have one number."""


class EnrichedLine(msgspec.Struct, frozen=True):
    """One line with everything that a condition can read of it.

    `values` holds the encounter's, the patient's and the line's known attributes. `waits` names, for a derived
    attribute that is unknown, the attributes that it is computed from. `presumed` names what was filled in, as far as
    some rule reads it. `supports` says how many units each function that counts units finds supported; `rows` are the
    rows of tables that derived attributes rest on, and `beside` the numbers of the lines that they were computed of.
    `computed` says, in words, what the values were computed from that forms compute and nobody gave.
    """

    line: Line
    values: dict[str, Value]
    waits: dict[str, tuple[str, ...]]
    presumed: tuple[str, ...]
    supports: tuple[Support, ...] = ()
    rows: dict[str, TableRow] = {}
    beside: dict[str, tuple[int, ...]] = {}
    computed: dict[str, str] = {}

    @property
    def day(self) -> Day:
        """Tell the line from all others of the scene."""
        return self.line.number, self.line.date

    def is_alone(self, attributes: frozenset[str]) -> bool:
        """Tell whether no row of a table and no other line had a say in any of some attributes."""
        return attributes.isdisjoint(self.rows) and attributes.isdisjoint(self.beside)


class History(msgspec.Struct, frozen=True):
    """The patient's earlier lines as conditions read them, each day of a line for itself; numbers are below zero.

    `names` says by number how a line is named, and `perhaps` of a line that may be no earlier one which facts would
    tell. From `complete_from` on there are no other lines (None: not known), and with `is_complete` there are none at
    all. `birth` is the patient's birth date.
    """

    lines: tuple[EnrichedLine, ...] = ()
    names: dict[int, str] = {}
    perhaps: dict[int, tuple[str, ...]] = {}
    complete_from: date | None = None
    is_complete: bool = False
    birth: date | None = None

    def unseen(self, window: Window, last: date) -> "Unseen | None":
        """Say up to which day a window may hold lines that nobody gave; None where all are there.

        >>> History().unseen(Window("days", 2), date(2024, 3, 5))
        Unseen(latest=datetime.date(2024, 3, 5), fact='history[2024-03-04]')
        >>> History(complete_from=date(2024, 3, 4)).unseen(Window("days", 2), date(2024, 3, 5)) is None
        True
        """
        if window.of_claim or self.is_complete:
            return None
        start = window.start(last)
        if window.unit == "ever" and self.birth is not None:
            start = self.birth
        if self.complete_from is not None and self.complete_from <= start:
            return None
        latest = last if self.complete_from is None else min(last, self.complete_from - timedelta(days=1))
        # A window of all days may begin with the patient's birth date, which is never written.
        named = "ever" if window.unit == "ever" or start == EARLIEST else start.isoformat()
        return Unseen(latest, f"history[{named}]")


class Unseen(msgspec.Struct, frozen=True):
    """Lines that there may be and nobody gave: up to which day, and the fact that says there are none."""

    latest: date
    fact: str


class Kinds(msgspec.Struct, frozen=True):
    """Which lines say the same of what an attribute relates lines by: a number for each, by the line's identity.

    `first` and `places` give a line of each kind of the scene, and all its lines, as the bits of an integer. Where many
    kinds were looked up at once, `listed` gives the relations of a subject and of another line that are not as
    `absent` says for the subject.
    """

    told: Kind
    numbers: dict[Hashable, int]
    lines: dict[int, int]
    first: list[EnrichedLine]
    places: list[int]
    absent: list[Value | None] = []
    listed: tuple[dict[int, dict[int, Value | None]], dict[int, dict[int, Value | None]]] | None = None


class EnrichedEncounter(msgspec.Struct, frozen=True):
    """The lines of an encounter, and how each pair of them is related.

    All other fields remember what has been worked out: the truth of a fact on a line, what it waits for as seen from a
    subject, the relation of two lines that say the same of what they are related by, the kinds of such lines, what
    conditions on other lines found, and the scene as it would be without some of what is known (`views`). `original` is
    the scene in which other lines are asked, where one line is looked at as it would be otherwise.
    """

    lines: tuple[EnrichedLine, ...]
    setting: Setting
    pair_functions: dict[str, PairFunction]
    history: History = History()
    facts: dict[tuple[str, Day], Truth] = {}
    waits: dict[tuple[str, Day, Day | None], frozenset[str]] = {}
    relations: dict[tuple[str, int, int], Value | None] = {}
    kinds: dict[str, Kinds] = {}
    seen: dict[Hashable, Any] = {}
    views: dict[str, "EnrichedEncounter | None"] = {}
    original: "EnrichedEncounter | None" = None

    def relation(self, attribute: str, subject: EnrichedLine, other: EnrichedLine) -> Value | None:
        """Give an attribute of a pair of lines; None while it is unknown."""
        kinds = self.kinds.get(attribute) or self._kinds(attribute)
        one, two = kinds.lines.get(id(subject)), kinds.lines.get(id(other))
        one = _kind(kinds, subject) if one is None else one
        two = _kind(kinds, other) if two is None else two
        if kinds.listed is not None and one < len(kinds.absent) and two < len(kinds.absent):
            return kinds.listed[0][one].get(two, kinds.absent[one])
        key = (attribute, one, two)
        try:
            return self.relations[key]
        except KeyError:
            function = self.pair_functions[attribute]
            found = self.relations[key] = function.of(subject.values, other.values, self.setting)
            return found

    def related(self, attribute: str, line: EnrichedLine, *, as_other: bool = False) -> dict[Value | None, int]:
        """Group the lines of the scene by their relation to a line, as others to it, or as subjects to it `as_other`.

        Lines are bits of an integer, by their place in the scene; it is worked out once for lines of a kind.
        """
        number = self.kind(attribute, line)
        key = ("related", attribute, number, as_other)
        if key not in self.seen:
            self.seen[key] = self._related(attribute, line, number, as_other=as_other)
        found: dict[Value | None, int] = self.seen[key]
        return found

    def _related(self, attribute: str, line: EnrichedLine, number: int, *, as_other: bool) -> dict[Value | None, int]:
        kinds, found = self.kinds[attribute], dict[Value | None, int]()
        if kinds.listed is None or number >= len(kinds.absent):
            for each, places in zip(kinds.first, kinds.places, strict=True):
                value = self.relation(attribute, *((each, line) if as_other else (line, each)))
                found[value] = found.get(value, 0) | places
            return found
        for absent, places in zip(kinds.absent, kinds.places, strict=True):
            usual = absent if as_other else kinds.absent[number]
            found[usual] = found.get(usual, 0) | places
        for at, value in kinds.listed[as_other][number].items():
            found[kinds.absent[at if as_other else number]] &= ~kinds.places[at]
            found[value] = found.get(value, 0) | kinds.places[at]
        return {value: places for value, places in found.items() if places}

    def own(self, number: int) -> int:
        """Give the lines of a number, as bits: days of one line have one."""
        found: dict[int, int] | None = self.seen.get("own")
        if found is None:
            found = self.seen["own"] = _grouped([line.line.number for line in self.lines])
        return found.get(number, 0)

    def beside(self, line: EnrichedLine, *, same_date: bool) -> int:
        """Give the lines of other numbers than a line, of its date or of any, as bits."""
        key = id(line.line), same_date
        found: int | None = self.seen.get(key)
        if found is None:
            around = self.among(line.line.date) if same_date else (1 << len(self.lines)) - 1
            found = self.seen[key] = around & ~self.own(line.line.number)
        return found

    @property
    def has_days(self) -> bool:
        """Tell whether some lines are days of one line, and have its number."""
        self.own(0)
        return len(self.seen["own"]) < len(self.lines)

    def among(self, day: date) -> int:
        """Give the lines of a date, as bits."""
        found: dict[date, int] | None = self.seen.get("days")
        if found is None:
            found = self.seen["days"] = _grouped([line.line.date for line in self.lines])
        return found.get(day, 0)

    def by_code(self) -> dict[Value | None, int]:
        """Give the lines of each code, as bits; under None those whose code is unknown."""
        found: dict[Value | None, int] | None = self.seen.get("codes")
        if found is None:
            found = self.seen["codes"] = _grouped([line.values.get(CODE) for line in self.lines])
        return found

    def kind(self, attribute: str, line: EnrichedLine) -> int:
        """Give what is the same for all lines that an attribute relates to others in the same way."""
        kinds = self.kinds.get(attribute) or self._kinds(attribute)
        found = kinds.lines.get(id(line))
        return _kind(kinds, line) if found is None else found

    def related_apart(self, attributes: Sequence[str]) -> int:
        """Count the pairs of lines that are related by themselves by some of these attributes.

        Lines of one kind are related once; of what is listed only the pairs count that are not related as usual.
        """
        kinds = {name: self.kinds.get(name) or self._kinds(name) for name in attributes}
        listed = [each.listed[0] for each in kinds.values() if each.listed is not None]
        others = [name for name, each in kinds.items() if each.listed is None]
        apart = len({tuple([self.kind(name, line) for name in others]) for line in self.lines})
        return apart * len(self.lines) + sum(len(found) for each in listed for found in each.values())

    def _kinds(self, attribute: str) -> Kinds:
        """Tell the lines of the scene apart by what an attribute relates them by."""
        function = self.pair_functions[attribute]
        kinds = Kinds(function.kind([each.values for each in self.lines], self.setting), {}, {}, [], [])
        for place, each in enumerate(self.lines):
            number = kinds.lines[id(each)] = _kind(kinds, each)
            if number == len(kinds.first):
                kinds.first.append(each)
                kinds.places.append(0)
            kinds.places[number] |= 1 << place
        if function.listed is not None and len(kinds.first) > FEW_KINDS:
            kinds = self._listed(kinds, function)
        self.kinds[attribute] = kinds
        return kinds

    def _listed(self, kinds: Kinds, function: PairFunction) -> Kinds:
        """Look up all pairs of kinds at once."""
        values = [each.values for each in kinds.first]
        by_subject: dict[int, dict[int, Value | None]] = {at: {} for at in range(len(values))}
        by_other: dict[int, dict[int, Value | None]] = {at: {} for at in range(len(values))}
        for (subject, other), value in (function.listed or _nothing)(values, self.setting).items():
            by_subject[subject][other] = by_other[other][subject] = value
        absent = [function.absent(each, self.setting) for each in values]
        return msgspec.structs.replace(kinds, absent=absent, listed=(by_subject, by_other))

    def name(self, number: int) -> str:
        """Name a line by its number, as facts do: `lines[3]`, or `history[C-7/2]` of an earlier one."""
        return f"history[{self.history.names[number]}]" if number < 0 else f"lines[{number}]"

    def relation_waits(self, attribute: str, subject: EnrichedLine, other: EnrichedLine) -> tuple[str, ...]:
        """Name the attributes that an unknown attribute of a pair waits for."""
        function = self.pair_functions[attribute]
        waits = function.waits(subject.values, other.values, other.line.number)
        return waits or (of_other_line(other.line.number, attribute),)

    def row(self, attribute: str, subject: EnrichedLine, other: EnrichedLine) -> TableRow | None:
        """Give the row of a table that an attribute of a pair rests on, with the numbers of both lines."""
        key = ("row", attribute, self.kind(attribute, subject), self.kind(attribute, other))
        if key not in self.seen:
            function = self.pair_functions[attribute]
            self.seen[key] = function.row(subject.values, other.values, self.setting)
        found: TableRow | None = self.seen[key]
        if found is None:
            return None
        return msgspec.structs.replace(found, lines=(subject.line.number, other.line.number))


def places(bits: int) -> Iterator[int]:
    """List the places of the bits that are set.

    >>> list(places(0b101))
    [0, 2]
    """
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


def _nothing(_: object, __: object) -> dict[tuple[int, int], str]:
    return {}


def _grouped(keys: Iterable[Key]) -> dict[Key, int]:
    """Group places by a key, as bits."""
    found: dict[Key, int] = {}
    for place, key in enumerate(keys):
        found[key] = found.get(key, 0) | 1 << place
    return found


def _kind(kinds: Kinds, line: EnrichedLine) -> int:
    return kinds.numbers.setdefault(kinds.told(line.values), len(kinds.numbers))
