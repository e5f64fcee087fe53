"""Claims whose minutes support the units of a line by one way of counting, and by another one do not, or perhaps.

What two ways of counting can say of one line is found by trying: minutes of the line, and of at most two lines more of
its date, which have its code or another one, and are of its plan of care, of another one, or of one that is not known.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache
from itertools import chain, combinations_with_replacement, islice, product
from typing import Any

import msgspec

from payrule.analysis.minimize import State
from payrule.analysis.variables import MINUTES, Variables
from payrule.encounter.encounter import CODE, DATE, UNITS, Line
from payrule.language.derived import METHODS, Setting
from payrule.language.derived.units import (
    COUNTS_ALONE,
    EIGHT,
    MODIFIERS,
    QUARTER,
    TYPE,
    Pool,
    discipline_of,
    either,
    is_supported,
    plans_of_care,
)
from payrule.language.truth import FALSE, TRUE
from payrule.model.values import Value, ValueSet, read_date
from payrule.model.vocabulary import Discipline

_MOST_LINES = 4
"""Timed lines whose minutes are chosen together; one fewer where most lines are added, for that is done often."""

_CODES = 2
"""Codes that are tried for a line that is added, of those that the same sides time."""

MOST_ADDED = 2
"""Lines that are added to a claim."""

Json = dict[str, Any]
Minutes = Sequence[int | None]
"""The minutes of each line; None where they are not known."""

Supported = bool | None
"""Whether units are supported; None where that is not known."""


class Counting(msgspec.Struct, frozen=True):
    """How minutes are counted: the method, the codes with a time component, disciplines, what is assumed when missing.

    >>> counting = Counting("ama-midpoint", ValueSet(frozenset({"a"})))
    >>> line = Line(1, {"line.code": "a", "line.date": read_date("2024-07-01"), "line.units": 1})
    >>> [counting.of([line])(0, [minutes]) for minutes in (8, 7, None)]
    [True, False, None]
    """

    method: str
    codes: ValueSet
    disciplines: tuple[Discipline, ...] = ()
    assumed: tuple[tuple[str, Value], ...] = ()

    @classmethod
    def settled(cls, setting: Setting) -> "Counting":
        """Take what a payer settles."""
        assumed = sorted((name, each) for name, each in setting.presumptions.items() if name in (MINUTES, *_READ))
        return cls(setting.units_method, setting.timed_codes, setting.disciplines, tuple(assumed))

    def of(self, lines: Sequence[Line]) -> Callable[[int, Minutes], Supported]:
        """Give what tells, by the position of a line and the minutes of each, whether its units are supported."""
        assumed = dict(self.assumed)
        known = [Line(at, assumed | line.values) for at, line in enumerate(lines)]
        pools: dict[int, list[dict[str, list[int]]]] = {}
        for day in {line.date: None for line in known}:
            timed = [line for line in known if line.date == day and line.code in self.codes]
            for plan in plans_of_care(timed, self.disciplines) if timed else ():
                parted = [_by_code(pool) for pool in plan.pools]
                pools.update((line.number, parted) for line in plan.lines)
        units = [int(str(line.values[UNITS])) for line in known]
        method, otherwise = METHODS[self.method], assumed.get(MINUTES)

        def supported(at: int, minutes: Minutes) -> Supported:
            if at not in pools:
                return True
            each = [otherwise if one is None else one for one in minutes]
            found = [
                method({code: _pool(here, units, each) for code, here in pool.items()}, known[at].code)
                for pool in pools[at]
            ]
            return {TRUE: True, FALSE: False}.get(is_supported(either(found))) if found else None

        return supported


_READ = (MODIFIERS, TYPE)
"""What tells the plan of care of a line."""


def _by_code(lines: Iterable[Line]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for line in lines:
        found.setdefault(line.code, []).append(line.number)
    return found


def _pool(positions: Sequence[int], units: Sequence[int], minutes: Sequence[Any]) -> Pool:
    known = [minutes[at] for at in positions if minutes[at] is not None]
    return Pool(sum(units[at] for at in positions), sum(known), len(known) == len(positions), min(positions))


@lru_cache
def answers_of(one: Counting, two: Counting) -> frozenset[tuple[Supported, Supported]]:
    """Give what two ways of counting can say of one line whose code both time: all pairs that some claim has.

    They have the same disciplines, and assume the same when something is missing.

    >>> codes = ValueSet(frozenset({"a", "b"}))
    >>> cms, ama = (Counting(method, codes) for method in ("cms-8-minute", "ama-midpoint"))
    >>> sorted(set(product((True, False, None), repeat=2)) - answers_of(cms, ama), key=str)
    [(False, None)]
    """
    both, found = (one, two), set[tuple[Supported, Supported]]()
    code = next(iter(_timed_codes(both, ()).get((True, True), ())), None)
    if code is None:
        return frozenset(found)
    others = [codes[0] for codes in _timed_codes(both, (code,)).values()]
    for plan in _plans({}, both, (_OTHER_TYPE,)):
        subject = {"number": 1, "code": code, "date": _SOME_DAY, **plan}
        numbers = range(MOST_ADDED + 1)
        beside = _codes_beside(code, len(others), both)
        for added in chain.from_iterable(
            _added(_alike(subject), beside, both, (_OTHER_TYPE,), each) for each in numbers
        ):
            lines = [_line(each) for each in (subject, *_numbered(added, others, 1))]
            counted = [each.of(lines) for each in both]
            for minutes in product(_amounts(1), repeat=len(lines)):
                found.add((counted[0](0, minutes), counted[1](0, minutes)))
            if len(found) == _PAIRS:
                return frozenset(found)
    return frozenset(found)


_SOME_DAY, _OTHER_TYPE = "2000-01-01", "other"
_PAIRS = 9
"""What two ways of counting could say of a line, each of three things."""


def _plans(line: Json, countings: Sequence[Counting], types: Sequence[str]) -> Iterator[Json]:
    """Give a line in each kind of plan of care: its own, then one of each kind that differs for some way of counting.

    A plan is named, by a modifier or by the type of provider, or not known; lines of another type may be of another.
    """
    disciplines = [each for counting in countings if len(counting.disciplines) > 1 for each in counting.disciplines]
    telling = dict.fromkeys(name for each in disciplines for name in each.provider_types)
    modifiers = dict.fromkeys(each.modifier for each in disciplines)
    rest = [each for each in line.get("modifiers", ()) if each not in modifiers]
    bare = {key: each for key, each in line.items() if key not in ("modifiers", "provider")}
    yield line
    if not disciplines:
        return
    mine = _plan(line, countings)
    kinds: set[tuple[bool, ...]] = set()
    silent = [each for each in types if each not in telling][:1]
    for modifier, type_ in product((None, *modifiers), (None, *telling, *silent)):
        named = [*rest, modifier] if modifier else rest
        each = {**bare, **({"modifiers": named} if named else {}), **({"provider": {"type": type_}} if type_ else {})}
        plan = _plan(each, countings)
        kind = tuple(discipline is not None for discipline, _ in plan)
        if plan != mine and kind not in kinds:
            kinds.add(kind)
            yield each


def _plan(line: Mapping[str, Any], countings: Sequence[Counting]) -> tuple[tuple[str | None, Any], ...]:
    """Say for each way of counting which discipline a line is of, or else the type of provider that stands for it."""
    read = _line({"number": 1, **line})
    found = [discipline_of(read, each.disciplines) if len(each.disciplines) > 1 else "" for each in countings]
    return tuple((each, None if each is not None else read.values.get(TYPE)) for each in found)


def with_minutes(space: Variables, state: State, encounter: Json, added_lines: int) -> Iterator[Json]:
    """Add so many timed lines to a claim, and choose minutes so that each side sees units as a state has them."""
    wanted = _wanted(space, state)
    if not wanted:
        return
    countings = {settled: Counting.settled(space.settings[settled]) for settled in wanted}
    both = tuple(countings.values())
    positions = {line: position for position, line in enumerate(state.lines)}
    # The bounds of the minutes that a rule asks for of a line, by its position; None where they are missing.
    asked = {
        positions[slot.line]: state.values.get(slot)
        for slot in state.literals
        if slot.attribute == MINUTES and slot.line in positions
    }
    subject = encounter["lines"][0]
    codes = list(_timed_codes(both, {subject["code"]}).values())
    types = space.declared(TYPE)[0].values if space.declared(TYPE) else ()
    known: dict[str, Minutes | None] = {}
    most = _MOST_LINES - (added_lines == MOST_ADDED)
    alike, beside = _alike(subject, set(space.required())), _codes_beside(subject["code"], len(codes), both)
    for added in _added(alike, beside, both, types, added_lines):
        # Which code is added makes no difference to minutes, only which sides time it.
        plans = repr([(each["code"], each.get("modifiers"), each.get("provider")) for each in added])
        tried = {each["code"] for each in added if isinstance(each["code"], int)}
        for choice in range(max((len(codes[each]) for each in tried), default=1)):
            listed = [each[min(choice, len(each) - 1)] for each in codes]
            lines = [*encounter["lines"], *_numbered(added, listed, len(encounter["lines"]))]
            if plans not in known:
                known[plans] = next(_fitting(lines, wanted, countings, asked, most), None)
            minutes = known[plans]
            if minutes is not None:
                bare = [{key: value for key, value in line.items() if key != "minutes"} for line in lines]
                said = [{} if each is None else {"minutes": each} for each in minutes]
                yield {**encounter, "lines": [line | more for line, more in zip(bare, said, strict=True)]}


def companions(space: Variables, state: State) -> Iterator[int]:
    """Say that another line of the date is timed: by all who have a say in a state, or by some of them.

    Such a line is needed where two ways of counting differ; in a claim that has it, rules on other lines count too.
    """
    both = [Counting.settled(space.settings[settled]) for settled in _wanted(space, state)]
    for timed in _timed_codes(both, ()):
        lines = []
        for line in range(1, space.others + 1):
            codes = [
                literal
                for code, literal in space.slot(CODE, line).choices
                if tuple(code in each.codes for each in both) == timed
            ]
            here = (space.present(line), space.same_date(line), space.graph.some(codes))
            lines.append(space.graph.all(here))
        yield space.graph.some(lines)


def _wanted(space: Variables, state: State) -> dict[str, dict[int, Supported]]:
    """Give by what a payer settles, and by the position of a line, whether its units are supported."""
    positions = {line: position for position, line in enumerate(state.lines)}
    found: dict[str, dict[int, Supported]] = {}
    for slot in state.literals:
        if slot.line is not None and slot.settled in space.settings:
            found.setdefault(slot.settled, {})[positions[slot.line]] = state.values.get(slot)
    return found


def _alike(subject: Mapping[str, Any], required: AbstractSet[str] = frozenset()) -> list[Json]:
    """Give a line that is like the subject in as little as it can, then one one like it in all, without a code."""
    found = []
    for keys in (("date", "modifiers", "provider"), tuple(subject)):
        like = {key: each for key, each in subject.items() if key in keys or f"line.{key}" in required}
        found.append({key: each for key, each in like.items() if key not in ("number", "code")} | {"units": 1})
    return found[: 1 + (found[0] != found[1])]


def _codes_beside(code: str, others: int, countings: Sequence[Counting]) -> list[str | int]:
    """List codes for lines to add: the numbers of others, as far as they have a say, and the subject's."""
    return [code] if all(each.method in COUNTS_ALONE for each in countings) else [*range(others), code]


