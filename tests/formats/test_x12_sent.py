"""What an X12 claim says that no rule reads is given back with its answer, and each claim has an id of its own."""

import io
from pathlib import Path
from typing import Any

import msgspec
from msgspec import UNSET
from msgspec.structs import replace
from tests.formats.x12_texts import (
    BILLING,
    CLAIM,
    DATED,
    SUBSCRIBER,
    billed,
    claims,
    encounter,
    interchange,
    transaction,
)

from payrule.columns.decide_files import adjudicate_files
from payrule.encounter.encounter import EarlierLine, Encounter, Identifiers, as_billed, counted_history
from payrule.formats.answer_cells import shared
from payrule.formats.encounters import checked, with_own_ids
from payrule.formats.x12 import read_x12
from payrule.rulebase.rulebase import load

OTHER = (
    "SBR*S*18*GROUP-1******MB",
    "CAS*PR*1*20**2*5.5*1",
    "CAS*CO*45*9",
    "AMT*D*30.5",
    "AMT*EAF*25.5",
    "OI***Y***Y",
    "NM1*IL*1*SAMPLE*ONE****MI*MEMBER-9",
    "NM1*PR*2*OTHER PLAN*****PI*99999",
    "DTP*573*D8*20240815",
    "REF*F8*THEIR-7",
)
ANSWERED = ("SVD*99999*30.5*HC:98940:59**1*2", "CAS*CO*45*4.5*1", "DTP*573*D8*20240815", "AMT*EAF*25.5")


def sent(*head: str, line: tuple[str, ...] = ()) -> Identifiers:
    found = encounter(claims(CLAIM[0], *head, *CLAIM[1:2], *CLAIM[2:], DATED, *line)).identifiers
    assert found is not None
    return found


class TestGivenBack:
    def test_a_claim_that_says_nothing_else_gives_nothing_else(self) -> None:
        assert (sent().sent, sent().sent_lines) == ({}, {})

    def test_dates_causes_notes_and_supervisor(self) -> None:
        opening = "CLM*A-1*65***11:B:1*Y*A*Y*Y**AA:OA::MN"
        dates = ("DTP*431*D8*20240701", "DTP*439*D8*20240630", "DTP*454*D8*20240702", "DTP*090*D8*20240101")
        more = ("NTE*ADD*SECOND VISIT", "NTE*CER*SEEN", "HI*ABK:M9901", "NM1*DQ*1*SAMPLE*****XX*9000000005")
        found = encounter(claims(opening, *dates, *more, *CLAIM[2:], DATED)).identifiers
        assert found is not None
        assert found.sent == {
            "dates": {"onset": "2024-07-01", "accident": "2024-06-30", "initial_treatment": "2024-07-02"},
            "supervising_provider": {"npi": "9000000005"},
            "notes": [{"kind": "ADD", "text": "SECOND VISIT"}, {"kind": "CER", "text": "SEEN"}],
            "related_causes": ["AA", "OA"],
            "accident_state": "MN",
        }

    def test_of_a_line(self) -> None:
        drug = ("LIN**N4*00002143380", "CTP****2.5*ML")
        line = ("REF*9F*R-2", "NTE*ADD*LEFT", *drug, "NM1*DQ*1*SAMPLE*****XX*9000000005", *ANSWERED)
        found = sent(line=line)
        assert found.lines == {1: {"referral": "R-2"}}
        assert found.sent_lines == {
            1: {
                "supervising_provider": {"npi": "9000000005"},
                "notes": [{"kind": "ADD", "text": "LEFT"}],
                "drugs": [{"system": "N4", "code": "00002143380", "quantity": "2.5", "unit": "ML"}],
                "other_payers": [
                    {
                        "id": "99999",
                        "paid": "30.5",
                        "code": "98940",
                        "modifiers": ["59"],
                        "units": "1",
                        "bundled_into_line": "2",
                        "patient_owes": "25.5",
                        "paid_on": "2024-08-15",
                        "adjustments": [{"group": "CO", "reason": "45", "amount": "4.5", "units": "1"}],
                    }
                ],
            }
        }

    def test_other_payers_what_each_paid_and_why_not_more(self) -> None:
        opening, *rest = CLAIM
        found = encounter(claims(opening, rest[0], *OTHER, "SBR*T*18*******CI", *rest[1:], DATED)).identifiers
        assert found is not None
        assert found.sent["other_payers"] == [
            {
                "responsibility": "S",
                "relationship": "18",
                "plan_group": "GROUP-1",
                "filing_indicator": "MB",
                "name": "OTHER PLAN",
                "id": "99999",
                "subscriber": "MEMBER-9",
                "claim": "THEIR-7",
                "benefits_assigned": "Y",
                "release": "Y",
                "paid": "30.5",
                "patient_owes": "25.5",
                "paid_on": "2024-08-15",
                "adjustments": [
                    {"group": "PR", "reason": "1", "amount": "20"},
                    {"group": "PR", "reason": "2", "amount": "5.5", "units": "1"},
                    {"group": "CO", "reason": "45", "amount": "9"},
                ],
            },
            {"responsibility": "T", "relationship": "18", "filing_indicator": "CI"},
        ]

    def test_a_dependent_has_the_number_of_the_subscriber_and_an_own_one(self) -> None:
        patient = ("HL*3*2*23*0", "PAT*19", "NM1*QC*1*SAMPLE*TWO****MI*DEPENDENT-1", "DMG*D8*20100115*M")
        found = encounter(interchange(transaction(*BILLING, *SUBSCRIBER, *patient, *CLAIM, DATED))).identifiers
        assert found is not None
        assert (found.claim["subscriber"], found.claim["dependent"]) == ("SAMPLE0001", "DEPENDENT-1")

    def test_the_answer_has_it_and_the_digest_of_the_claim_has_not(self) -> None:
        rulebase = load()
        plain, more = (_read(text) for text in (claims(*CLAIM, DATED), claims(*CLAIM, DATED, "NTE*ADD*LEFT")))
        answers = [rulebase.decide(each, payer="blue-cross", known_on="2026-11-29") for each in (plain, more)]
        assert answers[0].encounter_digest == answers[1].encounter_digest
        (line,) = answers[1].lines
        assert line.sent == {"notes": [{"kind": "ADD", "text": "LEFT"}]}
        assert answers[0].lines[0].sent is msgspec.UNSET


