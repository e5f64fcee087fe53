"""What a claim says as literals, and whether that alone forces what it was made to show."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

import msgspec

from payrule.analysis.claims import claims, leave_out_minutes
from payrule.analysis.encoding import Encoding
from payrule.analysis.graph import ALWAYS
from payrule.analysis.minimize import State, smallest
from payrule.analysis.solver import Solver
from payrule.analysis.timed_claims import MOST_ADDED, companions, with_minutes
from payrule.analysis.variables import MINUTES, Slot, Space
from payrule.language.words import subject_of, value_words
from payrule.source.diagnostics import PayruleError

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
    found.pop(ALWAYS, None)
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


Decided = TypeVar("Decided")

LINE = 1
"""The number of the line that shows something, in every claim."""


class UnfaithfulError(PayruleError):
    """A claim that the solver made is answered otherwise by the engine: a defect of payrule."""

    def __init__(self, encounter: dict[str, Any], expected: Any, found: Any) -> None:
        """Keep the claim, what the solver expected of it, and what the engine found."""
        self.encounter, self.expected, self.found = encounter, expected, found
        said = {"encounter": encounter, "solver": expected, "engine": found}
        super().__init__(f"the solver and the engine disagree about a claim: {msgspec.json.encode(said).decode()}")

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle it by what it keeps, so that it comes whole out of another process."""
        return type(self), (self.encounter, self.expected, self.found)


def written(encoding: Encoding, states: Iterable[State], name: str) -> Iterator[tuple[State, dict[str, Any]]]:
    """List the claims worth a try, under a name: of each state alone, then with minutes that tell the sides apart."""
    firsts: list[tuple[State, dict[str, Any]]] = []
    for state in states:
        tried = list(claims(encoding.space, state, name))
        yield from ((state, each) for each in tried)
        firsts += [(state, each) for each in tried[:1]]
        for number in (0, 1) if tried else ():
            yield from ((state, each) for each in with_minutes(encoding.space, state, tried[0], number))
    for number in range(2, MOST_ADDED + 1):
        for state, first in firsts:
            yield from ((state, each) for each in with_minutes(encoding.space, state, first, number))


def shown(
    encoding: Encoding,
    asked: Sequence[int],
    literal: int,
    replay: Callable[[dict[str, Any]], Decided],
    what: tuple[Any, Callable[[Decided], Any]],
) -> tuple[dict[str, Any], Decided, tuple[str, ...]] | None:
    """Make a smallest claim of which a literal holds, under what is asked; give it, its answer and what matters in it.

    `what` is what the claim must show, and how to see it in the answer. None when no claim could be made: only where
    an attribute that is computed over several lines has a say in it, or where no value of a pattern is known. Raises
    UnfaithfulError when the engine answers otherwise than the solver said although the claim leaves nothing to what is
    computed, OutOfTimeError when time runs out.
    """
    expected, see = what
    for state, encounter in written(encoding, states(encoding, (*asked, literal)), "witness"):
        decided = replay(encounter)
        found = see(decided)
        if found == expected:
            small = leave_out_minutes(encoding.space, encounter, lambda smaller: see(replay(smaller)) == expected)
            decided = decided if small is encounter else replay(small)
            return small, decided, matters(encoding.solver, encoding.space, state, asked, literal)
        if is_forced(encoding.solver, encoding.space, state, asked, literal):
            raise UnfaithfulError(encounter, expected, found)
    return None


def states(encoding: Encoding, question: Sequence[int]) -> Iterator[State]:
    """Give a smallest state for a question, then those with another timed line, which minutes can need."""
    first = smallest(encoding.solver, encoding.space, question)
    yield first
    for timed in companions(encoding.space, first):
        if encoding.solver.holds((*question, timed), model=False):
            yield smallest(encoding.solver, encoding.space, (*question, timed))
