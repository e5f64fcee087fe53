"""The tests of a policy in the workbench: what is exercised, and claims that are proposed, accepted and corrected."""

import json
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from tests.web.workbench_for_tests import Client, client_of, sent, words_of

from payrule.examples.run import run_example
from payrule.fmt import reformatted
from payrule.rulebase.rulebase import load
from payrule.source.files import shipped, text_digest
from payrule.web.site import Site

TODAY = date(2026, 11, 23)
VERSION, RULE = "blue-cross@1.0.0", "listed-procedures"
ASKED = {"version": VERSION, "rule": RULE}
JSON = {"accept": "application/json"}


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Site]:
    """A site whose documents may be changed, and whose policy has no examples."""
    shutil.copytree(shipped("policies"), tmp_path / "policies")
    for path in (tmp_path / "policies" / "blue-cross" / "examples").iterdir():
        path.unlink()
    with Site(tmp_path, today=lambda: TODAY) as made:
        yield made


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with Site(None, today=lambda: TODAY) as site:
        yield client_of(site)


def test_each_version_leads_to_its_rules_with_a_bar_each(client: Client) -> None:
    version = "medicare-statute@1.0.0"
    assert f"/tests?version={version.replace('@', '%40')}" in client.get("/tests").text
    rules = load().policies["medicare-statute"][0].rules
    page = client.get("/tests", params={"version": version})
    assert page.text.count("<meter") == len(rules)
    example = page.text.split('href="/try?example=')[1].split('"')[0]
    assert client.get(f"/try?example={example}").status_code == 200
    found = client.get("/tests", params={"version": version}, headers=JSON).json()
    assert [each["rule"] for each in found] == [f"medicare-statute/{rule.id}" for rule in rules]
    assert all(0 < each["figure"]["seen"] <= each["figure"]["of"] for each in found)


def test_without_examples_nothing_is_exercised_and_it_is_said_what_is_missing(own: Site) -> None:
    found = client_of(own).get("/tests", params={"version": VERSION}, headers=JSON).json()
    assert {each["figure"]["seen"] for each in found} == {0}
    assert all("no example has an answer based on it" in each["lacking"] for each in found)


@pytest.mark.slow
def test_a_claim_that_is_accepted_is_an_example_that_passes_and_is_not_proposed_again(
    own: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(own)
    folder = own.folder / "blue-cross" / "examples"
    first = client.get("/tests", params=ASKED, headers=JSON).json()
    page = client.get("/tests", params=ASKED).text
    assert f"Claim 1 of {first['of']}. {first['summary']}" in " ".join(words_of(page))
    assert f'<a href="/rules/{VERSION}/change/{RULE}">change the rule</a>' in page
    digest = page.split('name="digest" value="')[1].split('"')[0]
    given = ASKED | {"at": "0", "name": first["name"], "digest": digest}
    answer = sent(client, "/tests/accept", given, follow_redirects=False)
    assert answer.status_code == 303
    path = folder / f"{first['name']}.json"
    text = path.read_text(encoding="utf-8")
    assert text_digest(text) == digest
    assert reformatted([path])[0].after == text
    assert run_example(path, load(own.folder), TODAY).failures == ()
    # The solver is not asked again for the claims that are left.
    monkeypatch.setattr("payrule.web.pages.rule_tests.solved_examples", lambda *_, **__: pytest.fail("asked"))
    following = client.get(answer.headers["location"], headers=JSON).json()
    assert following["of"] == first["of"] - 1
    assert following["encounter"]["lines"] != first["encounter"]["lines"]
    again = sent(client, "/tests/accept", given)
    assert again.status_code == 422
    assert "is not proposed any more" in again.text
    assert path.read_text(encoding="utf-8") == text


def test_a_claim_is_left_out_by_asking_for_the_next_one(client: Client) -> None:
    seen = [client.get("/tests", params=ASKED | {"at": str(at)}, headers=JSON).json() for at in range(2)]
    assert [each["at"] for each in seen] == [0, 1]
    assert seen[0]["encounter"] != seen[1]["encounter"]
    beyond = client.get("/tests", params=ASKED | {"at": "99"})
    assert "There is no further claim to propose." in words_of(beyond.text)


def test_a_claim_is_corrected_in_the_form(client: Client) -> None:
    proposed = client.get("/tests", params=ASKED, headers=JSON).json()
    page = client.get("/tests", params=ASKED).text
    form = page.split('action="/try#answer"')[1].split("</form>")[0]
    hidden = [each.split('"') for each in form.split('<input type="hidden" name="')[1:]]
    typed = {each[0]: each[2] for each in hidden}
    answer = client.post("/try", data=typed, headers=JSON).json()
    assert json.dumps(answer["determination"]["lines"][proposed["answer"]["number"] - 1]["reasons"]) == json.dumps(
        proposed["answer"]["reasons"]
    )


@pytest.mark.parametrize("fields", [{"version": "none@1.0.0"}, {"version": VERSION, "rule": "none"}])
def test_what_is_not_there_is_said_in_words(client: Client, fields: dict[str, str]) -> None:
    answer = client.get("/tests", params=fields)
    assert answer.status_code == 422
    assert "there is no" in answer.text


def test_nothing_is_accepted_where_documents_are_only_shown(client: Client) -> None:
    assert "Accept it" not in client.get("/tests", params=ASKED).text
    assert "nothing was changed" in sent(client, "/tests/accept", ASKED | {"name": "x"}).text


@pytest.mark.slow
def test_where_time_ran_out_the_solver_can_be_asked_to_look_longer(own: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    client = client_of(own)
    monkeypatch.setattr("payrule.web.pages.rule_tests.SECONDS", -1.0)
    short = client.get("/tests", params=ASKED)
    assert "There was no time to look for more claims." in words_of(short.text)
    assert "Look for up to 90 seconds (l)" in words_of(short.text)
    longer = client.get("/tests", params=ASKED | {"longer": "yes"})
    assert any(each.startswith("Claim 1 of ") for each in words_of(longer.text))
    assert 'name="longer" value="yes"' in longer.text
