"""The questions of a difference asked of Z3 as well, which shares no code with the solver that payrule asks."""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

import z3
from tests.answers import is_answered

from payrule.analysis.difference import Kind
from payrule.analysis.encoding import Encoding, Regime
from payrule.analysis.solver import ALWAYS, Graph
from payrule.compare.comparison_side import Side, regimes


def holds(graph: Graph, literals: Sequence[int]) -> bool:
    """Ask Z3 whether formulas of a graph can hold together: a conjunction is equal to its parts, all else is free."""
    solver = z3.SolverFor("QF_FD")
    seen: set[int] = set()

    def formula(literal: int) -> Any:
        if abs(literal) == ALWAYS:
            return z3.BoolVal(literal == ALWAYS)
        return z3.Bool(f"v{literal}") if literal > 0 else z3.Not(z3.Bool(f"v{-literal}"))

    for literal in literals:
        solver.add(formula(literal))
        for node, parts in graph.cone(literal, seen):
            solver.add(formula(node) == z3.And(*map(formula, parts)))
    answer = solver.check()
    if answer == z3.unknown:
        raise LookupError(solver.reason_unknown())
    return bool(answer == z3.sat)


def differs(old: Side, new: Side, listed: Iterable[Kind] = ()) -> bool:
    """Ask Z3 whether some claim is answered otherwise by the new side, in a way that is not listed."""
    asked = regimes(old, new)
    encoding = Encoding(asked)
    kinds = list(listed)
    return any(_differs(encoding, regime, at, kinds) for at, regime in enumerate(asked))


def _differs(encoding: Encoding, regime: Regime, at: int, listed: Iterable[Kind]) -> bool:
    graph = encoding.graph
    old, new = encoding.encoders[2 * at : 2 * at + 2]
    answers = encoding.answer(old), encoding.answer(new)
    differ, _ = encoding.differ(*answers, (encoding.paid(old), encoding.paid(new)))
    known = (graph.all(map(partial(is_answered, graph), answers, kind)) for kind in listed)
    question = (encoding.guard, encoding.within(regime.spans), differ, *(-each for each in known))
    return holds(graph, (*question, *encoding.space.axioms))
