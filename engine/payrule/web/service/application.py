"""The decision service as an application: claims come in as JSON, and answers or problem documents go out.

A claim of usual size is decided in the event loop, which is fastest, for at most `BUDGET` of processor time. All that
may take longer is answered by processes beside it, so that nothing keeps other requests waiting.
"""

import asyncio
import signal
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from functools import partial
from hashlib import blake2b
from hmac import compare_digest
from typing import Any, TypeVar

import msgspec
from starlette.applications import Starlette
from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from payrule.rulebase.folder import policy_file
from payrule.source.diagnostics import Diagnostic, InputError, RequestError, did_you_mean
from payrule.web.guard import HEADERS, Message, Receive, Scope, Send
from payrule.web.service.answering import (
    Answered,
    Choices,
    determine,
    determine_line,
    differ,
    explain,
    prepare,
    read_differing,
)
from payrule.web.service.current import Current, Edition
from payrule.web.service.observing import Observer, Record, request_id
from payrule.web.service.openapi import JSON, JSON_LINES, OPERATIONS, PLAIN_TEXT, openapi
from payrule.web.service.page import service_page
from payrule.web.service.problems import KINDS, MEDIA_TYPE, RETRY_AFTER, ProblemError, ProblemName, refused
from payrule.web.service.processes import defect
from payrule.web.static_files import static_file

SHORT = 16 * 1024
"""Bytes of a body that the worker decides itself; a claim of four lines has about two thousand."""

BUDGET = 0.1
"""Seconds of processor time for which the worker decides a claim itself; then a process beside it does."""

FREE = frozenset({"/healthz", "/readyz", "/docs", "/openapi.json", "/static/{name}"})
"""Addresses that need no token: they tell nothing of policies or claims."""

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"})
_MOST_SLOW = 4_096
_Made = TypeVar("_Made")


class ServiceLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What a request may bring and take.

    `body` is in bytes, of JSON Lines for each line; `lines` counts lines and earlier lines of a claim; `timeout` is in
    seconds for one answer, `comparing` for one comparison, `patience` without any of the body; `concurrent` is how many
    requests are answered at once.
    """

    body: int = 4 * 1024 * 1024
    lines: int = 2_000
    timeout: float = 10.0
    comparing: float = 60.0
    patience: float = 30.0
    concurrent: int = 256


class Service:
    """Answer requests by the current rulebase: who may ask, how much, what is said in the log, and the answers.

    `hosts` are the names under which it may be asked, None for any; `token` is what a request has to bring, if any.
    """

    def __init__(
        self,
        current: Current,
        observer: Observer,
        *,
        limits: ServiceLimits | None = None,
        hosts: frozenset[str] | None = None,
        token: str | None = None,
    ) -> None:
        """Take what decides, and what is told of it."""
        self.current, self.observer = current, observer
        self.limits = limits or ServiceLimits()
        self._hosts, self._token = hosts, token
        self._open = 0
        self._tasks: set[asyncio.Task[Any]] = set()
        answers = {
            "determine": self._determinations,
            "explain": self._explanations,
            "differ": self._differences,
            "policies": self._policies,
            "policy": self._policy,
            "sources": self._sources,
            "openapi": self._openapi,
            "docs": self._docs,
            "healthz": self._healthz,
            "readyz": self._readyz,
            "metrics": self._metrics,
        }
        routes = [
            Route(each.path, _named(each.path, answers[each.id]), methods=[each.method.upper()]) for each in OPERATIONS
        ]
        routes.append(Route("/static/{name}", _named("/static/{name}", static_file)))
        handlers: dict[Any, Any] = {ProblemError: _told, InputError: _refused, HTTPException: _not_there}
        self._app = Starlette(routes=routes, exception_handlers=handlers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, and tell of it."""
        if scope["type"] != "http":
            return
        headers = dict(scope["headers"])
        method = scope["method"] if scope["method"] in _METHODS else "other"  # what a client makes up is not told
        record = Record(request_id(headers.get(b"x-request-id", b"").decode("latin-1")), method)
        scope["record"] = record
        self.observer.began()
        self._open += 1

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                record.status = message["status"]
                message["headers"] = [*message["headers"], *_HEADERS, (b"x-request-id", record.id.encode())]
            await send(message)

        try:
            try:
                self._admit(scope, headers)
                await self._app(scope, receive, told)
            except ProblemError as fault:
                await _problem(record, fault)(scope, receive, told)
            except _GoneError:
                record.status = record.status or 499
            except Exception as fault:  # noqa: BLE001 - the service goes on; the log says what it was, not what it holds
                record.defect = defect(fault).message
                if not record.status:
                    await _problem(record, ProblemError("defect", (defect(fault),)))(scope, receive, told)
        finally:
            self._open -= 1
            self.observer.ended(record)

    def _admit(self, scope: Scope, headers: dict[bytes, bytes]) -> None:
        """Refuse who may not ask, and what is too much; raises ProblemError."""
        if self._hosts is not None and headers.get(b"host", b"").decode("latin-1") not in self._hosts:
            raise ProblemError.of("other-host", "the service answers under its own address only")
        path = scope["path"]
        if path not in FREE and not path.startswith("/static/"):
            if self._token is not None:
                given = headers.get(b"authorization", b"")
                if not compare_digest(given, b"Bearer " + self._token.encode()):
                    raise ProblemError.of("no-token", "this needs the token of the service")
            if self._open > self.limits.concurrent:
                raise ProblemError.of("busy", f"{self.limits.concurrent:,} requests are being answered")
        length = headers.get(b"content-length", b"")
        if length and headers.get(b"content-type", b"").partition(b";")[0].strip() != JSON_LINES.encode():
            self._refuse_size(int(length) if length.isdigit() else 0)

    def _refuse_size(self, size: int) -> None:
        if size > self.limits.body:
            raise ProblemError.of("too-large", f"the body has more than {self.limits.body:,} bytes")

    async def _determinations(self, request: Request) -> Response:
        media_type = _media_type(request, JSON, JSON_LINES)
        choices = self._choices(request.query_params, TERMS)
        if media_type == JSON_LINES:
            return _Lines(self, choices)
        body = await self._body(request)
        with self.current.edition as edition:
            answered = await self._answer(edition, body, choices, determine, partial(determine, body=body))
        return _answer(request, answered)

    async def _answer(
        self,
        edition: Edition,
        body: bytes,
        choices: Choices,
        work: Callable[..., Answered],
        here: Callable[..., Answered],
        *more: Any,
    ) -> Answered:
        """Decide a body here if it is short, and else, or if that takes long, in a process beside."""
        if len(body) <= SHORT and not choices.presume:
            key = blake2b(body, digest_size=16).digest() if edition.slow else b""
            if key not in edition.slow:
                try:
                    return within(BUDGET, partial(here, edition.rulebase, choices=choices))
                except OverBudgetError:
                    self._keep(edition, body, choices)
        answered: Answered = await edition.long.ask(self.limits.timeout, work, body, *more, choices)
        return answered

    def _keep(self, edition: Edition, body: bytes, choices: Choices) -> None:
        """Remember a body that took long, and compile its rules, which may be what took long, in a thread."""
        if len(edition.slow) >= _MOST_SLOW:
            edition.slow.clear()
        edition.slow.add(blake2b(body, digest_size=16).digest())
        task = asyncio.create_task(asyncio.to_thread(prepare, edition.rulebase, body, choices))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _explanations(self, request: Request) -> Response:
        _media_type(request, JSON)
        choices = self._choices(request.query_params, TERMS | EXPLAINED)
        body = await self._body(request)
        with self.current.edition as edition:
            answered = await edition.long.ask(self.limits.timeout, explain, body, choices)
        return _answer(request, answered)

    async def _differences(self, request: Request) -> Response:
        _media_type(request, JSON)
        self._choices(request.query_params, frozenset())
        asked = read_differing(await self._body(request))
        limit = self.limits.comparing
        with self.current.edition as edition:
            answered = await edition.comparing.ask(limit + _GRACE, differ, asked, limit)
        return _answer(request, answered)

    async def _policies(self, request: Request) -> Response:
        self._choices(request.query_params, frozenset())
        rulebase = self.current.edition.rulebase
        listed = [
            {
                "name": each.name,
                "title": each.title,
                "issuer": each.issuer,
                "authority": each.authority,
                "status": each.status,
                "effective": {"from": each.effective.first, "to": each.effective.last},
                "published": each.published,
                "payers": sorted(name for name, payer in rulebase.payers.items() if each.id in payer.policies),
            }
            for _, versions in sorted(rulebase.policies.items())
            for each in versions
        ]
        return _json({"policies": listed})

    async def _policy(self, request: Request) -> Response:
        self._choices(request.query_params, frozenset())
        name, version = request.path_params["id"], request.path_params["version"]
        with self.current.edition as edition:
            found = [each for each in edition.rulebase.policies.get(name, ()) if each.version == version]
            if not found:
                known = [each.name for listed in edition.rulebase.policies.values() for each in listed]
                help_text = did_you_mean(f"{name}@{version}", known, otherwise="`/v1/policies` lists them")
                raise ProblemError.of("not-found", "there is no such policy version", help_text)
            path = policy_file(edition.copy, found[0])
            return Response(await asyncio.to_thread(path.read_bytes), media_type=JSON)

    async def _sources(self, request: Request) -> Response:
        self._choices(request.query_params, frozenset())
        listed = [
            {
                "policy": each.name,
                "id": name,
                "title": source.title,
                "file": source.file,
                "rules": [rule.id for rule in each.rules if any(cite.source == name for cite in rule.cites)],
            }
            for _, versions in sorted(self.current.edition.rulebase.policies.items())
            for each in versions
            for name, source in sorted(each.sources.items())
        ]
        return _json({"sources": listed})

    async def _openapi(self, _: Request) -> Response:
        return _json(self.described())

    def described(self) -> dict[str, Any]:
        """Describe the service as OpenAPI does, for the rulebase as it is now."""
        return openapi(self.current.edition.rulebase.documents.vocabulary, has_token=self._token is not None)

    async def _docs(self, _: Request) -> Response:
        page = service_page(self.current.findings, self.limits)
        return Response(page, media_type="text/html", headers=_of_pages())

    async def _healthz(self, _: Request) -> Response:
        return _json({"status": "ok"})

    async def _readyz(self, _: Request) -> Response:
        """Say that it answers, and what is wrong with the files where an earlier rulebase answers."""
        return _json({"status": "ready", "findings": self.current.findings})

    async def _metrics(self, _: Request) -> Response:
        return Response(await asyncio.to_thread(self.observer.figures), media_type=PLAIN_TEXT)

    def _choices(self, given: QueryParams, names: frozenset[str]) -> Choices:
        """Read how to decide; raises RequestError for a parameter that means nothing, or has another value."""
        found: dict[str, Any] = {}
        for name, value in given.multi_items():
            if name not in names:
                help_text = did_you_mean(name, names, otherwise="`/docs` lists the parameters")
                raise RequestError.of("unknown-parameter", "the address has a parameter that means nothing", help_text)
            if name == "presume":
                found[name] = (*found.get(name, ()), value)
                continue
            if name in found:
                raise RequestError.of("repeated-parameter", f"`{name}` is given twice", "give it once")
            found[name] = _READERS.get(name, str)(value)
        if "line" in names and "line" not in found:
            raise RequestError.of("no-line", "the line to explain is not named", "add `?line=1`")
        if "known_on" not in found:
            found["known_on"] = datetime.now().astimezone().date().isoformat()
        return Choices(**found, most_lines=self.limits.lines)

    async def _body(self, request: Request) -> bytes:
        """Read the body; raises ProblemError where it is too large or does not come."""
        chunks, size = [], 0
        async for chunk in self.chunks(request.receive):
            size += len(chunk)
            self._refuse_size(size)
            chunks.append(chunk)
        return b"".join(chunks)

    async def chunks(self, receive: Receive) -> AsyncIterator[bytes]:
        """Give the pieces of a body as they come; raises ProblemError where one does not come in time."""
        more = True
        while more:
            try:
                async with asyncio.timeout(self.limits.patience):
                    message = await receive()
            except TimeoutError:
                raise ProblemError.of("slow-body", "the body did not arrive") from None
            if message["type"] == "http.disconnect":
                raise _GoneError
            yield message.get("body", b"")
            more = message.get("more_body", False)

    async def answer_line(self, edition: Edition, line: bytes, number: int, choices: Choices) -> Answered:
        """Decide one line of JSON Lines; errors as for a body."""
        self._refuse_size(len(line))
        here = partial(determine_line, line=line, number=number)
        return await self._answer(edition, line, choices, determine_line, here, number)


