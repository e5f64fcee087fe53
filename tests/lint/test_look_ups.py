"""What lint rules say of values that are looked up, and where they say nothing."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.lint.laid import laid

from payrule.lint.rule import CheckContext, Results, context_of
from payrule.lint.rules.names import lookup_outside_dates, lookup_unused, lookup_without_row
from payrule.model.policy import Period, Policy
from payrule.rulebase.load import Documents, read_documents, usable

Run = Callable[[CheckContext], Results]
ANY = Period()
FEE = {"line.fee_cents": {"at_most": 999}}
COMPUTED = {
    "type": "integer",
    "summary": "Half of it.",
    "derived": {"minus": ["line.fee_cents", "line.fee_cents"]},
}


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Documents:
    """Give a rulebase whose table has rows for 00010 and 00011, and an attribute that is computed from their fee."""
    folder = laid("lookup-without-row", "Avoid", tmp_path_factory.mktemp("laid")) / "rulebase"
    return with_computed(folder)


@pytest.fixture(scope="module")
def dated(tmp_path_factory: pytest.TempPathFactory) -> Documents:
    """Give a rulebase whose table has rows from 2030-01-01 to 2030-12-31."""
    return with_computed(laid("lookup-outside-dates", "Avoid", tmp_path_factory.mktemp("dated")) / "rulebase")


def with_computed(folder: Path) -> Documents:
    path = folder / "vocabulary.json"
    vocabulary = json.loads(path.read_text())
    vocabulary["attributes"]["line.half_cents"] = COMPUTED
    path.write_text(json.dumps(vocabulary))
    return usable(read_documents(folder))


def found(run: Run, documents: Documents, when: dict[str, Any], effective: Period = ANY) -> list[str]:
    """Give what a lint rule says of a rulebase with one rule."""
    version: Policy = documents.policies["stretching"][-1]
    rule = msgspec.structs.replace(version.rules[-1], when=when)
    made = msgspec.structs.replace(version, rules=(rule,), effective=effective, status="in-force")
    held = msgspec.structs.replace(documents, policies={"stretching": (made,)})
    return [each.message for each in run(context_of(held))]


ROWS: list[tuple[str, dict[str, Any], int]] = [
    ("one code", {"line.code": {"is": "00012"}, **FEE}, 1),
    ("one of several", {"line.code": {"in": ["00010", "00012"]}, **FEE}, 1),
    ("through what is computed", {"line.code": {"is": "00012"}, "line.half_cents": {"at_least": 1}}, 1),
    ("a code with a row", {"line.code": {"is": "00011"}, **FEE}, 0),
    ("no value of the table", {"line.code": {"is": "00012"}}, 0),
    ("codes in a range", {"line.code": {"in": ["00012-00019"]}, **FEE}, 0),
    ("codes that are excluded", {"line.code": {"not_in": ["00012"]}, **FEE}, 0),
    ("an alternative", {"line.code": {"is": "00012"}, "any": [FEE, {"line.units": {"at_least": 2}}]}, 0),
    ("another line", {"line.code": {"is": "00012"}, "other_line": FEE}, 0),
]


@pytest.mark.parametrize(("when", "told"), [each[1:] for each in ROWS], ids=[each[0] for each in ROWS])
def test_codes_without_a_row_are_told_where_a_rule_needs_their_value(
    when: dict[str, Any], told: int, documents: Documents
) -> None:
    message = "`fees` has no row for `00012`, of which the rule needs `line.fee_cents`"
    assert found(lookup_without_row.run, documents, when) == [message] * told


READ: list[tuple[str, dict[str, Any], int]] = [
    ("in a rule", FEE, 1),
    ("in a negation", {"not": FEE}, 1),
    ("on another line", {"other_line": FEE}, 1),
    ("in what is counted", {"lines": {"window": "date", "where": FEE, "count": {"at_least": 1}}}, 1),
    ("through what is computed", {"line.half_cents": {"at_least": 1}}, 1),
    ("as a sum", {"lines": {"window": "date", "where": {}, "sum": {"of": "line.fee_cents", "at_least": 1}}}, 1),
    ("nowhere", {"line.code": {"is": "00010"}}, 0),
]


@pytest.mark.parametrize(("when", "reads"), [each[1:] for each in READ], ids=[each[0] for each in READ])
def test_a_look_up_that_nothing_reads_told(when: dict[str, Any], reads: int, documents: Documents) -> None:
    message = "no condition of the rulebase reads `line.fee_cents`, which is looked up in `fees`"
    assert found(lookup_unused.run, documents, when) == [message] * (1 - reads)


DATES: list[tuple[str, Period, list[str]]] = [
    ("the dates of the table", Period("2030-01-01", "2030-12-31"), []),
    ("a part of them", Period("2030-03-01", "2030-03-31"), []),
    ("a day more", Period("2030-01-01", "2031-01-01"), ["`fees` has no row from 2031-01-01 on, and"]),
    ("a day before", Period("2029-12-31", "2030-12-31"), ["`fees` has no row before 2030-01-01, and"]),
    ("until further notice", Period("2030-01-01"), ["`fees` has no row from 2031-01-01 on, and"]),
    ("no first date", Period(None, "2030-12-31"), []),
]


@pytest.mark.parametrize(("effective", "begins"), [each[1:] for each in DATES], ids=[each[0] for each in DATES])
def test_versions_that_look_up_outside_the_dates_of_a_table_are_told(
    effective: Period, begins: list[str], dated: Documents
) -> None:
    told = found(lookup_outside_dates.run, dated, FEE, effective)
    assert [each[: len(begin)] for each, begin in zip(told, begins, strict=True)] == begins
    assert found(lookup_outside_dates.run, dated, {"line.code": {"is": "00010"}}, effective) == []
