"""Answers as a sheet: one row a line, every cell where its title says, and nothing that a spreadsheet would run."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

import payrule
from payrule.formats.answer_cells import CLAIM_COLUMNS, COLUMNS, LINE_COLUMNS, guarded
from payrule.formats.encounters import checked
from payrule.formats.reading import read_file
from payrule.reports.csv import sheet
from payrule.results.determination import Conflict, Determination, LineDetermination, Reason, RemittanceCodes

CLAIMS = Path(__file__).parents[2] / "examples" / "claims.csv"

REASONS = tuple(
    Reason(
        policy="guide",
        version="1.0.0",
        rule=rule,
        concern="units",
        value="unsupported",
        liability="provider",
        modality="may",
        summary=f'{rule}, "as billed".',
        cites=(),
    )
    for rule in ("too-many", "too-few")
)
CONFLICT = Conflict(
    concern="units",
    tier=1,
    rules=("guide/too-many", "other/enough"),
    values=("unsupported", "supported"),
    liabilities=("provider", None),
    taken="guide/too-many",
    accepted=None,
)
DENIED = LineDetermination(
    number=2,
    code="00001",
    disposition="denied",
    liability="provider",
    discretionary=True,
    concern="units",
    allowed_units=1,
    remittance=RemittanceCodes(group="CO", carc="16", rarc=("N1", "M2")),
    reasons=REASONS,
    overruled=(),
    conflicts=(CONFLICT, CONFLICT),
    open=("line.minutes", "lines[1].minutes"),
    advice=("Bill less.", "Ask."),
    presumed=("line.units",),
)
PENDING = LineDetermination(
    number=3,
    code="00002",
    disposition="pending",
    liability=None,
    discretionary=False,
    concern=None,
    remittance=None,
    reasons=(),
    overruled=(),
    conflicts=(),
    open=(),
    advice=(),
)
ANSWER = Determination(
    encounter="E-1", payer="plan", rulebase="sha256:0", engine="x", known_on="2026-11-23", lines=(DENIED, PENDING)
)


def rows(*answers: Determination) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(b"".join(sheet(answers)).decode(), newline="")))


def test_row_says_what_the_line_s_answer_says() -> None:
    first, second = rows(ANSWER)
    assert first == {
        "encounter": "E-1",
        "payer": "plan",
        "line": "2",
        "code": "00001",
        "disposition": "denied",
        "liability": "provider",
        "concern": "units",
        "discretionary": "true",
        "allowed_units": "1",
        "group": "CO",
        "carc": "16",
        "rarc": "N1 M2",
        "rules": "guide/too-many guide/too-few",
        "summary": 'too-many, "as billed".',
        "open": "line.minutes lines[1].minutes",
        "conflicts": "guide/too-many|other/enough guide/too-many|other/enough",
        "advice": "Bill less. Ask.",
        "presumed": "line.units",
        "known_on": "2026-11-23",
        "rulebase": "sha256:0",
        "payrule": "",
        "presumptions": "",
        "encounter_digest": "",
        "other_lines": "",
        "claim_level": "",
        "claim_level_summary": "",
        "needs": "",
        "undecided_because": "",
        "tested": "",
        "not_tested": "",
        "by_default": "",
        "pays_units": "",
        "pays_units_most": "",
        "pays_percent": "",
        "pays_percent_most": "",
        "adjustments": "",
        "explanation": first["explanation"],
        **dict.fromkeys((*LINE_COLUMNS, *CLAIM_COLUMNS), ""),
    }
    told = {"encounter", "payer", "line", "code", "disposition", "discretionary", "known_on", "rulebase", "explanation"}
    assert {title for title, cell in second.items() if cell} == told


def test_row_says_how_the_sender_knows_the_claim_and_the_line() -> None:
    line = replace(DENIED, identifiers={"line_control": "L-1"}, sent={"notes": [{"kind": "ADD", "text": "TWICE"}]})
    known = replace(ANSWER, identifiers={"file": "a.837", "group": "7"}, sent={"accident_state": "MN"})
    first, second = rows(replace(known, lines=(line, PENDING)))
    assert (first["identifiers.file"], first["identifiers.group"], first["group"]) == ("a.837", "7", "CO")
    assert (first["line.identifiers.line_control"], second["line.identifiers.line_control"]) == ("L-1", "")
    assert first["line.sent"] == '{"notes":[{"kind":"ADD","text":"TWICE"}]}'
    assert first["sent"] == second["sent"] == '{"accident_state":"MN"}'


def test_units_that_nobody_can_tell_are_not_those_that_nobody_asked_for() -> None:
    unknown = replace(ANSWER, lines=(replace(DENIED, allowed_units=None), PENDING))
    assert [row["allowed_units"] for row in rows(unknown)] == ["unknown", ""]


def test_sheet_of_nothing_is_a_row_of_titles() -> None:
    assert b"".join(sheet([])).decode() == ",".join([*COLUMNS, *LINE_COLUMNS, *CLAIM_COLUMNS]) + "\n"


def test_quotation_marks_stand_only_where_they_must_and_lines_end_alike() -> None:
    text = b"".join(sheet([ANSWER])).decode()
    assert text.count('"') == len('""""""')
    assert text.count("\n") == 3
    assert "\r" not in text
    assert text == b"".join(sheet([ANSWER])).decode()


def test_text_that_a_spreadsheet_would_run_is_reported_to_be_text() -> None:
    for text in ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1"):
        (row, _) = rows(replace(ANSWER, encounter=text))
        assert row["encounter"] == f"'{text}"


@pytest.mark.slow
@given(st.text())
def test_guard_changes_nothing_but_what_begins_as_a_formula_does(text: str) -> None:
    assert guarded(text) in (text, f"'{text}")
    assert not guarded(text).startswith(("=", "+", "-", "@"))
    assert (guarded(text) == text) or not text[0].isalnum()


def test_claims_in_a_sheet_are_answered_in_a_sheet() -> None:
    rulebase = payrule.load()
    found = [
        rulebase.decide(read.encounter, known_on="2026-11-23")
        for read in checked(read_file(CLAIMS, rulebase.documents.vocabulary), rulebase.validator)
        if read.encounter
    ]
    answers = rows(*found)
    asked = list(csv.DictReader(io.StringIO(CLAIMS.read_text(), newline="")))
    assert [(row["encounter"], row["code"]) for row in answers] == [(row["encounter"], row["code"]) for row in asked]
    assert {row["disposition"] for row in answers} == {"denied", "payable", "pending", "returned", "undecided"}
