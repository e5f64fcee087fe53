"""The scene that rules are asked about: an encounter with presumptions and derived attributes filled in.

Both executions read the same scene, so that a derived attribute has one value; what a condition means on it they work
out apart.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import reduce
from itertools import product
from typing import Any

import msgspec

from payrule.encounter.encounter import CODE, DATE, Encounter, Line, by_days, counted_history
from payrule.language.counting import EARLIEST, Window
from payrule.language.derived import (
    Computed,
    Kind,
    LineFunction,
    PairFunction,
    Setting,
    Support,
    TableRow,
    derived,
)
from payrule.language.truth import Truth
from payrule.model.value_schema import LARGEST
from payrule.model.values import Value, read_codes
from payrule.model.vocabulary import BIRTH, Vocabulary, of_other_line

FEW_KINDS = 40
"""Kinds of lines up to which each pair is related by itself: that costs less than to read all that is listed."""

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
    views: dict[str, "EnrichedEncounter"] = {}
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
        if "own" not in self.seen:
            self.seen["own"] = _grouped(line.line.number for line in self.lines)
        return int(self.seen["own"].get(number, 0))

    @property
    def has_days(self) -> bool:
        """Tell whether some lines are days of one line, and have its number."""
        self.own(0)
        return len(self.seen["own"]) < len(self.lines)

    def among(self, day: date) -> int:
        """Give the lines of a date, as bits."""
        if "days" not in self.seen:
            self.seen["days"] = _grouped(line.line.date for line in self.lines)
        return int(self.seen["days"].get(day, 0))

    def by_code(self) -> dict[Value | None, int]:
        """Give the lines of each code, as bits; under None those whose code is unknown."""
        if "codes" not in self.seen:
            self.seen["codes"] = _grouped(line.values.get(CODE) for line in self.lines)
        found: dict[Value | None, int] = self.seen["codes"]
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


def _grouped(keys: Iterable[Hashable]) -> dict[Hashable, int]:
    """Group places by a key, as bits."""
    found: dict[Hashable, int] = {}
    for place, key in enumerate(keys):
        found[key] = found.get(key, 0) | 1 << place
    return found


def _kind(kinds: Kinds, line: EnrichedLine) -> int:
    return kinds.numbers.setdefault(kinds.told(line.values), len(kinds.numbers))


class Enrichment(msgspec.Struct, frozen=True):
    """What is filled in of every claim of a payer, found once: presumptions, and functions of derived attributes.

    `systems` are the attributes that hold codes of a system; `presumed` and `presumed_earlier` the values taken where a
    line of a claim, or an earlier line, gives none; `reported` those of them that some rule reads, None for all.
    """

    vocabulary: Vocabulary
    setting: Setting
    systems: Mapping[str, str]
    presumed: Mapping[str, Value]
    presumed_earlier: Mapping[str, Value]
    lines: dict[str, LineFunction]
    pairs: dict[str, PairFunction]
    reported: frozenset[str] | None
    known: dict[Hashable, list[Computed]] = {}
    """What was computed over lines, by what it was computed of."""


MOST_KNOWN = 4096
"""Lines together of which it is remembered what was computed over them."""


def enrichment(vocabulary: Vocabulary, setting: Setting, wanted: frozenset[str] | None = None) -> Enrichment:
    """Settle what is filled in of every claim; `wanted` limits derived attributes to those that some rule reads."""
    attributes, known = vocabulary.attributes, derived(vocabulary)
    systems = {name: each.system for name, each in attributes.items() if each.system is not None}
    assumed = {name: value for name, value in setting.presumptions.items() if not attributes[name].derived}
    # Of an earlier line nothing is computed over several lines, so that what is presumed of that holds, too.
    earlier = {name: value for name, value in setting.presumptions.items() if "." in name}
    read = None if wanted is None else wanted.union(*(known.inputs(name) for name in wanted))
    return Enrichment(
        vocabulary,
        setting,
        systems,
        as_read(assumed, systems),
        as_read(earlier, systems),
        {name: each for name, each in known.lines.items() if read is None or name in read},
        {name: each for name, each in known.pairs.items() if wanted is None or name in wanted},
        read,
    )


def scene(encounter: Encounter, made: Enrichment) -> EnrichedEncounter:
    """Fill in presumptions and derived attributes of a claim."""
    of_claim = as_read(encounter.values, made.systems)
    first = _first_days(encounter)
    lines, filled = [], []
    for line in encounter.lines:
        values = {**of_claim, **as_read(line.values, made.systems)}
        missing = [name for name in made.presumed if name not in values]
        values.update((name, made.presumed[name]) for name in missing)
        lines.append(Line(line.number, values, line.most))
        filled.append(tuple([name for name in missing if made.reported is None or name in made.reported]))
    scene_lines = _lines(lines, filled, made, first)
    return EnrichedEncounter(scene_lines, made.setting, made.pairs, _history(encounter, made, of_claim))


def _first_days(encounter: Encounter) -> dict[int, date | None]:
    """Give the first day of each line of several days, by its number; days of one line have one number.

    It is None of a line whose date cannot be read, of which it is supposed that one of its days is here.
    """
    first: dict[int, date | None] = {}
    for line in encounter.lines:
        day = line.date
        first[line.number] = min(day, first.get(line.number) or day)
    spans = first if len(first) < len(encounter.lines) else {}
    supposed = {number: None for number, each in encounter.unreadable.items() if DATE in each.attributes}
    return {**spans, **supposed} if supposed else spans


def as_read(values: Mapping[str, Value], systems: Mapping[str, str]) -> Mapping[str, Value]:
    """Read the values of attributes that hold codes of a system as the system does; others stay.

    >>> as_read({"encounter.diagnoses": frozenset({"m54.5"})}, {"encounter.diagnoses": "icd-10-cm"})
    {'encounter.diagnoses': frozenset({'M545'})}
    """
    read = {name: read_codes(values[name], system) for name, system in systems.items() if name in values}
    return {**values, **read} if read else values


def _history(encounter: Encounter, made: Enrichment, of_claim: Mapping[str, Value]) -> History:
    """Make the patient's earlier lines as conditions read them; what is said of claim and patient is the subject's."""
    known = {**made.presumed_earlier, **of_claim}
    lines: list[EnrichedLine] = []
    names: dict[int, str] = {}
    perhaps: dict[int, tuple[str, ...]] = {}
    alone = {name: each for name, each in made.lines.items() if each.alone}
    for number, (name, earlier) in enumerate(counted_history(encounter, made.vocabulary.frequency), start=1):
        names[-number] = name
        if earlier.perhaps:
            perhaps[-number] = earlier.perhaps
        days = by_days(Line(-number, earlier.values), made.vocabulary)
        for day in days:
            assumed = {name: each for name, each in known.items() if name not in earlier.unreadable}
            values = {**assumed, **as_read(day.values, made.systems)}
            line = Line(-number, values, day.most)
            if alone:
                first = min(each.date for each in days)
                computed = {
                    each: _computed_alone(function, line, first, made.setting) for each, function in alone.items()
                }
                lines.append(_with_computed(line, (), computed, made.setting))
            else:
                lines.append(EnrichedLine(line, values, {}, ()))
    birth = encounter.values.get(BIRTH)
    return History(
        tuple(lines),
        names,
        perhaps,
        encounter.history_from,
        is_complete=made.setting.has_whole_history and not encounter.is_history_cut,
        birth=birth if isinstance(birth, date) else None,
    )


def _lines(
    lines: list[Line],
    filled: list[tuple[str, ...]],
    made: Enrichment,
    first: Mapping[int, date | None],
) -> tuple[EnrichedLine, ...]:
    functions, setting = made.lines, made.setting
    if not functions:
        return tuple(EnrichedLine(line, line.values, {}, done) for line, done in zip(lines, filled, strict=True))
    computed = {
        attribute: [_computed_alone(function, line, first.get(line.number, line.date), setting) for line in lines]
        if function.alone
        else _remembered(made, attribute, lines)
        for attribute, function in functions.items()
    }
    return tuple(
        _with_computed(line, done, {attribute: found[at] for attribute, found in computed.items()}, setting)
        for at, (line, done) in enumerate(zip(lines, filled, strict=True))
    )


def _remembered(made: Enrichment, attribute: str, lines: Sequence[Line]) -> list[Computed]:
    """Compute for each of some lines, or remember what came of lines of which the same is read."""
    function, setting = made.lines[attribute], made.setting
    read = tuple([_read_of(line, function, setting) for line in lines])
    found = made.known.get((attribute, read))
    if found is None:
        if len(made.known) >= MOST_KNOWN:
            made.known.clear()
        found = made.known[attribute, read] = computed_each(function, lines, setting)
    return found


def _read_of(line: Line, function: LineFunction, setting: Setting) -> Hashable:
    """Give what a function reads of a line, with its code and its date."""
    value, alike = line.values.get, function.alike
    read = [alike[name](value(name), setting) if name in alike else value(name) for name in function.reads]
    return line.number, value(CODE), value(DATE), line.most.get(UNITS), *read


def _computed_alone(function: LineFunction, line: Line, first: date | None, setting: Setting) -> Computed:
    """Compute for one line; `first` is its first day, for which it is computed, None where that is unknown."""
    if first is None:
        line = Line(line.number, {name: each for name, each in line.values.items() if name != DATE}, line.most)
    elif first != line.date:
        line = Line(line.number, {**line.values, DATE: first}, line.most)
    return function.of([line], setting)[line.number]


def _with_computed(
    line: Line, presumed: tuple[str, ...], computed: Mapping[str, Computed], setting: Setting
) -> EnrichedLine:
    waits: dict[str, tuple[str, ...]] = {}
    supports: list[Support] = []
    rows: dict[str, TableRow] = {}
    beside: dict[str, tuple[int, ...]] = {}
    words: dict[str, str] = {}
    for attribute, found in computed.items():
        if found.value is not None:
            line.values[attribute] = found.value
        elif attribute in setting.presumptions:
            line.values[attribute] = setting.presumptions[attribute]
            presumed = (*presumed, attribute)
        else:
            line.values.pop(attribute, None)
            if found.waits:
                waits[attribute] = found.waits
        if found.support is not None:
            supports.append(found.support)
        if found.row is not None:
            rows[attribute] = found.row
        # A row of limits is looked up for all lines of a code, so that it speaks of each of them.
        numbers = found.beside or (found.row.lines if found.row else ())
        if numbers and any(each != line.number for each in numbers):
            beside[attribute] = numbers
        if found.words:
            words[attribute] = found.words
    return EnrichedLine(line, line.values, waits, presumed, tuple(supports), rows, beside, words)


def computed_each(function: LineFunction, lines: Sequence[Line], setting: Setting) -> list[Computed]:
    """Compute for each of some lines, date by date: days of one line have its number, and are on different dates.

    >>> from payrule.model.values import ValueSet
    >>> billed = LineFunction((), lambda lines, _: {line.number: Computed(line.values["a"]) for line in lines})
    >>> days = [Line(1, {"line.code": "00001", "line.date": date(2024, 8, day), "a": day}) for day in (5, 6)]
    >>> [found.value for found in computed_each(billed, days, Setting("", ValueSet(frozenset()), frozenset()))]
    [5, 6]
    """
    dates: dict[date, list[Line]] = {}
    for line in lines:
        dates.setdefault(line.date, []).append(line)
    found = {day: _computed(function, listed, setting) for day, listed in dates.items()}
    return [found[line.date][line.number] for line in lines]


UNITS = "line.units"
"""What functions take for known: of a day of several the units may be unknown all the same."""


MOST_WAYS = 256
"""Ways in which unreadable codes of a date are tried; where there are more, nothing is known of any line."""


def _computed(function: LineFunction, lines: Sequence[Line], setting: Setting) -> dict[int, Computed]:
    """Compute for the lines of a date; where codes cannot be read, what holds whatever they are."""
    unread = {line.number for line in lines if CODE not in line.values}
    if not unread:
        return _computed_of_codes(function, lines, setting)
    waits = {number: tuple(sorted(_of(each, number, CODE) for each in unread)) for number in (x.number for x in lines)}
    known = [line for line in lines if line.number not in unread]
    listed = function.codes(known, setting)
    codes = [None, *(listed or ())]
    if listed is None or len(codes) ** len(unread) > MOST_WAYS:
        return {number: Computed(None, names) for number, names in waits.items()}
    found = {number: Computed(None, (CODE,)) for number in unread}
    ways = [
        _computed_of_codes(function, _billing(lines, dict(zip(sorted(unread), chosen, strict=True))), setting)
        for chosen in product(codes, repeat=len(unread))
    ]
    for line in known:
        of_line = [way[line.number] for way in ways]
        found[line.number] = reduce(lambda one, two: _either(one, two, waits[line.number]), of_line)
    return found


def _billing(lines: Iterable[Line], codes: Mapping[int, str | None]) -> list[Line]:
    """Give lines with codes in place of those that cannot be read; one without any says nothing of another."""
    coded = ((line, codes.get(line.number)) for line in lines if codes.get(line.number, "") is not None)
    return [line if code is None else Line(line.number, {**line.values, CODE: code}, line.most) for line, code in coded]


def _either(one: Computed, two: Computed, waits: tuple[str, ...]) -> Computed:
    """Say what holds in one case and in another; where they differ, that waits for what tells them apart."""
    if one == two:
        return one
    support = _between(one.support, two.support)
    if one.value is None or one.value != two.value:
        names = () if one.value is None and two.value is None else waits
        return Computed(None, tuple(sorted({*one.waits, *two.waits, *names})), support)
    beside = tuple(number for number in one.beside if number in two.beside)
    return Computed(one.value, (), support, one.row if one.row == two.row else None, beside=beside)


def _computed_of_codes(function: LineFunction, lines: Sequence[Line], setting: Setting) -> dict[int, Computed]:
    """Compute for the lines of a date; where the units of some are unknown, what holds whatever they are.

    More units never make a line supported, nor bring it within a limit, and never help another line: so what holds with
    none and with as many as there can be holds with any number between.
    """
    if UNITS not in function.reads or all(UNITS in line.values for line in lines):
        return function.of(lines, setting)
    unknown = [line.number for line in lines if UNITS not in line.values]

    def billed(most: Iterable[int]) -> dict[int, Computed]:
        with_most = frozenset(most)
        return function.of([_with_units(line, has_most=line.number in with_most) for line in lines], setting)

    none, every = billed(()), billed(unknown)
    alone = {each: (billed([each]), billed(other for other in unknown if other != each)) for each in unknown}
    found = {}
    for line in lines:
        least, most = none[line.number], every[line.number]
        if least.value is not None and least.value == most.value:
            row = least.row if least.row == most.row else None
            support = _between(least.support, most.support)
            either = tuple(number for number in least.beside if number in most.beside)
            found[line.number] = Computed(least.value, (), support, row, beside=either)
            continue
        matter = [
            _of(each, line.number, UNITS)
            for each, (one, rest) in alone.items()
            if one[line.number].value != least.value or rest[line.number].value != most.value
        ]
        waits = tuple(sorted({*least.waits, *most.waits, *matter}))
        found[line.number] = Computed(None, waits, _between(least.support, most.support))
    return found


def _with_units(line: Line, *, has_most: bool) -> Line:
    if UNITS in line.values:
        return line
    return Line(line.number, {**line.values, UNITS: line.most.get(UNITS, LARGEST) if has_most else 0})


def _of(number: int, subject: int, attribute: str) -> str:
    return attribute if number == subject else of_other_line(number, attribute)


def _between(one: Support | None, two: Support | None) -> Support | None:
    if one is None or two is None:
        return one or two
    high = None if one.high is None or two.high is None else max(one.high, two.high)
    return Support(max(one.billed, two.billed), min(one.low, two.low), high)
