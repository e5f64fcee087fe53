"""What a difference does to the claims of a file: lines and cents for each kind of change."""

from collections.abc import Callable, Iterable
from datetime import date
from typing import NamedTuple

from msgspec import UNSET, UnsetType

from payrule.analysis.difference import Kind, answer_of
from payrule.analysis.solver import never
from payrule.encounter.encounter import Encounter
from payrule.results.determination import Determination, what_counts
from payrule.results.difference import Impact, ImpactChange, ImpactDates, ImpactExample

CHARGE = "line.charge_cents"
EXAMPLES = 3
"""Lines that are named of each kind of change."""


class Both(NamedTuple):
    """An encounter decided both ways; without determinations where it could not be decided."""

    encounter: Encounter | None
    before: Determination | None = None
    after: Determination | None = None


class _Counted:
    def __init__(self) -> None:
        self.lines = self.cents = self.without_charge = 0
        self.examples: list[ImpactExample] = []

    def add(self, encounter: str, line: int, cents: object) -> None:
        self.lines += 1
        if isinstance(cents, int):
            self.cents += cents
        else:
            self.without_charge += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append(ImpactExample(encounter, line))


def impact(
    decided: Iterable[Both],
    *,
    compared: Callable[[date], bool] = lambda _: True,
    dates: ImpactDates | UnsetType = UNSET,
    expired: Callable[[], bool] = never,
) -> Impact:
    """Count the lines that are answered otherwise, by kind; memory grows with the kinds alone.

    A line of a date that is not `compared` is counted apart; `dates` says by which rule, and is told as it is. So is a
    claim that is a void before or after alone: none of its lines has two answers.
    `expired` tells that time has run out: the claims from there on are not decided, which `cut_off` tells.
    """
    kinds: dict[Kind, _Counted] = {}
    encounters = lines = undecidable = outside = void_once = 0
    cut_off = False
    for encounter, before, after in decided:
        if expired():
            cut_off = True
            break
        if encounter is None or before is None or after is None:
            undecidable += 1
            continue
        encounters += 1
        if before.is_void is not after.is_void:  # the vocabularies differ in what they call a void
            void_once += 1
            lines += len(before.lines or after.lines)
            continue
        lines += len(before.lines)  # a void has none
        days = {line.number: line.date for line in encounter.lines}
        charges = {line.number: line.values.get(CHARGE) for line in encounter.lines}
        for one, two in zip(before.lines, after.lines, strict=True):
            if not compared(days[one.number]):
                outside += 1
            elif what_counts(one) != what_counts(two):
                kind = (answer_of(one), answer_of(two))
                kinds.setdefault(kind, _Counted()).add(encounter.id, one.number, charges[one.number])
    changes = [_change(kind, counted) for kind, counted in kinds.items()]
    return Impact(
        encounters=encounters,
        lines=lines,
        changed_lines=sum(each.lines for each in changes),
        changed_cents=sum(each.cents for each in changes),
        undecidable=undecidable,
        changes=tuple(sorted(changes, key=lambda each: (-each.lines, repr((each.before, each.after))))),
        dates=dates,
        lines_outside=outside if dates == "in-effect" else UNSET,
        cut_off=cut_off or UNSET,
        void_once=void_once or UNSET,
    )


def _change(kind: Kind, counted: _Counted) -> ImpactChange:
    return ImpactChange(
        before=kind[0],
        after=kind[1],
        lines=counted.lines,
        cents=counted.cents,
        lines_without_charge=counted.without_charge,
        examples=tuple(counted.examples),
    )
