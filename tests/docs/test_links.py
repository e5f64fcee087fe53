"""Every link of the documentation leads somewhere, and every page can be reached."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.docs.pages import PAGES, ROOT, name_of, without_blocks

LINKED = (*PAGES, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ +(.+?) *$", re.MULTILINE)


def links(page: Path) -> Iterator[tuple[Path, str]]:
    """List the links of a page to other files and to headings: the file, and the heading or nothing."""
    prose = re.sub(r"`[^`\n]*`", "", without_blocks(page.read_text()))
    for target in _LINK.findall(prose):
        if "://" not in target:
            path, _, heading = target.partition("#")
            yield (page.parent / path).resolve() if path else page, heading


def anchors(page: Path) -> set[str]:
    """Give the names by which the headings of a page are linked, as GitHub makes them."""
    headings = _HEADING.findall(without_blocks(page.read_text()))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", LINKED, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    missing = [str(path) for path, _ in links(page) if not path.exists()]
    assert not missing
    assert not [
        f"{name_of(path)}#{heading}" for path, heading in links(page) if heading and heading not in anchors(path)
    ]


@pytest.mark.parametrize("page", LINKED, ids=name_of)
def test_links_stay_in_the_checkout(page: Path) -> None:
    assert all(path.is_relative_to(ROOT) for path, _ in links(page))


def test_index_leads_to_every_page() -> None:
    reached, waiting = set[Path](), [ROOT / "docs" / "index.md"]
    while waiting:
        page = waiting.pop()
        if page not in reached and page in PAGES:
            reached.add(page)
            waiting += [path for path, _ in links(page)]
    assert not {name_of(page) for page in PAGES if page not in reached}
