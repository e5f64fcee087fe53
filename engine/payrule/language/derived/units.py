"""Part the timed lines of a date into plans of care, for each of which minutes are totalled.

A plan of care is of one discipline of therapy (Medicare Claims Processing Manual, chapter 5, section 20.1). A line
names it by a modifier; where it names none, the type of its rendering provider may tell. Lines of which nothing tells
it are taken to be of one plan with those of the same type of provider, and those of an unknown type with each other:
which discipline that is, is not known, and it may be one that other lines name.

CMS pools the minutes of all timed services of a date and a discipline: `(minutes + 7) // 15` units in all, full quarter
hours first, then the largest remainders (Medicare Claims Processing Manual, chapter 5, section 20.2). The AMA's
midpoint rule counts each code alone: a unit per 15 minutes, and one more for 8 or more left over (CPT, time rule).

Minutes may be unknown, and so may the discipline of a line. The answer is then known all the same where none of them
could change it; the bounds below are exact, and a property test holds them to an enumeration of both.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import chain, combinations
from typing import NamedTuple

import msgspec

from payrule.encounter.encounter import UNITS, Line
from payrule.language.derived.computed import Computed, LineFunction, Setting, Support
from payrule.language.truth import FALSE, TRUE, UNKNOWN, Truth
from payrule.model.vocabulary import Discipline, of_other_line

MODIFIERS, TYPE = "line.modifiers", "line.provider.type"

MOST_OPEN = 6
"""Groups of lines of unknown discipline that are put together in every way; with more, nothing is known of any line."""

Lines = tuple[Line, ...]


class Plan(msgspec.Struct, frozen=True):
    """Lines that are known to be of one plan of care; `pools` are all the lines of the plan, in each way that can be.

    `open` are the lines whose discipline would tell which; there are no pools where there are too many ways.
    """

    lines: Lines
    pools: tuple[Lines, ...]
    open: Lines = ()


def plans_of_care(lines: Sequence[Line], disciplines: Sequence[Discipline]) -> tuple[Plan, ...]:
    """Part the timed lines of a date.

    >>> from payrule.model.vocabulary import Discipline
    >>> both = (Discipline(modifier="M1"), Discipline(modifier="M2"))
    >>> lines = [Line(1, {MODIFIERS: frozenset({"M1"})}), Line(2, {})]
    >>> [[[line.number for line in pool] for pool in plan.pools] for plan in plans_of_care(lines, both)]
    [[[1], [1, 2]], [[2], [2, 1]]]
    """
    named: dict[str, list[Line]] = {}
    silent: dict[object, list[Line]] = {}
    for line in lines:
        discipline = discipline_of(line, disciplines)
        if discipline is None:
            silent.setdefault(line.values.get(TYPE), []).append(line)
        else:
            named.setdefault(discipline, []).append(line)
    if len(disciplines) <= 1 or len(named) + len(silent) == 1:
        return (Plan(tuple(lines), (tuple(lines),)),)
    known = [tuple(each) for each in named.values()]
    unknown = [tuple(each) for each in silent.values()]
    if len(unknown) > MOST_OPEN:
        return tuple(Plan(each, (), tuple(chain(*unknown))) for each in (*known, *unknown))
    open_lines = tuple(chain(*unknown))
    found = [Plan(each, tuple((*each, *more) for more in _together(unknown)), open_lines) for each in known]
    # A line of unknown discipline is of one that another line names, or of one that is left.
    bases: list[Lines] = [*([()] if len(disciplines) > len(known) else []), *known]
    for each in unknown:
        others = [other for other in unknown if other is not each]
        pools = tuple((*each, *base, *more) for base in bases for more in _together(others))
        found.append(Plan(each, pools, open_lines if len(pools) > 1 else ()))
    return tuple(found)


def discipline_of(line: Line, disciplines: Sequence[Discipline]) -> str | None:
    """Name the discipline of a line by its modifier: the one that it bears, or that of its provider; None where open.

    >>> from payrule.model.vocabulary import Discipline
    >>> one = Discipline(modifier="M1", provider_types=("healer",))
    >>> discipline_of(Line(1, {TYPE: "healer"}), (one,)), discipline_of(Line(1, {}), (one,))
    ('M1', None)
    """
    borne = line.values.get(MODIFIERS)
    modifiers = borne if isinstance(borne, frozenset) else frozenset()
    found = [each.modifier for each in disciplines if each.modifier in modifiers]
    if not found:
        found = [each.modifier for each in disciplines if line.values.get(TYPE) in each.provider_types]
    return found[0] if len(found) == 1 else None


def told_by(line: Line) -> str:
    """Name what would tell the discipline of a line: its provider, or a modifier where the provider tells none."""
    return MODIFIERS if TYPE in line.values else TYPE


def _together(groups: Sequence[Lines]) -> Iterator[Lines]:
    """Give the lines of each choice of groups."""
    for count in range(len(groups) + 1):
        for chosen in combinations(groups, count):
            yield tuple(chain(*chosen))


QUARTER = 15
"""Minutes of a unit."""
EIGHT = 8
"""Minutes from which a started unit counts."""


class Pool(msgspec.Struct, frozen=True):
    """The lines of one timed code in a plan of care: billed units, minutes, whether all are known, lowest number."""

    billed: int
    minutes: int
    complete: bool
    first: int

    def plus(self, other: "Pool") -> "Pool":
        """Add other lines of the code.

        >>> Pool(2, 24, True, 3).plus(Pool(1, 7, False, 1))
        Pool(billed=3, minutes=31, complete=False, first=1)
        """
        complete, first = self.complete and other.complete, min(self.first, other.first)
        return Pool(self.billed + other.billed, self.minutes + other.minutes, complete, first)

    @property
    def full(self) -> int:
        """Full quarter hours."""
        return self.minutes // QUARTER

    @property
    def remainder(self) -> int:
        """Minutes beyond the full quarter hours."""
        return self.minutes % QUARTER


class Supported(NamedTuple):
    """What the minutes of a line support; None where its code has no time component.

    `minutes` are the numbers of the lines whose unknown minutes could change it, `disciplines` the lines whose unknown
    discipline could. `beside` are the numbers of the lines with which units were found too many: those of its code, and
    the others of its plan of care where their minutes have a say.
    """

    support: Support | None
    minutes: tuple[int, ...] = ()
    disciplines: tuple[Line, ...] = ()
    beside: tuple[int, ...] = ()


def units_support(lines: Iterable[Line], setting: Setting) -> dict[int, Supported]:
    """Give for every line number what its minutes support, and what that waits for.

    Minutes are totalled for the lines of one date and plan of care, of one billing provider, whose claim this is. Lines
    of one code there are pooled; a code without a time component has no support to look for.
    """
    method = METHODS[setting.units_method]
    dates: dict[object, list[Line]] = {}
    found: dict[int, Supported] = {}
    for line in lines:
        if line.code in setting.timed_codes:
            dates.setdefault(line.date, []).append(line)
        else:
            found[line.number] = Supported(None)
    for listed in dates.values():
        alone = {line.number: (line.code, _pool(line)) for line in listed}
        made: dict[frozenset[int], dict[str, Pool]] = {}
        for plan in plans_of_care(listed, setting.disciplines):
            pools = [_pools(pool, alone, made) for pool in plan.pools]
            within = {line.number: line for pool in plan.pools or [listed] for line in pool}
            waits = tuple(sorted(number for number, line in within.items() if "line.minutes" not in line.values))
            for code in {line.code: None for line in plan.lines}:
                support = either([method(pool, code) for pool in pools]) if pools else _anything(listed, code)
                each = Supported(support, waits, plan.open, _beside(plan.pools, pools, code, method, support))
                found.update({line.number: each for line in plan.lines if line.code == code})
    return found


def _beside(
    listed: Sequence[Sequence[Line]],
    pools: Sequence[Mapping[str, Pool]],
    code: str,
    method: "Method",
    support: Support,
) -> tuple[int, ...]:
    """Give the numbers of the lines that help to make the units of a code too many, in whatever way they are pooled."""
    if is_supported(support) is not FALSE:
        return ()
    alone = all(method({code: pool[code]}, code) == support for pool in pools)
    each = [{line.number for line in lines if line.code == code or not alone} for lines in listed]
    return tuple(sorted(set.intersection(*each))) if each else ()


def is_supported(support: Support) -> Truth:
    """Say whether the billed units are supported.

    >>> is_supported(Support(2, 2, 2)).name, is_supported(Support(2, 1, None)).name
    ('TRUE', 'UNKNOWN')
    """
    if support.billed <= support.low:
        return TRUE
    return FALSE if support.high is not None and support.billed > support.high else UNKNOWN


def either(supports: Sequence[Support]) -> Support:
    """Join what is supported in one case or another; it is known as far as all cases agree.

    >>> either([Support(2, 2, 2), Support(3, 3, 3)]), either([Support(2, 1, 1), Support(2, 2, 2)])
    (Support(billed=2, low=2, high=3), Support(billed=2, low=1, high=None))
    """
    first = supports[0]
    if all(each == first for each in supports):
        return first
    truths = {is_supported(each) for each in supports}
    low, highs = min(each.low for each in supports), [each.high for each in supports if each.high is not None]
    if truths == {TRUE}:
        high = max(highs) if len(highs) == len(supports) else None
        return Support(min(each.billed for each in supports), low, high)
    most = max(each.billed for each in supports)
    return Support(most, low, max(highs) if truths == {FALSE} else None)


def _anything(lines: Iterable[Line], code: str) -> Support:
    """Leave open what is supported of a code; no units at all are supported whatever is."""
    return Support(sum(number_of(line, UNITS) for line in lines if line.code == code), 0, None)


def units_supported(lines: Iterable[Line], setting: Setting) -> dict[int, Computed]:
    """Say for every line number whether its minutes support its units, or what that waits for."""
    found = {}
    named = cache(of_other_line)
    for number, supported in units_support(lines, setting).items():
        support = supported.support
        truth = is_supported(support) if support else TRUE
        silent: set[str] = set()
        if truth is UNKNOWN:
            silent = {named(each, "line.minutes") for each in supported.minutes if each != number}
            silent |= {named(each.number, told_by(each)) for each in supported.disciplines if each.number != number}
            silent |= {"line.minutes"} if number in supported.minutes else set()
            silent |= {told_by(each) for each in supported.disciplines if each.number == number}
        value = None if truth is UNKNOWN else truth is TRUE
        found[number] = Computed(value, tuple(sorted(silent)), support, beside=supported.beside)
    return found


def timed_codes_beside(lines: Iterable[Line], setting: Setting) -> list[str] | None:
    """Give the timed codes of some lines, and one that none of them bills: all others are pooled as it is.

    None where there may be others, and the ends of ranges name none of them.

    >>> from payrule.model.values import ValueSet
    >>> timed = Setting("", ValueSet.of(["00010", "00020-00021"], ranges=True), frozenset())
    >>> timed_codes_beside([Line(1, {"line.code": "00010"}), Line(2, {"line.code": "00099"})], timed)
    ['00010', '00020']
    """
    billed = {line.code for line in lines if line.code in setting.timed_codes}
    ends = chain.from_iterable(setting.timed_codes.ranges)
    others = sorted({*setting.timed_codes.values, *ends} - billed)
    return [*sorted(billed), *others[:1]] if others or not setting.timed_codes.ranges else None


def discipline_modifiers(setting: Setting) -> frozenset[str]:
    """Give the modifiers that are read of a line: those that name a discipline."""
    return frozenset(each.modifier for each in setting.disciplines)


def number_of(line: Line, attribute: str) -> int:
    """Give a whole number that a line holds; 0 where it holds none."""
    value = line.values.get(attribute, 0)
    return value if isinstance(value, int) else 0


def _pool(line: Line) -> Pool:
    units, minutes = number_of(line, UNITS), number_of(line, "line.minutes")
    return Pool(units, minutes, "line.minutes" in line.values, line.number)


def _pools(
    lines: Sequence[Line], alone: Mapping[int, tuple[str, Pool]], made: dict[frozenset[int], dict[str, Pool]]
) -> dict[str, Pool]:
    """Pool the lines of each code; the same lines are pooled once, in whatever order.

    `alone` gives the code of each line, and what it is by itself.
    """
    key = frozenset([line.number for line in lines])
    found = made.get(key)
    if found is None:
        found = made[key] = {}
        for line in lines:
            code, own = alone[line.number]
            before = found.get(code)
            found[code] = own if before is None else before.plus(own)
    return found


def cms_8_minute(pools: Mapping[str, Pool], code: str) -> Support:
    """Bound the units of a code by CMS's rule: the total first, then full quarter hours, then largest remainders.

    A tie goes first to a code that billed the unit, then to the code of the lowest line number.

    >>> cms_8_minute({"a": Pool(2, 24, True, 1), "b": Pool(2, 23, True, 2)}, "b").allowed
    1
    >>> cms_8_minute({"a": Pool(2, 33, True, 1), "b": Pool(1, 7, True, 2)}, "a").allowed
    2
    """
    subject = pools[code]
    others = [pool for each, pool in pools.items() if each != code]
    low = subject.full + _gains(subject, others, favourable=False)
    high = subject.full + _gains(subject, others, favourable=True) if subject.complete else None
    return Support(subject.billed, low, high)


def _gains(subject: Pool, others: Iterable[Pool], *, favourable: bool) -> bool:
    """Tell whether the subject gets a unit for its remainder, when unknown minutes fall in its favour or against it.

    Another code ranks before the subject with a larger remainder, or with the same one when it wins the tie. Of
    unknown codes any number may rank before it: for each such number the remainders are taken as large (or small) as
    they can be.
    """
    own = subject.remainder
    if own == 0:
        return False
    total, ahead, open_codes = own, 0, []
    for other in others:
        if other.complete:
            its = other.remainder
            total += its
            ahead += its > own or (its == own and _wins_tie(other, subject, other.full))
        else:
            open_codes.append(_choices(other, subject))
    pick = max if favourable else min
    reachable = {0: total}
    for before, behind in open_codes:
        step: dict[int, int] = {}
        for count, minutes in reachable.items():
            for more, remainders in ((1, before), (0, behind)):
                if remainders:
                    best = minutes + remainders[-favourable]
                    step[count + more] = pick(step.get(count + more, best), best)
        reachable = step
    gains = [ahead + count < (minutes + EIGHT - 1) // QUARTER for count, minutes in reachable.items()]
    return any(gains) if favourable else all(gains)


@lru_cache(maxsize=4096)
def _choices(other: Pool, subject: Pool) -> tuple[list[int], list[int]]:
    """List the remainders with which a code of unknown minutes can rank before the subject, and those behind it."""
    before, behind = [], []
    for remainder in range(QUARTER):
        lowest_full = max(0, -(-(other.minutes - remainder) // QUARTER))
        ties = {_wins_tie(other, subject, full) for full in (lowest_full, max(lowest_full, other.billed))}
        same = remainder == subject.remainder
        if remainder > subject.remainder or (same and True in ties):
            before.append(remainder)
        if remainder < subject.remainder or (same and False in ties):
            behind.append(remainder)
    return before, behind


def _wins_tie(other: Pool, subject: Pool, full: int) -> bool:
    """Tell whether another code, with so many full quarter hours, gets the unit when the remainders are the same."""
    billed_it, subject_billed_it = other.billed > full, subject.billed > subject.full
    return other.first < subject.first if billed_it == subject_billed_it else billed_it


def ama_midpoint(pools: Mapping[str, Pool], code: str) -> Support:
    """Bound the units of a code by the AMA's rule: each code alone, and a unit more for 8 minutes or over.

    >>> ama_midpoint({"a": Pool(2, 24, True, 1)}, "a").allowed, ama_midpoint({"a": Pool(1, 7, True, 1)}, "a").allowed
    (2, 0)
    """
    subject = pools[code]
    units = subject.full + (subject.remainder >= EIGHT)
    return Support(billed=subject.billed, low=units, high=units if subject.complete else None)


Method = Callable[[Mapping[str, Pool], str], Support]

COUNTS_ALONE = frozenset({"ama-midpoint"})
"""Methods by which other codes have no say in what the minutes of a code support."""

METHODS: dict[str, Method] = {
    "cms-8-minute": cms_8_minute,
    "ama-midpoint": ama_midpoint,
}

UNITS_SUPPORTED: Mapping[str, LineFunction] = {
    "units-supported": LineFunction(
        (UNITS, "line.minutes", MODIFIERS, TYPE),
        units_supported,
        members={MODIFIERS: discipline_modifiers},
        codes=timed_codes_beside,
    )
}
"""Whether the minutes of a line support its units."""