def _encounters(*texts: tuple[str, str]) -> list[Encounter]:
    rulebase = load()
    vocabulary = rulebase.documents.vocabulary
    reads = (
        each
        for file, text in texts
        for each in checked(
            read_x12(io.BytesIO(text.encode()), vocabulary.taxonomies, attributes=vocabulary.attributes),
            rulebase.validator,
            file,
        )
    )
    return [each.encounter for each in with_own_ids(reads) if each.encounter]


def _read(text: str) -> Encounter:
    (found,) = _encounters(("a.837", text))
    return found


def test_answers_by_columns_have_it_in_each_row_and_share_their_explanations(tmp_path: Path) -> None:
    rulebase = load()
    text = claims(billed("130"), *CLAIM[1:], DATED, "REF*6R*L-1", "LX*2", CLAIM[3], DATED, "REF*6R*L-2")
    (tmp_path / "a.837").write_text(text)
    out = tmp_path / "out.jsonl"
    adjudicate_files(rulebase, tmp_path / "a.837", out, payer="blue-cross", known_on="2026-11-29")
    rows = [msgspec.json.decode(each) for each in out.read_bytes().splitlines()]
    (told,) = {each["identifiers"] for each in rows}
    claim = {"interchange": "000000001", "group": "1", "transaction": "0001", "segment": "11"}
    assert msgspec.json.decode(told) == {
        "claim": {"file": str(tmp_path / "a.837"), **claim},
        "lines": {"1": {"line_control": "L-1"}, "2": {"line_control": "L-2"}},
    }
    (answer,) = (rulebase.decide(each, payer="blue-cross", known_on="2026-11-29") for each in _encounters(("a", text)))
    assert shared(answer.lines[0]) == shared(replace(answer.lines[0], identifiers=UNSET))


class TestIds:
    def test_a_number_that_is_sent_again_gets_its_file_and_transaction(self) -> None:
        one = claims(*CLAIM, DATED)
        two = claims(*CLAIM, DATED, billed("65", "A-2"), *CLAIM[1:], DATED, *CLAIM, DATED)
        found = _encounters(("a.837", one), ("b.837", two))
        assert [each.id for each in found] == ["A-1", "A-1 (b.837, 0001)", "A-2", "A-1 (b.837, 0001, 21)"]
        assert [each.claim for each in found] == ["A-1", "A-1", "A-2", "A-1"]
        (warning,) = found[1].warnings
        assert str(warning) == (
            "segment 11: claim id `A-1` is there more than once: this one is answered as `A-1 (b.837, 0001)` "
            "(give each claim an id of its own)"
        )
        sent_as: list[Any] = [each.identifiers and each.identifiers.claim.get("claim") for each in found]
        assert sent_as == [None, "A-1", None, "A-1"]

    def test_no_two_claims_have_one_id_whatever_their_numbers_are(self) -> None:
        one = claims(*CLAIM, DATED)
        odd = claims(billed("65", "A-1 (a.837, 0001)"), *CLAIM[1:], DATED)
        found = [each.id for each in _encounters(*[("a.837", one)] * 4, ("a.837", odd))]
        assert len({*found}) == len(found) == 5

    def test_histories_name_a_claim_by_its_number_as_sent(self) -> None:
        _, again = _encounters(("a.837", claims(*CLAIM, DATED)), ("b.837", claims(*CLAIM, DATED)))
        own, other = (EarlierLine(again.lines[0].values, claim, 1) for claim in ("A-1", again.id))
        held = msgspec.structs.replace(again, history=(own, other))
        assert [name for name, _ in counted_history(held, None)] == [f"{again.id}/1"]
        assert {each.claim for each in as_billed(again, None)} == {"A-1"}

    def test_the_digest_is_that_of_the_claim_as_sent(self) -> None:
        one = claims(*CLAIM, DATED)
        first, again = _encounters(("a.837", one), ("b.837", one))
        rulebase = load()
        assert rulebase.encounter_digest(first) == rulebase.encounter_digest(again)
