"""A time limit holds while formulas are built, inside of a question, and for each check; what was found stands."""

import json
from collections.abc import Callable, Iterator
from itertools import combinations, count
from pathlib import Path
from time import monotonic, process_time
from typing import Any

import msgspec
import pytest
from tests.command import run as typed
from tests.golden.goldens import laid_out
from tests.property.effort import mostly_slow

from payrule.analysis.encoding import Encoding
from payrule.analysis.solver import Clock, Graph, OutOfTimeError, Solver, never
from payrule.cli.support.errors import GRACE, time_limit
from payrule.compare.difference import diff
from payrule.compare.verification import verify
from payrule.encounter.encounter import Encounter
from payrule.examples.run import rules_in_examples
from payrule.lint.check import Asking, check_file, check_rulebase, one_by_one, run, together
from payrule.lint.registry import CHECKS
from payrule.lint.rule import CheckContext, Questions, Results, context_of, problem
from payrule.model.policy import Policy
from payrule.model.values import read_date
from payrule.rulebase.folder import looking, policy_file
from payrule.rulebase.load import read_documents
from payrule.rulebase.rulebase import load
from payrule.source.diagnostics import Checked


def after(seconds: float) -> Callable[[], bool]:
    end = monotonic() + seconds
    return lambda: monotonic() >= end


def pigeons(graph: Graph, holes: int) -> int:
    """Say that more pigeons than holes have one each, which no solver refutes in reasonable time."""
    sits = [[graph.variable() for _ in range(holes)] for _ in range(holes + 1)]
    each = [graph.some(row) for row in sits]
    apart = [graph.some((-one[hole], -two[hole])) for one, two in combinations(sits, 2) for hole in range(holes)]
    return graph.all((*each, *apart))


@pytest.mark.parametrize("holes", mostly_slow([12, 30, 60]))
def test_hard_question_is_cut_off_in_time(holes: int) -> None:
    graph = Graph()
    literal = pigeons(graph, holes)
    start = process_time()
    with pytest.raises(OutOfTimeError):
        Solver(graph, (), after(0.3)).holds((literal,))
    assert process_time() - start < 4


def test_question_without_a_limit_is_answered() -> None:
    graph = Graph()
    assert not Solver(graph, (), never).holds((pigeons(graph, 6),))


def test_formulas_are_built_no_longer_than_the_limit() -> None:
    graph = Graph(after(0.2))
    start = process_time()
    with pytest.raises(OutOfTimeError):
        any(graph.all((graph.variable(), graph.variable())) == 0 for _ in count())
    assert process_time() - start < 2


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


def test_what_a_check_found_before_time_ran_out_is_reported_and_the_check_too(tmp_path: Path) -> None:
    context = context_of(read_documents(laid_out("claims", "sound", tmp_path) / "rulebase"))

    def find(_: CheckContext) -> Results:
        yield problem(context.policies[0].name, ("version",), "found", "fix it")
        raise OutOfTimeError

    ran = run(context, [msgspec.structs.replace(CHECKS[0], run=find)])
    assert [found.message for found in ran.found] == ["found"]
    assert ran.skipped == {"time ran out": (CHECKS[0].code,)}


DAY = "2026-11-25"


def steps(number: int) -> Callable[[], bool]:
    """Tell that time has run out from the next look after so many on."""
    looks = count()
    return lambda: next(looks) >= number


@pytest.fixture
def rulebase(tmp_path: Path) -> Path:
    return laid_out("claims", "sound", tmp_path) / "rulebase"


class Watch:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_documents_are_read_no_longer_than_the_limit_and_its_grace(rulebase: Path) -> None:
    watch = Watch()
    with time_limit(5, watch):
        watch.seconds = 5 + GRACE - 1
        read_documents(rulebase)
        watch.seconds = 5 + GRACE
        with pytest.raises(OutOfTimeError):
            read_documents(rulebase)
    read_documents(rulebase)


def test_what_was_found_in_time_is_reported_however_late(rulebase: Path) -> None:
    watch = Watch()
    with time_limit(5, watch) as expired:
        assert not expired()
        watch.seconds = 500
        assert expired()
        read_documents(rulebase)  # such as for the places of what was found


def test_without_a_limit_time_never_runs_out(rulebase: Path) -> None:
    watch = Watch()
    with time_limit(None, watch) as expired:
        watch.seconds = 1e9
        read_documents(rulebase)
        assert not expired()


