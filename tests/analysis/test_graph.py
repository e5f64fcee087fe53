"""Formulas of the graph mean what they say, equal ones are one node, and a cone is all that a literal rests on."""

from collections.abc import Callable, Sequence
from itertools import combinations, product

import pytest
from tests.graph_values import Formulas

from payrule.analysis.solver import ALWAYS, NEVER, Graph

FORMULAS: dict[str, tuple[Callable[[Graph, Sequence[int]], int], Callable[[Sequence[bool]], bool]]] = {
    "all": (Graph.all, all),
    "some": (Graph.some, any),
    "none": (lambda graph, literals: graph.all(-each for each in literals), lambda held: not any(held)),
    "same": (lambda graph, literals: graph.same(*literals[:2]), lambda held: held[0] == held[1]),
    "other": (lambda graph, literals: graph.same(literals[0], -literals[1]), lambda held: held[0] != held[1]),
    **{
        f"at least {number}": (
            lambda graph, literals, number=number: graph.at_least(number, literals),  # type: ignore[misc]
            lambda held, number=number: sum(held) >= number,  # type: ignore[misc]
        )
        for number in range(6)
    },
}


@pytest.mark.parametrize(("formula", "meaning"), FORMULAS.values(), ids=FORMULAS)
def test_a_formula_means_what_it_says(
    formula: Callable[[Graph, Sequence[int]], int], meaning: Callable[[Sequence[bool]], bool]
) -> None:
    graph = Graph()
    variables = [graph.variable() for _ in range(4)]
    literal = formula(graph, variables)
    formulas = Formulas(graph, [literal])
    for held in product((True, False), repeat=4):
        assert formulas.values(dict(zip(variables, held, strict=True)))[literal] == meaning(held)


def test_the_order_and_the_number_of_parts_make_no_other_formula() -> None:
    graph = Graph()
    a, b, c = (graph.variable() for _ in range(3))
    assert graph.all((a, b, c)) == graph.all((c, b, a, b, ALWAYS))
    assert graph.some((a, -b)) == graph.some((-b, NEVER, a))
    assert graph.some((a, b)) == -graph.all((-a, -b))
    assert graph.same(a, b) == graph.same(b, a)


def test_what_is_known_falls_away() -> None:
    graph = Graph()
    a, b = graph.variable(), graph.variable()
    assert graph.all(()) == graph.some((a, ALWAYS)) == graph.some((a, -a, b)) == graph.same(a, a) == ALWAYS
    assert graph.some(()) == graph.all((a, NEVER)) == graph.all((a, b, -a)) == graph.same(a, -a) == NEVER
    assert graph.all((a,)) == graph.some((a, a)) == a


def test_a_cone_lists_each_conjunction_once_and_none_that_was_seen() -> None:
    graph = Graph()
    a, b, c = (graph.variable() for _ in range(3))
    inner = graph.all((a, b))
    outer = graph.some((inner, graph.all((-inner, c))))
    seen: set[int] = set()
    found = [node for node, _ in graph.cone(outer, seen)]
    assert len(found) == len(set(found)) == 3
    assert {a, b, c} <= seen
    assert list(graph.cone(graph.all((inner, c)), seen)) == [(graph.all((inner, c)), (c, inner))]


def test_equal_pairs_of_a_symmetric_formula_are_shared() -> None:
    graph = Graph()
    variables = [graph.variable() for _ in range(5)]
    pairs = {graph.all(pair) for pair in combinations(variables, 2)}
    assert pairs == {graph.all(reversed(pair)) for pair in combinations(variables, 2)}
