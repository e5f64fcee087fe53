"""Without a folder the workbench shows what payrule ships, and makes a folder by a form."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.command import run
from tests.made_sources import pdf
from tests.web.workbench_for_tests import Client, client_of, sent, words_of

from payrule.web.site import Site

TYPED = {"folder": "my-rules", "title": "Massage therapy", "issuer": "Some plan"}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with Site(None, home=tmp_path) as site:
        yield client_of(site)


@pytest.mark.slow
def test_a_folder_is_made_with_a_first_policy_and_its_source(client: Client, tmp_path: Path) -> None:
    assert "Make a folder of your own" in words_of(client.get("/").text)
    source = pdf(tmp_path / "Manual 2027.pdf", [["2.1 Units", "Two units are not paid by the plan."]])
    with source.open("rb") as file:
        answer = sent(client, "/new", TYPED, files={"source": (source.name, file)}, follow_redirects=False)
    assert answer.headers["location"] == "/sources/Manual-2027.pdf"
    assert "Two units are not paid by the plan." in words_of(client.get("/sources/Manual-2027.pdf").text)
    rule = words_of(client.get("/rules/massage-therapy@1.0.0").text)
    assert "A new rule of massage-therapy@1.0.0: Massage therapy." in rule
    assert "what you change is saved there." in " ".join(words_of(client.get("/").text))
    for command in ("fmt --check my-rules", "check my-rules --severity error"):
        done = run(f"payrule {command}", tmp_path)
        assert done.code == 0, done.stdout + done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["Manual 2027.pdf", "my-rules"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"folder": ""}, "the folder has no name"),
        ({"folder": "../up"}, "is no name of a folder"),
        ({"folder": "there"}, "there is a folder `there` already"),
        ({"title": ""}, "the title of the policy is missing"),
        ({"issuer": " "}, "the issuer of the policy is missing"),
        ({"title": "Payers"}, "`payers` cannot be the name of a policy"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_made(
    client: Client, tmp_path: Path, more: dict[str, str], said: str
) -> None:
    (tmp_path / "there").mkdir()
    answer = sent(client, "/new", TYPED | more)
    assert answer.status_code == 422
    assert said in " ".join(words_of(answer.text))
    assert [path.name for path in tmp_path.iterdir()] == ["there"]
    assert "nothing can be changed." in " ".join(words_of(client.get("/").text))


@pytest.mark.slow
def test_it_is_offered_only_without_a_folder_and_once(client: Client, tmp_path: Path) -> None:
    sent(client, "/new", TYPED, follow_redirects=False)
    assert client.get("/new").status_code == 422
    assert sent(client, "/new", TYPED | {"folder": "other"}).status_code == 422
    with Site(None) as site:
        assert "Make a folder of your own" not in words_of(client_of(site).get("/").text)
    assert not (tmp_path / "other").exists()
