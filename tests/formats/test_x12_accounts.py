"""What is billed in an X12 file and what becomes of it add up: nothing that was lost or misplaced goes unseen."""

import io
from itertools import pairwise
from pathlib import Path

import pytest
from tests.formats.x12_texts import (
    BILLING,
    CLAIM,
    DATED,
    HEADER,
    SUBSCRIBER,
    TAXONOMIES,
    billed,
    claims,
    encounter,
    encounters,
    findings,
    interchange,
    lines,
    notes,
    read,
    refused,
    transaction,
)

from payrule.formats.encounters import RawEncounter
from payrule.formats.x12 import read_x12
from payrule.source.diagnostics import Diagnostic

CORRECTIONS = Path(__file__).parents[2] / "examples" / "corrections-5010.837"
SERVICE = CLAIM[3]
ONE = transaction(*BILLING, *SUBSCRIBER, *CLAIM, DATED)
TWO = ONE.replace("A-1", "A-2").replace("0001", "0002")
GROUPS = interchange(ONE, TWO)
CURED = "make sure that nothing was lost, and send it again"
LINE = ("LX*2", SERVICE, DATED)


def outcome(text: str) -> list[str]:
    """Give the claims that are decided by their ids, and the code of each thing that is wrong."""
    return [each.code if isinstance(each, Diagnostic) else str(each.data["id"]) for each in read(text)]


def whole(*segments: str) -> str:
    """Put a claim of 130 dollars below one billing provider and one subscriber."""
    return claims(billed("130"), CLAIM[1], *segments)


class TestTheLinesOfAClaim:
    def test_a_second_service_below_one_line_is_refused_with_both_places(self) -> None:
        found = findings(whole("LX*1", SERVICE, DATED, SERVICE, "DTP*472*D8*20240806"))
        assert found == [
            (
                "claim A-1, segment 14: line 1 has 2 services: `SV1` (segment 14) and `SV1` (segment 16) "
                "(give each service an `LX` of its own)"
            )
        ]

    @pytest.mark.parametrize(
        "between",
        [
            ("SV5*HC:E0781*DA*30*50*5000*4",),
            ("DTP*472*D8*20240805", "REF*6R*1"),
            ("NM1*82*1*SAMPLE*ONE****XX*9000000011", "PRV*PE*PXC*111N00000X"),
            ("SVD*OTHER*20*HC:97124**1", "CAS*CO*45*20", "DTP*573*D8*20240901"),
        ],
    )
    @pytest.mark.parametrize("second", [SERVICE, "SV2*0420*HC:97140*65*UN*1", "SV3*AD:D0120*65"])
    def test_wherever_the_second_service_stands_and_whatever_it_is(self, between: tuple[str, ...], second: str) -> None:
        (message,) = findings(whole("LX*1", SERVICE, *between, second))
        assert f"line 1 has 2 services: `SV1` (segment 14) and `{second[:3]}`" in message

    def test_what_belongs_to_the_second_service_refuses_no_other_claim(self) -> None:
        provider = ("NM1*82*1*SAMPLE*ONE****XX*9000000011", "PRV*PE*PXC*111N00000X")
        text = whole(
            "LX*1", SERVICE, DATED, *provider, SERVICE, DATED, *provider, billed("65", "A-2"), *CLAIM[1:], DATED
        )
        assert outcome(text) == ["x12-claim", "A-2"]

    def test_three_services_are_all_named(self) -> None:
        (message,) = findings(whole("LX*1", SERVICE, SERVICE, SERVICE, DATED))
        assert "3 services: `SV1` (segment 14) and `SV1` (segment 15) and `SV1` (segment 16)" in message

    @pytest.mark.parametrize(
        ("numbers", "message"),
        [
            (("1", "1"), "segment 16: two lines are numbered 1: `LX` (segment 13) and this one"),
            (("1", "01"), "segment 16: two lines are numbered 1: `LX` (segment 13) and this one"),
            (("1", "3"), "segment 16: line number `3` is where `2` is expected: a line may be lost"),
            (("2", "3"), "segment 13: line number `2` is where `1` is expected: a line may be lost"),
            (("2", "1"), "segment 13: line number `2` is where `1` is expected: a line may be lost"),
            (("0", "1"), "segment 13: line number `0` is not a whole number from 1"),
            (("1", "9" * 400), f"segment 16: line number `{'9' * 20}` is not a whole number from 1"),
        ],
    )
    def test_lines_are_numbered_without_a_gap(self, numbers: tuple[str, str], message: str) -> None:
        one, two = numbers
        (found,) = findings(whole(f"LX*{one}", SERVICE, DATED, f"LX*{two}", SERVICE, DATED))
        assert found.startswith(f"claim A-1, {message} (")

    def test_a_line_has_one_date(self) -> None:
        (found,) = findings(claims(*CLAIM, DATED, "REF*6R*1", "DTP*472*D8*20240806"))
        assert "segment 17: line 1 has two dates of service: `DTP*472` (segment 15) and this one" in found

    def test_a_claim_has_one_principal_diagnosis(self) -> None:
        (found,) = findings(claims(CLAIM[0], "HI*ABK:M9901", "HI*ABK:M62830", *CLAIM[2:], DATED))
        assert "segment 13: diagnosis 2 is a second principal diagnosis (`ABK`)" in found

    def test_a_claim_names_one_earlier_claim(self) -> None:
        (found,) = findings(claims(CLAIM[0], "REF*F8*ONE", "REF*F8*TWO", *CLAIM[1:], DATED))
        assert "segment 13: the claim names two earlier claims: `REF*F8` (segment 12) and this one" in found


