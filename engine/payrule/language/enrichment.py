"""Enriching a claim: presumptions are filled in, and derived attributes are computed, with what they wait for.

What is not known of a claim stays so, unless it makes no difference: where units, codes or the first day of a line
cannot be read, a derived attribute has the value that it has whatever they are.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import date
from functools import reduce
from itertools import product

import msgspec

from payrule.encounter.encounter import CODE, DATE, UNITS, Encounter, Line, by_days, counted_history
from payrule.language.derived import Computed, LineFunction, PairFunction, Setting, Support, TableRow, derived
from payrule.language.enriched_encounter import EnrichedEncounter, EnrichedLine, History
from payrule.model.value_schema import LARGEST
from payrule.model.values import Value, read_codes
from payrule.model.vocabulary import BIRTH, Vocabulary, of_other_line


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
    members: dict[str, dict[str, frozenset[str]]] = {}
    """The members of lists that each function reads, by its attribute and the list, once it was asked."""
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
    lines: list[Line] = []
    filled: list[tuple[str, ...]] = []
    for line in encounter.lines:
        values = {**of_claim, **line.values, **_read(line.values, made.systems)}
        lines.append(Line(line.number, values, line.most))
        if made.presumed:
            missing = [name for name in made.presumed if name not in values]
            values.update((name, made.presumed[name]) for name in missing)
            filled.append(tuple([name for name in missing if made.reported is None or name in made.reported]))
        else:
            filled.append(())
    scene_lines = _lines(lines, filled, made, first)
    return EnrichedEncounter(scene_lines, made.setting, made.pairs, _history(encounter, made, of_claim))


def _first_days(encounter: Encounter) -> dict[int, date | None]:
    """Give the first day of each line of several days, by its number; days of one line have one number.

    It is None of a line whose date cannot be read, of which it is supposed that one of its days is here.
    """
    first: dict[int, date | None] = {}
    if len({line.number for line in encounter.lines}) < len(encounter.lines):
        for line in encounter.lines:
            day = line.date
            first[line.number] = min(day, first.get(line.number) or day)
    first |= {number: None for number, each in encounter.unreadable.items() if DATE in each.attributes}
    return first


def as_read(values: Mapping[str, Value], systems: Mapping[str, str]) -> Mapping[str, Value]:
    """Read the values of attributes that hold codes of a system as the system does; others stay.

    >>> as_read({"encounter.diagnoses": frozenset({"m54.5"})}, {"encounter.diagnoses": "icd-10-cm"})
    {'encounter.diagnoses': frozenset({'M545'})}
    """
    read = _read(values, systems)
    return {**values, **read} if read else values


def _read(values: Mapping[str, Value], systems: Mapping[str, str]) -> dict[str, Value]:
    return {name: read_codes(values[name], system) for name, system in systems.items() if name in values}


def _history(encounter: Encounter, made: Enrichment, of_claim: Mapping[str, Value]) -> History:
    """Make the patient's earlier lines as conditions read them; what is said of claim and patient is the subject's."""
    lines: list[EnrichedLine] = []
    names: dict[int, str] = {}
    perhaps: dict[int, tuple[str, ...]] = {}
    counted = [*counted_history(encounter, made.vocabulary.frequency)] if encounter.history else []
    known = {**made.presumed_earlier, **of_claim} if counted else {}
    alone = {name: each for name, each in made.lines.items() if each.alone} if counted else {}
    for number, (name, earlier) in enumerate(counted, start=1):
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
    members = made.members.get(attribute)
    if members is None:
        members = made.members[attribute] = {name: listed(setting) for name, listed in function.members.items()}
    plain = tuple([name for name in function.reads if name not in members])
    read = tuple([_read_of(line, plain, members) for line in lines])
    found = made.known.get((attribute, read))
    if found is None:
        if len(made.known) >= MOST_KNOWN:
            made.known.clear()
        found = made.known[attribute, read] = computed_each(function, lines, setting)
    return found


def _read_of(line: Line, plain: Sequence[str], members: Mapping[str, frozenset[str]]) -> Hashable:
    """Give what a function reads of a line, of lists the members that it reads, with its code and its date."""
    value = line.values.get
    lists = [among(value(name), each) for name, each in members.items()]
    return line.number, value(CODE), value(DATE), line.most.get(UNITS), *map(value, plain), *lists


def among(held: Value | None, members: frozenset[str]) -> Value | None:
    """Give those members of a list that are read; None where there is no list.

    >>> among(frozenset({"GP", "59"}), frozenset({"GN", "GP"}))
    frozenset({'GP'})
    """
    return held & members if isinstance(held, frozenset) else None


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

    Functions take units for known, and of one day of several they may be unknown all the same.

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
