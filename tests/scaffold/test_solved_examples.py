"""Examples that the solver writes: they answer as they say, cover what rules do, and are written when accepted."""

import json
import shutil
import sys
from datetime import date
from pathlib import Path
from typing import Any

import click
import pytest
from tests.golden import goldens

from payrule.cli.commands.new import accepted
from payrule.compare.operands import latest
from payrule.examples.coverage import coverage
from payrule.examples.run import example_files, run_example
from payrule.fmt import formatted
from payrule.lint.check import check_rulebase
from payrule.rulebase.load import read_documents, usable
from payrule.rulebase.rulebase import load
from payrule.scaffold.example import trial
from payrule.scaffold.solver_examples import Proposal, Unwritten, solved_examples
from payrule.source.diagnostics import RequestError
from payrule.source.json_source import scan

DAY = date(2026, 11, 23)
Json = dict[str, Any]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Lay the small rulebase out without its example."""
    folder = Path(shutil.copytree(goldens.HERE / "rulebase", tmp_path / "rulebase"))
    (folder / "stretching/examples/preparation.json").unlink()
    return folder


def edit(root: Path, **changes: Any) -> None:
    path = root / "stretching/1.0.0.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def proposed(root: Path, policy: str = "stretching", rule: str | None = None, **more: Any) -> list[Any]:
    documents = usable(read_documents(root))
    version = latest(documents.policies[policy])
    tried = trial(documents, version, DAY, payer=None, service=None)
    return list(solved_examples(documents, version, rule, tried, DAY, **more))


def write(found: list[Any]) -> None:
    for each in found:
        if isinstance(each, Proposal):
            assert not each.path.exists()
            each.path.parent.mkdir(exist_ok=True)
            each.path.write_text(each.text)


def a_rule(name: str, when: Json, value: str = "covered", **more: Any) -> Json:
    conclude = {"concern": "benefit", "value": value} | ({"liability": "provider"} if value == "excluded" else {})
    cites = [{"source": "handbook", "locator": "Section 1"}]
    return {"id": name, "summary": f"It is {name}.", "cites": cites, "when": when, "conclude": conclude, **more}


def test_a_policy_without_examples_is_covered_by_those_that_the_solver_writes(root: Path) -> None:
    write(proposed(root))
    rulebase = load(root)
    assert [run_example(path, rulebase, DAY).failures for path in example_files(root)] == [()] * 6
    lacking = {each.measure for each in coverage(rulebase, example_files(root), known_on=DAY).lacking}
    assert lacking <= {"decisive"}
    assert {each.code for each in check_rulebase(root).findings} <= {"value-without-example"}


def test_examples_stand_in_the_one_form(root: Path) -> None:
    found = [each for each in proposed(root) if isinstance(each, Proposal)]
    assert found
    for each in found:
        assert each.text == formatted(scan(each.text).value)
        assert json.loads(each.text)["encounter"]["id"] == each.path.stem


def test_what_stands_there_already_is_neither_proposed_again_nor_overwritten(root: Path) -> None:
    write(proposed(root))
    before = {path: path.read_text() for path in example_files(root)}
    write(proposed(root))
    assert {path: path.read_text() for path in before} == before
    assert [each for each in proposed(root) if isinstance(each, Proposal)] == []


def test_an_interval_is_met_at_each_end_from_both_sides(root: Path) -> None:
    edit(
        root, rules=[a_rule("covered", {"line.code": {"is": "00010"}, "line.minutes": {"at_least": 15, "at_most": 30}})]
    )
    found = [json.loads(each.text) for each in proposed(root) if isinstance(each, Proposal)]
    answers = {
        each["encounter"]["lines"][0].get("minutes"): each["expect"][0]["disposition"]
        for each in found
        if each["encounter"]["lines"][0]["code"] == "00010"
    }
    assert answers.items() >= {14: "undecided", 15: "payable", 30: "payable", 31: "undecided", None: "pending"}.items()


def test_each_exception_is_shown_where_both_rules_match_and_without_it(root: Path) -> None:
    relief = {"line.purpose": {"any_of": ["relief"]}}
    edit(
        root,
        facts={},
        rules=[
            a_rule("covered", {"line.code": {"is": "00010"}}),
            a_rule("not-for-relief", {"line.code": {"is": "00010"}, **relief}, "excluded", overrides=["covered"]),
        ],
    )
    found = [json.loads(each.text) for each in proposed(root) if isinstance(each, Proposal)]
    overruled = [each for each in found if each["expect"][0].get("overruled") == ["stretching/covered"]]
    assert overruled
    assert any(each["expect"][0]["reasons"] == ["stretching/covered"] for each in found)


def test_one_rule_alone_can_be_asked_for(root: Path) -> None:
    found = [each for each in proposed(root, rule="preparation-is-not") if isinstance(each, Proposal)]
    shown = {each["rule"] for proposal in found for each in json.loads(proposal.text)["shows"]}
    assert "stretching/preparation-is-not" in shown
    assert all(each.path.name.startswith("preparation-is-not") for each in found)
    with pytest.raises(RequestError, match="there is no rule `preparation`"):
        proposed(root, rule="preparation")


def test_what_cannot_be_written_is_reported_with_the_reason(root: Path) -> None:
    edit(
        root,
        facts={},
        rules=[a_rule("never", {"line.code": {"is": "00010"}, "line.minutes": {"at_least": 9, "at_most": 8}})],
    )
    assert next(each for each in proposed(root) if isinstance(each, Unwritten)) == Unwritten(
        "The answer is based on `never`.", "there is no such claim"
    )
    assert proposed(root, expired=lambda: True) == [Unwritten("the other examples", "time ran out")]


@pytest.mark.parametrize(("answers", "written"), [("yn", 1), ("nnnnnn", 0), ("nya", 5), ("yq", 1), ("a", 6)])
def test_examples_are_accepted_one_by_one(
    root: Path, monkeypatch: pytest.MonkeyPatch, answers: str, written: int
) -> None:
    given = iter(answers + "q")
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(click, "prompt", lambda *_, **__: next(given))
    with pytest.raises(SystemExit):
        accepted(proposed(root), accept_all=False, dry_run=False, quiet=False)
    assert len(example_files(root)) == written


def test_where_nobody_can_be_asked_nothing_is_written(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    with pytest.raises(RequestError, match="nobody can be asked"):
        accepted(proposed(root), accept_all=False, dry_run=False, quiet=False)
    with pytest.raises(SystemExit):
        accepted(proposed(root), accept_all=False, dry_run=True, quiet=True)
    assert example_files(root) == ()


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["blue-cross", "medicare-statute", "aota-proposed"])
def test_shipped_policies_are_covered_from_nothing(policy: str, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(load().documents.folder, tmp_path / "policies"))
    shutil.rmtree(folder / policy / "examples")
    write(proposed(folder, policy))
    rulebase = load(folder)
    own = [path for path in example_files(folder) if path.parent.parent.name == policy]
    assert [path.name for path in own if run_example(path, rulebase, DAY).failures] == []
    lacking = coverage(rulebase, own, known_on=DAY, policies=[policy]).lacking
    assert {each.measure for each in lacking} <= {"decisive", "statements", "near-misses", "unknown"}


def test_count_for_which_no_lines_are_found_is_reported_as_one(root: Path) -> None:
    counted = {"lines": {"window": "date", "where": {"line.code": {"is": "00011"}}, "count": {"at_least": 40}}}
    when = {"line.code": {"is": "00010"}, "fact": "many"}
    edit(
        root,
        facts={"many": {"summary": "Many.", "when": counted}},
        rules=[a_rule("counted", when), a_rule("plain", when)],
    )
    unwritten = [each for each in proposed(root) if isinstance(each, Unwritten)]
    assert (
        Unwritten("The answer is based on `counted`.", "no lines were found that it counts; write it by hand")
        in unwritten
    )


def test_what_is_left_open_of_a_count_is_not_taken_for_shown(root: Path) -> None:
    """A claim in which the count is merely free shows nothing else of the rule, so all that is missing is reported."""
    counted = {"lines": {"window": "date", "where": {"line.code": {"is": "00011"}}, "count": {"at_least": 40}}}
    edit(root, facts={}, rules=[a_rule("counted", {"line.code": {"is": "00010"}, **counted})])
    unwritten = {each.what: each.why for each in proposed(root) if isinstance(each, Unwritten)}
    assert unwritten["`counted` matches."] == "no lines were found that it counts; write it by hand"
