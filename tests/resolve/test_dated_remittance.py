"""Remittance codes are in use when they are used: by the date of service, else by the day of the answer."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.property.columnar import by_columns, one_by_one

import payrule
from payrule.compare.comparison_side import regimes, side
from payrule.rulebase.load import read_documents
from payrule.rulebase.rulebase import Rulebase
from payrule.source.files import shipped

TODAY = date(2024, 6, 1)
RULE = "exclusion"
STARTS = {"900": None, "901": "2010-01-01", "902": "2019-07-01"}


def rulebase(folder: Path, remittance: dict[str, Any], **more: Any) -> Rulebase:
    """Make a rulebase of one rule that denies, with three codes of which two began on a day."""
    (folder / "blue-cross").mkdir()
    (folder / "payers").mkdir()
    for name in ("vocabulary.json", "payers/blue-cross.json"):
        (folder / name).write_bytes((shipped("policies") / name).read_bytes())
    listed = json.loads((shipped("policies") / "remittance-codes.json").read_bytes())
    listed["carc"] |= {code: {"start": start} if start else {} for code, start in STARTS.items()}
    (folder / "remittance-codes.json").write_text(json.dumps(listed))
    policy = json.loads((shipped("policies") / "blue-cross" / "1.0.0.json").read_bytes())
    (rule,) = (each for each in policy["rules"] if each["id"] == RULE)
    rule = {key: each for key, each in rule.items() if key not in ("overrides", "remittance_candidates")}
    policy["rules"] = [rule | {"remittance": remittance} | more]
    for key in ("notes", "suppress"):
        policy.pop(key, None)
    (folder / "blue-cross" / "1.0.0.json").write_text(json.dumps(policy))
    return payrule.load(folder)


def claim(*days: str) -> dict[str, Any]:
    lines = [{"number": at, "code": "97140", "date": day} for at, day in enumerate(days, 1)]
    return {"id": "E", "lines": lines}


NEWEST_FIRST = {"carc": "902", "instead": [{"carc": "901"}, {"carc": "900"}]}


@pytest.mark.parametrize(
    ("day", "carc", "by"),
    [
        ("2019-07-01", "902", None),
        ("2019-06-30", "901", "date-of-service"),
        ("2010-01-01", "901", "date-of-service"),
        ("2009-12-31", "900", "date-of-service"),
    ],
)
def test_codes_are_those_of_the_date_of_service(tmp_path: Path, day: str, carc: str, by: str | None) -> None:
    line = rulebase(tmp_path, NEWEST_FIRST).decide(claim(day), payer="blue-cross", known_on=TODAY).line(1)
    assert line.remittance is not None
    assert line.remittance.carc == carc
    assert (line.remittance_chosen_by or None) == by


@pytest.mark.parametrize(
    ("answered", "carc"), [(date(2024, 6, 1), "902"), (date(2019, 6, 30), "901"), (date(2009, 12, 31), None)]
)
def test_without_codes_of_that_date_they_are_those_of_the_day_of_the_answer(
    tmp_path: Path, answered: date, carc: str | None
) -> None:
    made = rulebase(tmp_path, {"carc": "902", "instead": [{"carc": "901"}]})
    line = made.decide(claim("2001-05-01"), payer="blue-cross", known_on=answered).line(1)
    assert (line.disposition, line.remittance and line.remittance.carc) == ("denied", carc)
    assert (line.remittance_chosen_by or None) == ("day-of-answer" if carc else None)


def test_each_line_has_the_codes_of_its_own_date(tmp_path: Path) -> None:
    made = rulebase(tmp_path, NEWEST_FIRST)
    found = made.decide(claim("2020-01-01", "2015-01-01", "2000-01-01"), payer="blue-cross", known_on=TODAY)
    assert [line.remittance and line.remittance.carc for line in found.lines] == ["902", "901", "900"]


def test_candidates_stand_where_the_text_leaves_open_who_bears_a_denial(tmp_path: Path) -> None:
    both = [{"carc": "900", "group": "CO"}, {"carc": "902", "group": "PR"}, {"carc": "901", "group": "PR"}]
    made = rulebase(tmp_path, {"carc": "900"}, remittance_candidates=both)
    line = made.decide(claim("2020-01-01"), payer="blue-cross", known_on=TODAY).line(1)
    assert [(each.group, each.carc) for each in line.candidates or ()] == [("CO", "900"), ("PR", "902"), ("PR", "901")]
    assert line.remittance is not None
    assert line.remittance.group == "CO"
    early = made.decide(claim("2001-01-01"), payer="blue-cross", known_on=date(2012, 1, 1)).line(1)
    assert [each.carc for each in early.candidates or ()] == ["900", "901"]


def test_nothing_is_left_open_where_liability_is_settled(tmp_path: Path) -> None:
    settled = {"concern": "benefit", "value": "excluded", "liability": "provider", "modality": "shall"}
    made = rulebase(tmp_path, {"carc": "900"}, remittance_candidates=[{"carc": "901"}], conclude=settled)
    assert not made.decide(claim("2020-01-01"), payer="blue-cross", known_on=TODAY).line(1).candidates


@pytest.mark.slow
def test_columns_choose_as_one_encounter_does(tmp_path: Path) -> None:
    made = rulebase(tmp_path, NEWEST_FIRST, remittance_candidates=[{"carc": "902", "group": "PR"}])
    days = ("2020-01-01", "2019-06-30", "2015-01-01", "2009-12-31", "1990-01-01")
    encounters = [made.encounter(claim(*days)), made.encounter(claim(*reversed(days)))]
    assert by_columns(made, encounters, "blue-cross", TODAY) == one_by_one(made, encounters, "blue-cross", TODAY)


def test_dates_part_for_the_solver_where_codes_differ_and_nowhere_else(tmp_path: Path) -> None:
    made = rulebase(tmp_path, NEWEST_FIRST)
    spans = [span for each in regimes(side(made.documents, "blue-cross", TODAY)) for span in each.spans]
    assert sorted(day for span in spans for day in span if day) == [date(2010, 1, 1)] * 2 + [date(2019, 7, 1)] * 2


def test_one_choice_parts_no_dates(tmp_path: Path) -> None:
    made = rulebase(tmp_path, {"carc": "902"})
    assert [each.spans for each in regimes(side(made.documents, "blue-cross", TODAY))] == [((None, None),)]


def test_days_of_the_list_are_part_of_the_digest(tmp_path: Path) -> None:
    made = rulebase(tmp_path, NEWEST_FIRST)
    before = made.digest(made.terms(payer="blue-cross", known_on=TODAY))
    path = tmp_path / "remittance-codes.json"
    path.write_text(path.read_text().replace("2019-07-01", "2019-08-01"))
    after = payrule.load(tmp_path)
    assert after.digest(after.terms(payer="blue-cross", known_on=TODAY)) != before


def test_keys_that_a_rule_leaves_out_are_no_part_of_its_digest() -> None:
    rules = [rule for versions in read_documents().policies.values() for each in versions for rule in each.rules]
    written = [msgspec.to_builtins(rule) for rule in rules]
    assert all(("incurable" in each) == bool(rule.incurable) for rule, each in zip(rules, written, strict=True))
    assert not any(each.get("remittance_candidates") == [] for each in written)
