"""A claim decided by columns has the digest that it has when it is decided alone, whatever format it came in."""

import json
from itertools import islice
from pathlib import Path

import pytest
from tests.columns.test_columnar_files import KNOWN_ON, Json, rows_of, write
from tests.columns.test_single_claims import CLAIMS, PAYER, PLAIN, VOID, read_rows
from tests.property.effort import mostly_slow, scaled
from tests.random_encounters import RandomEncounters

import payrule
from payrule.columns.decide_files import adjudicate_files
from payrule.columns.lines import load
from payrule.formats.encounters import checked
from payrule.formats.reading import read_file
from payrule.rulebase.rulebase import Rulebase
from payrule.source.database import Store

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def rulebase() -> Rulebase:
    return payrule.load()


def by_columns(rulebase: Rulebase, file: Path, folder: Path) -> list[tuple[str, str | None]]:
    """Decide a file; give claim and digest of each row."""
    out = folder / "out.parquet"
    adjudicate_files(rulebase, file, out, payer=PAYER, known_on=KNOWN_ON)
    return [(row["encounter"], row["encounter_digest"]) for row in read_rows(out)]


def alone(rulebase: Rulebase, file: Path) -> list[tuple[str, str | None]]:
    """Decide each claim of a file alone; give what rows by columns must say."""
    found: list[tuple[str, str | None]] = []
    for read in checked(read_file(file, rulebase.documents.vocabulary), rulebase.validator):
        if read.encounter is not None:
            answer = rulebase.decide(read.encounter, payer=PAYER, known_on=KNOWN_ON, check=False)
            found += [(answer.encounter, answer.encounter_digest or None)] * max(len(answer.lines), 1)
    return found


@pytest.mark.parametrize(
    "name",
    mostly_slow(
        ["claims.csv", "claims-4010.837", "day-of-four-lines.json", "week-of-claims.jsonl", "corrections-5010.837"]
    ),
)
def test_each_format_gives_the_digest_of_the_claim_alone(rulebase: Rulebase, name: str, tmp_path: Path) -> None:
    digests = by_columns(rulebase, EXAMPLES / name, tmp_path)
    assert digests
    assert digests == alone(rulebase, EXAMPLES / name)


@pytest.mark.slow
def test_claims_decided_one_at_a_time_have_theirs(rulebase: Rulebase, tmp_path: Path) -> None:
    claims = [
        VOID | {"id": "V0", "lines": []},
        *CLAIMS,
        *islice(RandomEncounters(rulebase, 3, apart=True), max(10, scaled(60))),
    ]
    file = tmp_path / "claims.json"
    file.write_text(json.dumps(claims), encoding="utf-8")
    assert by_columns(rulebase, file, tmp_path) == alone(rulebase, file)


@pytest.mark.slow
def test_a_refused_claim_lends_its_digest_to_no_other(rulebase: Rulebase, tmp_path: Path) -> None:
    refused: Json = PLAIN | {"id": "X", "lines": [{"number": 1, "code": "97124", "date": "2024-13-05"}]}
    file = tmp_path / "claims.json"
    file.write_text(json.dumps([PLAIN, refused, VOID]), encoding="utf-8")
    assert by_columns(rulebase, file, tmp_path) == alone(rulebase, file)


@pytest.mark.slow
def test_an_attribute_that_no_rule_reads_is_part_of_the_digest(rulebase: Rulebase, tmp_path: Path) -> None:
    charged = [PLAIN | {"lines": [PLAIN["lines"][0] | {"charge_cents": cents}]} for cents in (4500, 4501)]
    file = tmp_path / "claims.json"
    file.write_text(json.dumps([charged[0], charged[1] | {"id": "Q"}]), encoding="utf-8")
    assert by_columns(rulebase, file, tmp_path) == alone(rulebase, file)


@pytest.mark.slow
def test_rows_of_parquet_have_none(rulebase: Rulebase, tmp_path: Path) -> None:
    file = write([row for claim in CLAIMS for row in rows_of(claim)], tmp_path / "claims.parquet")
    assert {digest for _, digest in by_columns(rulebase, file, tmp_path)} == {None}


def test_digests_are_put_away_some_at_a_time(rulebase: Rulebase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("payrule.columns.lines._AT_ONCE", 2)
    claims = [rulebase.encounter(PLAIN | {"id": str(at)}) for at in range(5)]
    with Store(threads=1) as store:
        load(store, claims, ["line.code", "line.date"])
        assert store.rows("SELECT row FROM digests ORDER BY row") == [(at,) for at in range(5)]
