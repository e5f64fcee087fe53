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
from payrule.encounter.encounter import DATE


class State(msgspec.Struct, frozen=True):
    """What a claim says: the lines that it has, those of another date, and each attribute that it gives.

    `literals` are what the claim is, slot by slot; `values` hold for each slot the value of a class, the elements of a
    set, or the bounds of a number or a date (from the first to before the second). `needed` are literals without which,
    all else being as it is, the claim would not show what it is made for; there can be more.

    Where lines are counted, `earlier` are the patient's earlier lines, `back` says of each other line how many days
    before the subject it is, and `whole` how far back the history is whole (None: it is not known to be). `before` are
    lines of the claim with a lower number than the subject; `counted` are the literals of all that, by the line that
    they are about (the subject for those of the history).
    """

    lines: tuple[int, ...]
    other_dates: tuple[int, ...]
    literals: dict[Slot, tuple[int, ...]]
    values: dict[Slot, Any]
    needed: frozenset[int] = frozenset()
    earlier: tuple[int, ...] = ()
    back: dict[int, int] = {}
    whole: int | None = None
    before: frozenset[int] = frozenset()
    counted: dict[int, int] = {}

    def number(self, line: int) -> int:
        """Give the number that a line of the claim has; an earlier line is the only one of its claim.

        >>> state = State((0, 1, 2), (), {}, {}, before=frozenset({2}))
        >>> [state.number(line) for line in state.lines]
        [2, 3, 1]
        """
        ahead = [each for each in self.lines if each in self.before]
        rest = [each for each in self.lines if each not in self.before]
        return [*ahead, *rest].index(line) + 1


def minimize(solver: Solver, space: Variables, question: Iterable[int]) -> State:
    """Find a smallest claim for a question that some claim satisfies; raises OutOfTimeError when time runs out."""
    assumed, stuck = [literal for literal in question if literal != ALWAYS], set[int]()
    if not solver.holds(assumed):
        raise ValueError("there is no claim to make small")

    def switch_off(literals: Iterable[int]) -> None:
        """Make each literal false that can be, one after the other; what cannot be stays true."""
        for literal in literals:
            off = not solver.value(literal) or solver.holds((*assumed, -literal))
            assumed.append(-literal if off else literal)
            if not off:
                stuck.add(literal)

    def shorten(literals: Sequence[int]) -> None:
        """Switch off literals of which each implies those after it: after the first that stays true all do."""
        true = [each for each in literals if abs(each) != ALWAYS]
        for place, literal in enumerate(true):
            switch_off((literal,))
            if literal in stuck:
                stuck.update(true[place:])
                assumed.extend(true[place + 1 :])
                return

    shorten([space.present(line) for line in range(space.others, SUBJECT, -1)])
    lines = tuple(line for line in range(space.others + 1) if solver.value(space.present(line)))
    after = range(space.others + space.earlier, space.others, -1)
    shorten([space.present(line) for line in after])
    earlier = tuple(line for line in reversed(after) if solver.value(space.present(line)))
    shorten([literal for _, literal in reversed(space.wholes())])
    there = {*lines, *earlier}
    switch_off([literal for line, literal in space.numbered_before().items() if line in there])
    slots = [slot for slot in reversed(space.slots()) if slot.line is None or slot.line in there]
    switch_off([slot.given for slot in slots if slot.given != ALWAYS])
    given = [slot for slot in slots if solver.value(slot.given)]
    switch_off([-space.same_date(line) for line in lines[1:]])
    for at, line in enumerate(earlier, start=1):
        # A day of its own before that of the subject, or else one as near as can be.
        day = -space.on(line, min(at, space.backs(line)[-1][0]))
        switch_off([day])
        if day in stuck or abs(day) == ALWAYS:
            shorten([literal for _, literal in reversed(space.backs(line))])
        else:
            assumed.extend(literal if solver.value(literal) else -literal for _, literal in space.backs(line))
    switch_off([literal for slot in given if slot.many for _, literal in reversed(slot.choices)])
    dated = [slot for slot in given if slot.attribute != DATE or slot.line not in earlier]
    switch_off([literal for slot in dated for literal in _out_of_the_ordinary(space, slot)])
    return State(
        lines=lines,
        other_dates=tuple(line for line in lines if not solver.value(space.same_date(line))),
        literals={slot: tuple(_literals(solver, slot)) for slot in slots},
        values={slot: _value(solver, slot) for slot in given},
        needed=frozenset(_needed(solver, slots, stuck)),
        earlier=earlier,
        back={
            line: max(at for at, each in space.backs(line) if solver.value(each)) for line in there if space.backs(line)
        },
        whole=max((level for level, literal in space.wholes() if solver.value(literal)), default=None),
        before=frozenset(
            line for line, each in space.numbered_before().items() if line in there and solver.value(each)
        ),
        counted=dict(_counted(solver, space, there)),
    )


def _counted(solver: Solver, space: Variables, there: AbstractSet[int]) -> Iterator[tuple[int, int]]:
    """List what is said of days and of the order of lines, as literals that hold, with the line of each."""
    said = [(literal, SUBJECT) for _, literal in space.wholes()]
    for line in sorted(there - {SUBJECT}):
        said += [(literal, line) for _, literal in space.backs(line) if abs(literal) != ALWAYS]
    said += [(literal, line) for line, literal in space.numbered_before().items() if line in there]
    yield from ((literal if solver.value(literal) else -literal, line) for literal, line in said)


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
