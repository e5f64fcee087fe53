"""A new edition of a source: added, compared, cited by the next version, and the rule that rests on what changed."""

import json
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.command import run
from tests.docs.pages import ROOT
from tests.made_sources import pdf
from tests.scaffold.test_built_rule import TEXT
from tests.web.test_publish import ready_rulebase
from tests.web.workbench_for_tests import Client, client_of, sent, words_of

from payrule.citations.copies import SourceText
from payrule.fmt import formatted
from payrule.model.digests import passage_digest
from payrule.web.site import Site

DAY = date(2026, 11, 29)
SENTENCE = "Two units of massage on one day are not paid by the plan."
NEWER = TEXT.replace("Two units", "Three units") + "\n1.2  Massage by video is not paid.\n"
FILE = "manual-2027.txt"
RULE = "/rules/massage@2.0.0/change/two-units"


@pytest.fixture(scope="module")
def in_force(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a rulebase with a version in force whose rule cites a sentence by its digest."""
    home = tmp_path_factory.mktemp("in-force")
    path = ready_rulebase(home) / "massage" / "1.0.0.json"
    (home / "texts").mkdir()
    (home / "manual.txt").rename(home / "texts" / "manual.txt")
    data = json.loads(path.read_text()) | {"status": "in-force", "published": "2026-01-01"}
    data["effective"] = {"from": None, "to": None}
    data["rules"][0]["cites"][0] |= {"digest": passage_digest(SENTENCE), "words": len(SourceText(SENTENCE).words)}
    path.write_text(formatted(data))
    return home


def in_force_copy(made: Path, home: Path) -> Path:
    shutil.copytree(made, home, dirs_exist_ok=True)
    return home / "plans" / "policies"


@pytest.fixture
def folder(in_force: Path, tmp_path: Path) -> Path:
    return in_force_copy(in_force, tmp_path)


@pytest.fixture
def client(folder: Path, tmp_path: Path) -> Iterator[Client]:
    with Site(folder, sources=tmp_path / "texts", today=lambda: DAY) as site:
        yield client_of(site)


def add(client: Client, name: str, text: str | bytes) -> Any:
    content = text if isinstance(text, bytes) else text.encode()
    return sent(client, "/sources", {}, files={"text": (name, content)}, follow_redirects=False)


def take_over(client: Client, **more: str) -> Any:
    typed = {"of": "massage@1.0.0/manual", "title": "Manual 2027", "first": "2027-01-01"} | more
    return sent(client, f"/sources/{FILE}/edition", typed, follow_redirects=False)


def version(folder: Path) -> Any:
    return json.loads((folder / "massage" / "2.0.0.json").read_text())


def test_a_text_is_added_and_listed_until_a_policy_cites_it(client: Client, tmp_path: Path) -> None:
    answer = add(client, "Manual 2027.txt", NEWER)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sources/Manual-2027.txt")
    assert (tmp_path / "texts" / "Manual-2027.txt").read_text() == NEWER
    assert "no policy yet" in words_of(client.get("/sources").text)
    assert "No policy cites this text yet." in words_of(client.get("/sources/Manual-2027.txt").text)
    assert add(client, "Manual 2027.txt", NEWER).status_code == 303


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("manual.txt", NEWER, "there is another text `manual.txt` in the folder of sources already"),
        ("list.xlsx", NEWER, "`list.xlsx` is no text that can be read"),
        ("a.pdf", None, "holds pictures of pages and no text"),
    ],
)
def test_a_text_that_cannot_be_added_is_refused_with_the_form(
    client: Client, tmp_path: Path, name: str, text: str | None, said: str
) -> None:
    if text is None:
        pdf(tmp_path / name, [[]])
    answer = add(client, name, text.encode() if text else (tmp_path / name).read_bytes())
    assert answer.status_code == 422
    assert any(said in each for each in words_of(answer.text)), words_of(answer.text)
    assert "Add it" in words_of(answer.text)
    assert [each.name for each in (tmp_path / "texts").iterdir()] == ["manual.txt"]
    assert (tmp_path / "texts" / "manual.txt").read_text() == TEXT


def test_a_new_edition_shows_what_has_changed_and_which_rule_rests_on_it(client: Client) -> None:
    add(client, FILE, NEWER)
    page = client.get(f"/sources/{FILE}", params={"of": "massage@1.0.0/manual"}).text
    said = words_of(page)
    assert "0 cited sentences are unchanged, 1 changed; 1 other change." in said
    assert "[-Two-]" in said
    assert "{+Three+}" in said
    assert "{+1.2 Massage by video is not paid.+}" in said
    assert 'href="/policies/massage@1.0.0#two-units"' in page


def test_a_new_edition_is_taken_for_one_of_the_text_that_it_is_most_like() -> None:
    plans = ROOT / "examples" / "policies"
    with Site(plans, sources=plans / "sources", read_only=True) as site:
        page = client_of(site).get("/sources/therapy-2.0.0.txt").text
    assert 'value="therapy@1.0.0/policy" selected="selected"' in page


@pytest.mark.slow
def test_the_next_version_cites_the_edition_and_leads_to_the_rule_with_its_new_words(
    client: Client, folder: Path
) -> None:
    add(client, FILE, NEWER)
    assert take_over(client).headers["location"] == f"/sources/{FILE}"
    made = version(folder)
    assert made["sources"]["manual"] == {"title": "Manual 2027", "file": FILE}
    assert (made["status"], made["effective"]["from"]) == ("proposed", "2027-01-01")
    page = client.get(f"/sources/{FILE}").text
    assert f'href="{RULE}"' in page
    assert 'href="/rules/massage@2.0.0?source=manual&amp;passage=2"' in page
    form = client.get(RULE, headers={"accept": "application/json"}).json()
    assert form["typed"]["cite.1.passage"] == SENTENCE.replace("Two", "Three")
    new = client.get("/rules/massage@2.0.0?source=manual&passage=2", headers={"accept": "application/json"}).json()
    assert (new["typed"]["passage"], new["typed"]["locator"]) == ("Massage by video is not paid.", "1.2")


def test_a_date_that_cannot_be_read_loses_nothing_that_was_typed(client: Client, folder: Path) -> None:
    add(client, FILE, NEWER)
    answer = take_over(client, first="1/1/2027")
    assert answer.status_code == 422
    assert any("`1/1/2027` is no date of service" in each for each in words_of(answer.text))
    assert 'value="1/1/2027"' in answer.text
    assert "Make the next version" in words_of(answer.text)
    assert not (folder / "massage" / "2.0.0.json").exists()


@pytest.mark.slow
def test_a_changed_rule_is_saved_and_its_examples_wait_until_somebody_says_why(
    client: Client, folder: Path, tmp_path: Path
) -> None:
    add(client, FILE, NEWER)
    take_over(client)
    form = client.get(RULE, headers={"accept": "application/json"}).json()
    typed = form["typed"] | {"value.2": "3", "summary": "Three units are not paid.", "digest": form["digest"]}
    shown = words_of(sent(client, RULE, typed).text)
    assert "when: code is one of 97124, 97140 and units is at least 3" in shown
    answer = sent(client, f"{RULE}/keep", typed, follow_redirects=False)
    assert answer.headers["location"] == "/policies/massage@2.0.0#two-units"
    source = client.get(f"/sources/{FILE}").text
    changed = source.partition("The whole text")[0]
    assert f'Rests on it: <a href="{RULE}">' in changed
    assert changed.count("No rule rests on it") == 1
    assert f'<a href="/sources/{FILE}">Source: {FILE}</a>' in client.get("/policies/massage@2.0.0").text
    (rule,) = version(folder)["rules"]
    assert (rule["summary"], rule["when"]["line.units"]) == ("Three units are not paid.", {"at_least": 3})
    assert rule["cites"][0]["digest"] == passage_digest(SENTENCE.replace("Two", "Three"))
    page = words_of(client.get("/tests?version=massage@2.0.0").text)
    assert "Examples that are answered otherwise now" in page
    names = [path.stem for path in (folder / "massage" / "examples").iterdir() if '"was"' in path.read_text()]
    assert names
    of_all = {"version": "massage@2.0.0", "example": names}
    assert sent(client, "/tests/settle", of_all | {"why": " "}).status_code == 422
    assert sent(client, "/tests/settle", of_all | {"example": [], "why": "Three from 2027."}).status_code == 422
    assert sent(client, "/tests/settle", of_all | {"why": "Three from 2027."}).status_code == 200
    assert "Examples that are answered otherwise now" not in words_of(client.get("/tests?version=massage@2.0.0").text)
    for command in ("fmt --check plans", "check plans --severity error --sources texts", "test plans"):
        done = run(f"payrule {command}", tmp_path)
        assert done.code == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_a_rule_of_a_version_in_force_leads_to_its_next_version(client: Client) -> None:
    page = words_of(client.get("/rules/massage@1.0.0/change/two-units").text)
    said = "massage@1.0.0 is in force, so it must not change. Make the next version, and change the rule there."
    assert said in page
    typed = {"part": "major", "first": "2027-01-01", "rule": "two-units"}
    answer = sent(client, "/rules/massage@1.0.0/version", typed, follow_redirects=False)
    assert answer.headers["location"] == RULE
    again = client.get("/rules/massage@1.0.0/change/two-units").text
    assert f'href="{RULE}"' in again
    assert client.get("/rules/massage@2.0.0/change/nothing").status_code == 422


@pytest.mark.slow
def test_a_version_that_is_not_in_force_cites_the_edition_itself(client: Client, folder: Path) -> None:
    sent(client, "/rules/massage@1.0.0/version", {"part": "major", "first": "2027-01-01"})
    add(client, FILE, NEWER)
    assert take_over(client, of="massage@2.0.0/manual").status_code == 303
    assert version(folder)["sources"]["manual"]["file"] == FILE
    assert [each.name for each in sorted((folder / "massage").glob("*.json"))] == ["1.0.0.json", "2.0.0.json"]


def test_where_documents_are_only_shown_no_text_is_added(folder: Path, tmp_path: Path) -> None:
    with Site(folder, sources=tmp_path / "texts", read_only=True) as site:
        client = client_of(site)
        assert "Add a text" not in words_of(client.get("/sources").text)
        assert add(client, FILE, NEWER).status_code == 422
    assert not (tmp_path / "texts" / FILE).exists()
