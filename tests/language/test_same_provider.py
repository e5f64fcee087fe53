"""Whether two lines are of one provider, as far as edits look: numbers, then taxonomy codes, then types."""

from pathlib import Path
from typing import Any

import pytest
from tests.columns.test_columnar_files import answers, decided, rows_of, write
from tests.edited import KNOWN_ON
from tests.property.columnar import by_columns, one_by_one

from payrule.language.derived import Setting
from payrule.language.derived.relations import NPI, TAXONOMY, TYPE, providers_related, providers_wait
from payrule.model.values import ValueSet
from payrule.rulebase.rulebase import load

SETTING = Setting("cms-8-minute", ValueSet(frozenset()), frozenset())

Provider = tuple[str | None, str | None, str | None]
"""Number, taxonomy code and type; None is unknown."""

A, B = "1000000004", "2000000002"


def said(provider: Provider) -> dict[str, Any]:
    return {name: value for name, value in zip((NPI, TAXONOMY, TYPE), provider, strict=True) if value is not None}


@pytest.mark.parametrize(
    ("one", "two", "found", "waits"),
    [
        ((A, None, "x"), (B, None, "y"), "different", ()),
        ((A, None, "x"), (B, None, "x"), "same", ()),
        ((A, None, "x"), (A, None, "y"), "same", ()),
        ((A, "T1", "x"), (B, "T2", "x"), "different", ()),
        ((A, "T1", "x"), (B, "T1", "y"), "same", ()),
        ((A, "T1", "x"), (B, None, "y"), "different", ()),
        ((A, "T1", "x"), (B, None, "x"), "same", ()),
        ((A, None, "x"), (B, None, None), None, ("lines[7].provider.type",)),
        ((A, None, None), (B, "T1", None), None, ("line.provider.type", "lines[7].provider.type")),
        ((None, None, "x"), (B, None, "y"), None, ("line.provider.npi",)),
        ((None, None, "x"), (B, None, "x"), "same", ()),
        ((None, None, "x"), (None, None, "y"), "same", ()),
        ((None, None, None), (None, None, None), "same", ()),
        ((A, None, "other"), (B, None, "other"), None, ("line.provider.taxonomy", "lines[7].provider.taxonomy")),
        ((A, "T1", "other"), (B, None, "other"), None, ("lines[7].provider.taxonomy",)),
        ((A, "T1", "other"), (B, "T2", "other"), "different", ()),
        ((A, None, "other"), (B, None, "x"), "different", ()),
    ],
)
def test_providers_differ_only_where_number_and_specialty_do(
    one: Provider, two: Provider, found: str | None, waits: tuple[str, ...]
) -> None:
    subject, other = said(one), said(two)
    assert providers_related(subject, other, SETTING) == providers_related(other, subject, SETTING) == found
    if found is None:
        assert providers_wait(subject, other, 7) == waits


def encounter(*providers: dict[str, Any] | None, billing: str | None = None) -> dict[str, Any]:
    """Bill a pair with indicator 1, column 1 first, rendered by these."""
    lines = [
        {"number": at, "code": code, "date": "2024-08-05", **({"provider": each} if each else {})}
        for at, (code, each) in enumerate(zip(("98941", "99213"), providers, strict=True), 1)
    ]
    return {"id": "E-1", "lines": lines, **({"billing_provider": {"npi": billing}} if billing else {})}


@pytest.mark.parametrize(
    ("case", "disposition", "waits"),
    [
        (encounter({"type": "physician"}, {"type": "nurse"}), "denied", ()),
        (encounter({"npi": A, "type": "physician"}, {"type": "nurse"}, billing=A), "denied", ()),
        (encounter({"npi": A, "type": "physician"}, {"type": "nurse"}, billing=B), "undecided", ()),
        (encounter({"npi": A, "type": "physician"}, {"type": "nurse"}), "pending", ("line.provider.npi",)),
        (encounter({"npi": A, "type": "physician"}, {"npi": None, "type": "nurse"}, billing=A), "denied", ()),
        (encounter({"npi": A}, {"npi": B}), "pending", ("line.provider.type", "lines[1].provider.type")),
    ],
)
def test_line_without_a_number_is_the_billing_providers(
    case: dict[str, Any], disposition: str, waits: tuple[str, ...]
) -> None:
    answer = load().decide(case, payer="cmt-guide-payer", known_on=KNOWN_ON).line(2)
    assert (answer.disposition, answer.open) == (disposition, waits)


@pytest.mark.slow
def test_columns_know_the_provider_of_a_line_as_one_at_a_time_does() -> None:
    rulebase = load()
    parties: tuple[dict[str, Any] | None, ...] = (
        None,
        {"npi": A, "type": "physician"},
        {"npi": B, "type": "nurse"},
        {"npi": B, "type": "other", "taxonomy": "261QR0405X"},
        {"npi": A, "type": "other"},
        {"type": "physician"},
    )
    cases = [encounter(one, two, billing=each) for one in parties for two in parties for each in (None, A, B)]
    taken = [rulebase.encounter(each | {"id": str(at)}) for at, each in enumerate(cases)]
    for payer in ("cmt-guide-payer", "medicare-part-b"):
        assert by_columns(rulebase, taken, payer, KNOWN_ON) == one_by_one(rulebase, taken, payer, KNOWN_ON)


@pytest.mark.slow
def test_rows_of_parquet_hold_the_billing_providers_number_where_they_name_none(tmp_path: Path) -> None:
    rulebase = load()
    cases = [
        encounter({"npi": A, "type": "physician"}, {"type": "nurse"}, billing=each) | {"id": name}
        for name, each in (("same", A), ("two", B), ("unknown", None))
    ]
    rows = [row for case in cases for row in rows_of(case)]
    rows += [row | {"encounter": "uneven"} for row in rows_of(cases[1])]
    rows[-1].pop("billing_provider.npi")
    tally = decided(rulebase, [write(rows, tmp_path / "claims.parquet")], tmp_path, "cmt-guide-payer")
    assert (tally.encounters, tally.rejected) == (4, ())
    found = {name: line["disposition"] for (name, number), line in answers(tmp_path).items() if number == 2}
    assert found == {"same": "denied", "two": "undecided", "unknown": "pending", "uneven": "undecided"}
