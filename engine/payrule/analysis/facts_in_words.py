"""Say which facts of a claim something rests on: those that cannot be otherwise, in words."""

from collections.abc import Iterable, Iterator
from typing import Any

from payrule.analysis.forced import NO_FURTHER_LINE, facts
from payrule.analysis.smallest import State
from payrule.analysis.solver import Solver
from payrule.analysis.space import Slot, Space
from payrule.language.words import subject_of, value_words


def matters(solver: Solver, space: Space, state: State, question: Iterable[int], shown: int) -> tuple[str, ...]:
    """Name the facts of a claim that force what it shows: with them it is shown, whatever the other facts are.

    An unsatisfiable core, shrunk until no fact of it can be left out (a prime implicant).
    """
    where = facts(space, state)
    fixed = [*question, -shown]
    if solver.holds((*fixed, *where), model=False):
        return ()
    core = [literal for literal in solver.core() if literal in where]
    for literal in [each for each in core if each not in state.needed]:
        rest = [each for each in core if each != literal]
        if literal in core and not solver.holds((*fixed, *rest), model=False):
            core = [each for each in rest if each in set(solver.core())]
    named = {where[literal] for literal in core}
    return tuple(_words(state, named))


def _words(state: State, named: set[Slot | int]) -> Iterator[str]:
    slots = [each for each in named if isinstance(each, Slot)]
    for slot in sorted(slots, key=lambda each: (each.line is not None, each.line or 0, each.attribute)):
        said = f"{subject_of(slot.attribute)} is {_value_words(state, slot)}"
        yield said if slot.line is None else f"line {state.lines.index(slot.line) + 1}: {said}"
    present = {slot.line for slot in slots}
    for line in state.lines[1:]:
        if line in named and line not in present:
            yield f"there is a line {state.lines.index(line) + 1}"
    if NO_FURTHER_LINE in named:
        yield "there is no further line" if len(state.lines) > 1 else "there is no other line"


def _value_words(state: State, slot: Slot) -> str:
    if slot not in state.values:
        return "not given"
    value: Any = state.values[slot]
    if not slot.steps:
        return value_words(value)
    low, below = value
    said = [f"at least {value_words(low)}" if low is not None else "", f"below {value_words(below)}" if below else ""]
    return " and ".join(part for part in said if part) or "given"