class TestTheTotalOfAClaim:
    def test_it_is_the_sum_of_the_lines(self) -> None:
        assert outcome(whole(*CLAIM[2:], DATED, *LINE)) == ["A-1"]

    @pytest.mark.parametrize(
        ("total", "said"), [("999999", "999999.00"), ("130", "130.00"), ("0", "0.00"), ("43.33", "43.33")]
    )
    def test_a_total_that_differs_by_as_much_as_a_line_is_refused_with_both_amounts(
        self, total: str, said: str
    ) -> None:
        assert findings(claims(billed(total), *CLAIM[1:], DATED)) == [
            (
                f"claim A-1, segment 11: the claim bills {said} (CLM02), and its lines together 65.00 (SV102) "
                "(make sure that no line was lost or changed; the two must be equal)"
            )
        ]

    @pytest.mark.parametrize("total", ["65", "0", "195", "195.01"])
    def test_a_line_more_or_less_is_refused_however_small_it_is(self, total: str) -> None:
        small = ("LX*2", SERVICE.replace("*65*", "*5*"), DATED)
        assert outcome(claims(billed(total), *CLAIM[1:], DATED, *small)) == ["x12-total"]
        assert outcome(claims(billed("70"), *CLAIM[1:], DATED, *small)) == ["A-1"]

    @pytest.mark.parametrize("total", ["64.99", "65.01", "43.34", "86.66"])
    def test_a_smaller_difference_is_a_warning_in_the_answer(self, total: str) -> None:
        text = claims(billed(total), *CLAIM[1:], DATED)
        said = f"the claim bills {total} (CLM02), and its lines together 65.00 (SV102): the two must be equal"
        assert notes(encounter(text)) == (said,)

    @pytest.mark.parametrize("total", ["", "much", "-65", "65.005", "1" * 5000])
    def test_a_total_that_is_no_amount_is_refused(self, total: str) -> None:
        (message,) = findings(claims(billed(total), *CLAIM[1:], DATED))
        assert "the total of the claim is" in message

    def test_the_other_claims_are_decided(self) -> None:
        other = (billed("65", "A-2"), *CLAIM[1:], DATED)
        assert outcome(claims(billed("700"), *CLAIM[1:], DATED, *other)) == ["x12-total", "A-2"]


