"""A time limit holds while formulas are built, inside of a question, and for each check; what was found stands."""

from collections.abc import Callable, Iterator
from itertools import combinations, count
from pathlib import Path
from time import monotonic

import msgspec
import pytest
from tests.golden.goldens import laid_out

from payrule.adjudication.loading import read_documents
from payrule.analysis.clock import Clock, OutOfTimeError, never
from payrule.analysis.encoding import Encoding
from payrule.analysis.graph import Graph
from payrule.analysis.solver import Solver
from payrule.authoring.checking import check_rulebase
from payrule.authoring.checks.check import Found
from payrule.authoring.checks.desk import Desk, desk_of
from payrule.authoring.checks.registry import CHECKS
from payrule.authoring.checks.running import run


def after(seconds: float) -> Callable[[], bool]:
    end = monotonic() + seconds
    return lambda: monotonic() >= end


def pigeons(graph: Graph, holes: int) -> int:
    """Say that more pigeons than holes have one each, which no solver refutes in reasonable time."""
    sits = [[graph.variable() for _ in range(holes)] for _ in range(holes + 1)]
    each = [graph.some(row) for row in sits]
    apart = [graph.some((-one[hole], -two[hole])) for one, two in combinations(sits, 2) for hole in range(holes)]
    return graph.all((*each, *apart))


@pytest.mark.parametrize("holes", [12, 30, 60])
def test_hard_question_is_cut_off_in_time(holes: int) -> None:
    graph = Graph()
    literal = pigeons(graph, holes)
    start = monotonic()
    with pytest.raises(OutOfTimeError):
        Solver(graph, (), after(0.5)).holds((literal,))
    assert monotonic() - start < 4


def test_question_without_a_limit_is_answered() -> None:
    graph = Graph()
    assert not Solver(graph, (), never).holds((pigeons(graph, 6),))


def test_formulas_are_built_no_longer_than_the_limit() -> None:
    graph = Graph(after(0.2))
    start = monotonic()
    with pytest.raises(OutOfTimeError):
        any(graph.all((graph.variable(), graph.variable())) == 0 for _ in count())
    assert monotonic() - start < 2


def test_clauses_are_written_no_longer_than_the_limit() -> None:
    graph = Graph()
    literal = graph.all(graph.some((graph.variable(), graph.variable())) for _ in range(2_000))
    solver = Solver(graph, (), lambda: True)
    with pytest.raises(OutOfTimeError):
        solver.know((literal,))


def test_clock_is_looked_at_now_and_then() -> None:
    looks = count()
    clock = Clock(lambda: next(looks) < 0)
    for _ in range(10_000):
        clock.tick()
    assert 10 <= next(looks) <= 1_000


def test_nothing_is_encoded_when_time_has_run_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rulebase = laid_out("claims", "sound", tmp_path) / "rulebase"
    monkeypatch.setattr(Encoding, "__init__", lambda *_: pytest.fail("a version is encoded"))
    checked = check_rulebase(rulebase, expired=lambda: True)
    assert [each.reason for each in checked.skipped] == ["time ran out"]


def test_what_a_check_found_before_time_ran_out_is_told_and_the_check_too(tmp_path: Path) -> None:
    desk = desk_of(read_documents(laid_out("claims", "sound", tmp_path) / "rulebase"))

    def look(_: Desk) -> Iterator[Found]:
        yield Found(desk.policies[0].name, ("version",), "found", "mend it")
        raise OutOfTimeError

    ran = run(desk, [msgspec.structs.replace(CHECKS[0], look=look)])
    assert [found.message for _, found in ran.found] == ["found"]
    assert ran.skipped == {"time ran out": (CHECKS[0].code,)}
