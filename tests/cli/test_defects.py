"""A defect of payrule ends with exit code 3 and one line that says what to report; nothing half done is left."""

import json
from pathlib import Path

import pytest
from tests.cli.conftest import laid_out
from tests.cli.processes import process
from tests.property.effort import mostly_slow

CLAIM = {
    "id": "E-1",
    "payer": "plain-plan",
    "lines": [{"number": 1, "code": "00010", "date": "2016-03-01", "purpose": ["relief"]}],
}

DISAGREE = """
from payrule.rulebase.compile import CompiledRules
from payrule.language.truth import Matches
other = frozenset({"stretching/preparation-is-not"})
CompiledRules.referred = lambda self, scene, subjects: tuple(Matches(other, other) for _ in subjects)
"""
"""The reference evaluator sees another rule than forward chaining does."""

FAIL = """
import payrule.rulebase.rulebase
def fail(*_):
    raise ZeroDivisionError("a line\\nand another")
payrule.rulebase.rulebase.Rulebase.decide_under = fail
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "claim.json").write_text(json.dumps(CLAIM))
    return laid_out(tmp_path)


def test_disagreement_of_the_executions_tells_both_answers(folder: Path) -> None:
    done = process(folder, "adjudicate", "claim.json", "--rulebase", "rulebase", before=DISAGREE)
    assert done.returncode == 3
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    said = "forward chaining answers payable, the reference evaluator denied"
    assert "claim `E-1`, line 1: the executions disagree on `stretching/preparation-is-not`" in done.stderr
    assert said in done.stderr
    assert "please report" in done.stderr


def test_disagreement_carries_both_determinations(folder: Path) -> None:
    caught = """
import payrule
try:
    payrule.load("rulebase").decide(__import__("json").load(open("claim.json")), known_on="2020-01-01")
except payrule.DisagreementError as fault:
    chained, referred = fault.chained, fault.referred
    print(chained[1].disposition, sorted(chained[0].definite), referred[1].disposition, sorted(referred[0].definite))
raise SystemExit
"""
    done = process(folder, before=DISAGREE + caught)
    assert done.stdout == "payable ['stretching/stretching-is-covered'] denied ['stretching/preparation-is-not']\n"


@pytest.mark.parametrize("broken", [DISAGREE, FAIL], ids=["disagreement", "failure"])
def test_defect_leaves_the_old_answers_and_nothing_else(broken: str, folder: Path) -> None:
    answers = folder / "answers"
    answers.mkdir()
    (answers / "old.json").write_text("old")
    choices = ("--rulebase", "rulebase", "--out", "answers/old.json")
    done = process(folder, "adjudicate", "claim.json", *choices, before=broken)
    assert done.returncode == 3
    assert [path.name for path in answers.iterdir()] == ["old.json"]
    assert (answers / "old.json").read_text() == "old"


def test_any_other_failure_is_one_line_without_a_stack(folder: Path) -> None:
    done = process(folder, "adjudicate", "claim.json", "--rulebase", "rulebase", before=FAIL)
    assert done.returncode == 3
    assert done.stderr.startswith("payrule: defect: ZeroDivisionError: a line and another (")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    mostly_slow([["adjudicate", "claim.json"], ["explain", "claim.json", "--line", "1"], ["test"], ["coverage"]]),
)
def test_a_machine_without_the_engine_is_reported_before_anything_is_read(tmp_path: Path, arguments: list[str]) -> None:
    before = "import sys\nsys.modules['durable_rules_engine'] = None\n"
    done = process(tmp_path, *arguments, "--rulebase", "no-such-folder", before=before, anew=True)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("error: the rules engine durable_rules does not load under Python 3.")
