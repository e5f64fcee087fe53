"""How many other lines an encounter needs to show anything that rules can answer.

A condition on other lines asks for one line that satisfies it. So of any encounter it is enough to keep one such line
for each condition that holds, and it is more than enough when some line serves two of them. The number of other lines
that is ever needed is the size of the largest set of lines of which each is the only one to satisfy some condition that
can matter for the subject; the solver finds it. With so many other lines a search is complete.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from payrule.analysis.graph import NEVER, Graph
from payrule.analysis.problem import Encoder, Ground
from payrule.analysis.variables import SUBJECT
from payrule.language.lower import OtherLine


class Wanted(msgspec.Struct, frozen=True):
    """A condition on other lines, the encoder that reads it, and the literal that it can matter for the subject."""

    encoder: Encoder
    condition: OtherLine
    matters: int


def lines_needed(ground: Ground, *, any_date: bool) -> int:
    """Add other lines to a space until one more could not be the only one to satisfy anything; give their number.

    With `any_date` they may be of another date. Where rules look add-on codes up, one line more may be the primary one
    of the subject. Raises OutOfTimeError when the time limit cuts the search off.
    """
    count = _lines_of_conditions(ground, any_date=any_date)
    if not ground.looks_for_primaries:
        return count
    while ground.space.others <= count:
        ground.space.add_other(any_date=any_date)
    return count + 1


def _lines_of_conditions(ground: Ground, *, any_date: bool) -> int:
    graph, space, holds, guard = ground.graph, ground.space, ground.solver.holds, ground.guard
    wanted = _wanted(ground.encoders)
    satisfied: list[list[tuple[int, int]]] = []
    while holds((guard, graph.at_least(len(satisfied) + 1, [each.matters for each in wanted])), model=False):
        line = space.add_other(any_date=any_date)
        satisfied.append([each.encoder.satisfied_by(each.condition, line) for each in wanted])
        if not holds((guard, *_each_is_needed(graph, wanted, satisfied)), model=False):
            return line - 1
    return len(satisfied)


def _wanted(encoders: Sequence[Encoder]) -> list[Wanted]:
    """List the conditions on other lines; what two sides ask in the same way is one condition."""
    found: dict[tuple[Any, ...], list[tuple[Encoder, int]]] = {}
    for encoder in encoders:
        settled = repr((encoder.rules.setting, sorted(encoder.taken.items(), key=str)))
        for name, conditions in encoder.rules.other_lines().items():
            # The rule rests on them; they matter where nothing else of it fails.
            matters = encoder.truth(encoder.rules.conditions[name], SUBJECT, alone=True)[1]
            for condition in conditions:
                # A fact of one name need not mean the same to both sides.
                facts = tuple(encoder.rules.facts_below(condition).items())
                found.setdefault((condition, facts, settled), []).append((encoder, matters))
    return [
        Wanted(asking[0][0], condition, asking[0][0].graph.some(matters for _, matters in asking))
        for (condition, *_), asking in found.items()
    ]


def _each_is_needed(
    graph: Graph, wanted: Sequence[Wanted], satisfied: Sequence[list[tuple[int, int]]]
) -> Iterator[int]:
    """Say that each line is the only one to satisfy some condition, definitely or possibly.

    No two lines can be so for one condition, hence no more lines are needed than conditions matter. The lines are
    ordered by the first condition for which they are needed, as any lines can be.
    """
    before: list[int] | None = None
    for place, mine in enumerate(satisfied):
        others = [theirs for at, theirs in enumerate(satisfied) if at != place]
        so_far, needed = [], NEVER
        for position, each in enumerate(wanted):
            alone = graph.some(
                graph.all((each.matters, mine[position][level], *(-theirs[position][level] for theirs in others)))
                for level in (0, 1)
            )
            needed = graph.some((needed, alone))
            so_far.append(needed)
        if before is not None:
            yield from (
                graph.some((-mine_too, theirs)) for mine_too, theirs in zip(so_far, [NEVER, *before], strict=False)
            )
        yield needed
        before = so_far
