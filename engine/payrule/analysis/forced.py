"""What a claim says as literals, and whether that alone forces what it was made to show."""

from collections.abc import Iterable

from payrule.analysis.graph import TRUE
from payrule.analysis.mixes import MINUTES
from payrule.analysis.smallest import State
from payrule.analysis.solver import Solver
from payrule.analysis.space import Slot, Space

NO_FURTHER_LINE = -1
"""What a literal is about that says of a line that it is not there."""


def facts(space: Space, state: State) -> dict[int, Slot | int]:
    """Give what a claim says, literal by literal, each with the slot or the line that it is about."""
    found: dict[int, Slot | int] = {literal: slot for slot, said in state.literals.items() for literal in said}
    for line in range(1, space.others + 1):
        if line in state.lines:
            found[space.same_date(line) if line not in state.other_dates else -space.same_date(line)] = line
            found[space.present(line)] = line
        else:
            found[-space.present(line)] = NO_FURTHER_LINE
    found.pop(TRUE, None)
    return found


def is_forced(solver: Solver, space: Space, state: State, asked: Iterable[int], shown: int) -> bool:
    """Tell whether what a claim says itself forces what it shows, whatever is computed over its lines.

    Minutes are made up for what is computed, so that they are nothing that the claim says there. An engine that
    answers such a claim otherwise than the solver does is a defect of payrule.
    """
    made_up = {slot.line for slot in state.literals if slot.settled}
    said = [
        literal
        for literal, about in facts(space, state).items()
        if not isinstance(about, Slot) or not (about.settled or (about.attribute == MINUTES and about.line in made_up))
    ]
    return not solver.holds((*asked, *said, -shown), model=False)
