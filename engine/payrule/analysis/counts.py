"""Counts of lines and quotas as constraints: what they come to is ordered, and tied to the lines of a bounded claim.

What a count comes to lies between a least and a greatest value. Both are thresholds in order, for all rules that count
alike, so that `count at_least 3` is the same as no `count at_most 2`, whatever there is to count. Under the guard both
are what is counted of the lines of the claim and of the patient's earlier lines, on days and with amounts of which
those matter that conditions mention (`language.counting` says what a count means). A proof that needs that is bounded.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, Protocol

import msgspec

from payrule.analysis.solver import ALWAYS, NEVER
from payrule.analysis.value_classes import Usage, told_apart, usage_of
from payrule.analysis.variables import DATE, SUBJECT, Days, Variables
from payrule.language.counting import EARLIEST, Counting, Window
from payrule.language.derived import Setting
from payrule.language.lower import (
    All,
    Formula,
    Lines,
    Not,
    OtherLine,
    Quota,
    Some,
    attributes_of,
    canonical,
)
from payrule.model.value_schema import LARGEST, single_example
from payrule.model.vocabulary import Attribute, Vocabulary

TruthLiterals = tuple[int, int]
"""The literals that a condition is true, and that it is true or unknown; the first implies the second."""

MOST_EARLIER = 30
"""Earlier lines that a claim may have."""
MOST_BESIDE = 8
"""Other lines of the claim itself that are there to be counted."""
_FEW_LINES = 3
"""Lines that share an amount: with more, none has to have as much."""
_TOLD_APART = 2
"""Values of a set that are told apart, where lines are to agree or not."""
_MOST_POINTS = 120
"""Numbers of days that are told apart."""
_FEW_INTERVALS, _MOST_DAYS = 6, 4
"""Between so few days that conditions mention, so many dates of service are looked at; between more, one."""
_LOOKED_AT = 1_500
"""Days that are looked at for those on which windows begin in another order: four years and more."""
_APART = 14
"""Earlier lines that are put on days of their own, where that does not matter."""
_SMALL = 60
"""A sum up to which every number near it is told apart."""

BIRTH = "patient.birth_date"


def normal(formula: Formula) -> Formula:
    """Write a condition about one line in one way: without double negation, parts in a canonical order, each once.

    >>> from payrule.language.lower import Range
    >>> one, two = Range("line.units", 2, None), Range("line.minutes", None, 8)
    >>> normal(All((two, All((one, Not(Not(two))))))) == normal(All((one, two)))
    True
    """
    if isinstance(formula, Not):
        inner = normal(formula.part)
        return inner.part if isinstance(inner, Not) else Not(inner)
    if isinstance(formula, OtherLine):
        return OtherLine(normal(formula.formula), formula.same_date)
    if isinstance(formula, (All, Some)):
        kind = type(formula)
        parts = [
            each for part in map(normal, formula.parts) for each in (part.parts if type(part) is kind else (part,))
        ]
        told = {canonical(each): each for each in parts}
        listed = tuple(told[name] for name in sorted(told))
        return listed[0] if len(listed) == 1 else kind(listed)
    return formula


def _window(window: Window) -> Window:
    """Write a window in one way: one day is the date."""
    return Window("patient-date") if window == Window("days", 1) else window


def _leaves(formula: Formula) -> bool:
    return isinstance(formula, OtherLine) or any(
        _leaves(part)
        for part in (
            formula.parts if isinstance(formula, (All, Some)) else (formula.part,) if isinstance(formula, Not) else ()
        )
    )


class Plan(msgspec.Struct, frozen=True):
    """What counts ask of a space: which are tied to lines, how many lines there are to count, which values matter.

    `tied` are the counts that are worked out; of the others what they come to stays open. `points` are the values of
    an attribute that lines may have. `windows` are those over time, `dated` the days that conditions on a counted line
    mention, `days` the numbers of days that tests mention.
    """

    tied: frozenset[Lines | Quota] = frozenset()
    beside: int = 0
    earlier: int = 0
    any_date: bool = False
    usage: Mapping[str, Usage] = {}
    points: Mapping[str, tuple[int, ...]] = {}
    windows: tuple[Window, ...] = ()
    dated: tuple[date, ...] = ()
    days: tuple[int, ...] = ()
    has_days: bool = False
    has_order: bool = False


def plan(counts: Iterable[Lines | Quota], vocabularies: Sequence[Vocabulary], asked: Mapping[str, Usage]) -> Plan:
    """Say what counts ask of a space of which conditions ask some more.

    >>> plan((), (), {}).tied
    frozenset()
    """
    declared = {name: each for vocabulary in vocabularies for name, each in vocabulary.attributes.items()}
    tied = [each for each in dict.fromkeys(counts) if _can_be_tied(each, declared, asked)]
    if not tied:
        return Plan()
    over_time = [each for each in tied if not each.counting.window.of_claim]
    of_claim = [each for each in tied if each.counting.window.of_claim]
    usage = usage_of(each.formula for each in tied)
    for each in tied:
        for name in each.counting.same:
            if declared[name].type != "integer":
                sets = {*usage.get(name, Usage()).sets, *asked.get(name, Usage()).sets}
                listed = sorted(sets, key=lambda each: (sorted(map(repr, each.values)), each.ranges, each.spans))
                apart = told_apart([declared[name]], listed, _TOLD_APART)
                usage[name] = usage.get(name, Usage()).and_also(Usage(apart))
    points: dict[str, tuple[int, ...]] = {}
    for name, numbers in sorted(_amounts(tied, declared).items()):
        own = usage.get(name, Usage()).and_also(asked.get(name, Usage()))
        points[name] = _points(declared[name], numbers | {t - by for t in own.thresholds for by in (0, 1)})
        ends = sorted({end for point in points[name] for end in (point, point + 1)})
        usage[name] = usage.get(name, Usage()).and_also(Usage((), tuple(ends)))
    has_days = bool(over_time) or any(isinstance(each, Lines) and _is_of_days(each) for each in tied)
    dated = usage.get(DATE, Usage()).thresholds if has_days else ()
    beside = min(MOST_BESIDE, _lines(of_claim)) if of_claim else 1
    return Plan(
        tied=frozenset(tied),
        beside=beside,
        earlier=min(MOST_EARLIER, _lines(over_time)),
        any_date=has_days or any(each.counting.window.unit == "encounter" for each in tied),
        usage=usage,
        points=points,
        windows=tuple(dict.fromkeys(_window(each.counting.window) for each in over_time)),
        dated=tuple(dated),
        days=tuple(sorted({number for each in tied if isinstance(each, Lines) for number in _days_of(each)})),
        has_days=has_days,
        has_order=any(isinstance(each, Quota) for each in tied),
    )


def _is_of_days(asked: Lines) -> bool:
    return asked.measure.kind in ("dates", "days_since")


def _days_of(asked: Lines) -> Iterator[int]:
    if asked.measure.kind == "dates":
        yield from range(_reach(asked) + 1)
    elif asked.measure.kind == "days_since":
        yield from (operand + by for _, operand in asked.measure.tests for by in (-1, 0, 1, 2))


def _can_be_tied(asked: Lines | Quota, declared: Mapping[str, Attribute], usage: Mapping[str, Usage]) -> bool:
    """Tell whether a count is worked out: of what a line says itself, and of few enough lines."""
    names = [*attributes_of(asked)]
    if any(name not in declared for name in names) or _reach(asked) > MOST_EARLIER - 2:
        return False
    over_time = not asked.counting.window.of_claim
    computed = any(declared[name].derived for name in names)
    if computed and over_time:
        return False
    if isinstance(asked, Quota) and (_leaves(asked.formula) or any("." not in name for name in names)):
        return False
    numbers = {*(name for _, name in asked.sharing.keys)} if isinstance(asked, Quota) else set[str]()
    numbers |= {asked.counting.summed.attribute} if asked.counting.summed else set()
    numbers |= {name for name in asked.counting.same if declared[name].type in ("integer", "date")}
    if any(declared[name].type != "integer" or declared[name].derived or declared[name].many for name in numbers):
        return False
    return not (asked.counting.window.unit == "ever" and BIRTH in usage)


def _reach(asked: Lines | Quota) -> int:
    """Say how many lines decide what a count comes to, as far as tests can tell."""
    if asked.counting.summed is not None:
        return _FEW_LINES
    if isinstance(asked, Quota):
        return asked.sharing.limit + 1
    if asked.measure.kind == "days_since":
        return 2
    return max(operand + (test != "at_least") for test, operand in asked.measure.tests)


def _lines(counts: Iterable[Lines | Quota]) -> int:
    """Say how many lines there are to count: as many as decide one count, and a few that decide another."""
    reach: dict[Hashable, int] = {}
    for each in counts:
        key = canonical(normal(each.formula)), each.counting.same
        reach[key] = max(reach.get(key, 0), _reach(each))
    return max(max(reach.values()) + 1, min(sum(reach.values()), max(reach.values()) + 3)) if reach else 0


def _amounts(tied: Iterable[Lines | Quota], declared: Mapping[str, Attribute]) -> dict[str, set[int]]:
    """Give the numbers of each attribute that matter to what is summed, compared and ordered."""
    found: dict[str, set[int]] = {}
    for each in tied:
        if each.counting.summed is not None:
            sums = [each.sharing.limit] if isinstance(each, Quota) else [number for _, number in each.measure.tests]
            more = [number for _, number in each.tests] if isinstance(each, Quota) else []
            numbers = found.setdefault(each.counting.summed.attribute, set())
            numbers |= {0, 1, *(number + by for number in sums for by in (-1, 0, 1))}
            numbers |= {total + by for one in sums for two in more for total in (two, one + two) for by in (0, 1)}
            numbers |= {number // 2 for number in sums} if max(sums) <= _SMALL else set()
        ordered = [name for _, name in each.sharing.keys] if isinstance(each, Quota) else []
        ordered += [name for name in each.counting.same if declared[name].type == "integer"]
        for name in ordered:
            example = single_example(declared[name])
            usual = example if isinstance(example, int) else declared[name].minimum or 0
            found.setdefault(name, set()).update((usual, usual + 1, usual + 2))
    return found


def _points(declared: Attribute, numbers: Iterable[int]) -> tuple[int, ...]:
    least = 0 if declared.minimum is None else declared.minimum
    most = LARGEST if declared.maximum is None else declared.maximum
    ends = [declared.default] if isinstance(declared.default, int) else []
    ends += [] if declared.maximum is None else [declared.maximum]
    example = single_example(declared)
    usual = [example] if isinstance(example, int) else []
    return tuple(sorted({each for each in (*numbers, *ends, *usual, least) if least <= each <= most}))


def days_asked(asked: Plan, thresholds: Sequence[date], ordinary: date | None) -> Days | None:
    """Choose the dates of service of which days are counted back, and the numbers of days that matter.

    Between two days that conditions mention it is the ordinary one, and others on which windows begin in another order.
    None where nothing is asked of days.
    """
    if not asked.has_days:
        return None
    ends = [date.min, *thresholds, date.max]
    subjects: list[date] = []
    for first, after in pairwise(ends):
        last = after - timedelta(days=1)
        if first <= last and last > date.min:
            subjects += _subjects(first, last, ordinary, asked, few=len(ends) > _FEW_INTERVALS)
    starts: dict[Window, dict[date, int]] = {}
    for window in asked.windows:
        starts[window] = {
            day: Days.EVER if window.start(day) == EARLIEST else (day - window.start(day)).days for day in subjects
        }
    levels = {number for each in starts.values() for number in each.values()} | {
        each for each in asked.days if each > 0
    }
    points = {
        -1,
        0,
        1,
        2,
        *range(min(asked.earlier, _APART) + 1),
        *asked.days,
        *(number + by for number in levels - {Days.EVER} for by in (0, 1)),
    }
    points |= {(day - threshold).days + by for day in subjects for threshold in asked.dated for by in (0, 1)}
    oldest = min(subjects) - date.min
    near = sorted((each for each in points if -1 <= each < oldest.days), key=lambda each: (each not in levels, each))
    return Days(tuple(subjects), tuple(sorted(near[:_MOST_POINTS])), tuple(sorted(levels)), starts)


def _subjects(first: date, last: date, ordinary: date | None, asked: Plan, *, few: bool) -> list[date]:
    usual = min(max(ordinary or first, first), last)
    found: dict[tuple[int, ...], date] = {_order(asked, usual): usual}
    # At the end of a year the windows are long that begin with a year or a month; on its first day they are one day.
    late = min(last, usual.replace(month=12, day=31)) if any(not _is_even(each) for each in asked.windows) else usual
    for step in range(1, 1 if few or len(asked.windows) == 1 else _LOOKED_AT):
        for day in (usual + timedelta(days=step),) if (last - usual).days >= step else ():
            found.setdefault(_order(asked, day), day)
        if len(found) == _MOST_DAYS:
            break
    return list(dict.fromkeys((*found.values(), late)))


def _is_even(window: Window) -> bool:
    """Tell whether a window is about as long on each day."""
    return window.unit not in ("year", "full_months")


def _order(asked: Plan, day: date) -> tuple[int, ...]:
    """Say in which order windows begin before a day."""
    starts = [window.start(day) for window in asked.windows]
    return tuple((one > two) - (one < two) for at, one in enumerate(starts) for two in starts[:at])


class Reader(Protocol):
    """What reads conditions at a line as one side has them."""

    @property
    def settled(self) -> object:
        """What is settled before any rule is asked: two sides that settle the same count the same lines."""

    def truth(self, condition: Formula, line: int) -> TruthLiterals:
        """Encode a condition at a line."""

    def held(self, attribute: str, line: int) -> "Held":
        """Say what a line holds of an attribute."""


class Held(msgspec.Struct, frozen=True):
    """What a line holds of an attribute: that it is known, and each value; of a number, that it is at least so much."""

    known: int
    values: dict[Any, int] = {}
    steps: tuple[tuple[int, int], ...] = ()


Reached = Callable[[int], int]
"""Says that something comes to so much, or more."""


class Ordered:
    """Thresholds of which nothing is known but their order."""

    def __init__(self, space: Variables) -> None:
        """Begin with none; what is at least 0 always holds."""
        self._space = space
        self.known: dict[int, int] = {}

    def reached(self, number: int) -> int:
        """Say that it is at least so much."""
        if number <= 0:
            return ALWAYS
        if number not in self.known:
            literal, graph = self._space.graph.variable(), self._space.graph
            below = max((each for each in self.known if each < number), default=None)
            above = min((each for each in self.known if each > number), default=None)
            if below is not None:
                self._space.axioms.append(graph.some((-literal, self.known[below])))
            if above is not None:
                self._space.axioms.append(graph.some((-self.known[above], literal)))
            self.known[number] = literal
        return self.known[number]


class Comes:
    """What something comes to: at least and at most; `sure` that there is something, `none` that there is nothing."""

    def __init__(self, space: Variables, guard: int, exact: "Exact | None", *, may_be_none: bool) -> None:
        """Order what it comes to, and tie that to what is worked out, if it is."""
        self._space, self._guard, self._exact = space, guard, exact
        self._low, self._high = Ordered(space), Ordered(space)
        graph = space.graph
        self.sure = graph.variable() if may_be_none else ALWAYS
        self.none = graph.all((-self.sure, graph.variable())) if may_be_none else NEVER
        if may_be_none and exact is not None:
            self._tie(self.sure, exact.sure)
            self._tie(self.none, exact.none)

    def _tie(self, literal: int, exact: int) -> None:
        graph = self._space.graph
        self._space.axioms.append(graph.some((-self._guard, graph.same(literal, exact))))

    def _reached(self, ordered: Ordered, number: int, exact: Reached | None) -> int:
        is_new = number > 0 and number not in ordered.known
        literal = ordered.reached(number)
        if is_new and exact is not None:
            self._tie(literal, exact(number))
        return literal

    def low(self, number: int) -> int:
        """Say that it comes to so much at least."""
        low = self._reached(self._low, number, self._exact.low if self._exact else None)
        self._space.axioms.append(self._space.graph.some((-low, self.high(number))))
        return low

    def high(self, number: int) -> int:
        """Say that it may come to so much."""
        return self._reached(self._high, number, self._exact.high if self._exact else None)

    def tested(self, tests: Iterable[tuple[str, int]]) -> TruthLiterals:
        """Encode that every test is passed."""
        true, possible = [self.sure], [-self.none]
        for test, operand in tests:
            if test != "at_most":
                true.append(self.low(operand))
                possible.append(self.high(operand))
            if test != "at_least":
                true.append(-self.high(operand + 1))
                possible.append(-self.low(operand + 1))
        return self._space.graph.all(true), self._space.graph.all(possible)


class Exact(msgspec.Struct, frozen=True):
    """What something comes to as worked out of lines."""

    low: Reached
    high: Reached
    sure: int = ALWAYS
    none: int = NEVER


Member = tuple[int, int, int]
"""A line, with the literals that it is counted, and that it may be."""


class Counts:
    """What counts of lines and quotas come to, the same for all that ask them alike."""

    def __init__(self, space: Variables, guard: int, asked: Plan) -> None:
        """Take what is asked; the lines of the space are all there already."""
        self.space, self.graph, self.guard, self.plan = space, space.graph, guard, asked
        self._known: dict[Hashable, Comes] = {}
        self._members: dict[Hashable, list[Member]] = {}
        self._settled: list[object] = []
        self._pin()

    def _pin(self) -> None:
        """Let amounts that are summed or compared be one of the numbers that matter."""
        for name, points in self.plan.points.items():
            for line in self.space.every_line():
                slot = self.space.slot(name, line)
                steps = dict(slot.steps)
                for one, two in pairwise((*points, None)):
                    after = steps.get((one or 0) + 1, NEVER)
                    upward = NEVER if two is None else steps[two]
                    self.space.axioms.append(self.graph.some((-self.guard, -slot.given, -after, upward)))
                first = steps[points[0]]
                self.space.axioms.append(self.graph.some((-self.guard, -slot.given, first)))

    def truth(self, asked: Lines | Quota, line: int, reader: Reader, setting: Setting) -> TruthLiterals:
        """Encode a count, in which facts are written out, as seen from a line."""
        if isinstance(asked, Quota):
            return self.shares(asked, line, reader, setting).tested(asked.tests)
        key = ("lines", asked.measure.kind, self._key(asked, reader), asked.itself, line)
        if key not in self._known:
            exact = self._measured(asked, reader, setting, key) if asked in self.plan.tied and line == SUBJECT else None
            since = asked.measure.kind == "days_since"
            self._known[key] = Comes(self.space, self.guard, exact, may_be_none=since)
        return self._known[key].tested(asked.measure.tests)

    def shares(self, asked: Quota, line: int, reader: Reader, setting: Setting) -> Comes:
        """Say how much of a line is within a quota, or over it."""
        sharing = asked.sharing
        key = ("quota", asked.kind, self._key(asked, reader), sharing.limit, sharing.keys, line)
        if key not in self._known:
            is_tied = line == SUBJECT and any(
                each.sharing == sharing and each.formula == asked.formula
                for each in self.plan.tied
                if isinstance(each, Quota)
            )
            exact = self._shared(asked, reader, setting, key) if is_tied else None
            self._known[key] = Comes(self.space, self.guard, exact, may_be_none=False)
        return self._known[key]

    def _key(self, asked: Lines | Quota, reader: Reader) -> Hashable:
        counting = asked.counting
        if reader.settled not in self._settled:
            self._settled.append(reader.settled)
        same, summed = tuple(sorted(set(counting.same))), counting.summed
        where = canonical(normal(asked.formula))
        return _window(counting.window), same, where, summed, self._settled.index(reader.settled)

    def _measured(self, asked: Lines, reader: Reader, setting: Setting, key: Hashable) -> Exact:
        counting = asked.counting
        members = self._counted(asked, reader, key)
        if asked.itself:
            members = [(SUBJECT, *reader.truth(asked.formula, SUBJECT)), *members]
        unseen = self._unseen(counting.window, setting)
        if asked.measure.kind == "days_since":
            return self._since(members, unseen)
        if asked.measure.kind == "dates":
            return self._dates(members, unseen)
        return self._total(counting, members, unseen, reader)

    def _counted(self, asked: Lines | Quota, reader: Reader, key: Hashable) -> list[Member]:
        """List the lines other than the subject that satisfy a condition and agree with it, in its window."""
        if key not in self._members:
            counting, found = asked.counting, list[Member]()
            for line in self.space.every_line(subject=False, earlier=not counting.window.of_claim):
                there = self.graph.all((self.space.present(line), self._is_in(counting.window, line)))
                true, possible = reader.truth(asked.formula, line)
                agreed = [self._agree(name, line, reader) for name in sorted(set(counting.same))]
                true = self.graph.all((there, true, *(each for each, _ in agreed)))
                found.append((line, true, self.graph.all((there, possible, *(each for _, each in agreed)))))
            self._members[key] = found
        return self._members[key]

    def _is_in(self, window: Window, line: int) -> int:
        """Say that a line is in the window of the subject."""
        window, days = _window(window), self.space.days
        if window.unit == "encounter":
            return ALWAYS
        if window.unit == "date" or days is None:
            return self.space.same_date(line)
        return self.graph.all((self.space.back(line, 0), -self._before(window, line)))

    def _before(self, window: Window, line: int) -> int:
        """Say that a line is before the first day of a window."""
        space, days = self.space, self.space.days
        starts = days.starts[window] if days else {}
        return self.graph.some(
            self.graph.all((space.subject_on(day), space.back(line, start + 1)))
            for day, start in starts.items()
            if start != Days.EVER
        )

    def _unseen(self, window: Window, setting: Setting) -> int:
        """Say that a window may hold lines that nobody gave."""
        days = self.space.days
        if window.of_claim or setting.has_whole_history or days is None:
            return NEVER
        return -self.graph.some(
            self.graph.all((self.space.subject_on(day), self.space.whole(start)))
            for day, start in days.starts[_window(window)].items()
        )

    def _agree(self, attribute: str, line: int, reader: Reader) -> TruthLiterals:
        """Say that a line agrees with the subject, and that it may."""
        graph, mine, theirs = self.graph, reader.held(attribute, SUBJECT), reader.held(attribute, line)
        known = graph.all((mine.known, theirs.known))
        if mine.steps:
            equal = graph.all(graph.same(one, two) for (_, one), (_, two) in zip(mine.steps, theirs.steps, strict=True))
        else:
            equal = graph.some(graph.all((one, theirs.values.get(value, NEVER))) for value, one in mine.values.items())
        return graph.all((known, equal)), graph.some((-known, equal))

    def _since(self, members: Sequence[Member], unseen: int) -> Exact:
        """Work out the days since the latest line, up to the subject's day."""
        graph, space = self.graph, self.space
        seen = [(line, *(graph.all((each, space.back(line, 0))) for each in both)) for line, *both in members]
        sure, some = graph.some(true for _, true, _ in seen), graph.some(possible for *_, possible in seen)

        def nearer(number: int, at: int) -> int:
            return graph.some(graph.all((each[at], -space.back(each[0], number))) for each in seen)

        there_may_be_one = graph.some((some, unseen))

        def low(number: int) -> int:
            return graph.all((there_may_be_one, -nearer(number, 2), graph.some((-unseen, space.whole(number - 1)))))

        def high(number: int) -> int:
            farther = graph.some(graph.all((possible, space.back(line, number))) for line, _, possible in seen)
            return graph.choose(sure, -nearer(number, 1), graph.some((unseen, farther)))

        return Exact(low, high, sure, -there_may_be_one)

    def _dates(self, members: Sequence[Member], unseen: int) -> Exact:
        """Count the days on which there is a line, by the first line that is listed of each."""
        graph = self.graph

        def firsts(at: int) -> list[int]:
            found: list[int] = []
            for place, each in enumerate(members):
                before = (graph.all((one[at], self._on_one_day(one[0], each[0]))) for one in members[:place])
                found.append(graph.all((each[at], -graph.some(before))))
            return found

        least, most = firsts(1), firsts(2)
        return Exact(
            lambda number: graph.at_least(number, least),
            lambda number: graph.some((unseen, graph.at_least(number, most))),
        )

    def _on_one_day(self, one: int, two: int) -> int:
        """Say that two lines are on one day."""
        graph, space = self.graph, self.space
        days = space.days.points if space.days else (0,)
        return graph.some(graph.all((space.on(one, day), space.on(two, day))) for day in days)

    def _total(self, counting: Counting, members: Sequence[Member], unseen: int, reader: Reader) -> Exact:
        """Count lines, or sum what they have."""
        graph, summed = self.graph, counting.summed
        if summed is None:
            return Exact(
                lambda number: graph.at_least(number, (true for _, true, _ in members)),
                lambda number: graph.some((unseen, graph.at_least(number, (each for *_, each in members)))),
            )
        lows, highs = self._amounts(counting, members, reader)
        endless = graph.some(
            graph.all((possible, endless)) for (*_, possible), (_, endless) in zip(members, highs, strict=True)
        )
        least = [
            [(value, graph.all((true, each))) for value, each in low]
            for (_, true, _), low in zip(members, lows, strict=True)
        ]
        most = [
            [(value, graph.all((may, each))) for value, each in high]
            for (*_, may), (high, _) in zip(members, highs, strict=True)
        ]
        return Exact(
            lambda number: self._sum(least, number),
            lambda number: graph.some((unseen, endless, self._sum(most, number))),
        )

    def _amounts(
        self, counting: Counting, members: Sequence[Member], reader: Reader
    ) -> tuple[list[list[tuple[int, int]]], list[tuple[list[tuple[int, int]], int]]]:
        """Give for each line what it has at least, and at most, as thresholds; and that it is without end."""
        both = [self._amount(counting, line, reader) for line, *_ in members]
        return [low for low, _, _ in both], [(high, endless) for _, high, endless in both]

    def _amount(
        self, counting: Counting, line: int, reader: Reader
    ) -> tuple[list[tuple[int, int]], list[tuple[int, int]], int]:
        summed = counting.summed
        if summed is None:
            return [(1, ALWAYS)], [(1, ALWAYS)], NEVER
        graph, held = self.graph, reader.held(summed.attribute, line)
        steps = [(value, each) for value, each in held.steps if value in self.plan.points[summed.attribute]]
        low = [
            (value, graph.choose(held.known, each, ALWAYS if summed.least >= value else NEVER)) for value, each in steps
        ]
        most = summed.most
        if most is None:
            return low, [(value, graph.all((held.known, each))) for value, each in steps], -held.known
        high = [(value, graph.choose(held.known, each, ALWAYS if most >= value else NEVER)) for value, each in steps]
        return low, high, NEVER

    def _sum(self, amounts: Sequence[list[tuple[int, int]]], number: int) -> int:
        """Say that amounts come to so much; each is given by thresholds that it reaches."""
        graph, known = self.graph, dict[tuple[int, int], int]()

        def reached(at: int, rest: int) -> int:
            if rest <= 0:
                return ALWAYS
            if at == len(amounts):
                return NEVER
            if (at, rest) not in known:
                with_it = (graph.all((each, reached(at + 1, rest - value))) for value, each in amounts[at] if value > 0)
                known[at, rest] = graph.some((reached(at + 1, rest), *with_it))
            return known[at, rest]

        return reached(0, number)

    def _shared(self, asked: Quota, reader: Reader, setting: Setting, key: Hashable) -> Exact:
        """Work out how much of the subject is within a quota, or over it."""
        graph, counting, limit = self.graph, asked.counting, asked.sharing.limit
        found = []
        for line, true, possible in self._counted(asked, reader, key):
            sure, perhaps = self._goes_before(asked, line, reader)
            found.append((line, graph.all((true, sure)), graph.all((possible, perhaps))))
        before = self._total(counting, found, self._unseen(counting.window, setting), reader)
        low, high, endless = self._amount(counting, SUBJECT, reader)
        member, perhaps_member = reader.truth(asked.formula, SUBJECT)

        def own_low(number: int) -> int:
            return graph.some(each for value, each in low if value >= number)

        def own_high(number: int) -> int:
            return graph.some((endless, *(each for value, each in high if value >= number)))

        def left(number: int, own: Sequence[tuple[int, int]], taken: Reached) -> int:
            return graph.some(
                graph.all((each, _at_least(taken, limit - value + number))) for value, each in own if value >= number
            )

        if asked.kind == "over":
            return Exact(
                lambda number: graph.all((member, left(number, low, before.low))),
                lambda number: graph.all((perhaps_member, graph.some((endless, left(number, high, before.high))))),
            )
        return Exact(
            lambda number: graph.all(
                (own_low(number), graph.some((-perhaps_member, -_at_least(before.high, limit - number + 1))))
            ),
            lambda number: graph.all(
                (own_high(number), graph.some((-member, -_at_least(before.low, limit - number + 1))))
            ),
        )

    def _goes_before(self, asked: Quota, line: int, reader: Reader) -> TruthLiterals:
        """Say that a line takes from a quota before the subject does, and that it may."""
        graph, space = self.graph, self.space
        if space.is_earlier(line):
            return ALWAYS, ALWAYS
        true = possible = space.goes_before(line)
        for how, name in reversed(asked.sharing.keys):
            mine, theirs = reader.held(name, SUBJECT), reader.held(name, line)
            known = graph.all((mine.known, theirs.known))
            more = graph.some(
                graph.all((two, -one)) for (_, one), (_, two) in zip(mine.steps, theirs.steps, strict=True)
            )
            less = graph.some(
                graph.all((one, -two)) for (_, one), (_, two) in zip(mine.steps, theirs.steps, strict=True)
            )
            first, last = (more, less) if how == "highest" else (less, more)
            true = graph.all((known, graph.some((first, graph.all((-last, true))))))
            possible = graph.some((-known, first, graph.all((-last, possible))))
        if not asked.counting.window.of_claim:
            sooner, later = space.back(line, 1), -space.back(line, 0)
            true = graph.some((sooner, graph.all((-later, true))))
            possible = graph.some((sooner, graph.all((-later, possible))))
        return true, possible


def _at_least(reached: Reached, number: int) -> int:
    return ALWAYS if number <= 0 else reached(number)
