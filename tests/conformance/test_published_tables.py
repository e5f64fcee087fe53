"""The whole published tables: what they say of the codes of this field, looked up and decided; skipped without them."""

from shutil import copytree

import duckdb
import pytest
from tests.published_tables import PUBLISHED, import_published, pairs_of

from payrule import Rulebase, load
from payrule.source.files import shipped

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("published tables"),
    pytest.mark.skipif(not pairs_of(PUBLISHED).exists(), reason="the published tables are not beside the checkout"),
]


@pytest.fixture(scope="module")
def rulebase(tmp_path_factory: pytest.TempPathFactory) -> Rulebase:
    """Import the whole tables into a copy of the shipped rulebase."""
    folder = tmp_path_factory.mktemp("whole")
    copytree(shipped("policies"), folder, dirs_exist_ok=True)
    assert [each.read for each in import_published(PUBLISHED, folder / "tables")] == [2_546_017, 14_677]
    return load(folder)


def decided(rulebase: Rulebase, *lines: tuple[str, tuple[str, ...]]) -> list[tuple[str, str | None]]:
    """Decide lines of one day in 2024 Q3: disposition and concern of each."""
    encounter = {
        "id": "E",
        "lines": [
            {
                "number": number,
                "code": code,
                "date": "2024-08-01",
                "modifiers": list(modifiers),
                "provider": {"type": "physical-therapist"},
            }
            for number, (code, modifiers) in enumerate(lines, 1)
        ],
    }
    found = rulebase.decide(encounter, payer="medicare-part-b", known_on="2026-11-25")
    return [(line.disposition, line.concern) for line in found.lines]


BUNDLED = ("denied", "bundling")


@pytest.mark.parametrize("modifiers", [(), ("59",)])
def test_massage_with_manual_therapy_is_denied_with_and_without_a_modifier(
    rulebase: Rulebase, modifiers: tuple[str, ...]
) -> None:
    assert decided(rulebase, ("97140", ()), ("97124", modifiers))[1] == BUNDLED


def test_activities_with_manual_therapy_are_not_bundled(rulebase: Rulebase) -> None:
    assert BUNDLED not in decided(rulebase, ("97140", ()), ("97530", ()))


@pytest.mark.parametrize(("modifiers", "bundled"), [((), True), (("59",), False), (("XS",), False), (("GP",), True)])
def test_manual_therapy_with_spinal_manipulation_is_bundled_without_a_modifier(
    rulebase: Rulebase,
    modifiers: tuple[str, ...],
    bundled: bool,  # noqa: FBT001 - a value of the table above
) -> None:
    assert (decided(rulebase, ("98941", ()), ("97140", modifiers))[1] == BUNDLED) == bundled


def test_manual_therapy_with_extraspinal_manipulation_is_no_pair(rulebase: Rulebase) -> None:
    assert BUNDLED not in decided(rulebase, ("98943", ()), ("97140", ()))


def test_looking_up_finds_what_the_published_file_holds(rulebase: Rulebase) -> None:
    rows = rulebase.documents.tables["ncci-ptp"].rows
    with duckdb.connect() as connection:
        sample = connection.execute(
            "SELECT column_1, column_2, coalesce(strftime(deletion_date, '%Y%m%d'), ''),"
            " CAST(modifier_indicator AS VARCHAR) FROM read_parquet(?) WHERE hash(column_1, column_2) % 50000 = 0",
            [str(pairs_of(PUBLISHED))],
        ).fetchall()
    wanted: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for column_1, column_2, *said in sample:
        wanted.setdefault((column_1, column_2), set()).add(tuple(said))
    assert len(wanted) > 20
    for pair, found in wanted.items():
        assert sorted(row[3:] for row in rows.find(*pair)) == sorted(found)


def test_the_small_tables_hold_what_the_published_ones_do(rulebase: Rulebase) -> None:
    whole, small = rulebase.documents.tables, load().documents.tables
    for name, table in small.items():
        assert set(table.rows) <= {
            found for row in table.rows for found in whole[name].rows.find(*row[: len(table.table.key)])
        }
