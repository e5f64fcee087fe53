"""Processes beside a worker that answer what may take long: each answers one request at a time, and can be ended.

What takes longer than it may ends with its process, and another takes its place; the worker goes on meanwhile.
"""

import asyncio
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from payrule.execute.sizes import SECONDS
from payrule.rulebase.compile import Engine
from payrule.rulebase.rulebase import Rulebase, load
from payrule.source.diagnostics import Diagnostic, InputError
from payrule.web.service.problems import ProblemError

Work = Callable[..., Any]
"""A function of a module; it gets the rulebase first, then arguments that can be pickled."""

START = 120.0
"""Seconds that a process may take until it has read the rulebase."""


class Answerers:
    """Up to `most` processes with the rulebase of a folder; at most `waiting` requests wait for one of them.

    They start when they are first needed.
    """

    def __init__(
        self, folder: Path | None, *, most: int, waiting: int, engine: Engine = "forward", seconds: float = SECONDS
    ) -> None:
        """Take the folder, None for the shipped rulebase, and how `load` is to make a rulebase of it."""
        self._threads = ThreadPoolExecutor(most, thread_name_prefix="answerer")
        self._all = tuple(_Answerer(folder, engine, seconds) for _ in range(most))
        self._idle = list(reversed(self._all))
        self._ready = asyncio.Condition()
        self._most = most + waiting
        self.open = 0
        """Requests that are answered or wait."""

    async def start(self) -> None:
        """Start one process now, so that the first request does not wait for it; raises InputError as `load` does."""
        await self._run(self._all[0].start)

    async def ask(self, seconds: float, work: Work, *arguments: Any) -> Any:
        """Let a process do some work, for at most some seconds.

        Raises InputError as the work does, and ProblemError when too many wait, it takes too long, or its process ends.
        """
        if self.open >= self._most:
            raise ProblemError.of("busy", "too many requests wait for an answer that takes long")
        self.open += 1
        try:
            async with self._ready:
                await self._ready.wait_for(lambda: self._idle)
                mine = self._idle.pop()
            try:
                return await self._run(mine.ask, seconds, work, arguments)
            finally:
                async with self._ready:
                    self._idle.append(mine)
                    self._ready.notify()
        finally:
            self.open -= 1

    def close(self) -> None:
        """End every process."""
        for each in self._all:
            each.end()
        self._threads.shutdown(wait=False)

    async def _run(self, work: Callable[..., Any], *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)


class _Answerer:
    """One process, and the pipe to it; used by one thread at a time."""

    def __init__(self, folder: Path | None, engine: Engine, seconds: float) -> None:
        self._read = folder, engine, seconds
        self._process: Any = None
        self._pipe: Connection | None = None

    def start(self) -> None:
        """Start the process, and wait until it has read the rulebase."""
        context = get_context("spawn")  # a fork would hold the connections of clients open
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_answer, args=(theirs, *self._read), daemon=True)
        self._process.start()
        theirs.close()
        self._received(START)

    def ask(self, seconds: float, work: Work, arguments: tuple[Any, ...]) -> Any:
        """Let the process do some work; one that has ended is started anew."""
        if self._pipe is None or not self._process.is_alive():
            self.end()
            self.start()
        pipe = self._pipe
        assert pipe is not None  # noqa: S101 - it has just been started
        pipe.send((work, arguments))
        return self._received(seconds)

    def end(self) -> None:
        """End the process at once."""
        process, pipe, self._process, self._pipe = self._process, self._pipe, None, None
        if process is not None:
            process.kill()
            process.join(5)
            process.close()
        if pipe is not None:
            pipe.close()

    def _received(self, seconds: float) -> Any:
        assert self._pipe is not None  # noqa: S101 - as above
        try:
            if not self._pipe.poll(seconds):
                self.end()
                raise ProblemError.of("out-of-time", f"there was no answer after {seconds:g} seconds")
            kind, told = self._pipe.recv()
        except (EOFError, OSError):
            self.end()
            raise ProblemError.of("defect", "the process that was to answer ended") from None
        if kind == "refused":
            raise told
        if kind == "defect":
            raise ProblemError("defect", told)
        return told


def _answer(pipe: Connection, folder: Path | None, engine: Engine, seconds: float) -> None:
    """Read the rulebase, then do one work after the other, until the pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started it ends it
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        rulebase = load(folder, engine=engine, seconds=seconds)
    except InputError as fault:
        pipe.send(("refused", fault))
        return
    pipe.send(("ready", None))
    while True:
        try:
            work, arguments = pipe.recv()
        except (EOFError, OSError):
            return
        pipe.send(_done(work, rulebase, arguments))


def _done(work: Work, rulebase: Rulebase, arguments: tuple[Any, ...]) -> tuple[str, Any]:
    try:
        return "done", work(rulebase, *arguments)
    except InputError as fault:
        return "refused", fault
    except Exception as fault:  # noqa: BLE001 - whatever it is, the worker goes on, and says so
        return "defect", (defect(fault),)


def defect(fault: BaseException) -> Diagnostic:
    """Say what went wrong without what it says, which may hold what a claim says: its kind, and where it was raised.

    >>> defect(KeyError("E-1")).message
    'KeyError'
    """
    at = fault.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    where = "" if at is None else f" in `{Path(at.tb_frame.f_code.co_filename).name}`, line {at.tb_lineno}"
    return Diagnostic(code="defect", message=f"{type(fault).__name__}{where}", help="report it, with the request id")
