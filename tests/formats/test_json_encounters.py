"""Cutting JSON into encounters: however it is cut into pieces and arranged, and whatever stands between."""

import json
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payrule.formats import json_reader
from payrule.formats.encounters import RawEncounter
from payrule.formats.json_reader import read_json, read_json_lines
from payrule.source.diagnostics import Diagnostic

_TEXTS = st.text(st.sampled_from('ab"\\{}[],:\n \N{SNOWMAN}'), max_size=6)
_ENCOUNTERS = st.dictionaries(_TEXTS, _TEXTS | st.lists(st.dictionaries(_TEXTS, st.integers(), max_size=2), max_size=2))


def findings(items: Iterable[Any]) -> list[Diagnostic]:
    found: list[Diagnostic] = []
    for item in items:
        found += [item] if isinstance(item, Diagnostic) else item if isinstance(item, tuple) else []
    return found


def encounters(items: Iterable[Any]) -> list[RawEncounter]:
    return [item for item in items if isinstance(item, RawEncounter)]


def pieces(text: str, cuts: list[int]) -> list[str]:
    places = sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts)})
    return [text[start:end] for start, end in pairwise(places)]


def arranged(values: list[Any], how: str, indent: int | None) -> str:
    texts = [json.dumps(value, indent=indent, ensure_ascii=False) for value in values]
    if how == "array":
        return "[" + ",\n".join(texts) + "]"
    return {"one after the other": " ", "one a line": "\n"}[how].join(texts)


@given(
    values=st.lists(_ENCOUNTERS, min_size=1, max_size=4),
    how=st.sampled_from(["array", "one after the other", "one a line"]),
    indent=st.sampled_from([None, 1]),
    cuts=st.lists(st.integers(0, 400), max_size=8),
)
def test_arrangement_and_pieces_are_irrelevant(
    values: list[Any], how: str, indent: int | None, cuts: list[int]
) -> None:
    items = list(read_json(pieces(arranged(values, how, indent), cuts), None))
    assert not findings(items)
    assert [item.data for item in encounters(items)] == values


@given(values=st.lists(_ENCOUNTERS, min_size=1, max_size=4))
def test_lines_are_read_as_the_same_text_is(values: list[Any]) -> None:
    lines = [json.dumps(value).encode() + b"\n" for value in values]
    text = b"".join(lines).decode()
    assert [item.data for item in encounters(read_json_lines(lines, None))] == values
    assert [item.data for item in encounters(read_json([text], None))] == values


@given(
    values=st.lists(_ENCOUNTERS, min_size=2, max_size=4), how=st.sampled_from(["array", "one a line"]), data=st.data()
)
def test_every_encounter_begins_where_it_says(values: list[Any], how: str, data: st.DataObject) -> None:
    text = arranged(values, how, data.draw(st.sampled_from([None, 1])))
    lines = text.split("\n")
    for item, value in zip(encounters(read_json([text], None)), values, strict=True):
        rest = "\n".join([lines[item.line - 1][item.column - 1 :], *lines[item.line :]])
        assert json.JSONDecoder().raw_decode(rest)[0] == value


@pytest.mark.parametrize(
    "broken",
    [
        '{"id": }',
        '{"id": "2"',
        '{"id": "2", "id": "2"}',
        '{"id": NaN}',
        '{"id": tru}',
        '{"id": "2}',
        '{"x": [1, 2}',
        "{]}",
    ],
)
@pytest.mark.parametrize("how", ["lines", "array"])
def test_broken_encounter_is_reported_and_those_before_it_are_read(broken: str, how: str) -> None:
    one, three = '{"id": "1"}', '{"id": "3"}'
    if how == "lines":
        items = list(read_json_lines([each.encode() for each in (one, broken, three)], "f"))
        assert [item.data["id"] for item in encounters(items)] == ["1", "3"]
    else:
        items = list(read_json([f"[{one},\n{broken},\n{three}]"], "f"))
        assert encounters(items)[0].data == {"id": "1"}
    # What nothing closes goes on to the next line, and is told there.
    assert findings(items)[0].line == (3 if how == "array" and broken.endswith('"2"') else 2)


