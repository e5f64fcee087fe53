"""Columns with types of their own are read for what they hold, or refused in words.

The same claims as text say what the answers have to be.
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet
from tests.property.effort import mostly_slow

from payrule import InputError, adjudicate_files, load
from payrule.columns.arrow import decide_arrow
from payrule.formats.history import history_rows
from payrule.formats.typed_columns import misfit
from payrule.model.vocabulary import Attribute

PAYER, KNOWN_ON = "medicare-part-b", "2026-01-01"
CODES = ("97140", "97124")
PLAIN: dict[str, Any] = {
    "encounter": ["1001", "1001"],
    "number": [1, 2],
    "code": [*CODES],
    "date": ["2024-08-01"] * 2,
    "units": [1, 1],
    "place_of_service": ["11", "11"],
    "modifiers": [["59"], ["59"]],
    "provider.npi": ["1234567893"] * 2,
}
DAY, NOON = datetime(2024, 8, 1), datetime(2024, 8, 1, 12, 30, 59)  # noqa: DTZ001 - without a zone


def answered(changes: dict[str, Any]) -> list[dict[str, Any]]:
    """Decide the plain claims with some columns of other types."""
    table = pa.table(PLAIN | changes)
    return [row for batch in decide_arrow(table, load(), payer=PAYER, known_on=KNOWN_ON) for row in batch.to_pylist()]


ALIKE: dict[str, dict[str, Any]] = {
    "midnight, and codes that are numbers": {
        "date": pa.array([DAY, DAY], pa.timestamp("us")),
        "code": [97140, 97124],
        "provider.npi": [1234567893] * 2,
        "modifiers": [[59], [59]],
    },
    "midnight in seconds, and dictionaries": {
        "date": pa.array([DAY, DAY], pa.timestamp("s")),
        "code": pa.array(CODES).dictionary_encode(),
        "place_of_service": pa.array([11, 11]).dictionary_encode(),
    },
    "another time of the day, and numbers without decimals": {
        "date": pa.array([NOON, DAY], pa.timestamp("ns")),
        "code": pa.array([Decimal(97140), Decimal(97124)], pa.decimal128(38, 0)),
        "encounter": pa.array([1001, 1001], pa.int32()),
    },
    "dates of 64 bits, small numbers, and texts of other libraries": {
        "date": pa.array([DAY.date()] * 2, pa.date64()),
        "place_of_service": pa.array([11, 11], pa.uint8()),
        "code": pa.array(CODES, pa.string_view()),
        "encounter": pa.array(PLAIN["encounter"], pa.large_string()),
    },
}


@cache
def plain() -> list[dict[str, Any]]:
    return answered({})


@pytest.mark.parametrize("changes", mostly_slow(ALIKE.values()), ids=ALIKE)
def test_a_column_of_another_type_says_what_its_text_says(changes: dict[str, Any]) -> None:
    assert [row["rejected"] for row in plain()] == [None, None]
    assert answered(changes) == plain()


REJECTED: dict[str, tuple[int, int, int, str, str]] = {
    "a code that may have lost zeros": (450, 11, 59, "`code` cannot be `450`", "did you mean `00450`? numbers have no"),
    "a place that may have lost one": (97140, 2, 59, "`place_of_service` cannot be `2`", "did you mean `02`? numbers"),
    "a modifier that may have lost one": (97140, 11, 1, "`modifiers` cannot hold `1`", "did you mean `01`? numbers"),
    "a number that is too long": (9714000, 11, 59, "`code` cannot be `9714000`", "write a code such"),
}


@pytest.mark.slow
def test_zeros_are_never_guessed() -> None:
    codes, places, modifiers, said, helped = zip(*REJECTED.values(), strict=True)
    claims = {"encounter": list(REJECTED), "code": codes, "date": ["2024-08-01"] * len(codes)}
    table = pa.table(claims | {"place_of_service": places, "modifiers": [[each] for each in modifiers]})
    rows = [row for batch in decide_arrow(table, load(), payer=PAYER, known_on=KNOWN_ON) for row in batch.to_pylist()]
    found = [
        (row["encounter"], row["rejected"], (row["cure"] or "")[: len(at)])
        for row, at in zip(rows, helped, strict=True)
    ]
    assert found == list(zip(REJECTED, said, helped, strict=True))


ZONED = pa.array([datetime(2024, 8, 1, 3, tzinfo=UTC)] * 2, pa.timestamp("us", "America/Chicago"))
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "points in time": (
        {"date": ZONED},
        r"and on which day they are depends on the time zone \(write the column as dates, or as timestamps without a",
    ),
    "numbers for dates": ({"date": [20240801] * 2}, "`date` holds BIGINT, but must hold dates"),
    "fractions for codes": ({"code": [97140.0, 97124.0]}, "`code` holds DOUBLE, but must hold texts"),
    "decimals for codes": (
        {"code": pa.array([Decimal("97140.0")] * 2, pa.decimal128(9, 1))},
        r"`code` holds DECIMAL\(9,1\), but must hold texts",
    ),
    "numbers for codes of several lengths": (
        {"filing_indicator": [12, 12]},
        "`filing_indicator` holds BIGINT, and its codes differ in length, so that zeros may be missing before a number",
    ),
    "a list for one value": ({"code": [[97140], [97124]]}, r"`code` holds BIGINT\[\], but must hold texts"),
    "bytes": ({"code": [b"97140", b"97124"]}, "`code` holds BLOB, but must hold texts"),
}


@pytest.mark.parametrize(("changes", "said"), mostly_slow(REFUSED.values(), quick=2), ids=REFUSED)
def test_a_column_that_has_no_one_meaning_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        answered(changes)


CHOICES: list[tuple[tuple[str, ...], bool]] = [(("1", "2"), True), (("1", "01"), False), (("north", "0"), True)]


@pytest.mark.parametrize(("values", "is_right"), CHOICES)
def test_numbers_are_choices_where_no_two_differ_by_zeros(values: tuple[str, ...], is_right: bool) -> None:  # noqa: FBT001
    attribute = Attribute(type="choice", summary="kind", values=values)
    assert (misfit("kind", "INTEGER", attribute) is None) == is_right


@pytest.mark.slow
def test_files_with_other_types_are_one_table(tmp_path: Path) -> None:
    first = pa.table({name: values[:1] for name, values in PLAIN.items()})
    second = pa.table(
        {name: values[1:] for name, values in PLAIN.items()}
        | {"date": pa.array([NOON], pa.timestamp("us")), "code": [97124], "encounter": [1001]}
    )
    files = [tmp_path / "a.parquet", tmp_path / "b.parquet"]
    for table, file in zip((first, second), files, strict=True):
        parquet.write_table(table, file)
    tally = adjudicate_files(load(), files, tmp_path / "out.parquet", payer=PAYER, known_on=KNOWN_ON)
    assert (tally.encounters, tally.rejected) == (1, ())
    found = (
        parquet.read_table(tmp_path / "out.parquet").select(["encounter", "line", "code", "disposition"]).to_pylist()
    )
    assert found == [{name: row[name] for name in found[0]} for row in answered({})]


HISTORY: dict[str, Any] = {
    "patient.id": ["7"],
    "claim": ["5"],
    "number": [1],
    "code": ["97140"],
    "date": ["2024-07-01"],
}
TYPED = {
    "patient.id": [7],
    "claim": [5],
    "code": [97140],
    "date": pa.array([datetime(2024, 7, 1, 8)], pa.timestamp("us")),  # noqa: DTZ001 - without a zone
}


@pytest.mark.slow
def test_rows_of_a_history_are_read_alike(tmp_path: Path) -> None:
    rulebase, found = load(), list[list[Any]]()
    for changes in ({}, TYPED):
        file = tmp_path / "history.parquet"
        parquet.write_table(pa.table(HISTORY | changes), file)
        reads = list(history_rows(file, rulebase.documents.vocabulary, rulebase.validator))
        assert [each.findings for each in reads] == [()]
        found.append([line for each in reads if each.encounter for line in each.encounter.history])
    assert found[0] == found[1]
    assert [each.values["line.date"] for each in found[0]] == [date(2024, 7, 1)]


@pytest.mark.slow
def test_a_history_of_points_in_time_is_refused(tmp_path: Path) -> None:
    rulebase, file = load(), tmp_path / "history.parquet"
    parquet.write_table(pa.table(HISTORY | {"date": ZONED[:1]}), file)
    (read,) = history_rows(file, rulebase.documents.vocabulary, rulebase.validator)
    assert "holds points in time" in read.findings[0].message
