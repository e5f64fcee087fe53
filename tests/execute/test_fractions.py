"""Units that are no whole number are compared exactly, in every execution, and read alike from every format."""

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.formats.x12_texts import DATED, billed, claims
from tests.property.documents import KNOWN_ON, PAYER, documents, policy, rule
from tests.property.test_executions import matched
from tests.property.words import Json

from payrule import adjudicate_files, load, read_claims
from payrule.model.values import exactly, is_within

HALVES = (0, 0.5, 1, 1.5, 2, 2.5, 3)
TESTS: tuple[tuple[str, Any], ...] = (
    ("is", 2),
    ("in", [1, 3]),
    ("not_in", [1, 3]),
    ("at_least", 2),
    ("at_most", 2),
)
MEANT: dict[str, Callable[[float, Any], bool]] = {
    "is": lambda units, two: units == two,
    "in": lambda units, listed: units in listed,
    "not_in": lambda units, listed: units not in listed,
    "at_least": lambda units, two: units >= two,
    "at_most": lambda units, two: units <= two,
}


def claim(*units: float) -> Json:
    lines = [{"number": at, "code": "A0001", "date": "2024-07-01", "units": each} for at, each in enumerate(units, 1)]
    return {"id": "E", "lines": lines}


@pytest.mark.parametrize(("test", "operand"), TESTS)
@pytest.mark.parametrize("is_negated", [False, True])
def test_a_test_compares_fractions_as_numbers_are(test: str, operand: Any, *, is_negated: bool) -> None:
    when: Json = {"line.units": {test: operand}}
    made = rule("r", {"not": when} if is_negated else when, "benefit", "covered")
    _, _, found = matched(documents(policy(made)).rulebase(), claim(*HALVES))
    wanted = [MEANT[test](units, operand) != is_negated for units in HALVES]
    assert [bool(each.definite) for each in found] == wanted
    assert [bool(each.possible) for each in found] == wanted


@pytest.mark.parametrize("most", [0, 1, 2, 3, 4, 5, 6])
def test_sums_of_fractions_are_exact(most: int) -> None:
    counted = {"window": "date", "itself": True, "sum": {"of": "line.units", "at_most": most}}
    rulebase = documents(policy(rule("r", {"lines": counted}, "benefit", "covered"))).rulebase()
    for units in ((0.1, 0.2, 0.7), (1.5, 1.5), (2.25, 0.5, 0.25), (3.001,), (2.999,)):
        _, _, found = matched(rulebase, claim(*units))
        assert {bool(each.definite) for each in found} == {sum(Decimal(str(each)) for each in units) <= most}


def test_a_quota_pays_a_part_of_a_unit() -> None:
    quota = {"summary": "Four units", "of": "line.units", "at_most": 4, "window": "date"}
    over = rule("over", {}, "units", "limited", liability="provider", pay={"units": {"quota": "four"}})
    made = policy(rule("covered", {}, "benefit", "covered"), over, quotas={"four": quota})
    answer = (
        documents(made, words={"concerns": msgspec.to_builtins(load().documents.vocabulary.concerns)})
        .rulebase()
        .decide(claim(2.5, 2.5, 1), payer=PAYER, known_on=KNOWN_ON)
    )
    paid = [None if line.pays is msgspec.UNSET else (line.pays.units, line.pays.of) for line in answer.lines]
    assert paid[:2] == [None, (1.5, 2.5)]
    assert json.loads(answer.to_json())["lines"][1]["pays"] == {"units": 1.5, "of": 2.5}


SERVICES = ("LX*1", "SV1*HC:J1100*40*UN*1.50", DATED, "LX*2", "SV1*HC:J1100*40*UN*2.0", DATED)
LINE = {"code": "J1100", "date": "2024-08-05", "charge_cents": 4000}
LINES = [LINE | {"number": 1, "units": 1.5}, LINE | {"number": 2, "units": 2.0}]
ROWS = {
    "a.837": claims(billed("80"), "HI*ABK:M9901", *SERVICES),
    "a.json": json.dumps({"id": "A-1", "lines": LINES}),
    "a.csv": "encounter,code,date,units,charge\nA-1,J1100,2024-08-05,1.50,40\nA-1,J1100,2024-08-05,2.0,40\n",
}


@pytest.mark.parametrize("name", ROWS)
def test_every_reader_keeps_a_part_of_a_unit(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(ROWS[name], encoding="utf-8")
    (read,) = read_claims(path, load())
    assert read.encounter is not None
    assert [str(each) for each in read.errors] == []
    held = [line.values["line.units"] for line in read.encounter.lines]
    assert (held, [type(each) for each in held]) == ([Decimal("1.5"), 2], [Decimal, int])


@pytest.mark.parametrize(("text", "wanted"), [("1.5", Decimal("1.5")), ("0.1", Decimal("0.1")), ("2.0", 2)])
def test_a_number_is_what_was_written(text: str, wanted: Any) -> None:
    assert exactly(json.loads(text)) == wanted


def test_a_part_of_a_unit_of_a_timed_code_cannot_be_read_and_other_lines_are_decided() -> None:
    rulebase, timed = load(), {"number": 1, "code": "97110", "date": "2024-08-05", "units": 1.5, "minutes": 23}
    other = {"number": 2, "code": "98940", "date": "2024-08-05", "units": 1, "modifiers": ["AT"]}
    data = {"id": "A-1", "lines": [timed, other]}
    answer = rulebase.decide(data, payer="blue-cross", known_on="2026-11-23")
    one, two = answer.lines
    because = "`1.5` is no whole number of units, and `97110` is counted by time"
    assert (one.disposition, one.open, one.unreadable) == ("pending", ("line.units",), (because,))
    assert two.unreadable is msgspec.UNSET
    assert [each.code for each in answer.warnings or ()] == ["part-of-a-timed-unit"]


@pytest.mark.slow
@pytest.mark.parametrize("form", ["jsonl", "parquet"])
def test_columns_answer_parts_of_units_as_claim_by_claim_does(form: str, tmp_path: Path) -> None:
    rulebase, out = load("examples/policies"), tmp_path / "out.jsonl"
    listed = [(f"E-{at}", "97140", "2024-03-04", units) for at, units in enumerate((2.5, 3.0, 3.5))]
    claims = [
        {"id": name, "lines": [{"number": 1, "code": code, "date": day, "units": units}]}
        for name, code, day, units in listed
    ]
    path = tmp_path / f"claims.{form}"
    if form == "parquet":
        duckdb = pytest.importorskip("duckdb")
        rows = ", ".join(f"('{name}', '{code}', DATE '{day}', {units}::DOUBLE)" for name, code, day, units in listed)
        duckdb.sql(
            f"COPY (SELECT * FROM (VALUES {rows}) t(encounter, code, date, units)) TO '{path}' (FORMAT parquet)"  # noqa: S608
        )
    else:
        path.write_text("".join(f"{json.dumps(each)}\n" for each in claims), encoding="utf-8")
    adjudicate_files(rulebase, path, out, payer="therapy-plan", known_on="2026-11-23")
    found = {row["encounter"]: row for row in map(json.loads, out.read_text(encoding="utf-8").splitlines())}
    for each in claims:
        answer = rulebase.decide(each, payer="therapy-plan", known_on="2026-11-23")
        row = found[str(each["id"])]
        assert (row["disposition"], row["open"]) == (answer.line(1).disposition, [*answer.line(1).open])


def test_a_range_of_whole_numbers_ends_with_its_last() -> None:
    assert [is_within(Decimal(each), None, 3) for each in ("1.5", "2", "2.5", "3")] == [True, True, False, False]