def test_time_is_looked_at_before_each_document(rulebase: Path) -> None:
    looks: list[None] = []
    with looking(lambda: looks.append(None)):
        documents = read_documents(rulebase)
    assert len(looks) > len(documents.policies) + len(documents.payers)


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "{}"),
        ("verify", "plain-plan", "--rulebase", "{}"),
        ("diff", "{}", "{}"),
        ("new", "examples", "stretching", "--dry-run", "--rulebase", "{}"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_command_whose_documents_are_not_read_in_time_ends_with_2_and_one_line(
    arguments: tuple[str, ...], rulebase: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("payrule.cli.support.errors.GRACE", -1)
    done = typed(" ".join(("payrule", *arguments, "--seconds 0")).format(*[rulebase] * 2), rulebase.parent)
    said = "error: time ran out while documents were read, so nothing was checked; give more `--seconds`\n"
    assert (done.code, done.stdout, done.stderr) == (2, "", said)


def test_check_that_needs_no_solver_is_left_out_too_when_time_has_run_out(rulebase: Path) -> None:
    checked = check_rulebase(rulebase, expired=lambda: True)
    (skipped,) = checked.skipped
    assert set(skipped.checks) == {check.code for check in CHECKS if check.needs != "reading"}
    assert not checked.findings


def test_the_solver_is_asked_about_the_versions_that_are_named_and_about_all_where_none_is(
    rulebase: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: set[str] = set()
    about = Questions.about

    def noted(self: Questions, policy: Policy) -> Any:
        asked.add(policy.name)
        return about(self, policy)

    monkeypatch.setattr(Questions, "about", noted)
    documents = read_documents(rulebase)
    versions = [each for versions in documents.policies.values() for each in versions]
    for files, wanted in (({policy_file(rulebase, versions[0]).absolute()}, {versions[0].name}), (set(), None)):
        asked.clear()
        checked = check_rulebase(rulebase, asking=Asking(files, never))
        assert asked == (wanted or {each.name for each in versions})
        assert not checked.skipped
    out = check_rulebase(rulebase, asking=Asking(frozenset(), lambda: True))
    (skipped,) = out.skipped
    assert set(skipped.checks) == {check.code for check in CHECKS if check.needs == "solver"}


@pytest.mark.parametrize("number", [1, 3, 10, 30])
def test_time_that_runs_out_at_any_step_of_a_check_makes_no_finding(number: int, rulebase: Path) -> None:
    whole = check_rulebase(rulebase)
    checked = check_rulebase(rulebase, expired=steps(number))
    assert set(checked.findings) <= set(whole.findings)
    assert checked.skipped


def test_checks_that_ask_about_every_encounter_come_last(rulebase: Path) -> None:
    context = context_of(read_documents(rulebase))
    order: list[str] = []

    def find(needs: str) -> Callable[[CheckContext], Results]:
        def noted(_: CheckContext) -> Results:
            order.append(needs)
            return iter(())

        return noted

    run(context, [msgspec.structs.replace(each, run=find(each.needs)) for each in CHECKS])
    assert "solver" not in order[: -order.count("solver")]


def test_versions_and_rules_that_are_checked_are_looked_at_one_by_one(rulebase: Path) -> None:
    context = context_of(read_documents(rulebase))
    context.questions.expired = steps(1)
    rules = context.rules()
    next(rules)
    with pytest.raises(OutOfTimeError):
        next(rules)
    context.questions.expired = steps(0)
    with pytest.raises(OutOfTimeError):
        next(context.versions())


def test_paths_for_which_time_does_not_suffice_are_named(rulebase: Path) -> None:
    files = sorted(rulebase.glob("*/1*.json"))
    first, other = files[0], rulebase / "vocabulary.json"

    def check(path: Path) -> Checked:
        return check_file(path, rulebase)

    checked = together(one_by_one(check, first, [other], lambda: True))
    assert [each.reason for each in checked.skipped] == [f"time ran out before `{other}`"]
    assert checked.documents == 1


def test_examples_that_time_does_not_suffice_for_are_reported_and_the_rest_stands(rulebase: Path) -> None:
    loaded = load(rulebase)
    with pytest.raises(OutOfTimeError):
        rules_in_examples(loaded, read_date(DAY), steps(0))

    def cut_off() -> frozenset[str]:
        raise OutOfTimeError

    found = verify(loaded, "plain-plan", known_on=DAY, exampled=cut_off)
    assert any("rules that no example matches are not reported" in note for note in found.notes)
    assert not any(each.fault == "unexampled" for each in found.findings)
    assert "unknown" not in found.certainty.values()


def test_solver_is_asked_before_examples_are_decided(rulebase: Path) -> None:
    asked: list[str] = []

    def expired() -> bool:
        asked.append("time")
        return False

    def examples() -> frozenset[str]:
        asked.append("examples")
        return frozenset()

    verify(load(rulebase), "plain-plan", known_on=DAY, exampled=examples, expired=expired)
    assert "time" in asked[: asked.index("examples")]


def test_claims_behind_the_end_of_time_are_reported_not_to_be_decided(rulebase: Path) -> None:
    documents = read_documents(rulebase)
    policy = min(documents.policies)
    encounter = load(rulebase).encounter(
        {"id": "E-1", "payer": "plain-plan", "lines": [{"number": 1, "code": "97140", "date": "2024-03-01"}]}
    )

    def claims() -> Iterator[Encounter]:
        while True:
            yield encounter

    found = diff(policy, policy, known_on=DAY, rulebase=rulebase, claims=claims(), expired=lambda: True)
    assert found.impact is not None
    assert (found.impact.encounters, found.impact.cut_off, found.settled) == (0, True, False)
    assert json.loads(found.to_json())["impact"]["cut_off"] is True
