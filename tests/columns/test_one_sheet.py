"""A sheet of answers says the same of the same claims, byte for byte, whichever execution decides them."""

import json
from itertools import islice
from pathlib import Path

import pytest
from tests.command import run
from tests.property.effort import mostly_slow, scaled
from tests.random_encounters import RandomEncounters

from payrule.formats.answer_cells import SHEET
from payrule.rulebase.rulebase import load

EXAMPLES = Path(__file__).parents[2] / "examples"
ASKED = "--known-on 2026-11-23"


def sheets(folder: Path, claims: Path, more: str) -> tuple[bytes, bytes]:
    """Decide claims one by one and in columns, and give both sheets."""
    one = run(f"payrule adjudicate {claims} {ASKED} {more} --format csv --out one.csv", folder)
    other = run(f"payrule adjudicate {claims} {ASKED} {more} --engine columns --out other.csv", folder)
    assert one.code == other.code, (one.stderr, other.stderr)
    return (folder / "one.csv").read_bytes(), (folder / "other.csv").read_bytes()


FILES = {
    "corrections-5010.837": "--payer blue-cross",
    "claims-5010.837": "--payer medicare-part-b",
    "claims.csv": "--payer blue-cross --presume-clean-record",
}


@pytest.mark.parametrize(("name", "more"), mostly_slow(FILES.items()))
def test_examples_of_every_format_make_the_same_sheet(name: str, more: str, tmp_path: Path) -> None:
    one, other = sheets(tmp_path, EXAMPLES / name, more)
    assert one.count(b"\n") > 1
    assert other == one


ODD = ("=1+1", "-5", "a,b", 'say "b"', "@x, y", "\uff1dwide", "E 1", "'", "#", "\u00e9", "NULL", "1.0", "true")
"""Ids of claims that a sheet has to quote or to guard, or that look like something else."""


@pytest.mark.slow
def test_random_claims_make_the_same_sheet(tmp_path: Path) -> None:
    rulebase = load()
    payers = sorted(rulebase.payers)
    drawn = list(islice(RandomEncounters(rulebase, 11, apart=True), max(len(ODD), scaled(30))))
    for at, each in enumerate(drawn):
        each |= {"id": ODD[at] if at < len(ODD) else each["id"], "payer": payers[at % len(payers)]}
    nobody = {"id": "of-nobody", "payer": "nobody", "lines": [{"number": 1, "code": "97140", "date": "2024-08-01"}]}
    claims = tmp_path / "claims.jsonl"
    claims.write_text("".join(json.dumps(each) + "\n" for each in [*drawn, nobody, {"id": "wrong", "lines": []}]))
    one, other = sheets(tmp_path, claims, "--presume-clean-record")
    assert one.count(b"\n") > len(drawn)
    assert other == one


def test_a_sheet_of_rejects_alone_is_a_row_of_titles(tmp_path: Path) -> None:
    claims = tmp_path / "claims.json"
    claims.write_text('{"id": "wrong", "lines": []}')
    one, other = sheets(tmp_path, claims, "--payer blue-cross")
    assert other == one == (",".join(SHEET) + "\n").encode()


def test_without_explanations_a_sheet_has_all_columns_and_no_key(tmp_path: Path) -> None:
    import payrule  # noqa: PLC0415 - the library as programs use it

    claims = tmp_path / "claims.json"
    claims.write_text('{"id": "E-1", "lines": [{"number": 1, "code": "97140", "date": "2024-08-01"}]}')
    asked = {"payer": "blue-cross", "known_on": "2026-11-23", "explained": False}
    payrule.adjudicate_files(payrule.load(), claims, tmp_path / "out.csv", **asked)  # type: ignore[arg-type]
    titles, cells = (line.split(",") for line in (tmp_path / "out.csv").read_text().splitlines())
    assert titles == list(SHEET)
    assert (cells[titles.index("encounter")], cells[titles.index("explanation")]) == ("E-1", "")
