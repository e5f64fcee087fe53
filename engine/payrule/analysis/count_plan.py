"""What counts of lines and quotas ask of a claim: so many lines to count, and the days and amounts that matter.

`counts` works them out of the lines that there are.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, timedelta
from itertools import pairwise

import msgspec

from payrule.analysis.value_classes import Usage, told_apart, usage_of
from payrule.analysis.variables import Days
from payrule.encounter.encounter import DATE
from payrule.language.counting import EARLIEST, Window
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
from payrule.model.vocabulary import BIRTH, Attribute, Vocabulary

MOST_EARLIER = 30
"""Earlier lines that a claim may have."""
_MOST_COUNTED = MOST_EARLIER - 2
"""Lines that decide what a count comes to, where it asks for so many."""
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


def plain_window(window: Window) -> Window:
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


def plan(
    counts: Iterable[Lines | Quota],
    vocabularies: Sequence[Vocabulary],
    asked: Mapping[str, Usage],
    alike: AbstractSet[Lines | Quota] = frozenset(),
) -> Plan:
    """Say what counts ask of a space of which conditions ask some more.

    A count of more lines than there can be is worked out of those that there are where both sides ask it `alike`; else
    it stays open.

    >>> plan((), (), {}).tied
    frozenset()
    """
    declared = {name: each for vocabulary in vocabularies for name, each in vocabulary.attributes.items()}
    can_be_tied = (each for each in dict.fromkeys(counts) if _can_be_tied(each, declared, asked))
    tied = [each for each in can_be_tied if each in alike or _reach(each) <= _MOST_COUNTED]
    if not tied:
        return Plan()
    over_time = [each for each in tied if not each.counting.window.of_claim]
    of_claim = [each for each in tied if each.counting.window.of_claim]
    counted = [each for each in tied if _reach(each) <= _MOST_COUNTED]
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
        earlier=min(MOST_EARLIER, lines_to_count(counted)),
        any_date=has_days or any(each.counting.window.unit == "encounter" for each in tied),
        usage=usage,
        points=points,
        windows=tuple(dict.fromkeys(plain_window(each.counting.window) for each in over_time)),
        dated=tuple(dated),
        days=tuple(sorted({number for each in counted if isinstance(each, Lines) for number in _days_of(each)})),
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
    """Tell whether a count can be worked out: of what a line says itself."""
    names = [*attributes_of(asked)]
    if any(name not in declared for name in names):
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


def lines_to_count(counts: Iterable[Lines | Quota]) -> int:
    """Say how many earlier lines there are to count, as far as some counts ask."""
    return _lines(each for each in counts if not each.counting.window.of_claim)


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
