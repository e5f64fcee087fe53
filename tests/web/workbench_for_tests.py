"""The workbench as tests ask it: without a network by a client of its own, or on a port for a browser."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from typing import Any

from starlette.testclient import TestClient

from payrule.web.application import workbench
from payrule.web.guard import FORM_TOKEN, Guard, Limits
from payrule.web.serving import guarded, listening, server_of
from payrule.web.site import Site

HOST = "127.0.0.1:8000"
ORIGIN = f"http://{HOST}"
TOKEN = "the-token"  # noqa: S105 - of tests


class Client(TestClient):
    """A client that knows what shows that a form is one of ours."""

    form_token: str


def client_of(site: Site, *, token: str = TOKEN, limits: Limits | None = None) -> Client:
    """Make a client that has opened the workbench; with another token than `TOKEN` it has not."""
    guard = Guard(workbench(site), hosts=frozenset({HOST}), token=TOKEN, limits=limits)
    client = Client(guard, base_url=ORIGIN, headers={"origin": ORIGIN}, cookies={"payrule": token})
    client.form_token = guard.form_token
    return client


def sent(client: Client, path: str, fields: dict[str, Any], **more: Any) -> Any:
    """Send a form as the page would."""
    return client.post(path, data={FORM_TOKEN: client.form_token} | fields, **more)


@contextmanager
def served(site: Site) -> Iterator[str]:
    """Serve the workbench on a port, and give the address that opens it."""
    opened = listening("127.0.0.1", 0)
    guard, address = guarded(site, opened)
    server = server_of(guard)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [opened]})
    thread.start()
    try:
        yield address
    finally:
        server.should_exit = True
        thread.join()


_CODE = re.compile(r"(?<=[^>\n])<code>([^<]*)</code>|<code>([^<]*)</code>(?=[^<\n])")


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.found.append(" ".join(data.split()))


def words_of(page: str) -> list[str]:
    """Give what a page says, piece by piece; code within a sentence stands between backticks, as in a message."""
    parser = _Words()
    parser.feed(_CODE.sub(r"`\1\2`", page))
    return parser.found
