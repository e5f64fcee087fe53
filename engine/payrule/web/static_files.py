"""The style sheets and the script that pages load."""

from importlib.resources import files

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

STATIC = {
    "page.css": ("payrule.reports.pages", "text/css"),
    "workbench.css": ("payrule.web.static", "text/css"),
    "workbench.js": ("payrule.web.static", "text/javascript"),
}
"""Files that pages load: the package that each is in, and its media type."""


async def static_file(request: Request) -> Response:
    """Give a file by the name in the address; raises HTTPException where there is none of it."""
    name = request.path_params["name"]
    if name not in STATIC:
        raise HTTPException(404)
    package, media_type = STATIC[name]
    return Response((files(package) / name).read_bytes(), media_type=media_type)
