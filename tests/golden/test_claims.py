"""Every mistake in a claim file is told to the letter, and what can be decided is decided."""

from pathlib import Path

import pytest
from tests.command import run
from tests.golden.goldens import cases, hold, laid_out
from tests.property.effort import mostly_slow


@pytest.mark.parametrize("case", cases("claims"))
def test_broken_claims_are_reported_as_written(case: str, tmp_path: Path) -> None:
    command = "payrule adjudicate claims.json --payer plain-plan --rulebase rulebase"
    hold("claims", case, command, laid_out("claims", case, tmp_path))


HUGE = {
    "a text of two megabytes": (
        '{"id": "' + "x" * 2_000_000 + '", "lines": [{"number": 1, "code": "00010", "date": "2016-03-01"}]}',
        "claims.json:1:8: error: `id` has 2,000,000 characters at $.id; use 1,000 at most",
    ),
    "a hundred thousand brackets": (
        "[" * 100_000,
        "claims.json:1:66: error: values are nested deeper than 64 levels; flatten the document",
    ),
    "a hundred thousand braces": (
        '{"a":' * 100_000,
        "claims.json:1:321: error: values are nested deeper than 64 levels; flatten the document",
    ),
    "a key of two megabytes": (
        '{"' + "x" * 2_000_000 + '": 1, "id": "E-1", "lines": [{"number": 1, "code": "00010", "date": "March"}]}',
        "claims.json:1:2000071: error: `March` is not a date at $.lines[0].date",
    ),
    "a key of two megabytes that stands twice": (
        '{"id": 1, ' + ('"' + "x" * 2_000_000 + '": 1,') * 2 + '"lines": []}',
        "claims.json:1:2000017: error: the key `xxx",
    ),
    "an encounter of seventeen megabytes": (
        '{"id": "' + "x" * 17_000_000,
        "claims.json:1:1: error: claim 1 is longer than 16,777,216 characters; split it",
    ),
    "more lines than a claim has": (
        '{"id": "E-1", "lines": [' + ",".join(['{"number": 1}'] * 1_001) + "]}",
        "claims.json:1:24: error: `lines` has 1,001 values at $.lines; give 1,000 at most",
    ),
}


@pytest.mark.parametrize("case", mostly_slow(HUGE, quick=2))
def test_huge_claims_are_reported_in_short(case: str, tmp_path: Path) -> None:
    text, expected = HUGE[case]
    folder = laid_out("claims", "sound", tmp_path)
    (folder / "claims.json").write_text(text)
    answer = run("payrule adjudicate claims.json --payer plain-plan --rulebase rulebase", folder)
    assert answer.code == 2
    place, _, said = expected.partition(": ")
    told = [line for line in answer.stderr.splitlines() if line.startswith(place)]
    assert any(f": {said}" in line for line in told), answer.stderr[-2_000:]
    assert max(map(len, answer.stderr.splitlines())) < 1_200
