"""Who may ask, and what a request may bring: the address, the token, the origin, and how large and slow it may be.

A browser on this machine also shows pages of others. None of them may ask here: by a name of its own for this address
(DNS rebinding), by a form that sends itself (CSRF), or by a link to a page with a token in its address.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from hmac import compare_digest
from http.cookies import CookieError, SimpleCookie
from secrets import token_urlsafe
from typing import Any
from urllib.parse import parse_qsl, urlencode

import msgspec

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

COOKIE = "payrule"
"""The cookie that holds the token."""

FORM_TOKEN = "form_token"  # noqa: S105 - the name of a field
"""The field of a form that shows that the form is one of ours."""

SAFE = frozenset({"GET", "HEAD"})
"""Methods that change nothing."""

HEADERS = {
    "content-security-policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
    ),
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
"""What each answer tells the browser: nothing from elsewhere, nothing kept, and no address told to another site."""


class Limits(msgspec.Struct, frozen=True):
    """What a request may bring: bytes of its body, and seconds without any of it."""

    body: int = 50 * 1024 * 1024
    patience: float = 30.0


class Guard:
    """Let through what comes from the person who started the workbench, and nothing else.

    `hosts` are the names, with ports, under which it may be asked; `token` opens it, and `form_token` belongs in each
    form. Refusals are short texts: whoever reads them is no user.
    """

    def __init__(self, app: Application, *, hosts: frozenset[str], token: str, limits: Limits | None = None) -> None:
        """Guard an application; None for the usual limits."""
        self._app, self._hosts, self._token = app, hosts, token
        self._limits = limits or Limits()
        self.form_token = token_urlsafe(32)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        if headers.get("host") not in self._hosts:
            await _say(send, 421, "this address is not one of the workbench: open the one that it printed")
            return
        query = dict(parse_qsl(scope["query_string"].decode("latin-1")))
        if "token" in query and scope["method"] in SAFE:
            await self._open(scope, query, send)
            return
        if not self._is_known(headers.get("cookie", "")):
            await _say(send, 401, "open the workbench by the address that it printed when it started")
            return
        if scope["method"] not in SAFE and headers.get("origin") not in self._origins(headers):
            await _say(send, 403, "this form was sent from another site, and nothing was changed")
            return
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > self._limits.body:
            await _say(send, 413, self._too_large())
            return
        scope.setdefault("state", {})["form_token"] = self.form_token
        await self._within_limits(scope, receive, send)

    def _origins(self, headers: dict[str, str]) -> frozenset[str]:
        return frozenset({f"http://{headers['host']}", f"https://{headers['host']}"})

    async def _open(self, scope: Scope, query: dict[str, str], send: Send) -> None:
        """Keep the token in a cookie, and lead on to the same address without it."""
        if not compare_digest(query.pop("token").encode(), self._token.encode()):
            await _say(send, 401, "this address is of an earlier start: open the one that was printed last")
            return
        target = scope["path"] + (f"?{urlencode(query)}" if query else "")
        if target.startswith(("//", "/\\")):
            target = "/"
        cookie = f"{COOKIE}={self._token}; HttpOnly; SameSite=Strict; Path=/"
        await _say(send, 303, "", {"location": target, "set-cookie": cookie})

    def _is_known(self, written: str) -> bool:
        try:
            cookie = SimpleCookie(written).get(COOKIE)
        except CookieError:
            return False
        return cookie is not None and compare_digest(cookie.value.encode(), self._token.encode())

    def _too_large(self) -> str:
        return f"this is more than {self._limits.body // 1024**2} MB, which is the most that the workbench takes"

    async def _within_limits(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; end with a refusal where the body is larger than it may be, or does not come."""
        taken, ended = 0, False

        async def bounded() -> Message:
            nonlocal taken, ended
            try:
                async with asyncio.timeout(None if ended else self._limits.patience):
                    message = await receive()
            except TimeoutError:
                raise RefusedError(408, "the file did not arrive: send it again") from None
            taken += len(message.get("body", b""))
            ended = not message.get("more_body", False)
            if taken > self._limits.body:
                raise RefusedError(413, self._too_large())
            return message

        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                named = {name.lower() for name, _ in message["headers"]}
                added = [(k.encode(), v.encode()) for k, v in HEADERS.items() if k.encode() not in named]
                message = {**message, "headers": [*message["headers"], *added]}
            await send(message)

        await self._app(scope, bounded, headed)


class RefusedError(Exception):
    """A body that is not read to its end: the status of the answer, and why, in words."""

    def __init__(self, status: int, words: str) -> None:
        """Take the status and the words."""
        super().__init__(words)
        self.status = status


async def _say(send: Send, status: int, words: str, headers: dict[str, str] | None = None) -> None:
    told = {"content-type": "text/plain; charset=utf-8", **HEADERS, **(headers or {})}
    written = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in told.items()]
    await send({"type": "http.response.start", "status": status, "headers": written})
    await send({"type": "http.response.body", "body": f"{words}\n".encode() if words else b""})