class _GoneError(Exception):
    """Whoever asked has gone."""


class _Lines(Response):
    """Answers to JSON Lines, each as soon as it is there: a determination or a problem for each line that has text."""

    def __init__(self, service: Service, choices: Choices) -> None:
        """Take who answers, and how."""
        super().__init__(media_type=JSON_LINES)
        self._service, self._choices = service, choices

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Read and answer line by line; while an answer is not taken, no more lines are read, and not for ever."""
        record: Record = scope["record"]
        headers = [(b"content-type", JSON_LINES.encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        with self._service.current.edition as edition:
            async for number, line in self._lines(receive):
                if line.strip():
                    written = await self._written(edition, line, number, record)
                    try:
                        async with asyncio.timeout(self._service.limits.patience):
                            await send({"type": "http.response.body", "body": written + b"\n", "more_body": True})
                    except TimeoutError:
                        raise _GoneError from None
                    await asyncio.sleep(0)
        await send({"type": "http.response.body", "body": b""})

    async def _written(self, edition: Edition, line: bytes, number: int, record: Record) -> bytes:
        try:
            answered = await self._service.answer_line(edition, line, number, self._choices)
        except ProblemError as fault:
            return fault.problem(record.id, number).to_json()
        except InputError as fault:
            return refused(fault).problem(record.id, number).to_json()
        except Exception as fault:  # noqa: BLE001 - the other lines are still answered
            record.defect = defect(fault).message
            return ProblemError("defect", (defect(fault),)).problem(record.id, number).to_json()
        record.told = record.told.plus(answered.told)
        return answered.content

    async def _lines(self, receive: Receive) -> AsyncIterator[tuple[int, bytes]]:
        """Cut the body into lines, numbered from 1; one that is too long is cut off there, and so is refused."""
        rest, number, is_skipped = b"", 0, False
        async for chunk in self._service.chunks(receive):
            *whole, rest = (rest + chunk).split(b"\n")
            for line in whole:
                number += 1
                if not is_skipped:
                    yield number, line
                is_skipped = False
            if len(rest) > self._service.limits.body:
                if not is_skipped:
                    yield number + 1, rest
                rest, is_skipped = b"", True
        if rest and not is_skipped:
            yield number + 1, rest


TERMS = frozenset({"payer", "known_on", "presume", "consider", "strict"})
"""Parameters that say how to decide."""

EXPLAINED = frozenset({"line", "day", "rule"})
"""Parameters that say what to explain."""

_GRACE = 5.0
"""Seconds beyond the time of a comparison in which its process has to answer."""


def _flag(value: str) -> bool:
    if value not in ("true", "false"):
        raise RequestError.of("bad-parameter", "`strict` is neither `true` nor `false`", "write `strict=true`")
    return value == "true"


def _number(value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) <= len(str(2**31))):
        raise RequestError.of("bad-parameter", "`line` is not the number of a line", "write such as `line=1`")
    return int(value)


_READERS: dict[str, Callable[[str], Any]] = {"strict": _flag, "line": _number}


class OverBudgetError(BaseException):
    """Work was ended because it took too much processor time; no handler of errors takes it for one of its own."""


class _Alarm:
    """Whether work is to be ended when the timer of the process comes; only the main thread is told."""

    is_set = False

    @classmethod
    def ring(cls, *_: object) -> None:
        if cls.is_set:
            cls.is_set = False
            raise OverBudgetError


def set_alarm() -> None:
    """Make `within` end work; to be called once in the main thread, in which the event loop then runs."""
    signal.signal(signal.SIGVTALRM, _Alarm.ring)


def within(seconds: float, work: Callable[[], _Made]) -> _Made:
    """Do some work, for at most so many seconds of processor time; raises OverBudgetError where it takes longer.

    Without `set_alarm`, or in another thread, it takes as long as it takes. The driver of the rules engine and all of
    payrule stand an interrupt at any step, as they stand Ctrl-C.

    >>> within(1.0, lambda: 2)
    2
    """
    if signal.getsignal(signal.SIGVTALRM) != _Alarm.ring or threading.current_thread() is not threading.main_thread():
        return work()
    try:
        _Alarm.is_set = True
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
        return work()
    finally:
        _Alarm.is_set = False
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


_HEADERS = tuple((name.encode(), HEADERS[name].encode()) for name in ("x-content-type-options", "cache-control"))


def _of_pages() -> dict[str, str]:
    return {name: value for name, value in HEADERS.items() if (name.encode(), value.encode()) not in _HEADERS}


def _media_type(request: Request, *taken: str) -> str:
    """Give the media type of the body; raises ProblemError for one that the address does not take."""
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given not in taken or request.headers.get("content-encoding", "identity") != "identity":
        raise ProblemError.of("media-type", f"the body is not {' or '.join(f'`{each}`' for each in taken)}")
    return given


def _named(path: str, answer: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """Note at which address a request is answered, as it is documented, before it is."""

    async def answered(request: Request) -> Response:
        request.scope["record"].route = path
        return await answer(request)

    return answered


def _answer(request: Request, answered: Answered) -> Response:
    request.scope["record"].told = answered.told
    return Response(answered.content, media_type=JSON)


def _json(value: Any) -> Response:
    return Response(msgspec.json.encode(value), media_type=JSON)


def _problem(record: Record, fault: ProblemError, headers: dict[str, str] | None = None) -> Response:
    record.problem = fault.kind
    told = dict(headers or {})
    if fault.kind == "busy":
        told["retry-after"] = str(RETRY_AFTER)
    if fault.kind == "no-token":
        told["www-authenticate"] = "Bearer"
    if fault.kind == "slow-body":
        told["connection"] = "close"
    return Response(fault.problem(record.id).to_json(), KINDS[fault.kind].status, told, MEDIA_TYPE)


async def _told(request: Request, fault: Exception) -> Response:
    assert isinstance(fault, ProblemError)  # noqa: S101 - it is registered for this class
    return _problem(request.scope["record"], fault)


async def _refused(request: Request, fault: Exception) -> Response:
    assert isinstance(fault, InputError)  # noqa: S101 - as above
    return _problem(request.scope["record"], refused(fault))


async def _not_there(request: Request, fault: Exception) -> Response:
    assert isinstance(fault, HTTPException)  # noqa: S101 - as above
    kind: ProblemName = "method-not-allowed" if fault.status_code == KINDS["method-not-allowed"].status else "not-found"
    found = Diagnostic(code=kind, message=KINDS[kind].title.lower(), help=KINDS[kind].help)
    return _problem(request.scope["record"], ProblemError(kind, (found,)), dict(fault.headers or {}))
