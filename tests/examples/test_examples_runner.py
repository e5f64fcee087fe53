"""An example fails where its rulebase answers otherwise, is told at the place that says so, and passes otherwise."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.docs.asked import SHIPPED, SUBJECT, Json, policy_with, rule_when
from tests.golden.goldens import HERE

from payrule.examples.run import ExampleResult, example_files, read_example, run_example
from payrule.model.payer import Payer
from payrule.model.policy import Policy
from payrule.rulebase.load import Documents
from payrule.rulebase.rulebase import Rulebase, load
from payrule.source.diagnostics import DocumentError

RULEBASE = load(HERE / "rulebase")
TODAY = date(2020, 1, 1)

LINES = [
    {"number": 1, "code": "00010", "date": "2016-03-01", "purpose": ["relief"]},
    {"number": 2, "code": "00011", "date": "2016-03-01", "purpose": ["preparation"]},
    {"number": 3, "code": "00012", "date": "2016-03-01"},
    {"number": 4, "code": "99999", "date": "2016-03-01"},
]
EXAMPLE: dict[str, Any] = {
    "kind": "example",
    "summary": "Stretching is covered, unless it prepares for something.",
    "payer": "plain-plan",
    "encounter": {"id": "E-1", "lines": LINES},
    "expect": [
        {"line": 1, "disposition": "payable", "concern": "benefit", "reasons": ["stretching/stretching-is-covered"]},
        {
            "line": 2,
            "disposition": "denied",
            "liability": "provider",
            "discretionary": False,
            "overruled": ["stretching/stretching-is-covered"],
            "remittance": {"group": "CO", "carc": "96", "rarc": []},
            "conflicts": [],
        },
        {"line": 3, "disposition": "pending", "concern": None, "reasons": [], "open": ["line.purpose"]},
        {"line": 4, "disposition": "undecided", "concern": None},
    ],
    "shows": [
        {"rule": "stretching/stretching-is-covered", "line": 1, "how": "decides"},
        {"rule": "stretching/stretching-is-covered", "line": 1, "how": "applies"},
        {"rule": "stretching/preparation-is-not", "line": 1, "how": "near-miss"},
        {"rule": "stretching/preparation-is-not", "line": 3, "how": "waits"},
    ],
}


def run(tmp_path: Path, **changed: Any) -> ExampleResult:
    path = tmp_path / "example.json"
    path.write_text(json.dumps(EXAMPLE | changed))
    return run_example(path, RULEBASE, TODAY)


def test_example_that_holds_does_not_fail(tmp_path: Path) -> None:
    ran = run(tmp_path)
    assert ran.failures == ()
    assert {shown.rule for shown in ran.shows} == {"stretching/stretching-is-covered", "stretching/preparation-is-not"}


@pytest.mark.parametrize(
    ("line", "key", "value"),
    [
        (1, "disposition", "denied"),
        (1, "liability", "provider"),
        (1, "concern", "coding"),
        (1, "concern", None),
        (1, "discretionary", True),
        (1, "reasons", []),
        (2, "reasons", ["stretching/stretching-is-covered", "stretching/preparation-is-not"]),
        (2, "liability", None),
        (2, "overruled", []),
        (2, "remittance", {"group": "PR", "carc": "96", "rarc": []}),
        (3, "open", []),
        (3, "open", ["line.purpose", "line.seen"]),
        (4, "allowed_units", 1),
    ],
)
def test_each_thing_that_is_answered_otherwise_fails(line: int, key: str, value: Any, tmp_path: Path) -> None:
    expected = {"line": line, key: value}
    if key != "disposition":
        expected["disposition"] = EXAMPLE["expect"][line - 1]["disposition"]
    (failure,) = run(tmp_path, expect=[expected]).failures
    assert (failure.code, failure.path) == ("expectation", f"$.expect[0].{key}")
    assert f"line {line}: `{key}` is " in failure.message


@pytest.mark.parametrize(
    ("line", "ground"),
    [
        (1, "the answer is based on `stretching/stretching-is-covered`"),
        (2, "the answer is based on `stretching/preparation-is-not`"),
        (3, "missing information: `line.purpose`"),
        (4, "no policy applies to this line"),
    ],
)
def test_answer_that_was_not_expected_is_reported_with_its_ground(line: int, ground: str, tmp_path: Path) -> None:
    (failure,) = run(tmp_path, expect=[{"line": line, "disposition": "returned"}]).failures
    assert failure.help == ground


def test_answer_that_lacks_earlier_lines_says_how_an_example_has_them_all(tmp_path: Path) -> None:
    (stretching,) = (each for versions in RULEBASE.documents.policies.values() for each in versions if each.rules)
    counts = {"lines": {"window": {"days": 3}, "where": {}, "count": {"at_most": 5}}}
    rules = tuple(msgspec.structs.replace(each, when=counts) for each in stretching.rules)
    changed = {stretching.id: (msgspec.structs.replace(stretching, rules=rules),)}
    documents = msgspec.structs.replace(RULEBASE.documents, policies=RULEBASE.documents.policies | changed)
    path = tmp_path / "example.json"
    path.write_text(json.dumps(EXAMPLE | {"shows": [], "expect": [{"line": 1, "disposition": "payable"}]}))
    (failure, *_) = run_example(path, Rulebase(documents), TODAY).failures
    assert failure.help == (
        'missing information: `history[2016-02-28]`; `"history_from": "2016-02-28"` in the claim says that its'
        " `history` has all earlier lines from then"
    )


@pytest.mark.parametrize("wanted", [{"group": "CO"}, {"carc": "96"}, {"rarc": []}, {"group": "CO", "carc": "96"}, {}])
def test_remittance_codes_that_are_left_out_are_not_compared(wanted: Json, tmp_path: Path) -> None:
    assert run(tmp_path, expect=[{"line": 2, "remittance": wanted}], shows=[]).failures == ()


@pytest.mark.parametrize(
    ("line", "wanted"), [(1, {"group": "CO"}), (1, {}), (2, {"carc": "97"}), (2, {"rarc": ["N19"]})]
)
def test_remittance_codes_that_differ_fail(line: int, wanted: Json, tmp_path: Path) -> None:
    (failure,) = run(tmp_path, expect=[{"line": line, "remittance": wanted}], shows=[]).failures
    assert failure.path == "$.expect[0].remittance"


def test_order_of_what_is_open_is_that_of_the_answer(tmp_path: Path) -> None:
    lines = [{"number": 1, "code": "00010", "date": "2016-03-01"}]
    expect = [{"line": 1, "disposition": "pending", "open": ["line.purpose"]}]
    assert run(tmp_path, encounter={"id": "E-1", "lines": lines}, expect=expect, shows=[]).failures == ()


HOLDS = {
    1: {"stretching-is-covered": {"decides", "applies"}, "preparation-is-not": {"near-miss"}},
    2: {"stretching-is-covered": set(), "preparation-is-not": {"decides", "applies"}},
    3: {"stretching-is-covered": set(), "preparation-is-not": {"waits"}},
    4: {"stretching-is-covered": {"near-miss"}, "preparation-is-not": {"near-miss"}},
}
"""What each line shows of each rule; an overruled rule, or one that could only decide, shows nothing."""


@pytest.mark.parametrize("how", ["decides", "applies", "near-miss", "waits"])
@pytest.mark.parametrize("rule", ["stretching-is-covered", "preparation-is-not"])
@pytest.mark.parametrize("line", [1, 2, 3, 4])
def test_rule_is_shown_as_it_says_or_told(line: int, rule: str, how: str, tmp_path: Path) -> None:
    failures = run(tmp_path, shows=[{"rule": f"stretching/{rule}", "line": line, "how": how}]).failures
    assert [failure.code for failure in failures] == ([] if how in HOLDS[line][rule] else ["does-not-show"])
    if failures and HOLDS[line][rule]:
        assert any(f"write `{each}`, or" in (failures[0].help or "") for each in HOLDS[line][rule])


ADJUSTED = [
    {"rule": "page/two-units", "group": "CO", "carc": "151", "rarc": ["N362"], "units": 1},
    {"rule": "page/assistant", "group": "CO", "carc": "45", "rarc": [], "percent": 15},
]


@pytest.mark.parametrize(
    ("line", "expected", "failing"),
    [
        (1, {"pays": {"units": 2, "of": 3, "percent": 85}, "adjustments": ADJUSTED}, []),
        (1, {"pays": {"units": 2, "of": 3}}, ["pays"]),
        (1, {"pays": None}, ["pays"]),
        (1, {"adjustments": ADJUSTED[:1]}, ["adjustments"]),
        (1, {"adjustments": ADJUSTED[::-1]}, ["adjustments"]),
        (2, {"pays": None, "adjustments": []}, []),
        (2, {"pays": {"percent": 85}}, ["pays"]),
        (3, {"pays": {"units": {"at_least": 2, "at_most": 3}, "of": 3}}, []),
        (3, {"pays": {"units": 2, "of": 3}}, ["pays"]),
    ],
)
def test_what_is_paid_in_part_is_expected(line: int, expected: Json, failing: list[str], tmp_path: Path) -> None:
    reduce = {"concern": "payment", "value": "reduced", "liability": "provider"}
    limit = {"concern": "units", "value": "limited", "liability": "provider", "pay": {"units": 2}}
    rules: list[Json] = [
        rule_when({"line.code": {"is": "97110"}}),
        rule_when({"line.units": {"at_least": 3}, "line.direct_contact": {"is": True}})
        | {"id": "two-units", "conclude": limit, "remittance": {"carc": "151", "rarc": ["N362"]}},
        rule_when({"line.modifiers": {"any_of": ["CQ"]}})
        | {"id": "assistant", "conclude": reduce | {"pay": {"percent": 85}}, "remittance": {"carc": "45"}},
    ]
    payer = {"kind": "payer", "id": "page", "title": "A page", "tiers": [["page"]]}
    rulebase = Rulebase(
        Documents(
            Path(), SHIPPED.vocabulary, {"page": (msgspec.convert(policy_with(rules), Policy),)},
            {"page": msgspec.convert(payer, Payer)}, (),
        )
    )  # fmt: skip
    lines = [
        {**SUBJECT, "number": 1, "units": 3, "direct_contact": True, "modifiers": ["CQ"]},
        {**SUBJECT, "number": 2, "direct_contact": True},
        {**SUBJECT, "number": 3, "units": 3},
    ]
    path = tmp_path / "example.json"
    example = {"payer": "page", "encounter": {"id": "E-1", "lines": lines}, "shows": []}
    path.write_text(json.dumps(EXAMPLE | example | {"expect": [{"line": line, **expected}]}))
    ran = run_example(path, rulebase, TODAY)
    assert [each.path for each in ran.failures] == [f"$.expect[0].{key}" for key in failing]


def test_presumptions_of_the_example_hold(tmp_path: Path) -> None:
    expect = [{"line": 3, "disposition": "payable"}]
    assert run(tmp_path, presume={"line.purpose": ["relief"]}, expect=expect, shows=[]).failures == ()


def test_example_may_name_its_day(tmp_path: Path) -> None:
    assert run(tmp_path, known_on="2016-04-01").failures == ()
    (failure,) = run(tmp_path, known_on="2016-04-31").failures
    assert failure.code == "bad-date"


@pytest.mark.parametrize(
    ("changed", "code", "path"),
    [
        ({"payer": "plain-paln"}, "unknown-payer", "$.payer"),
        ({"expect": [{"line": 9, "disposition": "denied"}]}, "unknown-line", "$.expect[0].line"),
        ({"shows": [{"rule": "stretching/a", "line": 1, "how": "waits"}]}, "unknown-rule", "$.shows[0].rule"),
        (
            {"expect": [{"line": 1, "disposition": "denied", "reasons": ["stretching/a"]}]},
            "unknown-rule",
            "$.expect[0].reasons[0]",
        ),
        ({"expect": [{"line": 1, "disposition": "paid"}]}, "unknown-value", "$.expect[0].disposition"),
        (
            {"encounter": {"id": "E-1", "lines": [*LINES, LINES[0]]}},
            "duplicate-line-number",
            "$.encounter.lines[4].number",
        ),
        (
            {"encounter": {"id": "E-1", "lines": [LINES[0] | {"purpos": []}]}},
            "unknown-key",
            "$.encounter.lines[0].purpos",
        ),
        ({"presume": {"line.sen": True}}, "unknown-key", '$.presume["line.sen"]'),
    ],
)
def test_example_that_cannot_be_run_has_failed_at_its_place(
    changed: dict[str, Any], code: str, path: str, tmp_path: Path
) -> None:
    failures = {(failure.code, failure.path) for failure in run(tmp_path, **changed).failures}
    assert (code, path) in failures


def test_document_of_another_kind_is_reported_in_one_finding(tmp_path: Path) -> None:
    (failure,) = run(tmp_path, kind="policy").failures
    assert failure.code == "other-kind"


def test_unreadable_example_raises_where_it_is_read_and_fails_where_it_is_run(tmp_path: Path) -> None:
    path = tmp_path / "example.json"
    path.write_text("{")
    with pytest.raises(DocumentError):
        read_example(path, RULEBASE)
    assert [failure.code for failure in run_example(path, RULEBASE, TODAY).failures] == ["json"]


def test_examples_stand_beside_the_versions_of_their_policy() -> None:
    assert [path.name for path in example_files(HERE / "rulebase")] == ["preparation.json"]
