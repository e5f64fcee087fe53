"""What a document suppresses is counted and not found; a suppression that keeps nothing quiet is found itself."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.lint.laid import laid

from payrule.lint.check import check_rulebase
from payrule.rulebase.rulebase import load
from payrule.source.diagnostics import Checked

POLICY = "stretching/1.0.0.json"
REASON = {"reason": "It is right here."}


def edited(folder: Path, change: Callable[[Any], object], code: str = "suppression-without-effect") -> Path:
    """Put what the page of a check prefers, and change the policy."""
    rulebase = laid(code, "Prefer", folder) / "rulebase"
    policy = json.loads((rulebase / POLICY).read_text())
    change(policy)
    (rulebase / POLICY).write_text(json.dumps(policy))
    return rulebase


def told(checked: Checked) -> list[tuple[str, str]]:
    return [(each.code, each.message) for each in checked.findings]


def test_what_a_rule_suppresses_is_reported_with_its_reason_and_not_found(tmp_path: Path) -> None:
    checked = check_rulebase(edited(tmp_path, lambda _: None))
    assert checked.findings == ()
    ((diagnostic, reason),) = [(each.diagnostic, each.reason) for each in checked.suppressed]
    assert (diagnostic.code, diagnostic.path, reason) == (
        "rule-without-citation",
        "$.rules[0].id",
        "The sentence was withdrawn.",
    )


def test_rule_suppresses_nothing_of_its_neighbour(tmp_path: Path) -> None:
    def change(policy: Any) -> None:
        del policy["rules"][1]["cites"]
        del policy["sources"]

    checked = check_rulebase(edited(tmp_path, change))
    assert [(each.code, each.path) for each in checked.findings] == [("rule-without-citation", "$.rules[1].id")]


def test_policy_suppresses_for_all_of_it(tmp_path: Path) -> None:
    def change(policy: Any) -> None:
        del policy["rules"][0]["suppress"]
        policy["suppress"] = [{"code": "rule-without-citation", **REASON}]
        del policy["rules"][1]["cites"]
        del policy["sources"]

    checked = check_rulebase(edited(tmp_path, change))
    assert (checked.findings, len(checked.suppressed)) == ((), 2)


def test_policy_suppresses_for_one_set_alone(tmp_path: Path) -> None:
    def change(policy: Any) -> None:
        policy["sets"] = {"one": ["00010"], "two": ["00011"]}
        policy["suppress"] = [{"code": "set-unused", "of": "one", **REASON}]

    checked = check_rulebase(edited(tmp_path, change))
    assert [each.path for each in checked.findings] == ["$.sets.two"]
    assert [each.diagnostic.path for each in checked.suppressed] == ["$.rules[0].id", "$.sets.one"]


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("set-unused", "this suppresses `set-unused`, which finds nothing here"),
        ("set-unsed", "there is no check `set-unsed` to suppress"),
        ("in-force-version-changed", "`in-force-version-changed` cannot be suppressed"),
        ("suppression-without-effect", "`suppression-without-effect` cannot be suppressed"),
    ],
)
def test_suppression_that_keeps_nothing_quiet_is_found(code: str, message: str, tmp_path: Path) -> None:
    checked = check_rulebase(edited(tmp_path, lambda policy: policy.update(suppress=[{"code": code, **REASON}])))
    assert told(checked) == [("suppression-without-effect", message)]
    assert [each.path for each in checked.findings] == ["$.suppress[0].code"]


def test_suppression_of_a_check_that_was_left_out_may_stand(tmp_path: Path) -> None:
    suppress = [{"code": code, **REASON} for code in ("passage-not-found", "condition-never-true")]
    rulebase = edited(tmp_path, lambda policy: policy.update(suppress=suppress))
    assert told(check_rulebase(rulebase, expired=lambda: True)) == []
    assert [each.path for each in check_rulebase(rulebase).findings] == ["$.suppress[1].code"]


def test_time_that_runs_out_is_reported_with_the_checks_that_did_not_look(tmp_path: Path) -> None:
    (skipped,) = check_rulebase(edited(tmp_path, lambda _: None), expired=lambda: True).skipped
    assert skipped.reason == "time ran out"
    assert "condition-never-true" in skipped.checks


def test_suppression_needs_a_reason(tmp_path: Path) -> None:
    rulebase = edited(tmp_path, lambda policy: policy.update(suppress=[{"code": "set-unused"}]))
    assert told(check_rulebase(rulebase)) == [("missing-key", "`reason` is missing from a suppression in a policy")]


def test_suppression_is_no_part_of_the_digest(tmp_path: Path) -> None:
    line = {"number": 1, "code": "00010", "date": "2016-03-01"}

    def digest(rulebase: Path) -> str:
        return load(rulebase).decide({"id": "1", "lines": [line]}, payer="plain-plan", known_on="2026-01-01").rulebase

    one = edited(tmp_path / "one", lambda _: None)
    two = edited(tmp_path / "two", lambda policy: policy["rules"][0].pop("suppress"))
    three = edited(tmp_path / "three", lambda policy: policy["rules"][0].update(summary="It is paid."))
    assert digest(one) == digest(two) != digest(three)


def test_suppressed_check_of_examples_waits_with_a_draft_for_its_examples(tmp_path: Path) -> None:
    def change(policy: Any) -> None:
        policy["status"] = "draft"
        policy["rules"][0]["suppress"] = [{"code": "remittance-without-example", **REASON}]

    checked = check_rulebase(edited(tmp_path, change, "set-unused"))
    assert [code for code, _ in told(checked) if code == "suppression-without-effect"] == []
