"""Part the timed lines of a date into plans of care, for each of which minutes are totalled.

A plan of care is of one discipline of therapy (Medicare Claims Processing Manual, chapter 5, section 20.1). A line
names it by a modifier; where it names none, the type of its rendering provider may tell. Lines of which nothing tells
it are taken to be of one plan with those of the same type of provider, and those of an unknown type with each other:
which discipline that is, is not known, and it may be one that other lines name.
"""

from collections.abc import Iterator, Sequence
from itertools import chain, combinations

import msgspec

from payrule.documents.encounters import Line
from payrule.documents.models import Discipline

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

    >>> from payrule.documents.models import Discipline
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

    >>> from payrule.documents.models import Discipline
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
