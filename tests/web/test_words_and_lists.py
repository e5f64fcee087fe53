"""Code lists and attributes, made and renewed by forms."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.command import run
from tests.web.workbench_for_tests import Client, client_of, sent, words_of

from payrule.web.site import Site

LIST = {"id": "hips", "title": "Hips", "codes": "S73.0\r\nS73.1\r\nM16.*\r\n", "way": "save"}
WORD = {"where": "line", "key": "second_opinion", "summary": "Whether a second opinion was had.", "type": "boolean"}


@pytest.fixture
def client(folder: Path) -> Iterator[Client]:
    with Site(folder) as site:
        yield client_of(site)


def held(folder: Path) -> list[Any]:
    found: list[Any] = json.loads((folder / "code-sets" / "hips.json").read_text())["entries"]
    return found


def well(folder: Path) -> None:
    """See that what was saved is in its form, and passes every check."""
    for command in ("fmt --check plans", "check plans --severity error"):
        done = run(f"payrule {command}", folder.parent.parent)
        assert done.code == 0, done.stdout + done.stderr


def test_a_list_is_made_of_a_column_that_is_pasted(client: Client, folder: Path) -> None:
    shown = words_of(sent(client, "/codes", LIST | {"way": "show"}).text)
    assert "3 entries; a new list." in shown
    assert "added M16.*: any date" in shown
    assert not (folder / "code-sets").exists()
    answer = sent(client, "/codes", LIST, follow_redirects=False)
    assert answer.headers["location"] == "/codes/hips"
    assert [each["code"] for each in held(folder)] == ["S73.0", "S73.1", "M16.*"]
    assert "S73.0: any date" in words_of(client.get("/codes/hips").text)
    assert "@hips" in words_of(client.get("/codes").text)
    well(folder)


def test_a_list_is_renewed_from_a_day_on(client: Client, folder: Path) -> None:
    sent(client, "/codes", LIST)
    new = {"codes": "S73.0\nM16.*\nM17.0", "first": "2027-01-01"}
    shown = words_of(sent(client, "/codes/hips", new | {"way": "show"}).text)
    assert "ended S73.1: to 2026-12-31, was any date" in shown
    assert "added M17.0: from 2027-01-01" in shown
    assert len(held(folder)) == 3
    sent(client, "/codes/hips", new | {"way": "save"})
    assert len(held(folder)) == 4
    well(folder)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"id": ""}, "the code list has no name"),
        ({"id": "Hips"}, "`Hips` is no name of a code list"),
        ({"id": "../hips"}, "`../hips` is no name of a code list"),
        ({"title": ""}, "it is not said what the codes have in common"),
        ({"codes": "S73.0\n<b>\n"}, "`<b>` is no code"),
        ({"codes": "S73.0\nS73.0\n"}, "S73.0"),
        ({"codes": ""}, "the file lists no code"),
        ({"first": "1/1/2027"}, "`1/1/2027` is no date"),
    ],
)
def test_what_cannot_be_placed_is_said_and_nothing_is_saved(
    client: Client, folder: Path, fields: dict[str, str], said: str
) -> None:
    answer = sent(client, "/codes", LIST | fields)
    assert answer.status_code == 422
    assert any(said in each for each in words_of(answer.text))
    assert "<b>" not in answer.text
    assert str(folder.anchor + "tmp") not in answer.text
    assert not (folder / "code-sets").exists()


def test_an_attribute_is_added_and_used_at_once(client: Client, folder: Path) -> None:
    digest = client.get("/words").text.partition('name="digest" value="')[2].partition('"')[0]
    answer = sent(client, "/words", WORD | {"digest": digest, "also_called": "2nd opinion"}, follow_redirects=False)
    assert answer.headers["location"] == "/words"
    kept = json.loads((folder / "vocabulary.json").read_text())["attributes"]["line.second_opinion"]
    assert kept == {"type": "boolean", "summary": WORD["summary"], "also_called": ["2nd opinion"]}
    assert "line.second_opinion" in words_of(client.get("/words").text)
    assert "second opinion" in words_of(client.get("/rules/massage@1.0.0").text)
    well(folder)
    again = sent(client, "/words", WORD | {"digest": digest, "key": "third"})
    assert any("somebody else has changed the vocabulary meanwhile" in each for each in words_of(again.text))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"key": ""}, "the attribute has no name"),
        ({"key": "Second"}, "`Second` is no name"),
        ({"key": "units"}, "there is an attribute `line.units`"),
        ({"where": "claim"}, "it is not said where a claim carries it, or what it holds"),
        ({"summary": ""}, "it is not said what the word means"),
        ({"type": "choice"}, "the words that it may hold are missing"),
    ],
)
def test_what_is_wrong_with_a_word_is_said(client: Client, folder: Path, fields: dict[str, str], said: str) -> None:
    before = (folder / "vocabulary.json").read_bytes()
    answer = sent(client, "/words", WORD | fields)
    assert answer.status_code == 422
    assert any(said in each for each in words_of(answer.text))
    assert (folder / "vocabulary.json").read_bytes() == before


def test_what_was_pasted_stays_in_its_lines_beside_what_is_wrong(client: Client) -> None:
    pasted = {"id": "some", "title": "Some", "codes": "97124\n97140\n97124", "way": "show"}
    answer = sent(client, "/codes", pasted)
    assert answer.status_code == 422
    assert ">\n97124\n97140\n97124</textarea>" in answer.text
    assert any("`97124` is in the list twice on every day" in each for each in words_of(answer.text))
    assert 'value="some"' in answer.text


def test_a_word_that_cannot_be_added_stays_in_the_form(client: Client) -> None:
    answer = sent(client, "/words", {"where": "line", "key": "No Name", "type": "text", "summary": "Some."})
    assert answer.status_code == 422
    assert 'value="No Name"' in answer.text