class TestTrailers:
    def test_what_fits_is_read(self) -> None:
        assert outcome(GROUPS) == ["A-1", "A-2"]

    @pytest.mark.parametrize("count", ["30", "13", "1", "0"])
    def test_the_count_of_segments(self, count: str) -> None:
        text = interchange(ONE.replace("SE*14*", f"SE*{count}*"), TWO)
        segments = "segment" if count == "1" else "segments"
        assert outcome(text) == ["x12-count", "A-2"]
        assert findings(text) == [
            (
                f"claim A-1, segment 11: transaction `0001` was sent with {count} {segments}, as its trailer `SE` "
                f"(segment 16) says, and 14 arrived ({CURED})"
            )
        ]

    @pytest.mark.parametrize("count", ["", "many", "14.5", "9" * 5000])
    def test_a_count_that_is_none(self, count: str) -> None:
        (message,) = findings(interchange(ONE.replace("SE*14*", f"SE*{count}*")))
        assert message.startswith("claim A-1, segment 11: transaction `0001` has 14 segments, and its trailer `SE` ")

    @pytest.mark.parametrize("name", ["CLM", "HI", "LX", "SV1", "DTP", "NM1*85", "SBR", "HL*2", "PRV"])
    def test_a_segment_that_was_lost_or_came_twice(self, name: str) -> None:
        segments = ONE.split("~")
        at = next(at for at, segment in enumerate(segments) if segment.startswith(name))
        for damaged in (segments[:at] + segments[at + 1 :], segments[: at + 1] + segments[at:]):
            found = outcome(interchange("~".join(damaged), TWO))
            assert found[-1] == "A-2"
            assert "A-1" not in found
            assert "x12-count" in found

    @pytest.mark.parametrize(
        ("trailer", "damaged", "refused"),
        [
            ("SE*14*0001", "SE*14*0002", ["A-1"]),
            ("SE*14*0001", "SE*14", ["A-1"]),
            ("GE*2*1", "GE*2*2", ["A-1", "A-2"]),
            ("GE*2*1", "GE*3*1", ["A-1", "A-2"]),
            ("GE*2*1", "GE*1*1", ["A-1", "A-2"]),
            ("IEA*1*000000001", "IEA*1*000000002", ["A-1", "A-2"]),
            ("IEA*1*000000001", "IEA*2*000000001", ["A-1", "A-2"]),
            ("IEA*1*000000001", "IEA", ["A-1", "A-2"]),
        ],
    )
    def test_what_a_trailer_contradicts_is_refused_and_the_rest_of_the_file_decided(
        self, trailer: str, damaged: str, refused: list[str]
    ) -> None:
        other = claims(billed("65", "A-3"), *CLAIM[1:], DATED)
        found = read(GROUPS.replace(trailer, damaged) + other)
        assert list(dict.fromkeys(each.claim for each in found if isinstance(each, Diagnostic))) == refused
        decided = [each.data["id"] for each in found if isinstance(each, RawEncounter)]
        assert decided == [each for each in ("A-1", "A-2", "A-3") if each not in refused]

    def test_both_numbers_are_named(self) -> None:
        (message, _) = findings(GROUPS.replace("GE*2*1", "GE*3*1"))
        assert "group `1` was sent with 3 transactions, as its trailer `GE` (segment 31) says, and 2 arrived" in message
        (message, _) = findings(GROUPS.replace("IEA*1*000000001", "IEA*1*000000009"))
        assert (
            "interchange `000000001` ends in `000000009`: its trailer `IEA` (segment 32) is that of another" in message
        )

    @pytest.mark.parametrize("trailer", ["SE*14*1", "GE*02*01", "IEA*1*1"])
    def test_zeros_that_fill_up_a_number_mean_nothing(self, trailer: str) -> None:
        name = trailer.partition("*")[0]
        text = "~".join(trailer if each.startswith(name) else each for each in interchange(ONE, ONE).split("~"))
        assert outcome(text) == ["A-1", "A-1"]

    @pytest.mark.parametrize("name", ["GE", "IEA"])
    def test_a_trailer_that_is_missing_is_reported_and_what_is_whole_is_decided(self, name: str) -> None:
        text = "".join(f"{each}~" for each in GROUPS.rstrip("~").split("~") if not each.startswith(name))
        assert outcome(text) == ["A-1", "A-2", "x12-truncated"]

    @pytest.mark.parametrize(("name", "decided"), [("GS", 0), ("ST", 1), ("SE*14*0001", 1)])
    def test_an_envelope_without_its_beginning_or_end_is_not_decided(self, name: str, decided: int) -> None:
        segments = GROUPS.rstrip("~").split("~")
        at = next(at for at, segment in enumerate(segments) if segment.startswith(name))
        found = read("".join(f"{each}~" for each in segments[:at] + segments[at + 1 :]))
        assert sum(isinstance(each, RawEncounter) for each in found) in (0, decided)
        assert {each.claim for each in found if isinstance(each, Diagnostic)} >= {"A-1"}

    @pytest.mark.parametrize("text", ["garbage", "CLM*A-9*65***11:B:1~LX*1", ONE.rstrip("~"), "IEA*1*000000001", "{}"])
    def test_text_after_the_end_is_reported(self, text: str) -> None:
        found = read(f"{GROUPS}{text}~")
        assert [each.data["id"] for each in found if isinstance(each, RawEncounter)] == ["A-1", "A-2"]
        assert [each for each in found if isinstance(each, Diagnostic) and each.severity == "error"]

    def test_a_claim_in_no_transaction_is_refused_by_its_id(self) -> None:
        text = GROUPS.replace("GE*2", f"{'~'.join((*CLAIM, DATED)).replace('A-1', 'A-9')}~GE*2")
        assert [each.claim for each in read(text) if isinstance(each, Diagnostic)] == ["A-9"]
        assert outcome(text) == ["A-1", "A-2", "x12-stray"]

    def test_every_claim_of_a_transaction_that_is_no_professional_claim_is_refused(self) -> None:
        text = interchange(ONE.replace("X222A1", "X223A2"), TWO)
        assert [each.claim if isinstance(each, Diagnostic) else each.data["id"] for each in read(text)] == [
            "A-1",
            "A-2",
        ]
        assert outcome(text) == ["x12-transaction", "A-2"]

    def test_a_stream_that_can_be_read_once_gives_the_same(self) -> None:
        class Pipe(io.BytesIO):
            def seekable(self) -> bool:
                return False

        text = GROUPS.replace("SE*14*0001", "SE*15*0001")
        assert read(Pipe(text.encode())) == read(text)


