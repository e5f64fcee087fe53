"""Which rules of one tier can contradict each other on a claim."""

from collections.abc import Callable, Sequence
from itertools import combinations

from payrule.analysis.asking import Asking, Contradiction
from payrule.analysis.part import Part
from payrule.analysis.showing import LINE
from payrule.documents.determinations import Determination
from payrule.resolve.settle import contradict


def conflicts(asking: Asking, parts: Sequence[Part]) -> None:
    """Find every reachable conflict, each with a smallest claim."""
    for part in parts:
        for concern in part.rules.concerns:
            for one, two in combinations(sorted(concern.rules, key=lambda rule: rule.name), 2):
                pair = (one.name, two.name)
                if pair in asking.contradictions or not contradict(one, two):
                    continue
                both = part.encoding.graph.all((part.active[one.name], part.active[two.name]))
                if not part.can(both):
                    asking.note(part.proof())
                    continue
                claim = part.shown(both, True, _shows(pair))  # noqa: FBT003
                if claim is None:
                    asking.note("unknown")
                    asking.notes.append(f"no claim could be made that shows {one.name} and {two.name} in conflict")
                else:
                    asking.contradictions[pair] = Contradiction((one, two), claim)


def _shows(pair: tuple[str, str]) -> Callable[[Determination], bool]:
    return lambda decided: any(conflict.rules == pair for conflict in decided.line(LINE).conflicts)
