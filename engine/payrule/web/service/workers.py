"""Run the decision service: in this process, or in several workers that share one port, each with the rulebase."""

import asyncio
import gc
import os
import signal
import socket
import sys
from collections.abc import Iterable
from contextlib import closing
from multiprocessing import get_context
from multiprocessing.connection import wait
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep
from typing import Any

import msgspec

from payrule.rulebase.compile import Engine
from payrule.rulebase.rulebase import load
from payrule.source.diagnostics import Diagnostic, InputError
from payrule.source.files import read_plain
from payrule.web.service.application import Service, ServiceLimits
from payrule.web.service.budget import set_alarm
from payrule.web.service.current import Current
from payrule.web.service.observing import SHARED, Observer
from payrule.web.serving import LOOPBACK, server_of

BACKLOG = 1_024
"""Connections that wait to be taken."""

SOON = 5.0
"""Seconds within which a worker that ends is started anew only after as long a pause."""


class Serving(msgspec.Struct, frozen=True, kw_only=True):
    """How to serve: the rulebase, the limits, and the token, if any; `hosts` are the names it answers under.

    `engine` is the execution that decides; `has_crd` adds coverage discovery.
    """

    rulebase: Path | None
    limits: ServiceLimits
    token: str | None = None
    hosts: frozenset[str] | None = None
    engine: Engine = "forward"
    has_crd: bool = False


def hosts_of(opened: socket.socket) -> frozenset[str] | None:
    """List the names under which a port of this machine is asked; None for a port that others can reach.

    >>> with socket.socket() as opened:
    ...     opened.bind(("127.0.0.1", 0))
    ...     f"localhost:{opened.getsockname()[1]}" in hosts_of(opened)
    True
    """
    host, port = opened.getsockname()[:2]
    if not is_loopback(host):
        return None
    shown = f"[{host}]" if ":" in host else host
    return frozenset(f"{name}:{port}" for name in (*LOOPBACK, shown))


def is_loopback(host: str) -> bool:
    """Tell whether an address is that of this machine for itself.

    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    return host in ("localhost", "::1") or host.startswith("127.")


def serve(serving: Serving, opened: socket.socket) -> None:
    """Answer requests in this process until it is interrupted or terminated; raises InputError as `load` does."""

    def write(line: bytes) -> None:
        sys.stderr.buffer.write(line)
        sys.stderr.buffer.flush()

    observer = Observer(write)

    def changed(outcome: str, findings: tuple[Diagnostic, ...]) -> None:
        observer.changed(outcome, findings)
        if outcome == "loaded":
            _settle()

    set_alarm()
    current = Current(serving.rulebase, said=changed, engine=serving.engine, seconds=serving.limits.timeout)
    _settle()
    service = Service(
        current,
        observer,
        limits=serving.limits,
        hosts=serving.hosts,
        token=serving.token,
        has_crd=serving.has_crd,
    )
    grace = round(serving.limits.timeout) + 1

    async def run() -> None:
        await current.start()
        await server_of(service, grace=grace).serve(sockets=[opened])

    try:
        with closing(opened):
            asyncio.run(run())
    finally:
        current.close()


def _settle() -> None:
    """Keep the garbage collector from what there is now, a rulebase above all, after it has collected an earlier one.

    It looks at everything now and then; at a rulebase that takes 60 milliseconds, in which no request is answered.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def serve_by_workers(serving: Serving, opened: socket.socket, count: int) -> None:
    """Answer requests in several processes until this one is terminated; one that ends is started anew.

    Raises InputError as `load` does, before any is started.
    """
    load(serving.rulebase, engine=serving.engine)
    context = get_context("spawn")
    with TemporaryDirectory(prefix="payrule-") as figures:
        os.environ[SHARED] = figures  # the workers have it from here
        workers: dict[Any, tuple[Any, float]] = {}

        def start() -> None:
            worker = context.Process(target=_work, args=(serving, opened))
            worker.start()
            workers[worker.sentinel] = worker, monotonic()

        try:
            for _ in range(count):
                start()
            while True:
                for sentinel in wait(list(workers)):
                    worker, began = workers.pop(sentinel)
                    _forget(worker.pid, figures)
                    print(f'{{"worker":{worker.pid},"ended":{worker.exitcode}}}', file=sys.stderr, flush=True)  # noqa: T201
                    if monotonic() - began < SOON:
                        sleep(SOON)
                    start()
        finally:
            _end((worker for worker, _ in workers.values()), serving.limits.timeout)


def _end(workers: Iterable[Any], timeout: float) -> None:
    """Let workers answer what they have begun, then end them."""
    listed = list(workers)
    for each in listed:
        each.terminate()
    for each in listed:
        each.join(timeout + SOON)
        if each.is_alive():
            each.kill()


def _forget(pid: int, figures: str) -> None:
    """Take away the figures of a process that are about now."""
    for path in Path(figures).glob(f"gauge_live*_{pid}.db"):
        path.unlink(missing_ok=True)


def _work(serving: Serving, opened: socket.socket) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process ends the workers
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        serve(serving, opened)
    except InputError as fault:
        sys.exit(str(fault))


def read_token(path: Path) -> str:
    """Read the token of a file, without blanks around it; raises InputError where it cannot be read, or is weak."""
    try:
        token = read_plain(path).decode().strip()
    except (OSError, UnicodeDecodeError):
        raise InputError.of("unreadable", f"`{path}` cannot be read", "give a file with the token in it") from None
    if len(token) < _SHORTEST or not token.isascii() or not token.isprintable() or " " in token:
        message = f"`{path}` holds no token of at least {_SHORTEST} plain characters"
        raise InputError.of("weak-token", message, "make one with `openssl rand -hex 32`")
    return token


_SHORTEST = 16
"""Characters of the shortest token that is taken."""
