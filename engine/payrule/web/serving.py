"""Run an application on an address of this machine, until it is interrupted."""

import asyncio
import socket
from contextlib import closing
from secrets import token_urlsafe
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from payrule.source.diagnostics import RequestError
from payrule.web.application import workbench
from payrule.web.guard import Application, Guard
from payrule.web.site import Site

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
"""The names of this machine for itself."""


def listening(host: str, port: int, *, backlog: int = 128) -> socket.socket:
    """Open a port, any that is free for 0; raises RequestError where it cannot be opened.

    >>> with listening("127.0.0.1", 0) as opened:
    ...     opened.getsockname()[0]
    '127.0.0.1'
    """
    # Named as TCP, for only then asyncio sends at once (TCP_NODELAY); else an answer waits 40 ms for an acknowledgment.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        opened.bind((host, port))
        opened.listen(backlog)
    except OSError as fault:
        opened.close()
        message = f"port {port} of `{host}` cannot be opened: {(fault.strerror or str(fault)).lower()}"
        raise RequestError.of("no-port", message, "choose another with `--port`, or leave it out") from None
    return opened


def guarded(site: Site, opened: socket.socket, token: str | None = None) -> tuple[Guard, str]:
    """Make the workbench for a port that is open, and give it with the address that opens it."""
    host, port = opened.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    secret = token or token_urlsafe(32)
    names = {f"{name}:{port}" for name in (*LOOPBACK, shown)}
    guard = Guard(workbench(site), hosts=frozenset(names), token=secret)
    return guard, f"http://{shown}:{port}/?token={secret}"


def run(application: Application, opened: socket.socket) -> None:
    """Answer requests until the process is interrupted or terminated; those that come before it begins wait."""
    with closing(opened):
        asyncio.run(server_of(application).serve(sockets=[opened]))


def server_of(application: Any, *, grace: int = 3) -> uvicorn.Server:
    """Make the server: no log of addresses, which may say what a claim holds, and no header of its own.

    `grace` is how many seconds requests may still take when it ends.
    """
    config = uvicorn.Config(
        application,
        access_log=False,
        log_level="warning",
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=grace,
        lifespan="off",
        http=_Protocol,
    )
    return uvicorn.Server(config)


_MOST_HEAD = 64 * 1024
"""Bytes of a request that are neither its body nor a head that has come to its end."""


class _Protocol(HttpToolsProtocol):
    """Reads HTTP by httptools, which keeps the head of a request, and headers after its body, however long they are."""

    _kept = 0

    def data_received(self, data: bytes) -> None:
        """Read on, and end a connection that sends a head without end."""
        self._kept += len(data)
        super().data_received(data)
        if self._kept > _MOST_HEAD and not self.transport.is_closing():
            if getattr(self.cycle, "response_complete", True):  # None before the first request
                self.send_400_response("The head of the request is too long.")
            else:
                self.transport.close()

    def on_headers_complete(self) -> None:
        """Begin to count anew: the head is whole."""
        self._kept = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Begin to count anew: how much of a body may come is up to the application."""
        self._kept = 0
        super().on_body(body)
