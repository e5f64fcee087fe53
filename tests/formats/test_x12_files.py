"""X12 files as they are, and as they should not be: what cannot be read is named, and never stops the rest."""

import io
import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from tests.formats.x12_texts import (
    BILLING,
    CLAIM,
    DATED,
    GROUP,
    HEADER,
    SUBSCRIBER,
    TAXONOMIES,
    claims,
    encounter,
    encounters,
    findings,
    interchange,
    lines,
    notes,
    read,
    transaction,
)

from payrule.formats.encounters import RawEncounter
from payrule.formats.x12 import read_x12
from payrule.source.diagnostics import Diagnostic

ENGINE = Path(__file__).parents[2] / "engine"


class TestFilesAsTheyAre:
    WHOLE = claims(*CLAIM, DATED)

    @pytest.mark.parametrize("between", ["\n", "\r\n", "\r", " \n\n", "\n  "])
    def test_line_ends_and_blanks_between_segments_mean_nothing(self, between: str) -> None:
        text = self.WHOLE.replace("~", f"~{between}")
        assert read(text) == read(text.encode()) == read(self.WHOLE)

    def test_a_byte_order_mark_and_an_end_of_file_mark_mean_nothing(self) -> None:
        assert read(b"\xef\xbb\xbf" + self.WHOLE.encode() + b"\x1a") == read(self.WHOLE)

    @pytest.mark.parametrize("terminator", ["\n", "\r\n", "\r", "'", "\x1c", "|"])
    def test_any_terminator(self, terminator: str) -> None:
        assert read(self.WHOLE.replace("~", terminator)) == read(self.WHOLE)

    def test_a_file_wrapped_at_eighty_characters(self) -> None:
        wrapped = "\n".join(self.WHOLE[start : start + 80] for start in range(0, len(self.WHOLE), 80))
        assert read(wrapped) == read(self.WHOLE)

    def test_the_last_terminator_may_be_missing(self) -> None:
        assert read(self.WHOLE.rstrip("~")) == read(self.WHOLE)

    @pytest.mark.parametrize("delimiters", ["|<~", "*>\n", "\x1d\x1f\x1c", "\x1e\x1f\x1d"])
    def test_other_delimiters(self, delimiters: str) -> None:
        text = self.WHOLE.translate(str.maketrans("*:~", delimiters))
        found, wanted = encounters(text), encounters(self.WHOLE)
        assert [(each.data, each.identifiers) for each in found] == [(each.data, each.identifiers) for each in wanted]

    def test_an_empty_first_component_is_empty_whatever_parts_it(self) -> None:
        text = self.WHOLE.replace("SV1*HC:98940", "SV1*:98940")
        assert findings(text.translate(str.maketrans("*:~", "\x1d\x1f\x1c"))) == [
            each.replace("`:98940`", "`?98940`") for each in findings(text)
        ]

    def test_a_component_separator_that_is_not_the_declared_one_is_noted_once(self) -> None:
        text = claims(*CLAIM, DATED, "CLM*A-2*65***11:B:1", *CLAIM[1:], DATED).replace(":", ">").replace(">~", ":~")
        first, second = encounters(text)
        assert first.data == encounter(self.WHOLE).data
        assert (notes(first), notes(second)) == (
            ("component separator is `>` though the header declares `:`",),
            (),
        )

    def test_latin_1_and_utf_8_names(self) -> None:
        text = self.WHOLE.replace("SAMPLE CLINIC", "SÄMPLE CLÍNIC")
        assert read(text.encode("latin-1")) == read(text.encode()) == read(self.WHOLE)

    def test_an_open_stream_is_read_and_left_open(self) -> None:
        stream = io.BytesIO(self.WHOLE.encode())
        assert read(stream) == read(self.WHOLE)
        assert not stream.closed

    def test_a_path_is_taken_as_it_is_written(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("HOME", "/nowhere")
        for name in ("~", "$HOME.837", "ISA*00"):
            Path(name).write_text(self.WHOLE)
            assert read(Path(name)) == read(self.WHOLE)

    def test_several_interchanges_with_delimiters_of_their_own(self) -> None:
        second = self.WHOLE.replace("A-1", "A-2").translate(str.maketrans("~*:", "\n|<"))
        found = encounters(self.WHOLE + second + self.WHOLE.replace("A-1", "A-3"))
        assert [(each.data["id"], each.place) for each in found] == [
            ("A-1", "segment 11"),
            ("A-2", "segment 29"),
            ("A-3", "segment 47"),
        ]
        assert {json.dumps({**each.data, "id": ""}) for each in found} == {
            json.dumps({**encounter(self.WHOLE).data, "id": ""})
        }

    def test_several_transactions_in_a_group(self) -> None:
        one = transaction(*BILLING, *SUBSCRIBER, *CLAIM, DATED)
        found = encounters(interchange(one, one.replace("A-1", "A-2"), one.replace("A-1", "A-3")))
        assert [each.data["id"] for each in found] == ["A-1", "A-2", "A-3"]

    def test_pieces_of_a_file_do_not_show(self) -> None:
        many = "".join(f"{each}~" for number in range(900) for each in (f"CLM*{number}*65***11", *CLAIM[1:], DATED))
        text = interchange(transaction(*BILLING, *SUBSCRIBER, *many.rstrip("~").split("~")))
        assert len(text) > 64 * 1024
        found = encounters(text)
        assert [each.data["id"] for each in found] == [str(number) for number in range(900)]
        assert {len(lines(each)) for each in found} == {1}

    def test_a_claim_id_that_comes_again_is_kept(self) -> None:
        found = encounters(claims(*CLAIM, DATED, *CLAIM, DATED))
        assert [each.data["id"] for each in found] == ["A-1", "A-1"]

    def test_version_4010_without_the_guide_in_the_transaction(self) -> None:
        text = interchange(
            transaction(*BILLING, *SUBSCRIBER, "CLM*A-1*65***11::1", *CLAIM[1:], DATED, opening="ST*837*0001"),
            group=GROUP.replace("005010X222A1", "004010X098A1"),
        )
        assert encounter(text).data == encounter(self.WHOLE).data


CUT = "the file may be cut off; give the whole file"
CURE = "give an 837 professional claim file (guide X098 or X222)"
LOST = "make sure that nothing was lost, and send it again"

UNREADABLE: dict[str, tuple[str | bytes, str]] = {
    "empty": ("", "the file is empty (give an X12 837 professional claim file)"),
    "blank": (" \n\n", "the file is empty (give an X12 837 professional claim file)"),
    "json": (
        '{"id": "A-1", "lines": []}',
        (
            'this is not X12: it begins with `{"id": "A-1", "lines` where the header `ISA` is expected '
            "(give an X12 837 professional claim file)"
        ),
    ),
    "binary": (
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
        "this is not text: it holds zero bytes (give an X12 837 professional claim file)",
    ),
    "utf-16": (
        claims(*CLAIM, DATED).encode("utf-16"),
        "this text is saved as UTF-16 or UTF-32 (save it as UTF-8)",
    ),
    "utf-16 that does not say so": (
        claims(*CLAIM, DATED).encode("utf-16-be"),
        "this text is saved as UTF-16 or UTF-32 (save it as UTF-8)",
    ),
    "utf-32": (
        claims(*CLAIM, DATED).encode("utf-32"),
        "this text is saved as UTF-16 or UTF-32 (save it as UTF-8)",
    ),
    "no envelope": (
        transaction(*BILLING, *SUBSCRIBER, *CLAIM, DATED),
        (
            "the file begins with `ST`: the interchange header `ISA` is missing "
            "(give the whole interchange, from `ISA` to `IEA`)"
        ),
    ),
    "cut in the header": (
        HEADER[:60],
        f"the file ends inside the header `ISA`, after 60 of 106 characters ({CUT})",
    ),
    "a header without its blanks": (
        claims(*CLAIM, DATED).replace("SAMPLESENDER   ", "SAMPLESENDER"),
        (
            "the header `ISA` is damaged: ISA06 has 12 characters and must have 15 "
            "(give each element of `ISA` its fixed width, filled by blanks)"
        ),
    ),
    "only a header": (
        HEADER,
        f"segment 1: the file ends inside the interchange: its trailer `IEA` is missing, and claims may be ({CUT})",
    ),
    "no claim": (interchange(), "the file holds no claim (give an X12 837 professional claim file)"),
    "a wrong terminator": (
        HEADER + "GS*HC!" * 200_000,
        (
            "segment 2: a segment does not end within a million characters: no terminator `~` follows "
            "(make sure that the terminator is the one that the header `ISA` declares)"
        ),
    ),
    "a remittance": (
        interchange(transaction("BPR*I*65*C", opening="ST*835*0001"), group=GROUP.replace("222A1", "221A1")),
        f"segment 3: transaction `0001` is `835`, a remittance advice, not a claim ({CURE})",
    ),
    "an institutional claim": (
        interchange(transaction(*BILLING, *SUBSCRIBER, *CLAIM, opening="ST*837*0001*005010X223A2")),
        (
            f"claim A-1, segment 11: transaction `0001` is an 837I, with institutional claims: "
            f"`ST` (segment 3) names the guide `005010X223A2` ({CURE})"
        ),
    ),
    "an institutional claim of 4010": (
        interchange(transaction(*CLAIM, opening="ST*837*0001"), group=GROUP.replace("005010X222A1", "004010X096A1")),
        (
            f"claim A-1, segment 4: transaction `0001` is an 837I, with institutional claims: "
            f"`GS` (segment 2) names the guide `004010X096A1` ({CURE})"
        ),
    ),
    "another guide": (
        interchange(transaction(*CLAIM, opening="ST*837*0001*006020X323")),
        f"claim A-1, segment 4: transaction `0001` follows the guide `006020X323`, which is not read ({CURE})",
    ),
}


@pytest.mark.parametrize(("text", "message"), UNREADABLE.values(), ids=UNREADABLE.keys())
def test_a_file_that_cannot_be_read_says_why(text: str | bytes, message: str) -> None:
    assert message in findings(text)
    assert not [each for each in read(text) if isinstance(each, RawEncounter)]


GOOD = ("CLM*A-2*65***11:B:1*Y*A*Y*Y", *CLAIM[1:], DATED)
SERVICE = CLAIM[3]

REFUSED: dict[str, tuple[tuple[str, ...], str]] = {
    "no id": (
        ("CLM**65***11:B:1", *CLAIM[1:], DATED),
        "segment 11: the claim has no id (give it as the first element of `CLM`)",
    ),
    "no lines": (
        CLAIM[:2],
        "claim A-1, segment 11: the claim has no lines (give each service below an `LX`)",
    ),
    "no service": (
        (*CLAIM[:3], DATED),
        "claim A-1, segment 13: line 1 has no service (give it in `SV1`)",
    ),
    "an institutional service": (
        (*CLAIM[:3], "SV2*0420*HC:97124*40*UN*1", DATED),
        "claim A-1, segment 14: line 1 is institutional (`SV2`) (give a professional claim, with `SV1`)",
    ),
    "no line number": (
        (*CLAIM[:2], "LX", SERVICE, DATED),
        "claim A-1, segment 13: line number `` is not a whole number from 1 (number the lines in `LX`)",
    ),
    "another code set": (
        (*CLAIM[:3], "SV1*N4:00001*40*UN*1", DATED),
        "claim A-1, segment 14: line 1 has no procedure code, but `N4:00001` (write `HC`, the code, its modifiers)",
    ),
    "no code": (
        (*CLAIM[:3], "SV1*HC*40*UN*1", DATED),
        "claim A-1, segment 14: line 1 has no procedure code, but `HC` (write `HC`, the code, its modifiers)",
    ),
    "no date": (
        CLAIM,
        "claim A-1, segment 14: line 1 has no date of service (give it in `DTP*472`)",
    ),
    "a day that is not": (
        (*CLAIM, "DTP*472*D8*20240230"),
        "claim A-1, segment 15: `20240230` is not a date of service (line 1) (write each day as `CCYYMMDD`)",
    ),
    "half a range": (
        (*CLAIM, "DTP*472*RD8*20240805"),
        "claim A-1, segment 15: `20240805` is not a date of service (line 1) (write it as `CCYYMMDD-CCYYMMDD`)",
    ),
    "a range that runs back": (
        (*CLAIM, "DTP*472*RD8*20240805-20240801"),
        (
            "claim A-1, segment 15: line 1 ends on 2024-08-01, before it begins on 2024-08-05 "
            "(fix the dates in `DTP*472`)"
        ),
    ),
    "another form of date": (
        (*CLAIM, "DTP*472*TM*1200"),
        "claim A-1, segment 15: the date of line 1 has the form `TM` (write it as `D8` (one day) or `RD8` (from-to))",
    ),
    "a gap in the diagnoses": (
        (CLAIM[0], "HI*ABK:M9901**ABF:M62830", *CLAIM[2:], DATED),
        (
            "claim A-1, segment 12: diagnosis 2 is `` "
            "(give each diagnosis a qualifier (`ABK`, `ABF`, `BK`, `BF`) and a code, and leave no gap)"
        ),
    ),
}


@pytest.mark.parametrize(("segments", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_a_claim_that_cannot_be_read_is_named_and_the_next_is_read(segments: tuple[str, ...], message: str) -> None:
    found = read(claims(*segments, *GOOD))
    assert [str(each) for each in found if isinstance(each, Diagnostic)] == [message]
    assert [each.data["id"] for each in found if isinstance(each, RawEncounter)] == ["A-2"]


def test_every_bad_line_of_a_claim_is_named() -> None:
    bad = ("LX*2", "SV2*0420*HC:97124*40*UN*1", DATED, "LX*3", "SV1*HC:97124*40*UN*1")
    assert [each.split(": ")[0] for each in findings(claims(*CLAIM, DATED, *bad))] == [
        "claim A-1, segment 17",
        "claim A-1, segment 20",
    ]


def test_a_claim_above_every_subscriber_is_refused() -> None:
    text = interchange(transaction(*BILLING, *CLAIM, DATED, *SUBSCRIBER, *GOOD))
    assert [str(each) if isinstance(each, Diagnostic) else each.data["id"] for each in read(text)] == [
        (
            "claim A-1, segment 7: this claim is below no subscriber: no `HL` of level 22 or 23 comes before it "
            "(put the claim below its subscriber's or patient's `HL`)"
        ),
        "A-2",
    ]


def test_a_transaction_inherits_nothing_from_the_one_before() -> None:
    text = interchange(transaction(*BILLING, *SUBSCRIBER, *CLAIM, DATED), transaction(*GOOD))
    assert [each.path if isinstance(each, Diagnostic) else each.data["id"] for each in read(text)] == [
        "A-1",
        "segment 18",
    ]


class TestAFileThatBreaksOff:
    TWO = claims(*CLAIM, DATED, *GOOD)

    def outcome(self, text: str) -> list[object]:
        return [str(each) if isinstance(each, Diagnostic) else each.data["id"] for each in read(text)]

    def cut(self, how: str, claim: str, segment: int) -> str:
        where = f"claim {claim}, segment {segment}" if claim else f"segment {segment}"
        return (
            f"{where}: transaction `0001` is not whole: {how} before its trailer `SE`, and lines or claims may be "
            f"missing ({CUT})"
        )

    @pytest.mark.parametrize("place", ["SV1", "LX*", "DTP", "~SE*"])
    def test_inside_a_transaction_none_of_its_claims_is_decided(self, place: str) -> None:
        """Nobody can tell whether a segment was lost: its trailer would have said how many there were."""
        broken = self.TWO[: self.TWO.rindex(place) + 1]
        assert self.outcome(broken) == [
            self.cut("the file ends", "A-1", 11),
            self.cut("the file ends", "A-2", 16),
        ]

    def test_a_transaction_before_the_one_that_breaks_off_is_decided(self) -> None:
        one = transaction(*BILLING, *SUBSCRIBER, *CLAIM, DATED)
        text = interchange(one, one.replace("A-1", "A-3"))
        assert self.outcome(text[: text.rindex("SV1")]) == ["A-1", self.cut("the file ends", "A-3", 25)]

    def test_before_the_first_claim(self) -> None:
        assert self.outcome(self.TWO[: self.TWO.index("HL*2")]) == [self.cut("the file ends", "", 3)]

    def test_before_the_trailer_of_the_interchange(self) -> None:
        assert self.outcome(self.TWO[: self.TWO.index("IEA")]) == [
            "A-1",
            "A-2",
            (
                f"segment 1: the file ends inside the interchange: its trailer `IEA` is missing, and claims may be "
                f"({CUT})"
            ),
        ]

    def test_in_the_middle_of_a_file(self) -> None:
        broken = self.TWO[: self.TWO.index("SE*")] + "GE*1*1~IEA*1*000000001~"
        assert self.outcome(broken + claims("CLM*A-3*65***11", *CLAIM[1:], DATED)) == [
            self.cut("`GE` (segment 21) comes", "A-1", 11),
            self.cut("`GE` (segment 21) comes", "A-2", 16),
            "A-3",
        ]

    def test_before_another_interchange(self) -> None:
        broken = self.TWO[: self.TWO.index("GE*")]
        assert self.outcome(broken + claims("CLM*A-3*65***11", *CLAIM[1:], DATED))[2:] == [
            (
                f"segment 1: another header `ISA` comes inside the interchange: its trailer `IEA` is missing, "
                f"and claims may be ({CUT})"
            ),
            "A-3",
        ]

    def test_a_trailer_without_its_transaction(self) -> None:
        assert self.outcome(interchange("SE*1*0001~")) == [
            f"segment 3: a trailer `SE` is here without its `ST` ({CUT})",
            (
                "segment 2: group `1` was sent with 1 transaction, as its trailer `GE` (segment 4) says, and 0 arrived "
                f"({LOST})"
            ),
        ]

    def test_a_second_header_that_is_damaged_leaves_the_first_interchange_decided(self) -> None:
        assert self.outcome(self.TWO + HEADER.replace("SAMPLEPAYER    ", "SAMPLEPAYER") + "GS*HC~" * 10)[:3] == [
            "A-1",
            "A-2",
            (
                "segment 24: the header `ISA` is damaged: ISA08 has 11 characters and must have 15 "
                "(give each element of `ISA` its fixed width, filled by blanks)"
            ),
        ]


def test_transactions_of_other_kinds_do_not_stop_the_claims() -> None:
    other = transaction("BPR*I*65*C", opening="ST*835*0001")
    found = read(interchange(other, transaction(*BILLING, *SUBSCRIBER, *CLAIM, DATED)))
    assert [type(each) for each in found] == [Diagnostic, RawEncounter]


def test_a_stream_that_fails_on_the_way_keeps_what_came_before() -> None:
    class Failing(io.BytesIO):
        def read1(self, size: int | None = -1) -> bytes:
            if found := super().read1(size):
                return found
            raise OSError(5, "Input/output error")

    assert findings(Failing()) == ["the file cannot be read on: Input/output error"]
    one = interchange(transaction(*BILLING, *SUBSCRIBER, *CLAIM, DATED))
    found = read(Failing((one * 200 + one[: one.index("SE*")]).encode()))
    assert len([each for each in found if isinstance(each, RawEncounter)]) >= 100
    failures = [each for each in found if isinstance(each, Diagnostic)]
    assert "x12-file" in {each.code for each in failures}
    assert "the file cannot be read on: Input/output error" in {each.message for each in failures}


def test_findings_name_the_file(tmp_path: Path) -> None:
    path = tmp_path / "claims.837"
    path.write_text("")
    assert [each.file for each in read(path) if isinstance(each, Diagnostic)] == [str(path)]
    assert [each.file for each in read_x12("", TAXONOMIES, file="-") if isinstance(each, Diagnostic)] == ["-"]


def test_a_path_that_cannot_be_opened_says_why(tmp_path: Path) -> None:
    assert findings(tmp_path / "none.837") == [
        f"{tmp_path}/none.837: the file cannot be opened: No such file or directory (make sure that the path is right)"
    ]
    assert findings(tmp_path) == [
        f"{tmp_path}: the file cannot be opened: Is a directory (make sure that the path is right)"
    ]


@pytest.mark.slow
def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """Only the claim ids stay: about 200 bytes a claim, where the claim's text has 1,500."""
    remark = [f"NTE*ADD*{'SAMPLE ' * 11}"] * 15

    def written(number: int) -> Path:
        path = tmp_path / f"{number}.837"
        with path.open("w") as file:
            file.writelines(text(number))
        return path

    def text(number: int) -> Iterator[str]:
        count = 2 + len(BILLING) + len(SUBSCRIBER) + number * (len(CLAIM) + 1 + len(remark))
        opening = [GROUP, "ST*837*0001*005010X222A1", *BILLING, *SUBSCRIBER]
        yield HEADER + "".join(f"{each}~\n" for each in opening)
        for claim in range(number):
            yield "".join(f"{each}~\n" for each in (f"CLM*A-{claim}*65***11", *CLAIM[1:], DATED, *remark))
        yield f"SE*{count}*0001~GE*1*1~IEA*1*000000001~"

    def peak(number: int) -> int:
        path = written(number)
        tracemalloc.start()
        assert sum(isinstance(each, RawEncounter) for each in read_x12(path, TAXONOMIES)) == number
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    few = peak(500)
    assert peak(2_500) - few < 2_000 * 250


class TestCodesInSmallLetters:
    """A code of X12 means the same in small letters: what would be passed over changes the answer."""

    def test_a_claim_reads_the_same(self) -> None:
        head, *rest = CLAIM
        text = claims(head, "REF*F8*OLD-1", *rest[:1], *rest[1:], "DTP*472*RD8*20240805-20240806")
        before, after = text[: len(HEADER)], text[len(HEADER) :]
        for small in ("REF*F8", "HI*ABK:M9901", "RD8", "SV1*HC", "*UN*", "SBR*P*18*******CI", "DMG*D8", "115*F", "XX*"):
            after = after.replace(small, small.lower())
        for small in ("PRV*BI*PXC*", "NM1*85", "NM1*IL", "11:B:1"):
            after = after.replace(small, small.lower())
        assert after != text[len(HEADER) :]
        assert encounters(before + after)[0].data == encounters(text)[0].data

    @pytest.mark.parametrize(
        ("written", "role"), [("sbr*p*18*******mb", "primary"), ("SBR*s*18*******Mb", "secondary")]
    )
    def test_the_place_of_a_payer_is_not_assumed(self, written: str, role: str) -> None:
        text = claims(*CLAIM, DATED).replace("SBR*P*18*******CI", written)
        (found,) = encounters(text)
        assert (found.data["payer_role"], found.data["medicare_role"]) == (role, role)
        assert not found.notes

    def test_names_and_numbers_stay_as_they_are_written(self) -> None:
        text = claims("CLM*a-1*65***11:b:7*Y*A*Y*Y", "ref*f8*old-1", *CLAIM[1:], DATED, "ref*6r*line-a")
        (found,) = encounters(text)
        assert (found.data["id"], found.data["original_reference"]) == ("a-1", "old-1")
        assert found.identifiers is not None
        assert found.identifiers.lines[1]["line_control"] == "line-a"


@pytest.mark.parametrize("place", ["11 : B : 8", "11: B :8", " 11:B:8 "])
def test_blanks_around_a_component_separator_part_nothing(place: str) -> None:
    head = CLAIM[0].replace("11:B:1", place)
    (found,) = encounters(claims(head, *CLAIM[1:3], "SV1* HC : 98940 : AT *65*UN*1***1 : 2", DATED))
    (line,) = cast("list[dict[str, object]]", found.data["lines"])
    assert (line["place_of_service"], found.data["frequency"]) == ("11", "8")
    assert (line["code"], line["modifiers"], line["diagnosis_pointers"]) == ("98940", ["AT"], [1, 2])
    assert not found.notes