class TestSegmentsOutOfPlace:
    """A segment that is read and stands elsewhere makes its transaction unreliable; no count can tell."""

    PROVIDER = ("NM1*82*1*SAMPLE*ONE****XX*9000000011", "PRV*PE*PXC*225100000X")
    SEGMENTS = (
        *BILLING,
        "N3*1 STREET",
        *SUBSCRIBER,
        "NM1*PR*2*PAYER*****PI*PAYER",
        "HL*3*2*23*0",
        "PAT*19",
        "NM1*QC*1*SAMPLE*CHILD",
        "DMG*D8*20100101*F",
        "CLM*A-1*130***11:B:7*Y*A*Y*Y",
        "REF*F8*EARLIER",
        CLAIM[1],
        "NM1*DN*1*SAMPLE*DOCTOR",
        "PRV*RF*PXC*207Q00000X",
        *PROVIDER,
        "SBR*S*18*******MB",
        "OI***Y***Y",
        "NM1*IL*1*SAMPLE*OTHER",
        *CLAIM[2:],
        DATED,
        "NM1*82*1*SAMPLE*TWO****XX*9000000012",
        "PRV*PE*PXC*111N00000X",
        "LX*2",
        SERVICE,
        DATED,
        "HL*4*1*22*0",
        *SUBSCRIBER[1:],
        *(each.replace("A-1", "A-2") for each in CLAIM),
        DATED,
    )

    def data(self, segments: list[str]) -> dict[str, object]:
        found = read(interchange(transaction(*segments)))
        return {str(each.data["id"]): each.data for each in found if isinstance(each, RawEncounter)}

    def test_two_neighbors_that_change_places_never_change_an_answer(self) -> None:
        right = self.data(list(self.SEGMENTS))
        assert list(right) == ["A-1", "A-2"]
        refused = 0
        for at, (one, two) in enumerate(pairwise(self.SEGMENTS)):
            swapped = [*self.SEGMENTS[:at], two, one, *self.SEGMENTS[at + 2 :]]
            for name, data in self.data(swapped).items():
                assert data == right[name], (one, two)
            refused += len(self.data(swapped)) < len(right)
        assert refused >= 20

    @pytest.mark.parametrize(
        ("before", "segment", "message"),
        [
            ("CLM", "PRV*BI*PXC*111N00000X", "is on level 23"),
            ("LX*1", "PRV*PE*PXC*111N00000X", "does not stand with the rendering provider `NM1*82`"),
            ("LX*2", "HI*ABK:M9901", "is within a line"),
            ("HL*4", "REF*F8*EARLIER", "is within a line"),
            ("LX*1", SERVICE, "is before the first `LX`"),
            ("NM1*IL", "SBR*T*18*******MB", "`SBR` (segment 10) is here a second time"),
            ("NM1*QC", "DMG*D8*20100101*F", "is on level 23"),
            ("HL*2", "SBR*P*18*******MB", "is on level 20"),
            ("LX*2", "NM1*85*2*OTHER CLINIC*****XX*9000000002", "is within a claim"),
            ("LX*2", "SVX*1", "is no segment of a claim"),
            ("HL*3", "HL*9*1*22*0", "is numbered `9` after `2`: a level may be lost"),
            ("NM1*DN", "NM1*82*1*SAMPLE*ONE****XX*9000000011", "is here a second time"),
            ("HI*", "NM1*DN*1*SAMPLE*DOCTOR", "is below a name, not with its claim"),
            ("NM1*IL", "NM1*IL*1*SAMPLE*OTHER****MI*SAMPLE9999", "is here a second time"),
            ("PRV*BI", "REF*EI*990000001", "comes before the first name of level 20"),
            ("NM1*85", "N3*1 A ST", "comes before the first name of level 20"),
            (
                "SBR",
                "REF*EI*990000001",
                "`REF*EI` (segment 9) comes before the first name of level 22",
            ),
            ("NM1*IL", "N4*TOWN*MN*550000000", "comes before the first name of level 22"),
            ("NM1*QC", "PER*IC*N*TE*5550000000", "comes before the first name of level 23"),
            ("HL*2", "PAT*19", "is on level 20, not in its place"),
            ("SBR", "LIN**N4*01234567890", "is outside a claim"),
            ("SBR", "NTE*ADD*MORE", "is outside a claim"),
            ("NM1*IL", "NM1*PR*2*PAYER", "is before the `NM1*IL` of level 22"),
            ("DMG", "N3*1 A ST", "is between `N3` and `N4` of an address"),
            ("NM1*PR", "N4*TOWN*MN*550000000", "is too late: the address of `IL` has ended"),
        ],
    )
    def test_it_is_named_with_what_it_stands_in(self, before: str, segment: str, message: str) -> None:
        at = next(at for at, each in enumerate(self.SEGMENTS) if each.startswith(before))
        found = findings(interchange(transaction(*self.SEGMENTS[:at], segment, *self.SEGMENTS[at:]), TWO))
        assert any(message in each for each in found), found
        assert all("transaction `0001` is out of order" in each for each in found)


