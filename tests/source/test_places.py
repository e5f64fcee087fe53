"""Reading JSON with places: the standard library's values, and for each value and key where it stands."""

import json
from math import isfinite
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from payrule.source.diagnostics import DocumentError
from payrule.source.json_source import DEEPEST, decode, json_path, line_and_column, scan

_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | _TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXTS, inner, max_size=4),
    max_leaves=12,
)
_SPACING = st.sampled_from([None, 0, 2, "\t", "\r\n"])


def at(value: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


@given(value=_VALUES, indent=_SPACING)
def test_value_is_that_of_the_standard_library(value: Any, indent: str | int | None) -> None:
    assert scan(json.dumps(value, indent=indent)).value == value


@given(value=_VALUES, indent=_SPACING)
def test_every_value_stands_at_its_place(value: Any, indent: str | int | None) -> None:
    text = scan(json.dumps(value, indent=indent))
    for path, offset in text.offsets.items():
        assert json.JSONDecoder().raw_decode(text.text, offset)[0] == at(value, path)


@given(value=_VALUES, indent=_SPACING)
def test_every_key_stands_at_its_place(value: Any, indent: str | int | None) -> None:
    text = scan(json.dumps(value, indent=indent))
    for path, offset in text.keys.items():
        assert json.JSONDecoder().raw_decode(text.text, offset)[0] == path[-1]


def _refused(constant: str) -> Any:
    raise ValueError(constant)


def _finite(number: str) -> float:
    return float(number) if isfinite(float(number)) else _refused(number)


def _once_each(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Refuse what the standard library takes: a key that stands twice."""
    found = dict(pairs)
    return found if len(found) == len(pairs) else _refused("a key twice")


@given(
    text=_VALUES.map(lambda value: json.dumps(value, ensure_ascii=False)),
    cut=st.integers(0, 40),
    put=st.sampled_from(["", ",", '"', "}", "[", "x", "\\", "-", "0"]),
)
@example(text='{"a": 1}', cut=8, put="")
@example(text="01", cut=2, put="")
@example(text='{"0": null, "": null}', cut=2, put="")
def test_text_is_refused_where_the_standard_library_refuses_it(text: str, cut: int, put: str) -> None:
    broken = text[:cut] + put + text[cut + 1 :]
    try:
        expected = json.loads(broken, parse_constant=_refused, parse_float=_finite, object_pairs_hook=_once_each)
    except ValueError:
        with pytest.raises(DocumentError) as refused:
            scan(broken, "a.json")
        (diagnostic,) = refused.value.findings
        assert diagnostic.file == "a.json"
        assert diagnostic.line is not None
        assert diagnostic.help
    else:
        assert scan(broken).value == expected


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ('{"a": 1, "a": 1}', ["$.a"]),
        ('{"b": {"a": 1, "c": 2, "a": 3}, "b": 4}', ["$.b", "$.b.a"]),
        ('{"a": 1, "\\u0061": 2}', ["$.a"]),
    ],
)
def test_each_key_that_stands_twice_is_reported(text: str, keys: list[str]) -> None:
    with pytest.raises(DocumentError) as refused:
        scan(text)
    assert sorted(str(diagnostic.path) for diagnostic in refused.value.findings) == keys
    assert {diagnostic.code for diagnostic in refused.value.findings} == {"duplicate-key"}


def test_key_may_stand_in_each_of_two_objects() -> None:
    assert scan('[{"a": 1}, {"a": {"a": 1}}]').value == [{"a": 1}, {"a": {"a": 1}}]


@pytest.mark.parametrize("depth", [DEEPEST, DEEPEST + 1, 100_000])
def test_nesting_is_bounded(depth: int) -> None:
    text = "[" * depth + "]" * depth
    if depth <= DEEPEST:
        assert scan(text).value is not None
    else:
        with pytest.raises(DocumentError, match="nested deeper"):
            scan(text)


@pytest.mark.parametrize("number", ["1e400", "-1e400", "9" * 5000])
def test_number_beyond_reason_is_refused(number: str) -> None:
    with pytest.raises(DocumentError, match="this number"):
        scan(f'{{"units": {number}}}')


@pytest.mark.parametrize("half", ["\\ud83d", "\\ude00", "\\ud83d\\ud83d"])
def test_half_a_character_is_refused(half: str) -> None:
    with pytest.raises(DocumentError, match="half of a character"):
        scan(f'["{half}"]')


def test_whole_character_written_in_halves_is_read() -> None:
    assert scan('["\\ud83d\\ude00"]').value == ["\N{GRINNING FACE}"]


@pytest.mark.parametrize(
    ("text", "help_text"),
    [
        ("[1, 2,]", "remove the comma before it"),
        ('{"a": 1,}', "remove the comma before it"),
        ('{"a": 1 "b": 2}', "add a comma before it"),
        ('["a" "b"]', "add a comma before it"),
        ("[{} {}]", "add a comma before it"),
        ("[True]", "write `true`"),
        ("[None]", "write `null`"),
        ("[NaN]", "write a number"),
        ("{'a': 1}", "write it in double quotation marks"),
        ("['a']", "write it in double quotation marks"),
        ("{a: 1}", 'write `"a"`'),
        ("[yes]", 'write `"yes"`'),
        ("[ // one\n1]", "remove the comment, for JSON has none"),
        ("[ # one\n1]", "remove the comment, for JSON has none"),
        ('["a]', 'add a `"`; the file may be cut off'),
        ('["a]\n', 'add a `"` before the end of the line'),
        ('["\\d"]', "write `\\\\` to mean a backslash"),
        ('["\t"]', "remove it"),
        ("[1", "the file may be cut off; give the whole file"),
        ("", "write a JSON object"),
        ("{} {}", "remove it, or the bracket that closes too early"),
        ("{“a”: 1}", 'write `"`, the straight quotation mark, on both sides'),
        ('{"a": “b”}', 'write `"`, the straight quotation mark, on both sides'),
        ("{„a“: 1}", 'write `"`, the straight quotation mark, on both sides'),
        ("[\u2018a\u2019]", 'write `"`, the straight quotation mark, on both sides'),
        ('{"a" = 1}', "write `:`"),
        ('{"a" 1}', "write `:` before it"),
        (
            '{"a": {"b": 1}, {"b": 2}}',
            "write a key and `:` before it; a list of values goes in `[` and `]`",
        ),
        ('{"a": {{"b": 1}]}', "write a key and `:` before it; a list of values goes in `[` and `]`"),
        ("[1}", "fix the JSON here"),
    ],
)
def test_what_other_notations_have_is_reported_as_json_has_it(text: str, help_text: str) -> None:
    with pytest.raises(DocumentError) as refused:
        scan(text)
    assert [diagnostic.help for diagnostic in refused.value.findings] == [help_text]


@given(text=st.text(st.sampled_from("ab\n"), max_size=12), offset=st.integers(0, 12))
def test_line_and_column_lead_back_to_the_offset(text: str, offset: int) -> None:
    line, column = line_and_column(text, min(offset, len(text)))
    before = "".join(each + "\n" for each in text.split("\n")[: line - 1])
    assert len(before) + column - 1 == min(offset, len(text))


def test_place_of_what_is_missing_is_that_of_what_holds_it() -> None:
    text = scan('{\n  "rules": [\n    {"id": "a"}\n  ]\n}')
    assert text.locate(("rules", 0, "when", "line.code")) == (3, 5)
    assert text.locate(("rules", 0, "id")) == (3, 12)
    assert text.locate(("rules", 0, "id"), key=True) == (3, 6)


@given(path=st.lists(st.text(max_size=5) | st.integers(0, 99), max_size=4).map(tuple))
def test_paths_are_reported_apart(path: tuple[str | int, ...]) -> None:
    steps = json_path(path)
    assert steps.startswith("$")
    for other in (path[:-1], (*path, 0), (*path, "0")):
        assert other == path or json_path(other) != steps


@pytest.mark.parametrize(
    ("data", "code", "place"),
    [
        ("{}".encode("utf-16"), "UTF-16", (None, None)),
        ("{}".encode("utf-16-le"), "byte 2 is zero", (None, None)),
        (b"\x89PNG\r\n\0\0", "byte 7 is zero", (None, None)),
        (b'{"a":\n "M\xfcller"}', "byte 0xfc", (2, 4)),
        (b"\xef\xbb\xbf\xff", "byte 0xff", (1, 1)),
        ("[1]\n[\N{SNOWMAN}".encode() + b"\xe2\x98", "byte 0xe2", (2, 3)),
    ],
)
def test_bytes_that_are_no_text_are_reported(data: bytes, code: str, place: tuple[int | None, int | None]) -> None:
    with pytest.raises(DocumentError) as refused:
        decode(data, "a.json")
    (diagnostic,) = refused.value.findings
    assert code in diagnostic.message
    assert (diagnostic.file, diagnostic.line, diagnostic.column) == ("a.json", *place)


@given(text=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_text_is_read_with_or_without_its_mark(text: str) -> None:
    if not text.startswith("\ufeff"):
        assert decode(text.encode()) == text
        assert decode(text.encode("utf-8-sig")) == text
