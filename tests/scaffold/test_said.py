"""What a sentence says of limits and of payment in part, and the rule that begins with it."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.command import run
from tests.property.effort import mostly_slow

from payrule.scaffold.rule import said

Window = str | dict[str, int]

LIMITS: list[tuple[str, list[tuple[int, str, Window]], tuple[str, ...]]] = [
    (
        "No more than 8 sessions in 60 days, 15 in a calendar year, at any provider of the practice.",
        [(8, "visits", {"days": 60}), (15, "visits", "year")],
        ("line.group.tin",),
    ),
    ("At most six timed units are paid on a date for one therapist.", [(6, "units", "date")], ("line.provider.npi",)),
    ("We allow up to 3 units a day.", [(3, "units", "date")], ()),
    ("Only one procedure is paid per day, whatever provider bills it.", [(1, "lines", "patient-date")], ()),
    ("A fitting is paid once every 36 months.", [(1, "visits", {"months": 36})], ()),
    ("The shot is limited to 2 doses in a lifetime.", [(2, "units", "ever")], ()),
    ("Members have a maximum of thirty appointments each year.", [(30, "visits", "year")], ()),
    ("Not more than one examination in any 6-month period.", [(1, "visits", {"months": 6})], ()),
    ("Supplies are limited to 4 lines per claim.", [(4, "lines", "encounter")], ()),
    ("Twice a week at most.", [(2, "visits", {"days": 7})], ()),
    (
        "No more than 3 visits per week and 40 visits within 2 years by the same provider.",
        [(3, "visits", {"days": 7}), (40, "visits", {"months": 24})],
        ("line.provider.npi",),
    ),
    ("Visits beyond 25 in a calendar year need a review.", [(25, "visits", "year")], ()),
    ("We pay for 45 minutes of exercises.", [], ()),
    ("The plan covers children under 18 years.", [], ()),
    ("A physician sees the patient every 30 days.", [], ()),
    ("Only a physician bills 97161 within 30 days of surgery.", [], ()),
    ("At most 20 visits in a plan year.", [], ()),
]


@pytest.mark.parametrize(("sentence", "limits", "same"), LIMITS, ids=[each[0] for each in LIMITS])
def test_limits_of_a_sentence(sentence: str, limits: list[tuple[int, str, Window]], same: tuple[str, ...]) -> None:
    found = said(sentence)
    assert [(each.at_most, each.of, each.window) for each in found.limits] == limits
    assert found.same == same


PARTS: list[tuple[str, float | None]] = [
    ("Services of aides are paid at 70 percent.", 70),
    ("The second service is reduced by 40%.", 60),
    ("Payment is 62.5 % of the schedule.", 62.5),
    ("We pay half of the second scan; the plan pays half.", 50),
    ("All of it is paid: 100 percent.", None),
    ("The patient must improve by 20 percent.", None),
    ("The charge is reduced by 100%.", None),
]


@pytest.mark.parametrize(("sentence", "percent"), PARTS, ids=[each[0] for each in PARTS])
def test_percentage_of_a_sentence(sentence: str, percent: float | None) -> None:
    assert said(sentence).percent == percent


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("said")
    for command in (
        "payrule new rulebase mine",
        "payrule new policy hands --issuer Plan --rulebase mine",
        "payrule new payer trial --policy hands --what-if --rulebase mine",
    ):
        done = run(command, made)
        assert done.code == 0, done.stderr
    return made


Begun = tuple[str, str, dict[str, Any], dict[str, Any], dict[str, Any]]
"""Name and options of a rule, its condition, its conclusion, and its quota."""

BY_CODE = {"window": "year", "where": {"line.code": {"is": "97018"}}}
BEGUN: list[Begun] = [
    (
        "visits",
        "--value excluded --liability provider --summary 'At most 2 visits in a year.'",
        {"line.code": {"is": "97018"}, "lines": BY_CODE | {"itself": True, "dates": {"at_least": 3}}},
        {"concern": "benefit", "value": "excluded", "liability": "provider", "modality": "shall"},
        {},
    ),
    (
        "services",
        "--value excluded --liability provider --summary 'Only one service is paid a day.'",
        {"line.code": {"is": "97018"}, "quota": {"services": {"over": {"at_least": 1}}}},
        {"concern": "benefit", "value": "excluded", "liability": "provider", "modality": "shall"},
        {"of": "lines", "at_most": 1, "window": "date"},
    ),
    (
        "units",
        "--carc 119 --summary 'At most 3 units are paid a day by the same therapist.'",
        {"line.code": {"is": "97018"}, "quota": {"units": {"over": {"at_least": 1}}}},
        {"concern": "units", "value": "limited", "modality": "shall", "pay": {"units": {"quota": "units"}}},
        {"of": "line.units", "at_most": 3, "window": "date", "same": ["line.provider.npi"]},
    ),
    (
        "percent",
        "--carc 59 --summary 'The service of an aide is paid at 70 percent.'",
        {"line.code": {"is": "97018"}},
        {"concern": "payment", "value": "reduced", "modality": "shall", "pay": {"percent": 70}},
        {},
    ),
]


@pytest.mark.parametrize("case", mostly_slow([(each,) for each in BEGUN]))
def test_a_rule_begins_with_what_its_summary_limits(case: Begun, home: Path) -> None:
    name, options, when, conclude, quota = case
    done = run(f"payrule new rule hands {name} --code 97018 {options} --rulebase mine", home)
    assert done.code == 0, done.stderr
    value = json.loads((home / "mine/policies/hands/1.0.0.json").read_text())
    rule = value["rules"][-1]
    assert rule["when"] == when
    assert {key: each for key, each in rule["conclude"].items() if key in conclude} == conclude
    assert "To be written" in rule.get("interpretation", "To be written")
    if quota:
        made = value["quotas"][name]
        assert {key: made[key] for key in quota} == quota
    if name != "percent":
        assert "next: compare its limits with the text: they were read from " in done.stderr
    value["rules"].remove(rule)
    value.get("quotas", {}).pop(name, None)
    (home / "mine/policies/hands/1.0.0.json").write_text(json.dumps(value))
    for path in (home / "mine/policies/hands/examples").glob(f"{name}-*.json"):
        path.unlink()


@pytest.mark.slow
def test_days_that_are_counted_come_before_the_date_of_the_example(home: Path) -> None:
    summary = "At most 3 visits in a calendar year."
    options = f"--code 97018 --value excluded --liability provider --on 2024-06-01 --summary '{summary}'"
    done = run(f"payrule new rule hands yearly {options} --rulebase mine", home)
    assert done.code == 0, done.stderr
    example = json.loads((home / "mine/policies/hands/examples/yearly-matches.json").read_text())
    assert [each["date"] for each in example["encounter"]["history"]] == ["2024-05-31", "2024-05-30", "2024-05-29"]
    assert date.fromisoformat(example["encounter"]["lines"][0]["date"]) == date(2024, 6, 1)
    missed = json.loads((home / "mine/policies/hands/examples/yearly-near-miss.json").read_text())
    assert missed["summary"] == "`yearly` does not match a line with code 97018 where one line fewer counts."
    assert [each["date"] for each in missed["encounter"]["history"]] == ["2024-05-31", "2024-05-30"]
    assert missed["shows"] == [{"rule": "hands/yearly", "line": 1, "how": "near-miss"}]


@pytest.mark.slow
def test_a_reduction_is_shown_beside_a_rule_that_counts(home: Path) -> None:
    told = "--value covered --summary 'The plan pays for it.'", "--carc 59 --summary 'Aides are paid at 70 percent.'"
    limit = "--value excluded --liability provider --overrides r1 --summary 'At most 2 visits in 30 days.'"
    for name, options in (("r1", told[0]), ("r2", limit), ("r3", told[1])):
        done = run(f"payrule new rule hands {name} --code 97022 {options} --rulebase mine", home)
        assert done.code == 0, done.stderr
    example = json.loads((home / "mine/policies/hands/examples/r3-matches.json").read_text())
    assert example["shows"] == [{"rule": "hands/r3", "line": 1, "how": "applies"}]
    assert example["expect"][0]["pays"] == {"percent": 70}