def test_a_claim_below_a_subscriber_without_a_payer_is_refused() -> None:
    (message,) = findings(interchange(transaction(*BILLING, SUBSCRIBER[0], *SUBSCRIBER[2:], *CLAIM, DATED)))
    assert "`CLM` (segment 10) is below no payer: its subscriber has no `SBR`" in message


class TestTheHeader:
    """An envelope from which the delimiters cannot be told is one error, which says what it lacks."""

    TEXT = claims(*CLAIM, DATED)

    @pytest.mark.parametrize("end", ["~", "~\n"])
    def test_without_its_last_element(self, end: str) -> None:
        text = self.TEXT.replace("*T*:~", "*T*~").replace("~", end)
        assert findings(text) == [
            (
                "the envelope lacks ISA16, the component separator "
                "(give each element of `ISA` its fixed width, filled by blanks)"
            )
        ]

    @pytest.mark.parametrize("end", ["~", "~\n"])
    @pytest.mark.parametrize(
        ("written", "damaged", "message"),
        [
            ("*0*T*:~", "*0*T~", "the envelope lacks ISA16"),
            ("*0*T*:~", "*0~", "the envelope lacks ISA15 and ISA16"),
            ("*00501*", "**", "the envelope lacks ISA12"),
            ("*240902*", "*20240902*", "the header `ISA` is damaged: ISA09 has 8 characters and must have 6"),
            ("*000000001*0", "*1*0", "the header `ISA` is damaged: ISA13 has 1 character and must have 9"),
            (
                "*ZZ*SAMPLEPAYER    ",
                "*SAMPLEPAYER    ",
                (
                    "the header `ISA` is damaged: it has 15 elements, and must have 16; "
                    "ISA07 has 15 characters and must have 2"
                ),
            ),
            ("*^*", "*^*^*", "the header `ISA` is damaged: it has 17 elements, and must have 16"),
        ],
    )
    def test_what_is_missing_or_of_another_width_is_named(
        self, end: str, written: str, damaged: str, message: str
    ) -> None:
        assert written in HEADER
        found = findings(self.TEXT.replace(written, damaged, 1).replace("~", end))
        assert [each.partition(" (")[0] for each in found] == [message]

    def test_an_interchange_without_components_lacks_nothing(self) -> None:
        """The component separator that the first header declares is not seen before that of the second."""
        empty = interchange(transaction(*BILLING)).translate(str.maketrans("*:~", "|<\n"))
        assert outcome(empty + self.TEXT.translate(str.maketrans("*:~", "|<\n"))) == ["A-1"]

    def test_another_separator_than_the_rest(self) -> None:
        text = HEADER + self.TEXT.removeprefix(HEADER).replace("*", "|")
        assert findings(text) == [
            "`ISA` uses the separator `*`, and `GS` `|` (write the separator that follows `ISA` everywhere)"
        ]

    @pytest.mark.parametrize("blank", [" ", "  ", "\t", " \n"])
    def test_blanks_before_the_terminators_are_passed_over_with_a_warning(self, blank: str) -> None:
        (raw,) = encounters(self.TEXT.replace("~", f"{blank}~"))
        (right,) = encounters(self.TEXT)
        assert raw.data == right.data
        assert notes(raw) == ("blanks stand before the segment terminators: they are passed over",)

    def test_that_is_reported_once_in_a_file(self) -> None:
        first, second = encounters(GROUPS.replace("~", " ~"))
        assert (len(first.notes), len(second.notes)) == (1, 0)