def _added(
    alike: Sequence[Json], codes: Sequence[str | int], countings: Sequence[Counting], types: Sequence[str], number: int
) -> Iterator[tuple[Json, ...]]:
    """List so many lines to add, like some lines in all but the plan of care, each with a code or the number of one."""
    for like in alike[: 1 if number == 0 else None]:
        each = [{**plan, "code": code} for plan in _plans(like, countings, types) for code in codes]
        yield from combinations_with_replacement(each, number)


def _numbered(added: Sequence[Json], codes: Sequence[str], before: int) -> list[Json]:
    """Write the lines to add with numbers, and the codes that stand for others."""
    return [
        {"number": place, **line, "code": codes[line["code"]] if isinstance(line["code"], int) else line["code"]}
        for place, line in enumerate(added, start=before + 1)
    ]


def _timed_codes(countings: Sequence[Counting], billed: Iterable[str]) -> dict[tuple[bool, ...], list[str]]:
    """List some codes that are not billed yet, by which sides time them; those that all do come first."""
    taken = frozenset(billed)
    found: dict[tuple[bool, ...], dict[str, None]] = {}
    for counting in countings:
        for code in (*sorted(map(str, counting.codes.values)), *chain.from_iterable(counting.codes.ranges)):
            if code not in taken:
                found.setdefault(tuple(code in each.codes for each in countings), {})[code] = None
    return {timed: list(islice(codes, _CODES)) for timed, codes in sorted(found.items(), reverse=True)}


