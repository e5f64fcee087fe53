"""Make a claim small: of all that satisfy a question, one that says as little as can be and in the most ordinary way.

A claim of which nothing is known but code and date is the baseline. Whatever departs from it is switched off, the
heaviest first, as long as the question can still be satisfied; what stays cannot be switched off without losing it.
"""

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

import msgspec

from payrule.analysis.solver import ALWAYS, Solver
from payrule.analysis.variables import SUBJECT, Slot, Variables


class State(msgspec.Struct, frozen=True):
    """What a claim says: the lines that it has, those of another date, and each attribute that it gives.

    `literals` are what the claim is, slot by slot; `values` hold for each slot the value of a class, the elements of a
    set, or the bounds of a number or a date (from the first to before the second). `needed` are literals without which,
    all else being as it is, the claim would not show what it is made for; there can be more.
    """

    lines: tuple[int, ...]
    other_dates: tuple[int, ...]
    literals: dict[Slot, tuple[int, ...]]
    values: dict[Slot, Any]
    needed: frozenset[int] = frozenset()


def minimize(solver: Solver, space: Variables, question: Iterable[int]) -> State:
    """Find a smallest claim for a question that some claim satisfies; raises OutOfTimeError when time runs out."""
    assumed, stuck = [literal for literal in question if literal != ALWAYS], set[int]()
    if not solver.holds(assumed):
        raise ValueError("there is no claim to make small")

    def switch_off(literals: Sequence[int]) -> None:
        """Make each literal false that can be, one after the other; what cannot be stays true."""
        for literal in literals:
            off = not solver.value(literal) or solver.holds((*assumed, -literal))
            assumed.append(-literal if off else literal)
            if not off:
                stuck.add(literal)

    switch_off([space.present(line) for line in range(space.others, SUBJECT, -1)])
    lines = tuple(line for line in range(space.others + 1) if solver.value(space.present(line)))
    slots = [slot for slot in reversed(space.slots()) if slot.line is None or slot.line in lines]
    switch_off([slot.given for slot in slots if slot.given != ALWAYS])
    given = [slot for slot in slots if solver.value(slot.given)]
    switch_off([-space.same_date(line) for line in lines[1:]])
    switch_off([literal for slot in given if slot.many for _, literal in reversed(slot.choices)])
    switch_off([literal for slot in given for literal in _out_of_the_ordinary(space, slot)])
    return State(
        lines=lines,
        other_dates=tuple(line for line in lines if not solver.value(space.same_date(line))),
        literals={slot: tuple(_literals(solver, slot)) for slot in slots},
        values={slot: _value(solver, slot) for slot in given},
        needed=frozenset(_needed(solver, slots, stuck)),
    )


def _needed(solver: Solver, slots: Sequence[Slot], stuck: AbstractSet[int]) -> Iterator[int]:
    """List what cannot be otherwise by itself: what could not be switched off, and is tied to nothing else.

    Numbers and dates are left out, for their thresholds are tied to each other; so is all that is computed, and codes
    where something is computed from them.
    """
    computed = any(slot.settled for slot in slots)
    for slot in slots:
        if not (slot.steps or slot.settled):
            yield from ({slot.given} & stuck)
            if slot.many:
                yield from (literal for _, literal in slot.choices if literal in stuck)
            elif slot.choices and not computed and -slot.choices[0][1] in stuck:
                yield from (literal for _, literal in slot.choices if solver.value(literal))


def _out_of_the_ordinary(space: Variables, slot: Slot) -> list[int]:
    """List what to switch off so that a value becomes an ordinary one."""
    if not slot.steps:
        return [-slot.choices[0][1]] if slot.choices and not slot.many else []
    ordinary = space.ordinary(slot.attribute)
    above = [literal for threshold, literal in slot.steps if ordinary is None or ordinary < threshold]
    return above + [-literal for _, literal in slot.steps if literal not in above]


def _literals(solver: Solver, slot: Slot) -> Iterator[int]:
    """List what a claim is in one slot, as literals that hold."""
    if slot.given != ALWAYS:
        yield slot.given if solver.value(slot.given) else -slot.given
    if solver.value(slot.given):
        for _, literal in (*slot.choices, *slot.steps):
            if abs(literal) != ALWAYS and (slot.many or slot.steps or solver.value(literal)):
                yield literal if solver.value(literal) else -literal


def _value(solver: Solver, slot: Slot) -> Any:
    if slot.many:
        return tuple(value for value, literal in slot.choices if solver.value(literal))
    if slot.choices:
        return next(value for value, literal in slot.choices if solver.value(literal))
    low = max((threshold for threshold, literal in slot.steps if solver.value(literal)), default=None)
    return low, min((threshold for threshold, literal in slot.steps if not solver.value(literal)), default=None)
