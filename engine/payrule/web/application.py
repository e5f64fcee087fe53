"""The workbench as an application: each address is answered by a page, in HTML or, where it is asked for, as JSON.

A page is made in a thread, for it may take a while. What the person has to change is a page too.
"""

import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path
from secrets import token_hex
from shutil import copyfileobj
from urllib.parse import quote

import msgspec
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from payrule.source.diagnostics import InputError
from payrule.web.asked import Address, Asked, Handler, Upload
from payrule.web.frame import Moved, Sent, Shown, findings_list, framed, words
from payrule.web.guard import FORM_TOKEN, RefusedError
from payrule.web.pages import (
    attributes,
    build_rule,
    changes,
    code_lists,
    hold_together,
    job,
    new_folder,
    policy_text,
    publish,
    rule_tests,
    run_columns,
    run_file,
    sources,
    try_claim,
    undo,
    worklist,
)
from payrule.web.site import Site
from payrule.web.static_files import static_file

ADDRESSES: tuple[Address, ...] = (
    *worklist.ADDRESSES,
    *run_file.ADDRESSES,
    *run_columns.ADDRESSES,
    *try_claim.ADDRESSES,
    *sources.ADDRESSES,
    *build_rule.ADDRESSES,
    *code_lists.ADDRESSES,
    *attributes.ADDRESSES,
    *rule_tests.ADDRESSES,
    *changes.ADDRESSES,
    *hold_together.ADDRESSES,
    *publish.ADDRESSES,
    *policy_text.ADDRESSES,
    *undo.ADDRESSES,
    *new_folder.ADDRESSES,
    *job.ADDRESSES,
)
"""Every address of the workbench."""

MENU = tuple((each.path, each.menu) for each in ADDRESSES if each.menu)
"""The pages that each page leads to, each with what a person reads."""

_JSON = "application/json"
_FIELDS = 10_000


def workbench(site: Site) -> Starlette:
    """Make the application for a site; a `Guard` belongs around it.

    >>> with Site(None) as site:
    ...     any(route.path == "/" for route in workbench(site).routes)
    True
    """
    routes = [Route(each.path, _answered(site, each), methods=_methods(each)) for each in ADDRESSES]
    routes += [Route("/static/{name}", static_file), Route("/favicon.ico", _no_icon)]
    handlers = {RefusedError: _refused, HTTPException: _not_there(site)}
    return Starlette(routes=routes, exception_handlers=handlers)


def _methods(address: Address) -> list[str]:
    return [name for name, handler in (("GET", address.get), ("POST", address.post)) if handler is not None]


def _answered(site: Site, address: Address) -> Callable[[Request], Awaitable[Response]]:
    """Make what answers at an address."""

    async def answer(request: Request) -> Response:
        token = request.state.form_token
        if request.method == "POST":
            async with request.form(max_files=1, max_fields=_FIELDS) as form:
                if form.get(FORM_TOKEN) != token:
                    return PlainTextResponse("this form is of an earlier start: open the page again", 403)
                fields, uploads = await run_in_threadpool(_taken, site, form)
        else:
            fields, uploads = _fields(request.query_params.multi_items()), {}
        asked = Asked(
            site=site,
            path=request.url.path,
            form_token=token,
            accepts=request.headers.get("accept", ""),
            parts=request.path_params,
            fields=fields,
            uploads=uploads,
        )
        handler = address.post if request.method == "POST" else address.get
        if handler is None:
            raise HTTPException(405)
        answered = await run_in_threadpool(_of, handler, asked, was_sent=request.method == "POST")
        return _response(request, site, answered)

    return answer


def _of(handler: Handler, asked: Asked, *, was_sent: bool) -> Shown | Moved | Sent:
    """Give what answers, or the page that says what to change; a defect says where it is, and nothing of a claim."""
    try:
        return handler(asked)
    except InputError as fault:
        lead = [words("Go back, change it, and send it again.")] if was_sent else []
        body = (findings_list(fault.findings), *lead)
        return Shown(title="This cannot be used", value=fault.findings, body=body, status=422)
    except Exception as fault:  # noqa: BLE001 - the one place where a defect becomes a page
        last = traceback.extract_tb(fault.__traceback__)[-1]
        place = f"{last.filename.rpartition('payrule/')[2]}:{last.lineno}"
        said = f"This is a defect of payrule: {type(fault).__name__} ({place}). Please report this line."
        return Shown(title="This page cannot be made", value={"error": said}, body=(words(said),), status=500)


def _response(request: Request, site: Site, answered: Shown | Moved | Sent) -> Response:
    if isinstance(answered, Moved):
        return RedirectResponse(answered.to, 303)
    if isinstance(answered, Sent):
        disposition = f"attachment; filename*=UTF-8''{quote(answered.name, safe='')}"
        return Response(answered.content, media_type=answered.media_type, headers={"content-disposition": disposition})
    if _JSON in request.headers.get("accept", ""):
        return Response(msgspec.json.encode(answered.value), answered.status, media_type=_JSON)
    page = framed(answered, path=request.url.path, menu=MENU, findings=site.findings)
    return Response(page, answered.status, media_type="text/html")


def _fields(items: list[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    fields: dict[str, tuple[str, ...]] = {}
    for name, value in items:
        fields[name] = (*fields.get(name, ()), value)
    return fields


def _taken(site: Site, form: FormData) -> tuple[dict[str, tuple[str, ...]], dict[str, Upload]]:
    """Give the fields of a form, and put its files into the private folder, each under a name of ours."""
    uploads = {}
    for name, value in form.multi_items():
        if isinstance(value, UploadFile) and value.filename:
            shown = Path(value.filename).name
            path = site.private / f"{token_hex(16)}{_ending(shown)}"
            with path.open("wb") as kept:
                copyfileobj(value.file, kept)
            uploads[name] = Upload(shown, path)
    return _fields([(name, value) for name, value in form.multi_items() if isinstance(value, str)]), uploads


def _ending(name: str) -> str:
    """Give the ending of a name, by which the format is known, where it is one.

    >>> _ending("Claims.XLSX"), _ending("claims.x/y"), _ending("claims")
    ('.xlsx', '', '')
    """
    ending = Path(name).suffix.lower()
    return ending if ending[1:].isalnum() and ending.isascii() else ""


async def _no_icon(_: Request) -> Response:
    return Response(status_code=204)


async def _refused(_: Request, fault: Exception) -> Response:
    assert isinstance(fault, RefusedError)  # noqa: S101 - it is registered for this class
    return PlainTextResponse(f"{fault}\n", fault.status)


def _not_there(site: Site) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def answer(request: Request, fault: Exception) -> Response:
        status = fault.status_code if isinstance(fault, HTTPException) else 500
        said = "There is no such page." if status == 404 else "This cannot be done here."  # noqa: PLR2004
        return _response(request, site, Shown(title=said, value={"error": said}, body=(), status=status))

    return answer
