"""Work formulas of a graph out, without a solver."""

from collections.abc import Iterable, Mapping

from payrule.analysis.solver import ALWAYS, Graph


class Formulas:
    """Some formulas of a graph, whose values follow from those of the variables."""

    def __init__(self, graph: Graph, literals: Iterable[int]) -> None:
        """List what they rest on once; a conjunction comes after its parts, for it was made of them."""
        seen: set[int] = set()
        self.literals = list(literals)
        self.nodes = sorted(found for each in self.literals for found in graph.cone(each, seen))

    def values(self, variables: Mapping[int, bool]) -> dict[int, bool]:
        """Give the value of each formula."""
        held = {ALWAYS: True, **variables}
        for node, parts in self.nodes:
            held[node] = all(held[abs(part)] == (part > 0) for part in parts)
        return {each: held[abs(each)] == (each > 0) for each in self.literals}
