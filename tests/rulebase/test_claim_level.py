"""What an answer says of a claim as a whole: that it voids or replaces another, and what can be doubted about it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import payrule
from payrule.compare.difference import Both, impact
from payrule.formats.encounters import RawEncounter, checked
from payrule.formats.reading import read_file
from payrule.reports.csv import sheet
from payrule.reports.table import tables
from payrule.reports.text import Count
from payrule.results.determination import Determination
from payrule.source.diagnostics import Diagnostic

RULEBASE = payrule.load()
PAYER = min(RULEBASE.payers)
LINE = {"number": 1, "code": "97124", "date": "2024-08-05"}


def decided(**claim: Any) -> Determination:
    return RULEBASE.decide({"id": "A1", "lines": [LINE]} | claim, payer=PAYER, known_on="2026-11-23")


def as_json(determination: Determination) -> Any:
    return json.loads(determination.to_json())


def as_rows(*determinations: Determination) -> list[dict[str, str]]:
    import csv  # noqa: PLC0415

    return list(csv.DictReader(b"".join(sheet(determinations)).decode().splitlines()))


def as_text(determination: Determination, width: int = 100) -> str:
    return b"".join(tables([determination], width=width, colour=False)).decode()


def test_a_void_is_not_decided_and_names_the_claim_that_it_voids() -> None:
    answer = decided(frequency="8", original_reference="OLD1")
    assert answer.is_void
    found = as_json(answer)
    assert (found["answer"], found["voids"], found["lines"]) == ("void", "OLD1", [])
    assert "replaces" not in found


def test_a_void_that_names_no_claim_says_so() -> None:
    answer = decided(frequency="8")
    assert as_json(answer)["voids"] is None
    assert "void of an earlier claim that it does not name: it is not decided" in as_text(answer)


def test_a_replacement_is_decided_and_names_the_claim_that_it_replaces() -> None:
    answer, original = decided(frequency="7", original_reference="OLD1"), decided()
    assert answer.lines == original.lines
    assert as_json(answer)["replaces"] == "OLD1"
    assert as_json(answer).keys() - as_json(original).keys() == {"replaces"}


@pytest.mark.parametrize("frequency", ["1", None, "5"])
def test_a_claim_of_another_frequency_says_nothing_of_an_earlier_one(frequency: str | None) -> None:
    found = as_json(decided(frequency=frequency, original_reference="OLD1"))
    assert not {"answer", "voids", "replaces"} & found.keys()


def test_a_frequency_that_is_no_code_is_refused() -> None:
    with pytest.raises(payrule.EncounterError):
        decided(frequency="void")


@pytest.mark.parametrize("width", [100, 60])
def test_text_says_of_a_void_and_a_replacement_which_claim(width: int) -> None:
    assert "void of claim `OLD1`: it is not decided" in as_text(
        decided(frequency="8", original_reference="OLD1"), width
    )
    assert "replaces claim `OLD1`" in as_text(decided(frequency="7", original_reference="OLD1"), width)


def test_a_sheet_has_a_row_for_a_void_and_says_what_is_replaced() -> None:
    void, replacement = (
        decided(frequency="8", original_reference="OLD1"),
        decided(frequency="7", original_reference="=1"),
    )
    one, two = as_rows(void, replacement)
    assert (one["encounter"], one["line"], one["disposition"], one["answer"], one["voids"]) == (
        "A1",
        "",
        "",
        "void",
        "OLD1",
    )
    assert (two["line"], two["answer"], two["replaces"]) == ("1", "", "'=1")
    assert one["payrule"] == two["payrule"] != ""
    assert one["encounter_digest"].startswith("sha256:")


def test_a_run_counts_voids_beside_lines() -> None:
    count = Count()
    list(count.each([decided(frequency="8"), decided()]))
    assert "2 claims: 1 decided, 1 void; 1 line" in count.sentence()


def test_an_unknown_key_is_a_warning_in_the_answer_with_its_place() -> None:
    answer = decided(lines=[LINE | {"unit": 4}])
    (warning,) = as_json(answer)["warnings"]
    assert warning.keys() == {"code", "message", "help", "path"}
    assert (warning["code"], warning["path"]) == ("unknown-key", "$.lines[0].unit")
    assert "warning: $.lines[0].unit: `unit` means nothing here" in as_text(answer)
    assert as_rows(answer)[0]["warnings"].startswith("$.lines[0].unit: `unit`")


def reads(raw: RawEncounter) -> Iterator[Any]:
    return checked([raw], RULEBASE.validator, "claims")


def test_the_notes_of_a_reader_are_warnings_of_the_encounter() -> None:
    note = Diagnostic(code="odd", message="the segment is odd", help="fix it", path="claim A1, segment 9")
    (read,) = reads(
        RawEncounter({"id": "A1", "lines": [LINE]}, "claim A1", (Diagnostic(code="note", message="it was cut"), note))
    )
    assert read.encounter is not None
    found = [(each.code, each.message, each.help, each.path) for each in read.encounter.warnings]
    assert found == [
        ("note", "it was cut", None, "claim A1"),
        ("odd", "the segment is odd", "fix it", "claim A1, segment 9"),
    ]
    assert len(read.findings) == 2


def test_a_warning_of_a_file_stands_in_each_answer_that_it_concerns(tmp_path: Path) -> None:
    claims = tmp_path / "claims.csv"
    claims.write_text("encounter,code,date,unit\nA,97124,2024-08-05,4\nB,97124,2024-08-05,4\n")
    found = [
        read.encounter
        for read in checked(read_file(claims, RULEBASE.documents.vocabulary), RULEBASE.validator, str(claims))
        if read.encounter is not None
    ]
    assert [each.id for each in found] == ["A", "B"]
    assert all("`unit`" in each.warnings[0].message for each in found)


@pytest.mark.parametrize("said", [{}, {"frequency": "1"}])
def test_an_original_claim_that_names_an_earlier_one_is_doubted(said: dict[str, str]) -> None:
    (warning,) = decided(original_reference="OLD-1", **said).warnings or ()
    assert (warning.code, warning.path) == ("original-names-a-claim", "$.original_reference")
    assert "`OLD-1`" in warning.message
    assert "`7` or `8`" in (warning.help or "")


@pytest.mark.parametrize("frequency", ["7", "8"])
def test_a_replacement_or_a_void_that_names_an_earlier_claim_is_not_doubted(frequency: str) -> None:
    assert not decided(original_reference="OLD-1", frequency=frequency).warnings


def test_a_claim_without_doubts_has_no_warnings() -> None:
    assert "warnings" not in as_json(decided())
    assert as_rows(decided())[0]["warnings"] == ""


def test_a_void_has_no_line_that_a_change_could_reach() -> None:
    encounter = RULEBASE.encounter({"id": "A1", "frequency": "8", "lines": [LINE]})
    answer = decided(frequency="8")
    found = impact([Both(encounter, answer, answer)])
    assert (found.encounters, found.lines, found.changed_lines, found.undecidable) == (1, 0, 0, 0)


def test_a_void_has_nothing_to_compare_and_nothing_to_explain() -> None:
    proposed = next(each[-1] for each in RULEBASE.policies.values() if each[-1].status == "proposed")
    payer = next(name for name, each in RULEBASE.payers.items() if proposed.replaces in each.policies)
    claim = {"id": "A1", "frequency": "8", "lines": [LINE]}
    found = RULEBASE.compare(claim, payer=payer, known_on="2026-11-23", consider=proposed.id)
    assert (found.unchanged, found.changes) == (0, ())
    with pytest.raises(KeyError):
        decided(frequency="8").explain(1)


@pytest.mark.parametrize(
    "claim", [{"received": "2062-01-01"}, {"unit": 3}, {"lines": [{**LINE, "date": "2062-03-01"}]}]
)
def test_a_comparison_has_the_warnings_of_its_answers(claim: dict[str, Any]) -> None:
    proposed = next(each[-1] for each in RULEBASE.policies.values() if each[-1].status == "proposed")
    payer = next(name for name, each in RULEBASE.payers.items() if proposed.replaces in each.policies)
    whole = {"id": "A1", "lines": [LINE]} | claim
    found = RULEBASE.compare(whole, payer=payer, known_on="2026-11-23", consider=proposed.id)
    answer = RULEBASE.decide(whole, payer=payer, known_on="2026-11-23")
    assert answer.warnings
    assert json.loads(found.to_json())["warnings"] == as_json(answer)["warnings"]


def test_a_comparison_without_doubts_has_no_warnings() -> None:
    proposed = next(each[-1] for each in RULEBASE.policies.values() if each[-1].status == "proposed")
    payer = next(name for name, each in RULEBASE.payers.items() if proposed.replaces in each.policies)
    claim = {"id": "A1", "lines": [LINE]}
    found = RULEBASE.compare(claim, payer=payer, known_on="2026-11-23", consider=proposed.id)
    assert b"warnings" not in found.to_json()


@pytest.mark.parametrize("frequency", ["6", "Z", "0"])
def test_a_frequency_that_means_nothing_known_is_doubted(frequency: str) -> None:
    answer, original = decided(frequency=frequency), decided()
    assert [(each["code"], each["path"]) for each in as_json(answer)["warnings"]] == [
        ("other-frequency", "$.frequency")
    ]
    assert (
        f"`{frequency}` is the frequency of no original, replacement or void"
        in as_json(answer)["warnings"][0]["message"]
    )
    assert answer.lines == original.lines


@pytest.mark.parametrize("frequency", ["1", "7", "8"])
def test_a_frequency_that_is_known_is_not_doubted(frequency: str) -> None:
    assert "warnings" not in as_json(decided(frequency=frequency))
