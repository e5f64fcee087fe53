"""From keys to answers: each is worked out once, on a line that has it, by the resolution that all executions share."""

from collections.abc import Callable, Sequence

from payrule.batch.keys import Group
from payrule.batch.lines import Lines, encounters_of
from payrule.batch.store import Store
from payrule.documents.determinations import LineDetermination
from payrule.documents.encounters import Encounter
from payrule.language.matches import Matches

Answering = Callable[[Encounter, int, Matches], LineDetermination]
"""Answers for a line of an encounter, by its index, of which it is known what matches."""

_AT_ONCE = 10_000


def decode(store: Store, lines: Lines, groups: Sequence[Group], answer: Answering) -> list[LineDetermination]:
    """Answer each group, in their order."""
    found = []
    for first in range(0, len(groups), _AT_ONCE):
        some = groups[first : first + _AT_ONCE]
        encounters = encounters_of(store, lines, {each.e for each in some})
        for each in some:
            encounter = encounters[each.e]
            index = next(at for at, line in enumerate(encounter.lines) if line.number == each.number)
            found.append(answer(encounter, index, each.matches))
    return found