def _fitting(
    lines: Sequence[Json],
    wanted: Mapping[str, Mapping[int, Supported]],
    countings: Mapping[str, Counting],
    asked: Mapping[int, tuple[Any, Any] | None],
    most: int,
) -> Iterator[Minutes]:
    """List the ways to choose minutes by which each side sees units supported as it is wanted."""
    days = {lines[at]["date"] for positions in wanted.values() for at in positions}
    timed = [line["date"] in days and any(line["code"] in each.codes for each in countings.values()) for line in lines]
    if not 0 < sum(timed) <= most:
        return
    amounts = [
        tuple(_within(_amounts(line.get("units", 1)), asked, at)) if timed[at] else (line.get("minutes"),)
        for at, line in enumerate(lines)
    ]
    read = [_line(line) for line in lines]
    goals = [(countings[settled].of(read), at, each) for settled, seen in wanted.items() for at, each in seen.items()]
    for minutes in product(*amounts):
        if all(supported(at, minutes) is each for supported, at, each in goals):
            yield minutes


def _amounts(units: int) -> tuple[int | None, ...]:
    """List minutes around what so many units need: full quarter hours, started ones, and none that anybody knows."""
    full = units * QUARTER
    near = {0, *(full + more for more in (-EIGHT, 1 - EIGHT, -1, 0, 1, EIGHT - 1, EIGHT, EIGHT + 1))}
    return (*sorted(each for each in near if each >= 0), None)


def _within(
    amounts: Iterable[int | None], asked: Mapping[int, tuple[Any, Any] | None], at: int
) -> Iterator[int | None]:
    """Keep the minutes that a rule asks for of the line at a position, if one does, and their ends."""
    bounds = asked.get(at)
    if bounds is None:
        yield from (None,) if at in asked else amounts
        return
    low, below = bounds
    ends = {low, None if below is None else below - 1}
    for each in sorted({*amounts, *ends} - {None}):
        if (low is None or low <= each) and (below is None or each < below):
            yield each


def _line(line: Mapping[str, Any]) -> Line:
    """Read what is looked at of a line to count its minutes."""
    values: dict[str, Value] = {UNITS: 1}
    waiting = [("line", line)]
    while waiting:
        name, group = waiting.pop()
        for key, value in group.items():
            if isinstance(value, Mapping):
                waiting.append((f"{name}.{key}", value))
            elif isinstance(value, list):
                values[f"{name}.{key}"] = frozenset(value)
            else:
                values[f"{name}.{key}"] = read_date(value) if f"{name}.{key}" == DATE else value
    return Line(line["number"], values)
