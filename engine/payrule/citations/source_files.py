"""The words of a source as its issuer published it: a text, a PDF, a Word document or a web page.

Only words are taken, with the pages that they are on and the headings that the document marks as such. lxml and pypdf
come with the extra `sources`; a text needs neither.
"""

import logging
import re
import unicodedata
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec

from payrule.source.diagnostics import Diagnostic, DocumentError, install
from payrule.source.files import read_plain
from payrule.source.json_source import decode

PAGES = 3_000
"""Pages of a PDF that are read at most."""

LARGEST_PART = 50_000_000
"""Bytes of the text of a Word document, unpacked."""


class SourceFile(msgspec.Struct, frozen=True, kw_only=True):
    """The words of a file: `pages` are the places in `text` at which pages begin, for a document that has pages.

    `headings` are the places of the headings; None where the document does not say which paragraphs are headings.
    """

    text: str
    pages: tuple[int, ...] = ()
    headings: frozenset[int] | None = None


def read_source_file(path: Path) -> SourceFile:
    r"""Read a source; raises DocumentError for what holds no words, and OSError.

    >>> from payrule.source.files import temporary_folder
    >>> with temporary_folder() as folder:
    ...     _ = (folder / "a.html").write_text("<h2>Massage</h2><p>It is <b>paid</b>.<p>Once a day.")
    ...     read_source_file(folder / "a.html")
    SourceFile(text='Massage\n\nIt is paid.\n\nOnce a day.', pages=(), headings=frozenset({0}))
    """
    data = read_plain(path)
    kind = _kind(data, path.suffix.lower())
    try:
        return _READERS[kind](data, path)
    except ModuleNotFoundError as fault:
        if fault.name not in ("lxml", "pypdf"):
            raise
        message = f"`{path.name}` is {kind}, and the package `{fault.name}` that reads it is not installed"
        raise _unusable(path, "missing-extra", message, install("sources")) from None


def _kind(data: bytes, ending: str) -> str:
    r"""Say what a file is: by how it begins where that says it, for a name can be wrong.

    >>> _kind(b"%PDF-1.7", ""), _kind(b"PK\3\4", ".docx"), _kind(b"<p>a", ".htm"), _kind(b"a", ".txt")
    ('a PDF', 'a Word document', 'a web page', 'a text')
    """
    if data.startswith(b"%PDF-"):
        return "a PDF"
    if data.startswith((b"PK\3\4", b"\xd0\xcf\x11\xe0")):
        return "a Word document"
    return "a web page" if ending in (".html", ".htm", ".xhtml") else "a text"


def _unusable(path: Path, code: str, message: str, help_text: str) -> DocumentError:
    return DocumentError([Diagnostic(code=code, message=message, help=help_text, file=str(path))])


def _text(data: bytes, path: Path) -> SourceFile:
    return SourceFile(text=decode(data, str(path)))


class Paragraph(msgspec.Struct, frozen=True):
    """A paragraph of a document, and whether the document marks it as a heading."""

    text: str
    is_heading: bool = False


def _of_paragraphs(paragraphs: Iterable[Paragraph]) -> SourceFile:
    """Put paragraphs below one another, an empty line between two."""
    written, at, headings = [], 0, set()
    for each in paragraphs:
        said = "\n".join(filter(None, (" ".join(line.split()) for line in each.text.split("\n"))))
        if said:
            if each.is_heading:
                headings.add(at)
            written.append(said)
            at += len(said) + 2
    return SourceFile(text="\n\n".join(written), headings=frozenset(headings) or None)


# Web pages

_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_OTHER_BLOCKS = (
    "address article aside blockquote body caption dd details div dl dt figcaption figure footer form header hr "
    "html legend li main ol p pre section summary table tbody tfoot thead tr ul"
)
_BLOCKS = _HEADINGS | frozenset(_OTHER_BLOCKS.split())
_NO_WORDS = frozenset(
    ("head", "script", "style", "template", "noscript", "nav", "svg", "button", "select", "textarea", "iframe")
)


