"""The decision service as an application: claims come in as JSON, and answers or problem documents go out.

A claim of usual size is decided in the event loop, which is fastest, for at most `BUDGET` of processor time. All that
may take longer is answered by processes beside it, so that nothing keeps other requests waiting.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from hashlib import blake2b
from hmac import compare_digest
from typing import Any

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router

from payrule.rulebase.folder import policy_file
from payrule.source.diagnostics import Diagnostic, InputError, did_you_mean
from payrule.web.guard import HEADERS, Message, Receive, Scope, Send
from payrule.web.service import crd
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
from payrule.web.service.budget import OverBudgetError, within
from payrule.web.service.current import Current, Edition
from payrule.web.service.described_examples import DescribedExamples, described_examples
from payrule.web.service.json_lines import GoneError, LinesResponse
from payrule.web.service.observing import Observer, Record, request_id
from payrule.web.service.openapi import JSON, JSON_LINES, OPERATIONS, PLAIN_TEXT, openapi
from payrule.web.service.page import service_page
from payrule.web.service.parameters import EXPLAINED, TERMS, read_choices
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

    def __init__(  # noqa: PLR0913 - what it is made of, each by name
        self,
        current: Current,
        observer: Observer,
        *,
        limits: ServiceLimits | None = None,
        hosts: frozenset[str] | None = None,
        token: str | None = None,
        has_crd: bool = False,
    ) -> None:
        """Take what decides, and what is told of it; `has_crd` adds coverage discovery."""
        self.current, self.observer = current, observer
        self.limits = limits or ServiceLimits()
        self._hosts, self._token = hosts, token
        self._open = 0
        self._described: tuple[Edition, DescribedExamples] | None = None
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
        for path, method, answer in (
            ("/crd/{payer}/cds-services", "GET", self._hooks),
            ("/crd/{payer}/cds-services/{hook}", "POST", self._hook),
            ("/crd/{payer}/Questionnaire/$questionnaire-package", "POST", self._package),
        ):
            routes += [Route(path, _named(path, answer), methods=[method])] if has_crd else []
        self._router = Router(routes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, and tell of it."""
        if scope["type"] != "http":
            return
        headers = dict(scope["headers"])
        method = scope["method"] if scope["method"] in _METHODS else "other"  # what a client makes up is not told
        record = Record(request_id(headers.get(b"x-request-id", b"").decode("latin-1")), method)
        scope["record"], scope["app"] = record, self  # where there is an application, the router raises HTTPException
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
                await self._router(scope, receive, told)
            except GoneError:
                record.status = record.status or 499
            except Exception as fault:  # noqa: BLE001 - the service goes on; the log says what it was, not what it holds
                problem = _problem_of(record, fault)
                if not record.status:
                    await problem(scope, receive, told)
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
        choices = read_choices(request.scope["query_string"], TERMS, self.limits.lines)
        if media_type == JSON_LINES:
            return LinesResponse(self, choices)
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
        choices = read_choices(request.scope["query_string"], TERMS | EXPLAINED, self.limits.lines)
        body = await self._body(request)
        with self.current.edition as edition:
            answered = await edition.long.ask(self.limits.timeout, explain, body, choices)
        return _answer(request, answered)

    async def _differences(self, request: Request) -> Response:
        _media_type(request, JSON)
        read_choices(request.scope["query_string"], frozenset(), self.limits.lines)
        asked = read_differing(await self._body(request))
        limit = self.limits.comparing
        with self.current.edition as edition:
            answered = await edition.comparing.ask(limit + _GRACE, differ, asked, limit)
        return _answer(request, answered)

    async def _hooks(self, request: Request) -> Response:
        self._crd_choices(request)
        return _json(crd.services())

    async def _hook(self, request: Request) -> Response:
        _media_type(request, JSON)
        name = request.path_params["hook"]
        if name not in crd.HOOKS:
            raise ProblemError.of("not-found", "there is no such hook", did_you_mean(name, crd.HOOKS))
        choices, base = self._crd_choices(request)
        body = await self._body(request)
        with self.current.edition as edition:
            here = partial(crd.hook, body=body, name=name, base=base)
            answered = await self._answer(edition, body, choices, crd.hook, here, name, base)
        return _answer(request, answered)

    async def _package(self, request: Request) -> Response:
        _media_type(request, JSON, _FHIR)
        choices, base = self._crd_choices(request)
        body = await self._body(request)
        with self.current.edition as edition:
            answered = await edition.long.ask(self.limits.timeout, crd.package, body, base, choices)
        return _answer(request, answered)

    def _crd_choices(self, request: Request) -> tuple[Choices, str]:
        """Read for which payer a hook is asked, and give the address of its hooks; raises RequestError as `terms`."""
        payer = request.path_params["payer"]
        named = msgspec.structs.replace(
            read_choices(request.scope["query_string"], _CRD, self.limits.lines), payer=payer
        )
        named.terms(self.current.edition.rulebase, None)
        return named, f"{str(request.base_url).rstrip('/')}/crd/{payer}"

    async def _policies(self, request: Request) -> Response:
        read_choices(request.scope["query_string"], frozenset(), self.limits.lines)
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
        read_choices(request.scope["query_string"], frozenset(), self.limits.lines)
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
        read_choices(request.scope["query_string"], frozenset(), self.limits.lines)
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
        return _json(await asyncio.to_thread(self.described))

    def described(self) -> dict[str, Any]:
        """Describe the service as OpenAPI does, for the rulebase as it is now."""
        with self.current.edition as edition:
            made, vocabulary = self._examples(edition), edition.rulebase.documents.vocabulary
        return openapi(vocabulary, made, has_token=self._token is not None)

    def _examples(self, edition: Edition) -> DescribedExamples:
        """Give the examples of the description, which are found once for a rulebase."""
        if self._described is None or self._described[0] is not edition:
            self._described = edition, described_examples(edition.rulebase)
        return self._described[1]

    async def _docs(self, _: Request) -> Response:
        with self.current.edition as edition:
            made = await asyncio.to_thread(self._examples, edition)
        page = service_page(self.current.findings, self.limits, made)
        return Response(page, media_type="text/html", headers=_of_pages())

    async def _healthz(self, _: Request) -> Response:
        return _json({"status": "ok"})

    async def _readyz(self, _: Request) -> Response:
        """Say that it answers, and what is wrong with the files where an earlier rulebase answers."""
        return _json({"status": "ready", "findings": self.current.findings})

    async def _metrics(self, _: Request) -> Response:
        return Response(await asyncio.to_thread(self.observer.figures), media_type=PLAIN_TEXT)

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
                raise GoneError
            yield message.get("body", b"")
            more = message.get("more_body", False)

    async def answer_line(self, edition: Edition, line: bytes, number: int, choices: Choices) -> Answered:
        """Decide one line of JSON Lines; errors as for a body."""
        self._refuse_size(len(line))
        here = partial(determine_line, line=line, number=number)
        return await self._answer(edition, line, choices, determine_line, here, number)


_CRD = frozenset({"known_on"})
"""Parameters of coverage discovery, whose address names the payer."""

_FHIR = "application/fhir+json"

_GRACE = 5.0
"""Seconds beyond the time of a comparison in which its process has to answer."""


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


def _problem_of(record: Record, fault: Exception) -> Response:
    """Say what kept a request from its answer: a defect where it is none of the errors that payrule raises."""
    if isinstance(fault, ProblemError):
        return _problem(record, fault)
    if isinstance(fault, InputError):
        return _problem(record, refused(fault))
    if isinstance(fault, HTTPException):
        is_method = fault.status_code == KINDS["method-not-allowed"].status
        kind: ProblemName = "method-not-allowed" if is_method else "not-found"
        found = Diagnostic(code=kind, message=KINDS[kind].title.lower(), help=KINDS[kind].help)
        return _problem(record, ProblemError(kind, (found,)), dict(fault.headers or {}))
    record.defect = defect(fault).message
    return _problem(record, ProblemError("defect", (defect(fault),)))
