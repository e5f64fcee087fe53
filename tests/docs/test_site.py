"""The site of the documentation is built without a warning, leads to every page, and has no link that leads nowhere."""

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urldefrag

import pytest
from tests.docs.pages import PAGES, ROOT, name_of
from tests.docs.site import SITE, of_this_checkout

pytestmark = [pytest.mark.slow, SITE]

ALSO = (ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md")


class Seen(NamedTuple):
    """What a page of the site has: the places it links, and the names by which parts of it are linked."""

    links: tuple[str, ...]
    names: frozenset[str]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.names: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "href" and tag == "a" and value is not None:
                self.links.append(value)
            elif name == "id" and value:
                self.names.add(value)


def seen(path: Path) -> Seen:
    reader = _Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    return Seen(tuple(reader.links), frozenset(reader.names))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return of_this_checkout(tmp_path_factory)


def html_of(page: Path, site: Path) -> Path:
    return site / page.relative_to(ROOT).with_suffix(".html")


def test_every_page_is_in_the_navigation_of_every_page(site: Path) -> None:
    pages = [html_of(page, site) for page in (*PAGES, *ALSO)]
    for page in pages:
        reached = {(page.parent / unquote(urldefrag(link).url)).resolve() for link in seen(page).links}
        assert not [name_of(each) for each in (*PAGES, *ALSO) if html_of(each, site) not in reached | {page}]


def leading_nowhere(site: Path) -> Iterator[str]:
    known = {path: seen(path) for path in site.rglob("*.html")}
    for page, found in known.items():
        for link in found.links:
            path, name = urldefrag(link)
            target = (page.parent / unquote(path)).resolve() if path else page
            elsewhere = "://" in link or link.startswith("mailto:")
            if not elsewhere and (not target.exists() or (name and unquote(name) not in known[target].names)):
                yield f"{page.relative_to(site)}: {link}"


def test_every_link_of_the_site_leads_somewhere(site: Path) -> None:
    assert list(leading_nowhere(site)) == []


def test_titles_of_blocks_are_shown(site: Path) -> None:
    """Whoever follows the tutorial on the site must see which file to write."""
    for page in PAGES:
        html = html_of(page, site).read_text(encoding="utf-8")
        assert html.count('class="code-block-caption"') == page.read_text().count('title="'), name_of(page)
