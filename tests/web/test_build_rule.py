"""From a sentence of a source to a rule, on the pages of the workbench."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.command import run
from tests.made_sources import pdf
from tests.scaffold.test_built_rule import RULE, TYPED
from tests.web.workbench_for_tests import Client, client_of, sent, words_of

from payrule.fmt import formatted
from payrule.model.digests import passage_digest
from payrule.web.site import Site

RULES = "/rules/massage@1.0.0"


@pytest.fixture
def site(folder: Path, tmp_path: Path) -> Iterator[Site]:
    with Site(folder, sources=tmp_path) as made:
        yield made


@pytest.fixture
def client(site: Site) -> Client:
    return client_of(site)


def digest(client: Client) -> str:
    found: str = client.get(RULES, headers={"accept": "application/json"}).json()["digest"]
    return found


def document(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "massage" / "1.0.0.json").read_text())
    return found


def keep(client: Client, **more: Any) -> Any:
    typed = TYPED | {"digest": digest(client)} | more
    return sent(client, f"{RULES}/keep", typed, follow_redirects=False)


def cite(folder: Path) -> None:
    """Let the policy cite the first sentence, so that its source is one that is gone through."""
    path = folder / "massage" / "1.0.0.json"
    data = json.loads(path.read_text())
    cited = {"source": "manual", "locator": "1", "digest": passage_digest("Massage is paid."), "words": 3}
    data["notes"] = [{"text": "Massage is paid.", "reason": "general", "cites": [cited]}]
    path.write_text(formatted(data))


def name_source(folder: Path, file: str) -> None:
    path = folder / "massage" / "1.0.0.json"
    data = json.loads(path.read_text())
    data["sources"]["manual"]["file"] = file
    path.write_text(formatted(data))


def test_a_sentence_of_a_pdf_comes_with_its_heading_and_page(client: Client, folder: Path, tmp_path: Path) -> None:
    pdf(tmp_path / "manual.pdf", [["Massage", "Nothing else."], ["2.1 Units", "Two units are not paid by the plan."]])
    name_source(folder, "manual.pdf")
    assert "can be read" in words_of(client.get("/sources").text)
    assert "Page 2, nothing yet." in words_of(client.get("/sources/manual.pdf").text)
    shown = client.get(f"{RULES}?source=manual&passage=1", headers={"accept": "application/json"}).json()["typed"]
    assert shown["passage"] == "Two units are not paid by the plan."
    assert shown["locator"] == "2.1 Units, page 2"


def test_a_source_that_cannot_be_read_says_why_and_the_others_are_there(
    client: Client, folder: Path, tmp_path: Path
) -> None:
    assert "there is no copy in the folder of sources" not in words_of(client.get("/sources").text)
    pdf(tmp_path / "scan.pdf", [[]])
    name_source(folder, "scan.pdf")
    said = " ".join(words_of(client.get("/sources").text))
    assert "holds pictures of pages and no text" in said
    assert client.get("/sources/scan.pdf").status_code == 422
    (tmp_path / "scan.pdf").unlink()
    assert "there is no copy in the folder of sources" in words_of(client.get("/sources").text)


def test_a_rule_is_made_of_a_sentence_that_has_none(client: Client, folder: Path) -> None:
    cite(folder)
    assert "manual.txt" in words_of(client.get("/sources").text)
    page = client.get("/sources/manual.txt").text
    assert "nothing yet." in words_of(page)
    assert f'href="{RULES}?source=manual&amp;passage=1"' in page
    form = client.get(RULES, params={"source": "manual", "passage": "1"}).text
    assert "Two units of massage on one day are not paid by the plan." in words_of(form)


def test_what_the_rule_would_do_is_shown_while_it_is_typed(client: Client) -> None:
    words = words_of(sent(client, RULES, TYPED).text)
    assert "when: code is one of 97124, 97140 and units is at least 2" in words
    assert "The answer is based on `two-units`." in words
    empty = words_of(sent(client, RULES, {}).text)
    assert any(each.startswith("the rule has no name") for each in empty)


def test_a_rule_is_saved_with_the_claims_that_are_kept(client: Client, folder: Path) -> None:
    answer = keep(client, keep=["two-units-decides"])
    assert (answer.status_code, answer.headers["location"]) == (303, "/policies/massage@1.0.0#two-units")
    assert document(folder)["rules"] == [RULE]
    assert [each.name for each in (folder / "massage" / "examples").iterdir()] == ["two-units-decides.json"]
    home = folder.parent.parent
    for command in ("fmt --check plans", "check plans --severity error", "test plans"):
        done = run(f"payrule {command}", home)
        assert done.code == 0, done.stdout + done.stderr


def test_what_somebody_else_wrote_meanwhile_is_not_lost(client: Client, folder: Path) -> None:
    before = digest(client)
    cite(folder)
    answer = keep(client, digest=before)
    assert answer.status_code == 409
    words = words_of(answer.text)
    assert any(each.startswith("Somebody else has changed the document meanwhile.") for each in words)
    assert "Save again to add your rule to the document as it is now." in words
    assert 'value="two-units"' in answer.text
    assert not document(folder)["rules"]
    assert keep(client).status_code == 303
    assert (document(folder)["notes"][0]["text"], len(document(folder)["rules"])) == ("Massage is paid.", 1)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"id": ""}, "the rule has no name"),
        ({"when.1.value": "<script>alert(1)</script>"}, "<script>alert(1)</script>"),
        ({"carc": "999"}, "999"),
        ({"rarc": ""}, "write one under RARC, such as N130 or N706"),
        ({"when.1.value": "timed-codes"}, "`timed-codes` is a code list; write it as `@timed-codes`"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_saved(
    client: Client, folder: Path, typed: dict[str, str], said: str
) -> None:
    answer = keep(client, **typed)
    assert answer.status_code == 422
    assert any(said in each for each in words_of(answer.text))
    assert "<script>alert" not in answer.text
    assert not document(folder).get("rules")


def test_the_next_version_is_made_where_a_version_is_in_force(client: Client, folder: Path) -> None:
    path = folder / "massage" / "1.0.0.json"
    data = json.loads(path.read_text()) | {"status": "in-force", "rules": [RULE], "published": "2026-01-01"}
    data["effective"] = {"from": "2026-01-01", "to": None}
    path.write_text(formatted(data))
    page = words_of(client.get(RULES).text)
    assert "massage@1.0.0 is in force, so it must not change. Make the next version, and add the rule there." in page
    wrong = sent(client, f"{RULES}/version", {"part": "major", "first": "1/1/2027"})
    assert any("`1/1/2027` is no date of service" in each for each in words_of(wrong.text))
    answer = sent(client, f"{RULES}/version", {"part": "major", "first": "2027-01-01"}, follow_redirects=False)
    assert answer.headers["location"] == "/rules/massage@2.0.0"
    assert (folder / "massage" / "2.0.0.json").exists()


def test_where_documents_are_only_shown_nothing_is_saved(client: Client, site: Site, folder: Path) -> None:
    site.is_read_only = True
    assert "Save the rule" not in words_of(sent(client, RULES, TYPED).text)
    answer = keep(client)
    assert answer.status_code == 422
    assert not document(folder).get("rules")


def test_without_copies_of_the_sources_the_page_says_how_to_name_them(folder: Path) -> None:
    with Site(folder) as site:
        answer = client_of(site).get("/sources")
        assert answer.status_code == 200
        assert any("start the workbench with" in each for each in words_of(answer.text))
        assert not any("send it again" in each for each in words_of(answer.text))
        assert client_of(site).get(RULES).status_code == 200
