"""A version is put into force: what has to be right before, and what is written."""

import json
import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.command import run
from tests.scaffold.test_built_rule import RULE, rulebase
from tests.web.workbench_for_tests import Client, client_of, sent, words_of

from payrule.compare.locks import read_lock
from payrule.fmt import formatted
from payrule.rulebase.load import read_documents
from payrule.rulebase.rulebase import load
from payrule.scaffold.built_rule import checked_scaffold, preview
from payrule.scaffold.edit import digest_of
from payrule.scaffold.publish import Item, Readiness, readiness
from payrule.web.pages.publish import Ready
from payrule.web.site import Site

DAY = date(2026, 11, 28)
NAME = {"version": "massage@1.0.0"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("made")
    ready_rulebase(home)
    return home


def ready_rulebase(home: Path) -> Path:
    """Make a rulebase whose policy has a rule, with the examples that the solver proposes; give its documents."""
    folder = rulebase(home)
    documents = read_documents(folder)
    version = documents.policies["massage"][-1]
    shown = preview(documents, version, RULE, DAY, lambda: False).shown
    for path, text in checked_scaffold(documents, version, RULE, shown, DAY).files.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return folder


@pytest.fixture
def client(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """Make a client; what a job does is done at once, in this process."""
    results: list[Any] = []

    def at_once(_title: str, _then: str, work: Callable[..., Any], *arguments: Any) -> str:
        results.append(work(lambda *_: None, *arguments))
        return "1"

    with Site(folder, today=lambda: DAY) as site:
        monkeypatch.setattr(site.jobs, "start", at_once)
        monkeypatch.setattr(site.jobs, "result", lambda job: results[-1] if job == "1" and results else None)
        yield client_of(site)


def document(folder: Path) -> Any:
    return json.loads((folder / "massage" / "1.0.0.json").read_text())


def test_a_version_that_is_ready_goes_into_force(client: Client, folder: Path) -> None:
    assert "massage@1.0.0" in words_of(client.get("/publish").text)
    sent(client, "/publish", NAME, follow_redirects=False)
    words = words_of(client.get("/publish/1").text)
    assert "not right" not in words, words
    answer = sent(client, "/publish/1", {"by": "A. Publisher"}, follow_redirects=False)
    assert answer.headers["location"] == "/policies/massage@1.0.0"
    assert (document(folder)["status"], document(folder)["published"]) == ("in-force", "2026-11-28")
    lock = read_lock(folder)
    assert lock is not None
    assert "massage@1.0.0" in lock.versions
    log = (folder / "massage" / "CHANGES.md").read_text()
    assert log == "# Changes of Massage\n\n## 1.0.0\n\nPut into force on 2026-11-28 by A. Publisher.\n"
    done = run("payrule check plans --severity error", folder.parent.parent)
    assert done.code == 0, done.stdout


def test_what_is_lacking_is_said_and_nothing_is_published(client: Client, folder: Path) -> None:
    shutil.rmtree(folder / "massage" / "examples")
    sent(client, "/publish", NAME)
    words = words_of(client.get("/publish/1").text)
    assert "there is no example" in words
    assert "Put it into force" not in words
    answer = sent(client, "/publish/1", {"by": "A. Publisher"})
    assert any("this version is not ready" in each for each in words_of(answer.text))
    assert document(folder)["status"] != "in-force"


def test_a_document_that_was_changed_since_is_not_published(client: Client, folder: Path) -> None:
    sent(client, "/publish", NAME)
    path = folder / "massage" / "1.0.0.json"
    path.write_text(path.read_text().replace("Two units are not paid.", "Two units are never paid."))
    answer = sent(client, "/publish/1", {"by": "A. Publisher"})
    assert any("the document was changed since it was looked at" in each for each in words_of(answer.text))
    assert document(folder)["status"] != "in-force"


def test_somebody_is_named_who_publishes(client: Client, folder: Path) -> None:
    sent(client, "/publish", NAME)
    answer = sent(client, "/publish/1", {"by": " "})
    assert any("it is not said who signs" in each for each in words_of(answer.text))
    assert document(folder)["status"] != "in-force"


@pytest.mark.slow
def test_changed_answers_are_approved_before(client: Client, folder: Path) -> None:
    sent(client, "/publish", NAME)
    sent(client, "/publish/1", {"by": "A. Publisher"})
    data = document(folder) | {"version": "2.0.0", "status": "draft", "published": None}
    data["rules"] = [data["rules"][0] | {"when": {"line.code": {"in": ["97124"]}, "line.units": {"at_least": 2}}}]
    (folder / "massage" / "2.0.0.json").write_text(json.dumps(data))
    sent(client, "/publish", {"version": "massage@2.0.0"})
    words = words_of(client.get("/publish/1").text)
    assert "Each kind of changed answers is approved:" in words
    assert any("not approved" in each for each in words)


def unfinished(folder: Path) -> Ready:
    """Say that a version is ready but for a comparison that time did not suffice for."""
    ran_out = Item(
        what="Every kind of changed answers was found", is_right=False, lacking=("time ran out",), may_be_accepted=True
    )
    found = Readiness(version="massage@1.0.0", older=None, items=(ran_out,))
    return Ready(readiness=found, digest=digest_of(folder / "massage" / "1.0.0.json"))


def test_a_comparison_that_was_not_finished_is_accepted_by_who_signs(
    client: Client, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("payrule.web.pages.publish.ready", lambda *_: unfinished(folder))
    sent(client, "/publish", NAME)
    words = words_of(client.get("/publish/1").text)
    assert "I accept that time ran out." in words
    refused = sent(client, "/publish/1", {"by": "A. Publisher"})
    assert any("it is not accepted that time ran out" in each for each in words_of(refused.text))
    assert document(folder)["status"] != "in-force"
    sent(client, "/publish/1", {"by": "A. Publisher", "accepted": "yes"})
    assert document(folder)["status"] == "in-force"
    log = (folder / "massage" / "CHANGES.md").read_text()
    assert log.endswith("Put into force on 2026-11-28 by A. Publisher.\n\nAccepted: time ran out.\n")


def test_checks_that_there_was_no_time_for_are_named_and_may_be_accepted(folder: Path) -> None:
    found = readiness(folder, "massage@1.0.0", DAY, expired=lambda: lambda: True, report=lambda _: None)
    assert found.is_ready
    (left_out,) = found.to_accept
    assert left_out.what == "Every check was run"
    assert left_out.lacking[0].startswith("there was no time for these checks: ")


def test_what_has_to_be_right_cannot_be_accepted() -> None:
    checks, ran_out = Item(what="checks", is_right=False), Item(what="found", is_right=False, may_be_accepted=True)
    assert not Readiness(version="p@1.0.0", older=None, items=(checks, ran_out)).is_ready
    assert Readiness(version="p@1.0.0", older=None, items=(ran_out,)).to_accept == (ran_out,)


def test_where_every_version_is_in_force_there_is_nothing_to_publish() -> None:
    with Site(None) as site:
        assert client_of(site).get("/publish").status_code == 200


def ask_for_two(folder: Path) -> None:
    path = folder / "payers" / "trial.json"
    path.write_text(formatted(json.loads(path.read_text()) | {"signatures": 2}))


def test_two_persons_sign_where_a_payer_asks_for_two(client: Client, folder: Path) -> None:
    ask_for_two(folder)
    sent(client, "/publish", NAME)
    assert "Sign" in words_of(client.get("/publish/1").text)
    sent(client, "/publish/1", {"by": "A. Publisher"})
    assert document(folder)["status"] != "in-force"
    assert read_lock(folder) is None
    worklist = client.get("/").text
    assert "massage@1.0.0, signed by A. Publisher on 2026-11-28:" in words_of(worklist)
    assert '<a href="/publish?version=massage%401.0.0">Publish</a>' in worklist
    again = sent(client, "/publish/1", {"by": "a.  publisher"})
    assert any("a second person has to sign" in each for each in words_of(again.text))
    words = words_of(client.get("/publish/1").text)
    assert "Signed by A. Publisher on 2026-11-28" in words
    assert "Sign, and put it into force" in words
    sent(client, "/publish/1", {"by": "B. Second"})
    assert document(folder)["status"] == "in-force"
    assert "by A. Publisher and B. Second." in (folder / "massage" / "CHANGES.md").read_text()
    done = run("payrule check plans/policies/massage/signatures/1.0.0.json --rulebase plans", folder.parent.parent)
    assert done.code == 0, done.stdout
    file = folder / "massage" / "signatures" / "1.0.0.json"
    two = json.loads(file.read_text())
    for signed, found in ((two["signed"], ()), (two["signed"][:1], ("in force with 1 signature of 2",))):
        file.write_text(formatted(two | {"signed": signed}))
        said = run("payrule check plans/policies --severity error", folder.parent.parent).stdout
        assert ("version-not-signed" in said, all(each in said for each in found)) == (bool(found), True)


@pytest.mark.slow
def test_a_signature_under_an_earlier_text_does_not_count(client: Client, folder: Path) -> None:
    ask_for_two(folder)
    sent(client, "/publish", NAME)
    sent(client, "/publish/1", {"by": "A. Publisher"})
    path = folder / "massage" / "1.0.0.json"
    path.write_text(path.read_text().replace("Two units are not paid.", "Two units are never paid."))
    sent(client, "/publish", NAME)
    assert "Signed by A. Publisher on 2026-11-28" not in words_of(client.get("/publish/1").text)
    sent(client, "/publish/1", {"by": "B. Second"})
    assert document(folder)["status"] != "in-force"


def test_how_many_sign_changes_no_digest(folder: Path) -> None:
    before = load(folder)
    ask_for_two(folder)
    after = load(folder)
    assert len({each.digest(each.terms(payer="trial", known_on="2026-11-28")) for each in (before, after)}) == 1
