"""The worklist, the checks, the verification and the text of a policy, as pages."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.compare.test_review import DAY, EMPTY, folder  # noqa: F401 - a fixture
from tests.web.workbench_for_tests import Client, client_of, sent, words_of

from payrule.compare.review import DecidedKind, Review
from payrule.model.policy import by_version
from payrule.source.files import shipped
from payrule.web.site import Site


@pytest.fixture(scope="module")
def shown() -> Iterator[Site]:
    with Site(None) as made:
        yield made


@pytest.fixture
def client(shown: Site, monkeypatch: pytest.MonkeyPatch) -> Client:
    """Make a client; what a job does is done at once, in this process."""
    made: list[Any] = []

    def at_once(_title: str, _then: str, work: Callable[..., Any], *arguments: Any) -> str:
        made.append(work(lambda *_: None, *arguments))
        return "1"

    monkeypatch.setattr(shown.jobs, "start", at_once)
    monkeypatch.setattr(shown.jobs, "result", lambda job: made[-1] if job == "1" else None)
    return client_of(shown)


def test_worklist_names_every_version_and_payer(client: Client, shown: Site) -> None:
    words = words_of(client.get("/").text)
    names = [*by_version(shown.rulebase.policies), *shown.rulebase.payers]
    assert [each for each in names if each not in words] == []
    told = client.get("/", headers={"accept": "application/json"}).json()
    assert told["read_only"] is True
    assert {row[0] for row in told["policies"]} == set(by_version(shown.rulebase.policies))


def test_text_of_a_policy_has_each_rule_with_its_codes_and_a_link(client: Client, shown: Site) -> None:
    for name, policy in by_version(shown.rulebase.policies).items():
        page = client.get(f"/policies/{name}").text
        words = " ".join(words_of(page))
        for rule in policy.rules:
            assert f'id="{rule.id}"' in page
            assert f'href="#{rule.id}"' in page
            assert rule.summary in words
            if rule.remittance:
                assert f"CARC {rule.remittance.carc}" in words


def test_a_version_that_is_not_there_is_refused(client: Client) -> None:
    answer = client.get("/policies/none@1.0.0")
    assert answer.status_code == 422
    assert any("there is no such version of a policy" in each for each in words_of(answer.text))


def test_verification_of_a_payer(client: Client, shown: Site) -> None:
    payer = min(shown.rulebase.payers)
    assert payer in words_of(client.get("/verify").text)
    answer = sent(client, "/verify", {"payer": payer}, follow_redirects=False)
    assert answer.headers["location"] == "/jobs/1"
    words = words_of(client.get("/verify/1").text)
    assert f"Verification of {payer}" in words
    assert "Conflicts" in words
    assert sent(client, "/verify", {"payer": "none"}).status_code == 422
    assert client.get("/verify/none").status_code == 422


@pytest.mark.slow
def test_documents_and_examples_are_checked(client: Client) -> None:
    sent(client, "/check", {}, follow_redirects=False)
    words = words_of(client.get("/check/1").text)
    assert sum("nothing to fix" in each for each in words) == 2


def test_what_reviewers_have_questioned_is_on_the_worklist(folder: Path) -> None:  # noqa: F811 - a fixture
    kind = DecidedKind(
        id="sha256:" + "0" * 64, change="w", decision="questioned", by="<i>A</i>", on=DAY, rules={}, comment="why?"
    )
    review = Review(kind="review", old=EMPTY.old, new=EMPTY.new, kinds=(kind,))
    path = folder / "ncci" / "reviews" / "r.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(msgspec.to_builtins(review)))
    with Site(folder) as site:
        page = client_of(site).get("/").text
        assert f"ncci@1.0.0 to ncci@1.0.1, w: <i>A</i> on {DAY}: why?" in words_of(page)
        assert "<i>" not in page
        path.write_text("{")
        assert any("r.json" in each for each in words_of(client_of(site).get("/").text))
    path.unlink()


def test_a_change_on_disk_is_seen_and_one_that_cannot_be_used_is_said(folder: Path) -> None:  # noqa: F811 - a fixture
    path = folder / "blue-cross" / "1.0.0.json"
    before = path.read_text()
    with Site(folder) as site:
        client = client_of(site)
        path.write_text(before.replace('"title": "', '"title": "Anew: ', 1))
        assert any(each.startswith("Anew: ") for each in words_of(client.get("/").text))
        path.write_text(before[:-10])
        words = words_of(client.get("/").text)
        assert "The documents on disk cannot be used as they are. What you see is from before the last change." in words
        assert any(each.startswith("Anew: ") for each in words)
        path.write_text(before)
        words = words_of(client.get("/").text)
        assert not any(each.startswith(("Anew: ", "The documents on disk")) for each in words)


def test_a_defect_says_where_it_is_and_nothing_of_a_claim(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise ValueError("of claim SECRET")

    monkeypatch.setattr("payrule.web.pages.policy_text.policy_text", fails)
    answer = client.get("/policies/medicare@1.0.0")
    assert answer.status_code == 500
    assert "SECRET" not in answer.text
    assert "This is a defect of payrule: ValueError" in answer.text


def test_the_shipped_rulebase_is_only_shown() -> None:
    with Site(shipped("policies")) as site:
        assert site.is_read_only