def test_all_that_is_wrong_with_one_encounter_comes_together() -> None:
    (found,) = read_json(['{"id": 1, "id": 2, "payer": 1, "payer": 2}'], None)
    assert isinstance(found, tuple)
    assert [diagnostic.path for diagnostic in found] == ["$.id", "$.payer"]


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        ('[{"id": "1"} {"id": "2"}]', "`,` is missing here", (1, 13)),
        ('[{"id": "1"}, {"id": "2"}', "`]` is missing here", (1, 26)),
        ('[{"id": "1"}, {"id": "2"},]', "`,` is where `]` is expected", (1, 26)),
        ('[{"id": "1"},, {"id": "2"}]', "`,` is here more than once", (1, 13)),
        ('[{"id": "1"}, 5, {"id": "2"}]', "`5` is where a claim is expected", (1, 15)),
        ('[{"id": "1"}, {"id": "2"}]]', "`]` is here more than once", (1, 26)),
        ('{"id": "1"},\n{"id": "2"}', "`,` is between claims", (1, 12)),
        ('{"id": "1"}\nand\n{"id": "2"}', "`and` is between claims", (2, 1)),
    ],
)
def test_what_stands_between_encounters_is_reported_and_they_are_read(
    text: str, message: str, place: tuple[int, int]
) -> None:
    items = list(read_json([text], None))
    assert [item.data["id"] for item in encounters(items)] == ["1", "2"]
    (diagnostic,) = findings(items)
    assert (diagnostic.message, (diagnostic.line, diagnostic.column)) == (message, place)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        (" \n ", "empty"),
        ("5", "not-an-encounter"),
        ('"text"', "not-an-encounter"),
        ("[1, 2]", "json"),
        ("[[{}]]", "not-an-encounter"),
        ("Dear payer,", "no-claims"),
        ("Dear {payer},\nplease {find}", "no-claims"),
        ("a;b\n1;2", "no-claims"),
    ],
)
def test_file_without_encounters_is_reported_once(text: str, code: str) -> None:
    items = list(read_json([text], "f"))
    assert not encounters(items)
    assert [diagnostic.code for diagnostic in findings(items)] == [code]


@pytest.mark.parametrize("text", ["a;b;c\n1;2;3", "a\tb\tc", "encounters,code,date\n"])
def test_a_table_without_its_ending_is_recognized(text: str) -> None:
    (found,) = findings(list(read_json([text], "f")))
    assert "the name of a table has to end with `.csv`" in str(found.help)


def test_empty_array_holds_no_encounter_and_no_mistake() -> None:
    assert list(read_json([" [ ] "], None)) == []


@pytest.mark.parametrize("lines", [[], [b"\n"], [b" \r\n", b"\t"]])
def test_lines_without_encounters_are_reported(lines: list[bytes]) -> None:
    assert [diagnostic.code for diagnostic in findings(read_json_lines(lines, None))] == ["empty"]


def test_line_in_another_encoding_is_reported_at_its_place() -> None:
    items = list(read_json_lines([b'{"id": "1"}\n', b'{"id": "\xfc"}\n', b'{"id": "3"}\n'], "f"))
    assert [item.data["id"] for item in encounters(items)] == ["1", "3"]
    (diagnostic,) = findings(items)
    assert (diagnostic.line, diagnostic.column) == (2, 9)


def test_encounter_beyond_reason_is_refused_without_reading_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_reader, "LONGEST", 100)
    read = []

    def endless() -> Iterable[str]:
        yield '{"id": "'
        for number in range(1_000):
            read.append(number)
            yield "x" * 50

    (diagnostic,) = findings(read_json(endless(), None))
    assert diagnostic.code == "too-long"
    assert len(read) < 10
    assert [each.code for each in findings(read_json_lines([b'{"id": "' + b"x" * 200], None))] == ["too-long"]


def test_long_text_is_not_read_again_for_every_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []
    token = json_reader._token  # noqa: SLF001 - counted, for a clock is no measure

    def counted(text: str, start: int) -> Any:
        tried.append(len(text) - start)
        return token(text, start)

    monkeypatch.setattr(json_reader, "_token", counted)
    size, piece = 1_000_000, 1_000
    text = json.dumps({"id": "x" * size})
    (item,) = read_json(pieces(text, list(range(0, size, piece))), None)
    assert isinstance(item, RawEncounter)
    assert sum(tried) < 8 * size


@pytest.mark.parametrize("surrogates", ["\\ud83d", "\\ude00"])
def test_half_a_character_is_refused(surrogates: str) -> None:
    assert [each.code for each in findings(read_json([f'{{"id": "{surrogates}"}}'], None))] == ["json"]
    assert encounters(read_json(['{"id": "\\ud83d\\ude00"}'], None))[0].data == {"id": "\N{GRINNING FACE}"}
