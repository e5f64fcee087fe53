"""Show something by a smallest claim: make it, let the engine decide it, and say what matters in it."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import msgspec

from payrule.analysis.claims import claims, leave_out_minutes
from payrule.analysis.encoding import Encoding
from payrule.analysis.facts_in_words import matters
from payrule.analysis.forced import is_forced
from payrule.analysis.smallest import State, smallest
from payrule.analysis.timed import told_apart
from payrule.documents.findings import PayruleError

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


def written(encoding: Encoding, state: State, name: str) -> Iterator[dict[str, Any]]:
    """List the claims worth a try, under a name: of the state alone, then with minutes that tell the sides apart."""
    first = None
    for encounter in claims(encoding.space, state, name):
        first = first or encounter
        yield encounter
    if first is not None:
        yield from told_apart(encoding.space, state, first)


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
    state = smallest(encoding.solver, encoding.space, (*asked, literal))
    expected, see = what
    for encounter in written(encoding, state, "witness"):
        decided = replay(encounter)
        found = see(decided)
        if found == expected:
            small = leave_out_minutes(encoding.space, encounter, lambda smaller: see(replay(smaller)) == expected)
            decided = decided if small is encounter else replay(small)
            return small, decided, matters(encoding.solver, encoding.space, state, asked, literal)
        if is_forced(encoding.solver, encoding.space, state, asked, literal):
            raise UnfaithfulError(encounter, expected, found)
    return None