def test_a_claim_is_given_or_refused_once() -> None:
    damaged = GROUPS.replace("SE*14*0001", "SE*15*0009").replace("GE*2", "GE*4")
    found = [faults for item in read_x12(damaged, TAXONOMIES) if (faults := refused(item))]
    assert [[each.claim for each in one] for one in found] == [["A-1"] * 3, ["A-2"]]


class TestTheExampleOfCorrections:
    """The example that the how-to page decides holds a span, a replacement with two providers, and a void."""

    def test_it_is_read_as_the_page_says(self) -> None:
        span, replacement, void = encounters(CORRECTIONS)
        assert [each.data.get("frequency") for each in (span, replacement, void)] == ["1", "7", "8"]
        assert [each.data.get("original_reference") for each in (span, replacement, void)] == [
            None,
            "24215000017",
            "24215000021",
        ]
        assert (lines(span)[0]["date"], lines(span)[0]["date_to"]) == ("2024-08-05", "2024-08-06")
        assert [line["provider"]["type"] for line in lines(replacement)] == ["chiropractor", "physical-therapist"]


@pytest.mark.parametrize("level", ["20\x1b[2J", "20\u202e", "20\x00", "2" * 5_000])
def test_a_hostile_level_is_reported_in_words_that_can_be_printed(level: str) -> None:
    billing = [each.replace("**20*", f"**{level}*") for each in BILLING]
    found = findings(interchange(transaction(*billing, *SUBSCRIBER, *CLAIM, DATED)))
    assert any("on level" in each for each in found), found
    assert all(each.isprintable() and len(each) < 500 for each in found), found
