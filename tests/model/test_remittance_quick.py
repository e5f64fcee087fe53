"""A list of remittance codes is read quickly only where its schema accepts it, and then as it stands."""

import json
from typing import Any

import msgspec
import pytest

from payrule.model.remittance_codes import REMITTANCE_CODES, RemittanceCodeList, list_findings, quick_list
from payrule.model.schema_validator import check_shape, schema
from payrule.source.files import shipped
from payrule.source.json_source import scan

PLAIN: dict[str, Any] = {
    "kind": "remittance-codes",
    "as_of": "2024-06-01",
    "groups": {"CO": {}},
    "carc": {"97": {"wording": "Paid for.", "start": "1995-01-01"}, "A1": {"end": "2020-02-29"}},
    "rarc": {"N19": {}, "MA130": {"start": "2000-01-01", "end": "2000-01-01"}},
    "needs_rarc": ["16", "96"],
}

WRONG: dict[str, dict[str, Any]] = {
    "another kind": {"kind": "vocabulary"},
    "no day": {"as_of": "2024-06-31"},
    "a day in another form": {"as_of": "20240601"},
    "a day with a time": {"as_of": "2024-06-01T00:00:00"},
    "a day that is a number": {"as_of": 20240601},
    "nothing for a list": {"groups": None},
    "a list for an object": {"carc": []},
    "an unknown group": {"groups": {"XX": {}}},
    "a CARC that is none": {"carc": {"9700": {}}},
    "a CARC with a line break": {"carc": {"97\n": {}}},
    "a RARC that is none": {"rarc": {"X1": {}}},
    "an empty wording": {"carc": {"97": {"wording": ""}}},
    "a wording that is null": {"carc": {"97": {"wording": None}}},
    "a first day that is null": {"carc": {"97": {"start": None}}},
    "an unknown key of a code": {"carc": {"97": {"begin": "1995-01-01"}}},
    "a code that is a text": {"carc": {"97": "x"}},
    "an unknown key": {"remarks": {}},
    "a code twice": {"needs_rarc": ["16", "16"]},
    "a code that needs one, misspelt": {"needs_rarc": ["16 "]},
    "an empty schema": {"$schema": ""},
    "a schema that is null": {"$schema": None},
    "days swapped": {"carc": {"97": {"start": "2000-01-02", "end": "2000-01-01"}}},
}


def is_right(text: str) -> bool:
    """Tell whether a list has nothing wrong, as it is read with its places."""
    read = scan(text)
    if check_shape(read, schema("remittance-codes")):
        return False
    return not list(list_findings(msgspec.convert(read.value, RemittanceCodeList), read))


@pytest.mark.parametrize("changes", list(WRONG.values()), ids=list(WRONG))
def test_a_list_with_something_wrong_is_not_read_quickly(changes: dict[str, Any]) -> None:
    text = json.dumps(PLAIN | changes)
    assert not is_right(text)
    assert quick_list(text) is None


@pytest.mark.parametrize("key", ["kind", "as_of", "groups", "carc", "rarc"])
def test_a_list_that_lacks_something_is_not_read_quickly(key: str) -> None:
    text = json.dumps({name: value for name, value in PLAIN.items() if name != key})
    assert not is_right(text)
    assert quick_list(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        json.dumps(PLAIN) + "x",
        json.dumps(PLAIN)[:-1] + ', "kind": "remittance-codes"}',
        json.dumps(PLAIN).replace('"97": {', '"97": {}, "97": {'),
        json.dumps(PLAIN).replace("Paid", "\\ud800"),
        "[" * 100_000,
    ],
    ids=["empty", "a list", "null", "more", "a key twice", "a code twice", "half a character", "deep"],
)
def test_a_text_that_is_no_document_is_not_read_quickly(text: str) -> None:
    assert quick_list(text) is None


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [json.dumps(PLAIN), json.dumps({**PLAIN, "$schema": "x"}), (shipped("policies") / REMITTANCE_CODES).read_text()],
    ids=["plain", "with a schema", "shipped"],
)
def test_a_list_that_is_right_is_read_quickly_and_as_it_stands(text: str) -> None:
    assert is_right(text)
    assert quick_list(text) == msgspec.convert(scan(text).value, RemittanceCodeList)
