"""Who may ask the workbench, and what a request may bring."""

from collections.abc import Iterator

import pytest
from tests.web.workbench_for_tests import HOST, ORIGIN, TOKEN, Client, client_of, sent

from payrule.web.guard import HEADERS, Limits
from payrule.web.site import Site


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with Site(None) as made:
        yield made


@pytest.fixture
def client(site: Site) -> Client:
    return client_of(site)


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:80", "localhost.evil.example:8000", ""])
def test_another_name_for_this_address_is_refused(client: Client, host: str) -> None:
    assert client.get("/", headers={"host": host}).status_code == 421


@pytest.mark.parametrize("token", ["", "another", TOKEN[:-1], f"{TOKEN}x"])
def test_without_the_token_nothing_is_shown(site: Site, token: str) -> None:
    answer = client_of(site, token=token).get("/")
    assert answer.status_code == 401
    assert answer.text == "open the workbench by the address that it printed when it started\n"


def test_the_token_is_in_no_address_after_the_first(site: Site) -> None:
    client = client_of(site, token="")
    answer = client.get(f"/?token={TOKEN}&q=a+b", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/?q=a+b")
    assert "HttpOnly; SameSite=Strict; Path=/" in answer.headers["set-cookie"]
    assert answer.headers["referrer-policy"] == "same-origin"
    assert client.get("/").status_code == 200


@pytest.mark.parametrize("path", ["//evil.example/", "/\\evil.example"])
def test_the_token_leads_to_no_other_site(site: Site, path: str) -> None:
    answer = client_of(site, token="").get(f"{ORIGIN}{path}?token={TOKEN}", follow_redirects=False)
    assert answer.headers["location"] == "/"


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1", "https://evil.example:8000"])
def test_a_form_of_another_site_changes_nothing(client: Client, origin: str) -> None:
    assert sent(client, "/jobs/none", {}, headers={"origin": origin}).status_code == 403


def test_a_form_without_its_token_changes_nothing(client: Client) -> None:
    answer = client.post("/jobs/none", data={"form_token": "another"})
    assert (answer.status_code, answer.text) == (403, "this form is of an earlier start: open the page again")
    assert client.post("/jobs/none").status_code == 403


@pytest.mark.parametrize("length", ["1001", "x", "-1"])
def test_what_is_too_large_is_refused_before_it_is_read(site: Site, length: str) -> None:
    client = client_of(site, limits=Limits(body=1000))
    assert client.post("/jobs/none", content=b"x", headers={"content-length": length}).status_code == 413


def test_what_turns_out_too_large_is_refused(site: Site) -> None:
    client = client_of(site, limits=Limits(body=1024**2))

    def pieces() -> Iterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="f"; filename="f.csv"\r\n\r\n'
        for _ in range(20):
            yield b"x" * 100_000
        yield b"\r\n--b--\r\n"

    answer = client.post("/jobs/none", content=pieces(), headers={"content-type": "multipart/form-data; boundary=b"})
    assert answer.status_code == 413
    assert answer.text == "this is more than 1 MB, which is the most that the workbench takes\n"


def test_every_answer_says_what_a_browser_may_load(client: Client) -> None:
    for path in ("/", "/static/page.css", "/static/workbench.js", "/nowhere"):
        answer = client.get(path)
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS, path


def test_a_page_that_is_not_there_says_so(client: Client) -> None:
    for path in ("/nowhere", "/static/../guard.py", "/static/%2e%2e/guard.py", "/jobs/../../etc/passwd"):
        answer = client.get(path)
        assert answer.status_code == 404, path
        assert "There is no such page." in answer.text


def test_it_is_asked_by_the_name_of_its_port_alone(client: Client) -> None:
    assert HOST.endswith(":8000")
    assert client.get("/").status_code == 200
