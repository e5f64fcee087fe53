"""Parquet files of rulebases whose rules read computed attributes are answered as their claims are."""

from pathlib import Path
from typing import Any

import pytest
from tests.columns.test_columnar_files import answers, one_by_one, write
from tests.language.test_computed import of
from tests.property.documents import PAYER, rule
from tests.property.effort import mostly_slow

from payrule.columns.decide_files import decide_files
from payrule.columns.writer import Outputs

Json = dict[str, Any]

CLAIMS: list[Json] = [
    {
        "id": f"C{at}",
        "patient": {"birth_date": born} if born else {},
        **({"received": received} if received else {}),
        "diagnoses": ["A", "B"],
        "lines": [
            {"number": 1, "code": "A0001", "date": "2024-02-29", "minutes": 8, "units": 3, "pointers": [2, 1]},
            {"number": 2, "code": "A0001", "date": "2024-03-01", "units": 1, "pointers": [at % 2 + 1]},
        ],
    }
    for at, (born, received) in enumerate(
        [("2006-03-01", "2024-03-02"), ("2006-02-28", None), (None, "2024-02-29"), (None, None)]
    )
]


def rows() -> list[Json]:
    """Give the rows of the claims as a sheet has them."""
    return [
        {
            "encounter": claim["id"],
            "patient.birth_date": claim["patient"].get("birth_date"),
            "received": claim.get("received"),
            "encounter.diagnoses": claim["diagnoses"],
            **line,
        }
        for claim in CLAIMS
        for line in claim["lines"]
    ]


@pytest.mark.parametrize(
    "when",
    mostly_slow(
        [
            {"patient.years": {"at_least": 18}},
            {"line.wait": {"at_least": 1}, "line.rest": {"is": 5}},
            {"line.diagnosis": {"is": "B"}},
            {"line.diagnoses": {"all_of": ["A", "B"]}},
        ],
        quick=2,
    ),
    ids=["an age", "days and a difference", "a first one", "what is pointed to"],
)
def test_a_parquet_file_is_answered_as_its_claims(when: Json, tmp_path: Path) -> None:
    rulebase = of(rule("asked", when, "benefit", "excluded")).rulebase()
    file = write(rows(), tmp_path / "claims.parquet", order="hash(place)")
    tally = decide_files(
        rulebase,
        [file],
        Outputs.beside(tmp_path / "out.parquet"),
        lambda _: rulebase.terms(payer=PAYER, known_on="2026-11-23"),
        reads=lambda: (),
    )
    assert tally.rejected == ()
    assert answers(tmp_path) == one_by_one(rulebase, CLAIMS, PAYER)
