"""The one form of documents: what stands where, and what is left as the author wrote it."""

import json
from typing import Any

import pytest

from payrule.examples.run import document_files
from payrule.fmt import WIDTH, formatted
from payrule.source.files import shipped
from payrule.source.json_source import scan


def form_of(value: Any) -> str:
    return formatted(value)


@pytest.mark.parametrize("path", document_files(shipped("policies")), ids=lambda path: path.stem)
def test_shipped_documents_are_in_their_form(path: Any) -> None:
    text = path.read_text(encoding="utf-8")
    assert formatted(scan(text).value) == text


def test_keys_stand_as_the_schema_lists_them() -> None:
    rule = {"conclude": {"value": "met", "concern": "necessity"}, "when": {}, "id": "r"}
    written = json.loads(form_of({"rules": [rule], "kind": "policy"}))
    assert list(written) == ["kind", "rules"]
    assert list(written["rules"][0]) == ["id", "when", "conclude"]
    assert list(written["rules"][0]["conclude"]) == ["concern", "value"]


def test_parts_of_a_condition_keep_their_order() -> None:
    when = {"line.units": {"at_most": 4, "at_least": 2}, "fact": "f", "all": [], "line.code": {"is": "00010"}}
    written = json.loads(form_of({"kind": "policy", "facts": {"z": {"when": when}, "a": {"when": {}}}}))
    assert list(written["facts"]) == ["z", "a"]
    assert list(written["facts"]["z"]["when"]) == ["line.units", "fact", "all", "line.code"]
    assert list(written["facts"]["z"]["when"]["line.units"]) == ["at_least", "at_most"]


def test_unknown_keys_come_last() -> None:
    assert list(json.loads(form_of({"titel": "t", "id": "i", "kind": "payer"}))) == ["kind", "id", "titel"]


def test_lists_keep_their_order() -> None:
    assert '["b", "a"]' in form_of({"kind": "policy", "sets": {"pair": ["b", "a"]}})


def test_documents_of_no_known_kind_keep_the_order_of_keys() -> None:
    assert form_of({"title": "t", "kind": "polcy"}) == '{\n  "title": "t",\n  "kind": "polcy"\n}\n'


@pytest.mark.parametrize(("spare", "lines"), [(0, 1), (1, 4)])
def test_what_fits_on_a_line_stands_on_one(spare: int, lines: int) -> None:
    """The comma after a member counts; one column more, and the list is opened."""
    long = "x" * (WIDTH - len('  "many": ["", "y"],') + spare)
    written = form_of({"many": [long, "y"], "end": 1}).splitlines()
    assert len(written) == lines + 3
    assert (len(written[1]) == WIDTH) == (lines == 1)


@pytest.mark.parametrize(("text", "form"), [("{}", "{}\n"), ("[ ]", "[]\n"), (' "é\\u00e9" ', '"éé"\n'), ("1", "1\n")])
def test_smallest_texts_have_a_form(text: str, form: str) -> None:
    assert formatted(scan(text).value) == form


def test_nothing_is_written_as_an_escape_that_need_not_be() -> None:
    assert form_of({"title": "Café → 97140\n"}) == '{\n  "title": "Café → 97140\\n"\n}\n'