def _web_page(data: bytes, path: Path) -> SourceFile:
    from lxml import etree, html  # noqa: PLC0415 - an extra, which a text does without

    try:
        data.decode()
        encoding = "utf-8"
    except UnicodeDecodeError:
        encoding = None  # as the page says itself
    parser = html.HTMLParser(encoding=encoding, no_network=True, remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        found = _of_paragraphs(_blocks(html.document_fromstring(data, parser=parser)))
    except etree.ParserError:
        found = SourceFile(text="")
    if not found.text:
        raise _unusable(path, "no-words", f"the web page `{path.name}` holds no words", _SAVE_WHOLE)
    return found


_SAVE_WHOLE = "open it in a browser, and save what it shows as a text"


def _blocks(root: Any) -> Iterator[Paragraph]:
    """Give each run of words between the beginnings and ends of blocks."""
    words: list[str] = []
    heading = False

    def ended() -> Iterator[Paragraph]:
        if words:
            yield Paragraph("".join(words), heading)
            words.clear()

    for said in _pieces(root):
        if isinstance(said, str):
            words.append(said)
        else:
            yield from ended()
            heading = said
    yield from ended()


def _pieces(root: Any) -> Iterator[str | bool]:
    """Give the words of an element, and at each edge of a block whether a heading follows.

    Without recursion: how deep a page is nested is up to whoever wrote it.
    """
    stack: list[tuple[Any, bool]] = [(root, False)]
    while stack:
        element, done = stack.pop()
        block = element.tag in _BLOCKS
        inside = not (element.tag in _NO_WORDS or element.get("hidden") is not None)
        if done:
            if block:
                yield False
        elif inside:
            if block:
                yield element.tag in _HEADINGS
            elif element.tag in ("td", "th"):
                yield " "
            yield "\n" if element.tag == "br" else re.sub(r"\s+", " ", element.text or "")
            stack.append((element, True))
            stack += [(each, False) for each in reversed(element)]
            continue
        if element is not root:
            yield re.sub(r"\s+", " ", element.tail or "")


# Word documents

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_SAVE_DOCX = "open it in the word processor, and save it as `.docx` or as a text"


def _word_document(data: bytes, path: Path) -> SourceFile:
    from lxml import etree  # noqa: PLC0415 - an extra, which a text does without

    message = f"`{path.name}` is damaged, encrypted, or no Word document"
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            body, styles = (_part(archive, name) for name in ("word/document.xml", "word/styles.xml"))
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        headings = _heading_styles(etree.fromstring(styles, parser)) if styles else frozenset()
        found = _of_paragraphs(_paragraphs(etree.fromstring(body, parser), headings))
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, RuntimeError, ValueError):
        raise _unusable(path, "bad-source", message, _SAVE_DOCX) from None
    except etree.XMLSyntaxError:
        raise _unusable(path, "bad-source", message, _SAVE_DOCX) from None
    if not found.text:
        raise _unusable(path, "no-words", f"the document `{path.name}` holds no words", _NO_PICTURES)
    return found


def _part(archive: zipfile.ZipFile, name: str) -> bytes:
    """Read a part of an archive, no further than a document may be long; raises ValueError for a longer one."""
    try:
        with archive.open(name) as stream:
            found = stream.read(LARGEST_PART + 1)
    except KeyError:
        if name.endswith("document.xml"):
            raise ValueError(name) from None
        return b""
    if len(found) > LARGEST_PART:
        raise ValueError(name)
    return found


def _heading_styles(styles: Any) -> frozenset[str]:
    """Name the styles that are headings: Word names them `heading 1` in every language, whatever their ids."""
    return frozenset(
        style.get(f"{_W}styleId", "")
        for style in styles.iter(f"{_W}style")
        for name in style.iterfind(f"{_W}name")
        if re.fullmatch(r"heading \d|title", name.get(f"{_W}val", "").lower())
    )


def _paragraphs(body: Any, headings: frozenset[str]) -> Iterator[Paragraph]:
    """Give the paragraphs as they read once tracked changes are accepted; the cells of a table row are one.

    A text box is written twice in the document, for old readers too: the second writing is left out.
    """
    for block in body.iter(f"{_W}p", f"{_W}tr"):
        rows = list(block.iterancestors(f"{_W}tr"))
        if block.tag == f"{_W}p" and rows:
            continue
        if block.tag == f"{_W}tr":
            if not rows:
                cells = ("\n".join(_said(each) for each in cell.iter(f"{_W}p")) for cell in block.iter(f"{_W}tc"))
                yield Paragraph("  ".join(cells))
            continue
        style = block.find(f"{_W}pPr/{_W}pStyle")
        yield Paragraph(_said(block), style is not None and style.get(f"{_W}val") in headings)


_SAID: dict[str, Callable[[Any], str]] = {
    f"{_W}t": lambda each: each.text or "",
    f"{_W}tab": lambda _: " ",
    f"{_W}br": lambda _: "\n",
    f"{_W}cr": lambda _: "\n",
    f"{_W}noBreakHyphen": lambda _: "-",
}


def _said(paragraph: Any) -> str:
    return "".join(_SAID[each.tag](each) for each in paragraph.iter(*_SAID))


# PDF

_NO_PICTURES = "let a program for text recognition (OCR) read it, and save what it reads as a text"


