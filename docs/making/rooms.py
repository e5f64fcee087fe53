r"""Give the pages of the site their place in its navigation, which Markdown on a code host has no need of.

A page `index.md` leads to the pages of its folder. One that lists pages under headings, as `docs/index.md` does, makes
a part of the navigation of each heading: first the pages in the order of the list, then whatever lies in the folder of
the first of them and is not listed. So a page that somebody adds is in the navigation at once.

>>> pages = ["docs/index", "docs/how-to/b", "docs/how-to/a", "docs/how-to/c", "README"]
>>> [(room.caption, room.pages) for room in rooms("docs/index", "## Do\n\n- [B](how-to/b.md): first\n", pages)]
[('Do', ('docs/how-to/b', 'docs/how-to/a', 'docs/how-to/c'))]
"""

import re
from collections.abc import Iterable, Iterator
from posixpath import dirname, join, normpath
from typing import Any, NamedTuple

_SECTION = re.compile(r"^## ", re.MULTILINE)
_LISTED = re.compile(r"^(?:-|\d+\.) +\[[^\]]*\]\(([^)#]+)\.md\)", re.MULTILINE)


class Room(NamedTuple):
    """A part of the navigation: what it is called, and its pages in their order."""

    caption: str
    pages: tuple[str, ...]


def rooms(index: str, text: str, pages: Iterable[str]) -> Iterator[Room]:
    """List the parts of the navigation below an index: one a heading, or one of its folder when it lists no pages."""
    found = sorted(pages)
    listing = [
        Room(section.partition("\n")[0].strip(), listed)
        for section in _SECTION.split(text)[1:]
        if (listed := tuple(normpath(join(dirname(index), link)) for link in _LISTED.findall(section)))
    ]
    for room in listing or [Room("", (join(dirname(index), ""),))]:
        folder = dirname(room.pages[0])
        beside = [page for page in _of_folder(folder, found) if page != index]
        yield Room(room.caption, tuple(dict.fromkeys([page for page in room.pages if page in found] + beside)))


def _of_folder(folder: str, pages: list[str]) -> Iterator[str]:
    """List the pages of a folder, and of each folder in it the index, or all pages where it has none."""
    for page in pages:
        inside, _, name = page.removeprefix(f"{folder}/").rpartition("/")
        if page.startswith(f"{folder}/") and (not inside or name == "index" or f"{folder}/{inside}/index" not in pages):
            yield page


def _toctree(room: Room) -> str:
    caption = [f":caption: {room.caption}"] if room.caption else []
    return "\n".join(["", "```{toctree}", ":hidden:", *caption, "", *(f"/{page}" for page in room.pages), "```", ""])


def _with_navigation(app: Any, page: str, source: list[str]) -> None:
    if page.rpartition("/")[2] == "index":
        source[0] += "".join(map(_toctree, rooms(page, source[0], app.project.docnames)))


def setup(app: Any) -> dict[str, bool]:
    """Add the navigation when a page is read."""
    app.connect("source-read", _with_navigation)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
