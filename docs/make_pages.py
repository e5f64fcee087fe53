"""Write the pages of `docs/reference` that follow from documents, schemas and commands: run by `make pages`."""

from collections.abc import Callable
from pathlib import Path

from docs.making import check_pages, command_pages, kind_pages, library_pages

import payrule
from payrule.reports import documents

REFERENCE = Path(__file__).parent / "reference"

WRITTEN: dict[str, Callable[[], dict[str, str]]] = {
    "checks": check_pages.pages,
    "commands": command_pages.pages,
    "documents": kind_pages.pages,
    "library": library_pages.pages,
    "policies": lambda: documents.pages(payrule.load()),
}
"""Folders of the reference of which every page is written, with what makes the pages, by the names of their files."""

if __name__ == "__main__":
    for name, make in WRITTEN.items():
        folder, texts = REFERENCE / name, make()
        folder.mkdir(exist_ok=True)
        for stale in {path.name for path in folder.glob("*.md")} - texts.keys():
            (folder / stale).unlink()
        for file, text in texts.items():
            (folder / file).write_text(text, encoding="utf-8")
