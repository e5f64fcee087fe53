"""What changes between two versions, on the pages of the workbench."""

import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.compare.test_review import copied, write
from tests.web.workbench_for_tests import Client, client_of, sent, words_of

from payrule.compare.review import read_review
from payrule.web.pages.changes import Compared, Wanted, compare, last_comparison
from payrule.web.site import Site

DAY = date(2026, 11, 28)
VERSIONS = {"old": "ncci@1.0.0", "new": "ncci@1.0.1"}
CLAIMS = b"""encounter,code,date,charge,patient.id,line.provider.npi
C-1,97530,2016-03-01,60.00,P-1,9000000011
C-1,97140,2016-03-01,40.00,P-1,9000000011
C-2,97530,2016-03-02,60.00,P-2,9000000011
C-2,97140,2016-03-02,40.00,P-2,9000000011
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = copied(tmp_path)
    write(made)
    return made


@pytest.fixture
def site(folder: Path) -> Iterator[Site]:
    with Site(folder) as made:
        yield made


@pytest.fixture
def client(site: Site, monkeypatch: pytest.MonkeyPatch) -> Client:
    """Make a client; what a job does is done at once, in this process, and once for each file of claims."""
    made: list[Compared] = []

    def at_once(_title: str, _then: str, work: Callable[..., Compared], wanted: Wanted) -> str:
        claims = wanted.claims.read_bytes() if wanted.claims else None
        if claims not in DONE:
            DONE[claims] = work(lambda *_: None, wanted)
        made.append(DONE[claims])
        return "1"

    monkeypatch.setattr(site.jobs, "start", at_once)
    monkeypatch.setattr(site.jobs, "result", lambda job: made[-1] if job == "1" else None)
    return client_of(site)


DONE: dict[bytes | None, Compared] = {}
"""Comparisons by the claims that they count; the versions are the same in every test."""


def begin(client: Client, **more: Any) -> str:
    """Compare, and give the address of the comparison."""
    answer = sent(client, "/changes", VERSIONS, follow_redirects=False, **more)
    assert answer.headers["location"] == "/jobs/1"
    return "/changes/1"


def test_last_two_versions_are_proposed(client: Client) -> None:
    page = client.get("/changes").text
    assert '<option value="ncci@1.1.0" selected="selected">' in page
    assert '<option value="ncci@2.0.0" selected="selected">' in page
    asked = client.get("/changes", params=VERSIONS).text
    assert '<option value="ncci@1.0.1" selected="selected">' in asked


def test_each_kind_is_shown_with_its_claim_and_text_is_redlined(client: Client) -> None:
    page = client.get(begin(client))
    words = words_of(page.text)
    assert "0 kinds approved, 2 to review." in words
    assert "Smallest claim that shows this; the result is for line 1" in words
    assert any(each.startswith("changed: codes of the code list `") for each in words)
    assert "<del>" in page.text


def test_claims_of_a_file_are_counted_with_members_providers_and_dollars(client: Client) -> None:
    path = begin(client, files={"claims": ("claims.csv", CLAIMS)})
    words = words_of(client.get(path).text)
    assert any("of 4 lines in 2 claims answered differently" in each for each in words), words
    assert [each for each in ("2 members", "1 provider", "$120.00") if each not in words] == []


def test_claims_that_cannot_be_read_are_named(client: Client) -> None:
    path = begin(client, files={"claims": ("claims.csv", b"encounter,code,date\nC-1,97530,yesterday\n")})
    words = words_of(client.get(path).text)
    assert "1 finding in the file: these claims were not decided." in words
    assert any("`yesterday` is not a date" in each for each in words)


def wanted_of(folder: Path, claims: Path | None = None) -> Wanted:
    old, new = VERSIONS.values()
    return Wanted(
        folder=folder, sources=None, old=old, new=new, payer=None, known_on=DAY, claims=claims, as_if=True, seconds=0.0
    )


def out_of_time(folder: Path, claims: Path | None = None) -> Compared:
    return compare(lambda *_: None, wanted_of(folder, claims))


def test_where_time_ran_out_it_is_said_and_can_be_looked_longer(
    client: Client, site: Site, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared, started = out_of_time(folder), list[Wanted]()

    def start(*given: Any) -> str:
        started.append(given[-1])
        return "2"

    for name, answer in (
        ("result", lambda _: compared),
        ("arguments", lambda _: (wanted_of(folder),)),
        ("start", start),
    ):
        monkeypatch.setattr(site.jobs, name, answer)
    words = words_of(client.get("/changes/1").text)
    assert "Not everything is settled: 0 seconds were enough to find 0 kinds of changed answers." in words
    assert "Look for up to 10 minutes" in words
    answer = sent(client, "/changes/1/longer", {}, follow_redirects=False)
    assert (answer.headers["location"], [each.seconds for each in started]) == ("/jobs/2", [600.0])


def test_claims_are_counted_although_time_ran_out_for_kinds(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "claims.csv"
    path.write_bytes(CLAIMS)
    found = out_of_time(folder, claims=path).difference
    assert found.answers.certainty == "unknown"
    assert found.impact is not None
    assert (found.impact.lines, found.impact.changed_lines, found.impact.cut_off) == (4, 2, msgspec.UNSET)


def test_what_was_compared_is_known_until_a_version_changes(
    site: Site, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared = out_of_time(folder)
    monkeypatch.setattr(site.jobs, "results", lambda: [compared])
    names = tuple(VERSIONS.values())
    assert last_comparison(site, *names) == compared.difference
    assert last_comparison(site, *reversed(names)) is None
    write(folder, lambda data: data.update(title="Another title"))
    assert last_comparison(site, *names) is None


def decide(client: Client, path: str, **fields: Any) -> Any:
    digest = client.get(path, headers={"accept": "application/json"}).json()["digest"]
    given = {"number": "1", "digest": digest, "decision": "approved", "by-1": "A. Reviewer"} | fields
    return sent(client, f"{path}/review", given, follow_redirects=False)


def test_what_is_approved_is_kept_in_a_file_and_no_longer_shown(client: Client, folder: Path) -> None:
    path = begin(client)
    answer = decide(client, path)
    assert (answer.status_code, answer.headers["location"]) == (303, "/changes/1?by=A.+Reviewer#kind-2")
    review = read_review(folder / "ncci" / "reviews" / "1.0.1-after-1.0.0.json")
    assert [(each.decision, each.by) for each in review.kinds] == [("approved", "A. Reviewer")]
    page = client.get(path, params={"by": "A. Reviewer"}).text
    assert "1 kind approved, 1 to review." in words_of(page)
    assert 'id="kind-1"' not in page
    assert 'value="A. Reviewer"' in page


def test_many_kinds_are_approved_by_the_rule_that_decided_before(
    client: Client, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = begin(client)
    assert "Approve many at once" not in words_of(client.get(path).text)
    monkeypatch.setattr("payrule.web.pages.changes._FEW", 1)
    words = words_of(client.get(path).text)
    assert [each for each in words if "decided before" in each] == [
        "ncci/listed-beside-manual-therapy decided before: 1 kind",
        "no rule decided before: 1 kind",
    ]
    none = decide(client, path, number="0", **{"by-0": "A. Reviewer"})
    assert none.status_code == 422
    assert any("no kind of change is ticked" in each for each in words_of(none.text))
    both = {
        "rule": ["ncci/listed-beside-manual-therapy", "no rule"],
        "by-0": "A. Reviewer",
        "comment-0": "As published.",
    }
    assert decide(client, path, number="0", **both).status_code == 303
    review = read_review(folder / "ncci" / "reviews" / "1.0.1-after-1.0.0.json")
    assert [(each.decision, each.by, each.comment) for each in review.kinds] == [
        ("approved", "A. Reviewer", "As published.")
    ] * 2
    assert "2 kinds approved, 0 to review." in words_of(client.get(path).text)


def test_two_reviewers_lose_nothing(client: Client, folder: Path) -> None:
    path = begin(client)
    before = client.get(path, headers={"accept": "application/json"}).json()["digest"]
    decide(client, path)
    answer = decide(client, path, number="2", digest=before, **{"by-2": "B. Reviewer"})
    assert answer.status_code == 409
    assert "Your decision was not saved. The review says now:" in words_of(answer.text)
    review = read_review(folder / "ncci" / "reviews" / "1.0.1-after-1.0.0.json")
    assert [each.by for each in review.kinds] == ["A. Reviewer"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"by-1": ""}, "the name of the reviewer is missing"),
        ({"decision": "questioned"}, "it is not said what is questioned"),
        ({"number": "3"}, "this comparison has no such kind of change"),
        ({"number": "x"}, "this comparison has no such kind of change"),
    ],
)
def test_a_decision_that_says_too_little_is_not_kept(
    client: Client, folder: Path, fields: dict[str, str], said: str
) -> None:
    answer = decide(client, begin(client), **fields)
    assert answer.status_code == 422
    assert any(said in each for each in words_of(answer.text))
    assert not (folder / "ncci" / "reviews").exists()


def test_where_documents_are_only_shown_there_is_no_form(client: Client, site: Site) -> None:
    path = begin(client)
    site.is_read_only = True
    assert "Approve" not in words_of(client.get(path).text)
    answer = decide(client, path)
    assert answer.status_code == 422
    assert any("the documents are only shown here" in each for each in words_of(answer.text))


def test_versions_that_are_not_there_are_refused(client: Client) -> None:
    answer = sent(client, "/changes", {"old": "ncci@1.0.0", "new": "<b>@9.9.9"})
    assert answer.status_code == 422
    assert "<b>" not in answer.text


def test_a_version_is_not_compared_with_itself(client: Client) -> None:
    answer = sent(client, "/changes", {"old": "massage@1.0.0", "new": "massage@1.0.0"})
    assert answer.status_code == 422
    assert any("choose two different versions" in each for each in words_of(answer.text))


def test_a_comparison_that_is_gone_says_so(client: Client) -> None:
    answer = client.get("/changes/none")
    assert answer.status_code == 422
    assert any("this comparison is not here any more" in each for each in words_of(answer.text))


@pytest.mark.slow
def test_a_comparison_runs_beside_the_pages(site: Site) -> None:
    client = client_of(site)
    answer = sent(client, "/changes", VERSIONS, follow_redirects=False)
    job = answer.headers["location"]
    while client.get(job, headers={"accept": "application/json"}).json()["state"] == "running":
        time.sleep(0.1)
    assert "2 kinds" in words_of(client.get(job).text)