def _pdf(data: bytes, path: Path) -> SourceFile:
    from pypdf import PdfReader  # noqa: PLC0415 - an extra, which a text does without

    if not (log := logging.getLogger("pypdf")).handlers:
        log.addHandler(logging.NullHandler())  # else its warnings come on standard error, in words that help nobody
    code, message, help_text = "bad-source", f"the PDF `{path.name}` is damaged", "open it, and print it to a PDF again"
    try:
        reader = PdfReader(BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            message = f"the PDF `{path.name}` opens only with a password"
            raise _unusable(path, code, message, "save it without one")  # noqa: TRY301 - read and refused in one place
        if len(reader.pages) > PAGES:
            message = f"the PDF `{path.name}` has more than {PAGES:,} pages"
            raise _unusable(path, code, message, "save the pages that matter")  # noqa: TRY301 - as above
        pages = [_LIGATURE.sub(_letters, each.extract_text()) for each in reader.pages]
    except DocumentError:
        raise
    except Exception as fault:  # what damaged PDFs make pypdf raise is no closed list
        raise _unusable(path, code, message, help_text) from fault
    if not any(map(str.strip, pages)):
        message = f"the PDF `{path.name}` holds pictures of pages and no text, as a scanner makes it"
        raise _unusable(path, "no-words", message, _NO_PICTURES)
    return of_pages(pages)


_LIGATURE = re.compile("[\ufb00-\ufb06]")


def _letters(ligature: re.Match[str]) -> str:
    """Give the letters that one sign of a PDF stands for, such as `fi`."""
    return unicodedata.normalize("NFKC", ligature[0])


def of_pages(pages: Sequence[str]) -> SourceFile:
    r"""Put pages below one another; a sentence that goes on over the page is not broken.

    What each page repeats at its head or foot is left out.

    >>> of_pages(["Massage is", "paid."])
    SourceFile(text='Massage is\npaid.', pages=(0, 11), headings=None)
    """
    lines = [[" ".join(line.split()) for line in each.split("\n")] for each in pages]
    lines = [[line for line in page if line] for page in lines]
    repeated = _repeated(lines)
    written, starts = "", []
    for page in lines:
        kept = [line for at, line in enumerate(page) if not (_is_edge(at, page) and _without_digits(line) in repeated)]
        goes_on = not re.search(r"[.:;!?]$", written)
        if written and kept:
            written += "\n" if goes_on else "\n\n"
        starts.append(len(written))
        written += _in_paragraphs(kept)
    return SourceFile(text=written, pages=tuple(starts))


_EDGE = 2
"""Lines at the head and at the foot of a page that may be repeated on others."""

_FEW_PAGES = 3
"""On fewer pages nothing is taken for repeated."""


def _is_edge(at: int, page: Sequence[str]) -> bool:
    return at < _EDGE or at >= len(page) - _EDGE


def _without_digits(line: str) -> str:
    return re.sub(r"\d+", "#", line)


def _repeated(pages: Sequence[Sequence[str]]) -> frozenset[str]:
    """Find what is at the edges of more than half of the pages, whatever the numbers in it."""
    if len(pages) < _FEW_PAGES:
        return frozenset()
    seen = Counter(
        said for page in pages for said in {_without_digits(line) for at, line in enumerate(page) if _is_edge(at, page)}
    )
    return frozenset(said for said, count in seen.items() if count > len(pages) / 2)


_SHORT, _VERY_SHORT = 0.8, 0.6
_ITEM = re.compile(r"(\d+(\.\d+)*[.)]?|[A-Za-z][.)]|\([A-Za-z0-9]{1,3}\)|[•▪◦‣·o\u2013-]) +\S|[•▪◦‣]")
"""How an item of a list, or a numbered heading, begins."""


def _in_paragraphs(lines: Sequence[str]) -> str:
    r"""Put an empty line where a paragraph ends: a PDF says where its lines are, and not which belong together.

    >>> _in_paragraphs(["2.1 Units", "Two units of massage a day are", "not paid.", "Nothing else is said here."])
    '2.1 Units\n\nTwo units of massage a day are\nnot paid.\n\nNothing else is said here.'
    """
    width = max(map(len, lines), default=0)
    return "".join(
        line + ("\n\n" if _ends(line, after, width) else "\n" if after else "")
        for line, after in pairwise([*lines, ""])
    ).rstrip("\n")


def _ends(line: str, after: str, width: int) -> bool:
    """Tell whether a paragraph ends with a line: it is short, and what follows may begin another."""
    if not after:
        return False
    is_item = _ITEM.match(after) is not None
    if re.search(r"[.:;!?]$", line):
        return is_item or len(line) < _SHORT * width
    begins = after[0].isupper() or not after[0].isalpha()
    return begins and not line.endswith((",", "-")) and (is_item or len(line) < _VERY_SHORT * width)


_READERS: dict[str, Callable[[bytes, Path], SourceFile]] = {
    "a text": _text,
    "a web page": _web_page,
    "a Word document": _word_document,
    "a PDF": _pdf,
}
