"""Opening claim files: which format, which encoding, what cannot be opened, and the place of whatever is wrong."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payrule.formats import reading
from payrule.formats.claim_files import items_of
from payrule.formats.encounters import RawEncounter, checked
from payrule.formats.reading import BY_ENDING, READERS, read_file, read_stream
from payrule.rulebase.rulebase import load
from payrule.source.diagnostics import Diagnostic

VOCABULARY = load().documents.vocabulary
VALIDATOR = load().validator

LINE = {"number": 1, "code": "00010", "date": "2016-03-01"}
ENCOUNTER = {"id": "E-1", "lines": [LINE]}


def read(data: bytes, kind: str | None = None) -> list[Any]:
    return list(read_stream(io.BufferedReader(io.BytesIO(data)), "f", VOCABULARY, kind))


def told(items: list[Any]) -> list[Diagnostic]:
    found: list[Diagnostic] = []
    for item in items:
        found += [item] if isinstance(item, Diagnostic) else item if isinstance(item, tuple) else []
    return found


def names(items: list[Any]) -> list[Any]:
    return [item.data["id"] for item in items if isinstance(item, RawEncounter)]


def test_every_ending_has_a_reader() -> None:
    assert set(BY_ENDING.values()) == set(READERS)


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("blank", [b"", b"\n\n  "])
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"id": "E-1"}', ["E-1"]),
        ('{\n"id": "E-1"}', ["E-1"]),
        ('[{"id": "E-1"}, {"id": "E-2"}]', ["E-1", "E-2"]),
        ('{"id": "E-1"}\n{"id": "E-2"}\n', ["E-1", "E-2"]),
        ('{"id": "E-1"}\r\n\r\n{"id": "E-2"}\r\n', ["E-1", "E-2"]),
    ],
)
def test_beginning_tells_the_format(text: str, found: list[str], mark: bytes, blank: bytes) -> None:
    assert names(read(mark + blank + text.encode())) == found


def test_x12_is_known_by_its_header_whatever_the_file_is_called() -> None:
    assert [diagnostic.code for diagnostic in told(read(b"ISA*00*", "json"))] == ["x12-file"]


def test_one_line_that_is_broken_does_not_hide_the_format() -> None:
    items = read(b'{"id": "E-1"}\n{"id": \n{"id": "E-3"}\n')
    assert names(items) == ["E-1", "E-3"]


@given(
    text=st.text(st.sampled_from("a\N{SNOWMAN}\N{GRINNING FACE}\u00fc"), min_size=1, max_size=30),
    size=st.integers(1, 7),
)
def test_characters_are_whole_wherever_the_file_is_cut(text: str, size: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "_CHUNK", size)
        assert names(read(json.dumps({"id": text}, ensure_ascii=False).encode(), "json")) == [text]


@given(before=st.integers(0, 40), size=st.integers(1, 9))
def test_place_of_another_encoding_is_that_in_the_file(before: int, size: int) -> None:
    data = ("[\n" + "\N{SNOWMAN}" * before).encode() + b"\xfc]"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "_CHUNK", size)
        diagnostic = told(read(data, "json"))[-1]
    assert (diagnostic.code, diagnostic.line, diagnostic.column) == ("encoding", 2, before + 1)


def test_character_that_the_end_cuts_off_is_reported() -> None:
    diagnostic = told(read(b'{"id": "\xe2\x98', "json"))[-1]
    assert (diagnostic.code, diagnostic.line, diagnostic.column) == ("encoding", 1, 9)


@pytest.mark.parametrize("kind", ["json", "jsonl"])
@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("{}".encode("utf-16"), "UTF-16"),
        (b"PK\x03\x04\0\0", "an archive, or a workbook"),
        ("{}".encode("utf-16-be"), "byte 1 is zero"),
    ],
)
def test_file_that_is_no_text_is_reported_once(data: bytes, said: str, kind: str) -> None:
    (diagnostic,) = told(read(data, kind))
    assert said in diagnostic.message


@pytest.mark.parametrize("kind", [None, *READERS])
@pytest.mark.parametrize(
    ("data", "what", "help_text"),
    [
        (b"PK\x03\x04" + b"\x14\0" * 13 + b"[Content_Types].xml", "a workbook", "`CSV UTF-8`"),
        (b"PK\x03\x04" + b"\x14\0" * 13 + b"claims.csv", "an archive", "unpack it"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0", "a workbook", "`CSV UTF-8`"),
        (b"\x1f\x8b\x08\0", "a compressed file", "unpack it"),
        (b"%PDF-1.7\n", "a PDF document", "JSON"),
        (b"PAR1\x15\0", "a Parquet file", "`.parquet`"),
    ],
    ids=["workbook", "archive", "old-workbook", "compressed", "pdf", "parquet"],
)
def test_file_of_another_kind_is_reported_with_what_to_do(
    data: bytes, what: str, help_text: str, kind: str | None
) -> None:
    (diagnostic,) = told(read(data, kind))
    assert what in diagnostic.message
    assert help_text in str(diagnostic.help)


def test_only_the_beginning_of_a_line_without_end_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LONGEST", 10)
    data = b'{"id": "1"}\n' + b"x" * 10_000 + b'\n{"id": "3"}\n'
    lines = list(reading._lines(io.BufferedReader(io.BytesIO(data)), "claims.jsonl"))  # noqa: SLF001 - what the reader is given
    assert [line[:3] for line in lines] == [b'{"i', b"xxx", b'{"i']
    assert max(map(len, lines)) < 50


@pytest.mark.parametrize(
    ("name", "code"),
    [("missing.json", "no-file"), (".", "no-file"), ("a" * 300, "unreadable"), ("file/below", "unreadable")],
)
def test_what_cannot_be_opened_is_one_finding(name: str, code: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (diagnostic,) = told(list(read_file(tmp_path / name, VOCABULARY)))
    assert diagnostic.code == code
    assert diagnostic.help


def test_findings_of_the_validator_stand_at_their_place_in_the_file() -> None:
    bad = {"id": "E-2", "lines": [LINE | {"date": "2016-02-30"}]}
    for data in (
        json.dumps([ENCOUNTER, bad], indent=2),
        json.dumps(ENCOUNTER) + "\n" + json.dumps(bad),
        json.dumps(ENCOUNTER) + "  " + json.dumps(bad, indent=1),
    ):
        one, two = checked(read(data.encode()), VALIDATOR, "f")
        assert one.encounter is not None
        (diagnostic,) = two.findings
        line = data.split("\n")[(diagnostic.line or 0) - 1]
        assert line[(diagnostic.column or 0) - 1 :].startswith('"2016-02-30"')


def test_encounter_nested_too_deeply_is_reported_and_the_next_one_read() -> None:
    deep = json.dumps(ENCOUNTER)[:-1] + ', "remarks": ' + "[" * 80 + "]" * 80 + "}"
    one, two = checked(read(f"{deep}\n{json.dumps(ENCOUNTER)}\n".encode()), VALIDATOR, "f")
    assert one.encounter is None
    assert [(diagnostic.code, diagnostic.line) for diagnostic in one.findings] == [("json", 1)]
    assert two.encounter is not None


def test_unknown_key_is_a_warning_and_strictly_an_error() -> None:
    data = json.dumps(ENCOUNTER | {"payor": "p"}).encode()
    (lenient,) = checked(read(data), VALIDATOR, "f")
    (strict,) = checked(read(data), VALIDATOR, "f", strict=True)
    assert lenient.encounter is not None
    assert strict.encounter is None
    assert [each.severity for each in (*lenient.findings, *strict.findings)] == ["warning", "error"]


def test_what_is_reported_of_a_whole_encounter_names_it_and_its_place() -> None:
    _, read_ = checked(read(json.dumps(ENCOUNTER).encode() + b"\n" + json.dumps(ENCOUNTER).encode()), VALIDATOR, "f")
    diagnostic = read_.told(Diagnostic(code="no-payer", message="no payer is named"))
    assert (diagnostic.place, diagnostic.claim, diagnostic.message) == ("f:2:1", "E-1", "no payer is named")


WRONG_ENDINGS = {
    "a.837": (b'{"resourceType": "Claim", "id": "1"}', "a.837: this is FHIR in JSON, and no X12"),
    "b.837": (b'\n[{"resourceType": "Bundle"}]', "b.837: this is FHIR in JSON, and no X12"),
    "c.json": (b"PK\x03\x04..[Content_Types].xml", "c.json: this is a workbook"),
    "d.xlsx": (b"encounter,code\nE-1,00001\n", "d.xlsx: this is no workbook, though its name says so"),
    "e.xlsx": (b"", "e.xlsx: the file is empty"),
}


@pytest.mark.parametrize("name", WRONG_ENDINGS)
def test_a_file_with_the_ending_of_another_format_is_named_what_it_is(name: str, tmp_path: Path) -> None:
    content, said = WRONG_ENDINGS[name]
    (tmp_path / name).write_bytes(content)
    (found,) = items_of(tmp_path / name, load().documents, None)
    assert isinstance(found, Diagnostic)
    assert str(found).replace(f"{tmp_path}/", "").startswith(said)
    assert found.help


@pytest.mark.parametrize("size", [10, 70_000])
def test_a_claim_in_another_encoding_is_named_and_the_others_are_read(size: int) -> None:
    text = json.dumps([{"id": "A", "note": "x" * size}, {"id": "B", "note": "Ä"}, {"id": "C"}], ensure_ascii=False)
    first, (fault,), last = read(text.encode("latin-1"))
    assert (first.data["id"], last.data["id"]) == ("A", "C")
    assert (fault.code, fault.claim, fault.line, fault.column) == ("encoding", "B", 1, text.index("Ä") + 1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[{"id": "A"}, {"id": "B"},', "`]` is missing here"),
        ('[{"id": "A"}, {"id": "B"}', "`]` is missing here"),
        ('[{"id": "A"}, {"id": "B"}]]', "`]` is here more than once"),
        ('[{"id": "A"}, {"id": "B"},]', "`,` is where `]` is expected"),
    ],
)
def test_a_list_that_does_not_end_well_says_how(text: str, message: str) -> None:
    *claims, fault = read(text.encode())
    assert [each.data["id"] for each in claims] == ["A", "B"]
    assert fault.message == message
    assert ("cut off" in fault.help) == (message == "`]` is missing here")


@pytest.mark.parametrize("kind", ["json", "jsonl"])
@pytest.mark.parametrize("end", ["\x1a", "\n\x1a", "\r\n\x1a\r\n"])
def test_control_z_at_the_end_says_nothing(end: str, kind: str) -> None:
    found = read(f'{{"id": "A"}}\n{{"id": "B"}}\n{end}'.encode(), kind)
    assert (names(found), told(found)) == (["A", "B"], [])


def test_control_z_after_a_list_says_nothing_and_elsewhere_hides_nothing() -> None:
    assert told(read(b'[{"id": "A"}]\x1a', "json")) == []
    assert [each.code for each in told(read(b'[{"id": "A"}, \x1a {"id": "B"}]', "json"))] == ["json"]
    assert [each.code for each in told(read(b'{"id": "A"}\n\x1a{"id": "B"}\n', "jsonl"))] == ["json"]
